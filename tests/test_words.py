"""Words: every text that a person reads can be translated, and is."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from typing import Any

import pytest

from qdash import fidelity, words
from qdash.advice import RULES, check
from qdash.cli import main
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.events import Event, Injected, LoopError, Noted, Refused, Stepped, WorkerEnded
from qdash.experiment.measures import MEASURES
from qdash.heard import heard
from qdash.history import History
from qdash.lessons import lessons
from qdash.life import Life
from qdash.narrate import names, ordinal, sentence
from qdash.scenarios import ALL, SLUGS, UnknownScenario, scenario
from qdash.search import SearchError, parse
from qdash.settings import DURATION, SETTINGS, SettingError, parse_assignment
from qdash.settings import setting as find_setting
from qdash.state import State
from qdash.why import Subject
from qdash.why.ask import why
from tests import translations
from tests.pseudo import Allowed, pseudo_spoken

# --- the catalogues -------------------------------------------------------------------------------

WANTED = translations.texts()


def test_what_is_marked_is_plain_text() -> None:
    assert translations.untranslatable() == []


@pytest.mark.parametrize("domain", translations.DOMAINS)
@pytest.mark.parametrize("language", translations.TRANSLATED)
def test_every_text_is_translated(language: str, domain: str) -> None:
    path = translations.po(language, domain)
    given = translations.kept(path, language)
    made = translations.catalogue(language, WANTED[domain], [given])
    assert translations.problems_in(made, filled_in=domain == "qdash") == []
    again = "write it again: python -m tests.translations"
    assert len(given) == len(made), f"{path.name} holds what is of no use; {again}"
    assert path.with_suffix(".mo").read_bytes() == translations.compiled(made), again


@pytest.mark.parametrize("language", translations.TRANSLATED)
def test_gettext_finds_what_every_domain_says(language: str) -> None:
    words.speak(language)
    try:
        for domain in translations.DOMAINS:
            catalogue = gettext.translation(domain, words.LOCALES, [language])
            text = next(t for t in WANTED[domain] if isinstance(t.id, str) and t.context is None)
            assert words.tr(str(text.id)) == catalogue.gettext(str(text.id))
    finally:
        words.speak(words.SOURCE)


# --- which language -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("en", "en"), ("en_GB.UTF-8", "en"), ("EN-us", "en"), ("zh", "zh_CN"), ("zh-cn", "zh_CN"),
        ("zh_CN.UTF-8", "zh_CN"), ("zh_Hans", "zh_CN"), ("zh_CN@pinyin", "zh_CN"),
    ],
)  # fmt: skip
def test_a_language_is_known_by_many_names(name: str, meant: str) -> None:
    assert words.language(name) == meant


@pytest.mark.parametrize("name", ["", "de", "zh_TW", "klingon" * 20, "C", "zhcn "])
def test_a_language_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(words.UnknownLanguage, match=r"here are en \(English\), zh_CN") as refused:
        words.language(name)
    assert len(str(refused.value)) < 160


def test_a_name_that_is_nearly_right_is_understood() -> None:
    with pytest.raises(words.UnknownLanguage, match=r"did you mean zh_CN\? There are"):
        words.language("zh_CNN")


@pytest.mark.parametrize(
    ("environ", "meant"),
    [
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "zh_CN"}, "zh_CN"),
        ({"LANGUAGE": "de:zh_CN:en", "LANG": "en_GB.UTF-8"}, "zh_CN"),
        ({"LANGUAGE": "", "LANG": "zh_CN"}, "zh_CN"),
    ],
)
def test_the_environment_asks_for_a_language(environ: dict[str, str], meant: str) -> None:
    assert words.from_environment(environ) == meant


def test_who_keeps_words_hears_of_another_language() -> None:
    told: list[str] = []
    words.on_speak(lambda: told.append(words.spoken()))
    try:
        words.speak("zh")
        words.speak("en")
    finally:
        words._Spoken.heard.pop()
    assert told == ["zh_CN", "en"]


# --- sentences ------------------------------------------------------------------------------------


def test_a_sentence_is_said_when_it_is_read() -> None:
    with pytest.raises(SettingError) as refused:
        SETTINGS["maxsize"].check(-1)
    english = "maxsize must be a whole number from 0 to 1,000,000 (0 is unbounded); got '-1'"
    assert str(refused.value) == refused.value.english == english
    with pseudo_spoken():
        assert str(refused.value) != english
        assert refused.value.english == english
    assert str(refused.value) == english


def test_filling_in_is_the_same_by_either_way() -> None:
    fields: dict[str, Any] = {"who": "P1", "n": 1234, "time": 'a "quoted" {name}\\'}
    for template in (
        "{who} works", "{n:,} of {who}", "{time}", "{{no field}} {who}", 'a "quote" \\ {who}', "…",
        "it's {who}'s\n{n:.2f}",
    ):  # fmt: skip
        assert words.say(template)(**fields) == template.format(**fields)


@pytest.mark.parametrize(
    "template", ["{}", "{0}", "{a.b}", "{a!r}", "{a[0]}", "{class}", "{a:{b}}"]
)
def test_only_names_are_filled_in(template: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        words.say(template)


def test_marks_of_a_language_are_forgotten_with_it() -> None:
    english = (names(["P1", "P2"]), ordinal(2), sentence(LoopError(1.0, "odd")))
    with pseudo_spoken():
        other = (names(["P1", "P2"]), ordinal(2), sentence(LoopError(1.0, "odd")))
        assert all(a != b for a, b in zip(english, other, strict=True))
    assert (names(["P1", "P2"]), ordinal(2), sentence(LoopError(1.0, "odd"))) == english


# --- nothing that is said is left untranslated ----------------------------------------------------

NAMES = {
    *SETTINGS, *(choice for setting in SETTINGS.values() for choice in setting.choices),
    *("put", "get", "join", "put_nowait", "get_nowait", "task_done"),
    *("ValueError", "QueueShutDown", "InjectedError", "--arrivals-from", "--work-from"),
}  # fmt: skip
"""What stays as it is in every language, beside the names in a lab: what is typed or is code."""


def run(slug: str, script: list[tuple[float, Command]], **settings: Any) -> History:
    """Run a scenario for 30 s with these commands, and return what happened."""
    lab = scenario(slug).lab(settings, 1)
    events: list[Event] = []
    lab.add_sink(events.append)
    lab.start()
    for t, command in script:
        lab.advance(t, 100_000)
        lab.command(command, t)
    if lab.ended is None:
        lab.advance(30.0, 100_000)
    lab.close()
    history = History(lab.header)
    history.fold(events)
    return history


EVERYTHING: list[Command] = [
    *(Inject(name) for name in DISTURBANCES if not name.startswith("shutdown")),
    *(Inject("stall", "P1"), Inject("stall", "nobody"), Inject("stop", "nothing")),
    *(Inject("burst", amount=-1), Inject("no such thing")),
    *(SetValue("maxsize", 1), SetValue("maxsize", 0), SetValue("maxsize", -1)),
    *(SetValue("discipline", "lifo"), SetValue("discipline", "priority"), SetValue("seed", 3)),
    *(SetValue("get_timeout", 0.5), SetValue("put_timeout", None), SetValue("items", 3)),
    *(SetValue("consumers", 1), SetValue("maxsize", 3)),
    Inject("shutdown"),
]
RUNS = {
    **{slug: (slug, [], {}) for slug in SLUGS},
    "everything": (
        "producer-consumer",
        [(1.0 + n / 2, command) for n, command in enumerate(EVERYTHING)],
        {},
    ),
    "thrown away": ("signals", [(4.0, Inject("shutdown-now")), (6.0, Inject("cancel"))], {}),
    "stuck": ("producer-consumer", [], {"consumers": 0, "items": 5}),
    "over": ("producer-consumer", [], {"items": 4, "jitter": "constant"}),
    "thrown out": ("service", [], {"put_policy": "drop-oldest", "consume_time": 3.0}),
    "given up": ("service", [(9.0, SetValue("work", "file"))], {"failing": 0.8, "retries": 1}),
    "in a crowd": ("dynamic-tasks", [], {"producers": 20, "maxsize": 0, "consumers": 1}),
}


def known_in(history: History) -> set[str]:
    """Return the names in a lab, and what Python and the scenario say there."""
    state = history.now.state
    known = {
        *NAMES,
        *state.queues,
        *(name.lstrip("@") for row in history.header.layout for name in row),
    }
    for _, event, _ in history.rows(0, history.events):
        known |= {getattr(event, field, "") for field in ("worker", "by", "parent", "role")}
        if isinstance(event, WorkerEnded | LoopError):
            known |= {event.error, event.error.partition(":")[0]}
        elif isinstance(event, Noted):
            known.add(event.text)
        if isinstance(item := getattr(event, "item", 0), str):
            known |= {item, item.partition(":")[0]}
    known |= {failure.error for failure in state.failures}
    return known | {line.strip() for line in history.header.source.splitlines() if line.strip()}


def all_that_is_said(history: History) -> Iterator[str]:
    for _, event, then in history.rows(0, history.events):
        if not isinstance(event, Noted | Stepped):
            yield sentence(event)
            yield sentence(event, then, history.header.source)
    end = history.events
    for n in sorted({end // 7, end // 3, end // 2, 3 * end // 4, end}):
        state = history.snapshot(n)
        while state.events < n:
            state.apply(history.event(state.events))
        for advice in check(state):
            yield advice.evidence
            yield advice.remedy
        yield from all_reasons(state, history)
    for mark in history.now.timeline.marks:
        yield mark.text
    for item in range(1, 12):
        life = Life(Subject("item", item), history)
        life.follow(end)
        yield life.says(end, 31.0)
        yield from (each.text for each in life.marks)


def all_reasons(state: State, history: History) -> Iterator[str]:
    subjects = [Subject("worker", name) for name in [*state.workers, "nobody"]]
    subjects += [Subject("queue", name) for name in [*state.queues, "nothing"]]
    for queue in state.queues.values():
        slots = [*queue.slots.values(), *(slot for _, slot in queue.hands.values())]
        subjects += [Subject("item", f"{queue.name}/{slot.slot}") for slot in slots]
        subjects += [Subject("item", slot.item) for slot in slots]
    subjects += [Subject("event", n) for n in range(1, state.events, 1 + state.events // 9)]
    for subject in subjects[:60]:
        yield subject.title
        answer = why(subject, state, history, state.t + 0.4)
        yield answer.says
        for reason in (*answer.because, *answer.so, *answer.see):
            yield reason.text


@pytest.mark.parametrize("name", RUNS)
def test_nothing_told_of_a_run_is_left_untranslated(name: str) -> None:
    slug, script, settings = RUNS[name]
    with pseudo_spoken():
        history = run(slug, script, **settings)
        given = {"nobody", "nothing", "no such thing", *DISTURBANCES}
        left_over = Allowed(known_in(history) | given).left_over
        missed = {
            f"{word}: {said}" for said in all_that_is_said(history) for word in left_over(said)
        }
        assert sorted(missed)[:5] == []


def test_nothing_said_of_settings_rules_and_facts_is_left_untranslated() -> None:
    left_over = Allowed(NAMES).left_over
    with pseudo_spoken():
        for setting in (*SETTINGS.values(), DURATION):
            shown = {setting.show(setting.default)} if setting is not DURATION else set()
            for said in (setting.allowed, words.tr(setting.help), *shown):
                assert left_over(said) == set(), said
        for item in DISTURBANCES.values():
            for said in (item.title, item.help, item.unit):
                assert left_over(words.tr(said)) == set(), said
        for rule in RULES.values():
            for said in (rule.when, rule.follows, rule.remedy, rule.see):
                assert left_over(words.tr(said)) == set(), said
        for fact in fidelity.FACTS:
            for said in (fact.title, *(saying.text for saying in fact.says)):
                assert left_over(words.tr(said)) == set(), said


@pytest.mark.parametrize(
    "refuse",
    [
        lambda: find_setting("xyzzy"),
        lambda: find_setting("maxsiz"),
        lambda: parse_assignment("xyzzy"),
        lambda: DURATION.check(-1),
        *(lambda each=each: each.check("xyzzy") for each in SETTINGS.values()),
        lambda: scenario("xyzzy"),
        lambda: scenario("signal"),
        *(
            lambda text=text: parse(text)
            for text in ('"a', "-", "xyzzy:1", "wrker:1", "kind:xyzzy", "kind:pux", "kind:pu")
        ),
        *(lambda text=text: parse(text) for text in ("worker:", "queue:", "item:", "text:")),
    ],
)
def test_no_refusal_is_left_untranslated(refuse: Any) -> None:
    with pytest.raises((SettingError, SearchError, UnknownScenario)) as refused:
        refuse()
    kinds = re.findall(r"[a-z_]+", str(refused.value).partition("there are ")[2])
    given = {"xyzzy", "wrker", "worker:", "maxsiz", "signal", "pux", "pu"}
    left_over = Allowed({*NAMES, *SLUGS, *kinds, *given, "put_waiting", "put_refused"}).left_over
    with pseudo_spoken():
        said = str(refused.value)
        assert left_over(said) == set(), said
    assert refused.value.english == str(refused.value)


def test_what_the_lab_words_in_its_events_is_translated_where_it_is_shown() -> None:
    """Events hold English, so that a recording is the same in every language."""
    said = {
        event.detail if isinstance(event, Injected) else event.why
        for n in range(2)
        for _, event, _ in run(*RUNS["everything"][:2]).rows(0, 10_000)[n:]
        if isinstance(event, Injected | Refused)
    } - {""}
    assert len(said) >= 12
    with pseudo_spoken():
        for text in said:
            known = {*NAMES, *DISTURBANCES, *re.findall(r"\b[PC]\d|\bjobs\b|\byou\d|main", text)}
            assert heard(text) != text
            given = {"nobody", "nothing", "no such thing"}
            assert Allowed(known | given).left_over(heard(text)) == set(), text
    assert all(heard(text) == text for text in said)
    assert heard("what nobody knows") == "what nobody knows"


def test_what_happens_is_the_same_in_every_language() -> None:
    def happened() -> list[Event]:
        history = run(*RUNS["everything"][:2])
        return [event for _, event, _ in history.rows(0, history.events)]

    english = happened()
    with pseudo_spoken():
        assert happened() == english


ONCE = ("--replications", "2", "--jobs", "1")


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--help"], ["run", "--help"], ["play", "--help"], ["export", "--help"], ["list"]),
        *(["run", "signals", "--for", "30", "--set", "consumers=9"], ["play", "--list"]),
        *(["explain"], ["explain", "stuck"], ["explain", "bottleneck"], ["check", "first-queue"]),
        *(["run"], ["run", "xyzzy"], ["--xyzzy"], ["explain", "xyzzy"], ["replay", "xyzzy"]),
        *(["run", "signals", "--set", "maxsize=xyzzy"], ["run", "signals", "--seed"], ["play"]),
        *(["sweep", "--help"], ["sweep"], ["sweep", "signals", "--measure", "xyzzy"]),
        *(["sweep", "signals", *ONCE], ["sweep", "signals", "--vary", "maxsize=1..xyzzy"]),
        *(["sweep", "timeouts", *ONCE, "--vary", "maxsize=0,1", "--for", "20", "--csv", "/"],),
        *(["sweep", "signals", *ONCE, "--warmup", "500"], ["sweep", "signals", "--jobs", "0"]),
        *(["--lang", "xyzzy"], ["list", "xyzzy"], ["check", "xyzzy"], ["export", "xyzzy"]),
    ],
    ids=" ".join,
)
def test_nothing_printed_is_left_untranslated(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    monkeypatch.setenv("COLUMNS", "100")
    with pseudo_spoken():
        main(arguments)
        printed = capsys.readouterr()
        samples = "".join(rule.broken + rule.fixed for rule in RULES.values())
        code = set(re.findall(r"\w+", samples)) if arguments[0] == "explain" else set()
        given = {*code, *ALL, *RULES, *MEASURES, *lessons()}
        given |= {*words.LANGUAGES, *words.LANGUAGES.values()}
        left_over = Allowed({*NAMES, *TYPED_IN_A_SHELL, *given, "xyzzy"}).left_over
        lines = [*printed.out.splitlines(), *printed.err.splitlines()]
        missed = {f"{word}: {line}" for line in lines for word in left_over(line)}
        assert lines
        assert sorted(missed) == []


TYPED_IN_A_SHELL = {
    *("qdash", "run", "list", "play", "explain", "replay", "check", "export", "NAME", "VALUE"),
    *("SCENARIO", "OPTIONS", "COMMAND", "FILE", "RULE", "SECONDS", "ARGS", "json", "help", "lang"),
    *("set", "seed", "speed", "ascii", "theme", "dark", "light", "record", "without", "version"),
    *("consumer", "producer", "signaller", "jobs", "main", "present", "force", "output", "all"),
    *("an order that cannot be read", "No such file or directory"),  # by a program, by Python
    *("for", "no-present", "reset-progress", "JSON", "ASCII", "Python", "asyncio"),
    *(
        "sweep",
        "advise",
        "experiment",
        "compare",
        "vary",
        "measure",
        "replications",
        "warmup",
        "jobs",
    ),
    *("cluster", "csv", "resume", "yes", "VALUES", "ADDRESS", "HOST", "PORT", "COLUMN", "dask"),
    *("arrivals-from", "work-from", "local:N", "tcp", "Is a directory"),
}
