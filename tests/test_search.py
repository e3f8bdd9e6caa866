"""Searching: what a query means, and finding what matches a little at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash import events as ev
from qdash.engine import Lab
from qdash.events import Event
from qdash.history import CHUNK, History
from qdash.scenarios import SLUGS, scenario
from qdash.search import FIELDS, GROUPS, KINDS, Query, Search, SearchError, Term, parse
from qdash.state import Then

ALL = 10_000_000


def run(slug: str, until: float, limit: int | None = None) -> History:
    events: list[Event] = []
    lab: Lab = scenario(slug).lab({})
    lab.watch_lines()
    lab.add_sink(events.append)
    lab.start()
    lab.advance(until, ALL)
    lab.close()
    history = History(lab.header, limit)
    history.fold(events)
    return history


@cache
def of(slug: str) -> History:
    return run(slug, 60.0)


# --- what is typed --------------------------------------------------------------------------------

PUT = ev.Put(1.0, "P1", "jobs", 3, 41)
GOT = ev.Got(2.0, "C10", "jobs", 3, 41)
WOKEN = ev.Woken(2.0, "P2", "jobs", "put", by="C10")
STOP = ev.Put(3.0, "main", "results", 4, "stop", "stop")
STEP = ev.Stepped(3.0, "C1", 23)
DONE = ev.TaskDone(4.0, "C10", "jobs")
INJECTED = ev.Injected(5.0, "shutdown", "jobs")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [PUT, GOT, WOKEN, STOP, STEP, DONE, INJECTED]),
        ("worker:C10", [GOT, WOKEN, DONE]),
        ("WORKER:c10", [GOT, WOKEN, DONE]),
        ("worker:C1", [STEP]),
        ("worker:C1*", [GOT, WOKEN, STEP, DONE]),
        ("worker:P1,P2", [PUT, WOKEN]),
        ("queue:jobs", [PUT, GOT, WOKEN, DONE, INJECTED]),
        ("-queue:jobs", [STOP, STEP]),
        ("item:41", [PUT, GOT, DONE]),
        ("item:#41", [PUT, GOT, DONE]),
        ("item:stop", [STOP]),
        ("item:4", []),
        ("item:*", [PUT, GOT, STOP, DONE]),
        ("kind:put", [PUT, STOP]),
        ("kind:put,got", [PUT, GOT, STOP]),
        ("kind:task-done", [DONE]),
        ("kind:*o*", [GOT, WOKEN, DONE]),
        ("kind:everyday", [STEP, DONE]),
        ("kind:everyday,got", [GOT, STEP, DONE]),
        ("-kind:everyday,put", [GOT, WOKEN, INJECTED]),
        ("kind:put item:41", [PUT]),
        ("kind:put -item:41", [STOP]),
        ("first in line", [WOKEN]),
        ('"first in line"', [WOKEN]),
        ('"line first"', []),
        ("-first -kind:stepped JOBS", [PUT, GOT, DONE, INJECTED]),
        ('text:"first in line","stop signal"', [WOKEN, STOP]),
        ("#41", [PUT, GOT, DONE]),
        ("P2,", [WOKEN]),
    ],
)  # fmt: skip
def test_a_query_finds(text: str, found: list[Event]) -> None:
    query = parse(text)
    thens: dict[Event, Then] = {DONE: Then(item=41)}
    told = [PUT, GOT, WOKEN, STOP, STEP, DONE, INJECTED]
    assert [event for event in told if query.matches(event, thens.get(event))] == found


def test_a_worker_is_found_wherever_it_has_a_part() -> None:
    query = parse("worker:P1")
    assert query.matches(ev.Barged(1.0, "P2", "jobs", "put", by="P1"))
    assert query.matches(ev.WorkerStarted(1.0, "J1", "job", parent="P1"))
    assert query.matches(ev.Injected(1.0, "cancel", "P1"))
    assert not query.matches(ev.Stuck(1.0, 3))
    assert parse('worker:""').matches(ev.Put(1.0, "", "jobs", 3, 41))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("wroker:C1", "there are worker:, queue:, item:, kind: and text:; did you mean worker:"),
        ("ValueError:", 'text:; "ValueError:" in quotes is looked for as text'),
        ("12:03", '"12:03" in quotes'),
        ("worker:", "worker: is followed by a name, as in worker:C1 or worker:C*"),
        ("worker:C1,", "worker: is followed by"),
        ("kind:putt", "there is no kind of event 'putt'; did you mean put?"),
        ("kind:pu", "kinds that begin with pu: put_waiting, put, put_refused"),
        ("kind:xyzzy", "there are queue_made, put_waiting"),
        ("-", "a minus stands right before what is left out"),
        ('"took the', "ends with a second quote"),
    ],
)
def test_what_cannot_be_looked_for_is_told_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(SearchError) as caught:
        parse(text)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


TYPED = st.text(st.sampled_from('wkq:"-,*\\ #41putC') | st.characters())


@given(TYPED | st.lists(st.sampled_from([*FIELDS, ":", '"', "-", " ", ",", *KINDS])).map("".join))
def test_whatever_is_typed_is_understood_or_refused(text: str) -> None:
    try:
        query = parse(text)
    except SearchError:
        return
    assert parse(str(query)) == query
    assert query.matches(STEP) in (True, False)


ANY_TEXT = st.text(max_size=6)
VALUES = {
    "worker": ANY_TEXT,
    "queue": ANY_TEXT,
    "item": ANY_TEXT.map(lambda text: text.lstrip("#")),
    "kind": st.sampled_from(KINDS),
    "text": ANY_TEXT,
}
TERMS = st.sampled_from(list(FIELDS)).flatmap(
    lambda field: st.builds(
        Term,
        st.just(field),
        st.lists(VALUES[field], min_size=1, max_size=3).map(tuple),
        st.booleans(),
    )
)
QUERIES = st.lists(TERMS, max_size=4).map(lambda terms: Query(tuple(terms)))


@given(QUERIES)
def test_a_query_is_written_as_it_is_read(query: Query) -> None:
    assert parse(str(query)) == query


def test_every_kind_of_event_can_be_asked_for() -> None:
    assert len(KINDS) - len(GROUPS) == len(get_args(ev.AnyEvent))
    for kind in KINDS:
        assert parse(f"kind:{kind}").terms


# --- finding it -----------------------------------------------------------------------------------

LIKELY = [
    "worker:C1",
    "kind:put",
    "-kind:everyday",
    "item:4*",
    "item:41,50",
    "first",
    "queue:jobs -worker:P*",
]


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("text", LIKELY)
def test_a_little_at_a_time_finds_the_same(slug: str, text: str) -> None:
    history, query = of(slug), parse(text)
    rows = history.rows(0, history.events)
    expected = [row.number for row in rows if query.matches(row.event, row.then)]
    for at in (0, history.events // 3, history.events):
        search = Search(history, query, at)
        steps = 0
        while search.go_on(0.0):
            steps += 1
            assert steps < ALL
            inside = [n for n in expected if search.back_to <= n < search.on_to]
            assert list(search.newer(0)) == inside
        assert search.complete
        assert list(search.newer(0)) == expected
        assert list(search.older(history.events)) == expected[::-1]
        assert len(search) == len(expected)
        for n in (0, 1, at, history.events):
            assert list(search.older(n)) == [i for i in reversed(expected) if i < n]
            assert list(search.newer(n)) == [i for i in expected if i >= n]
            assert search.count(n) == len(list(search.newer(n)))


def ticking() -> Callable[[], float]:
    ticks = count()
    return lambda: float(next(ticks))


def test_it_stops_when_its_time_is_over() -> None:
    history = of("producer-consumer")
    search = Search(history, parse("kind:put"), history.events // 2)
    assert search.go_on(3.0, ticking())
    assert search.on_to - search.back_to < history.events
    looked = [search.on_to - search.back_to]
    while search.go_on(3.0, ticking()):
        looked.append(search.on_to - search.back_to)
    assert looked == sorted(looked)
    assert history.events / 1_000 < len(looked) < history.events / 200


@pytest.mark.parametrize("text", ["kind:got", "item:4*", "first"])
def test_what_happens_later_is_found_too(text: str) -> None:
    whole = of("producer-consumer")
    events = [whole.event(n) for n in range(whole.events)]
    history, query = History(whole.header), parse(text)
    history.fold(events[:100])
    search = Search(history, query, 100)
    for at in range(100, len(events), 77):
        history.fold(events[at : at + 77])
        while search.go_on(1.0):
            pass
        found = [row.number for row in whole.rows(0, history.events) if query.matches(*row[1:])]
        assert list(search.newer(0)) == found


def test_what_the_history_let_go_is_forgotten() -> None:
    events: list[Any] = [
        ev.Noted(float(n), "main", "odd" if n % 2 else "even") for n in range(100 * CHUNK)
    ]
    history = History(of("signals").header, limit=4 * CHUNK)
    history.fold(events[: 3 * CHUNK])
    searches = [Search(history, parse("odd"), at) for at in (0, 1_500, 3 * CHUNK)]
    for at in range(3 * CHUNK, len(events), CHUNK):
        for search in searches:
            while search.go_on(1.0):
                pass
            found = list(search.newer(0))
            assert found == [n for n in range(history.first, history.events) if n % 2]
            assert len(search) == len(found)
        history.fold(events[at : at + CHUNK])
    assert history.first > 0
