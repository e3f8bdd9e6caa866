"""Writing scripts: what was done comes back, and happens again."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.check import check
from qdash.commands import DISTURBANCES, Inject, SetValue
from qdash.events import Event, Value
from qdash.scenarios import ALL, SLUGS, scenario
from qdash.script.acts import acts, commands
from qdash.script.model import Script
from qdash.script.read import ScriptError, read
from qdash.script.write import Deed, Halt, Speed, write
from qdash.settings import LAB_SETTINGS, SETTINGS

encode = msgspec.json.Encoder().encode

SETTING_VALUES: dict[str, st.SearchStrategy[Value]] = {
    "maxsize": st.integers(0, 1_000_000),
    "produce_time": st.floats(0.001, 3_600),
    "put_timeout": st.none() | st.floats(0.001, 3_600),
    "jitter": st.sampled_from(["constant", "uniform", "exponential"]),
    "items": st.none() | st.integers(1, 1_000_000_000),
    "supervise": st.booleans(),
}
SET = st.sampled_from(sorted(SETTING_VALUES)).flatmap(
    lambda name: st.builds(SetValue, st.just(name), SETTING_VALUES[name])
)
NAMES = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
INJECT = st.sampled_from(sorted(DISTURBANCES)).flatmap(
    lambda what: st.builds(
        Inject,
        st.just(what),
        st.just("") | NAMES,
        st.none()
        if DISTURBANCES[what].amount is None
        else st.none() | st.floats(DISTURBANCES[what].low, DISTURBANCES[what].high),
    )
)
SPEED = st.builds(Speed, st.none() | st.floats(0.1, 1_000))
DEEDS = st.one_of(SET, INJECT, SPEED, st.builds(Halt))
GAPS = st.sampled_from([0.0, 0.0, 0.1, 1.5]) | st.floats(0, 50)


def read_back(text: str) -> Script:
    return read(text, scenarios=ALL)


def done_by(script: Script) -> list[tuple[float, Deed]]:
    """All that a script does, in its order."""
    done: list[tuple[float, Deed]] = []
    for cue in acts(script)[0].steps:
        done += [(cue.t, command) for command in commands(cue.step)]
        if cue.step.speed is not None:
            speed = None if cue.step.speed == "free" else float(cue.step.speed)
            done.append((cue.t, Speed(speed)))
        if cue.step.wait:
            done.append((cue.t, Halt()))
    return done


@given(
    st.sampled_from(SLUGS),
    st.dictionaries(st.sampled_from(sorted(SETTING_VALUES)), st.just(0)).flatmap(
        lambda names: st.fixed_dictionaries({name: SETTING_VALUES[name] for name in names})
    ),
    st.none() | st.integers(0, 2**53),
    st.lists(st.tuples(GAPS, DEEDS), max_size=20),
)
def test_what_was_done_comes_back(
    slug: str, given_settings: dict[str, Value], seed: int | None, gaps: list[tuple[float, Deed]]
) -> None:
    done, t = [], 0.0
    for gap, deed in gaps:
        t = round(t + gap, 9)
        done.append((t, deed))
    script = read_back(write(slug, given_settings, seed, done, speed=None))
    assert (script.scenario, script.settings, script.seed) == (slug, given_settings, seed)
    assert script.speed == "free"
    back = done_by(script)
    assert [t for t, _ in back] == [t for t, _ in done]
    # A change of speed changes nothing in the lab: at one instant it may change its place.
    for kind in ((SetValue, Inject), (Speed,), (Halt,)):
        assert [deed for _, deed in back if isinstance(deed, kind)] == [
            deed for _, deed in done if isinstance(deed, kind)
        ]


def test_what_was_done_at_one_instant_is_one_step() -> None:
    text = write(
        "signals",
        {},
        7,
        [(1.5, SetValue("maxsize", 2)), (1.5, Inject("stop")), (1.5, Speed(2.0)), (1.5, Halt())],
        title="Mine",
    )
    script = read_back(text)
    assert script.title == "Mine"
    [step] = script.step
    assert (step.at, step.set, step.speed, step.wait) == (1.5, {"maxsize": 2}, 2.0, True)


def test_every_setting_of_a_lab_can_be_written() -> None:
    settings = {name: SETTINGS[name].default for name in LAB_SETTINGS}
    assert read_back(write("timeouts", settings, None, [])).settings == settings


def test_a_script_that_would_be_too_long_is_refused() -> None:
    done = [(float(n), Halt()) for n in range(501)]
    with pytest.raises(ScriptError, match="at most 500 steps, and this would have 501"):
        write("signals", {}, None, done)


TELLING = st.one_of(
    st.builds(SetValue, st.just("maxsize"), st.integers(0, 6)),
    st.builds(SetValue, st.sampled_from(["producers", "consumers"]), st.integers(0, 4)),
    st.builds(Inject, st.sampled_from(sorted(DISTURBANCES))),
)


@settings(max_examples=40)
@given(st.sampled_from(SLUGS), st.lists(st.tuples(GAPS, TELLING), min_size=1, max_size=8))
def test_what_was_done_happens_again_to_the_byte(
    slug: str, gaps: list[tuple[float, SetValue | Inject]]
) -> None:
    lab = scenario(slug).lab({"maxsize": 2}, 5)
    lab.watch_lines()
    events: list[Event] = []
    lab.add_sink(events.append)
    lab.start()
    done: list[tuple[float, Deed]] = []
    t = 0.0
    for gap, command in gaps:
        t = round(t + min(gap, 5.0), 9)
        lab.advance(t, 100_000)
        lab.command(command, t)
        done.append((t, command))
        lab.advance(t, 100_000)
    lab.close()
    script = read_back(write(slug, lab.header.settings, 5, done))
    [played] = check(script).acts
    assert encode(played.events) == encode(events)
