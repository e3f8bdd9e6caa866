"""What must be seen in concurrency-limit: never more at once than the limit, in both forms."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from tests.scenarios.watched import Watched


def working(it: Watched, role: str) -> int:
    return sum(worker.phase == "working" for worker in it.state.live(role))


def test_both_forms_reach_the_limit_and_hold_it() -> None:
    with Watched("concurrency-limit") as it:
        most = {"visitor": 0, "consumer": 0}
        for tick in range(1, 601):
            it.to(tick / 10)
            for role in most:
                most[role] = max(most[role], working(it, role))
        assert most == {"visitor": 3, "consumer": 3}
        assert it.all(ev.PutWaiting, queue="slots")


def test_who_is_inside_is_seen_as_tokens_and_who_waits_as_putters() -> None:
    with Watched("concurrency-limit", consume_time=60.0).to(30) as it:
        slots = it.state.queues["slots"]
        assert {slot.shape for slot in slots.slots.values()} == {"token"}
        assert slots.size == working(it, "visitor") == 3
        assert len(slots.putters) == 2


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.floats(0.1, 4.0), st.sampled_from(("maxsize", "consumers")), st.integers(1, 6)
        ),
        max_size=8,
    )
)
def test_the_limit_holds_while_it_is_changed(changes: list[tuple[float, str, int]]) -> None:
    with Watched("concurrency-limit", consume_time=3.0) as it:
        t = 0.0
        for pause, name, value in changes:
            t += pause
            it.to(t)
            it.set(**{name: value})
        it.to(t + 10)
        limit, inside = 3, 0
        for event in it.events:
            if isinstance(event, ev.Resized) and event.queue == "slots":
                limit = event.new
            elif isinstance(event, ev.Put) and event.queue == "slots":
                inside += 1
                assert inside <= limit  # nobody enters beyond it
            elif isinstance(event, ev.Got) and event.queue == "slots":
                inside -= 1
        assert working(it, "visitor") <= inside
        assert working(it, "consumer") <= it.lab.settings["consumers"]


def test_a_smaller_limit_turns_nobody_out() -> None:
    with Watched("concurrency-limit", consume_time=20.0, jitter="constant").to(10) as it:
        it.set(maxsize=1)
        assert it.state.queues["slots"].over == 2
        assert working(it, "visitor") == 3
        it.to(24)
        assert it.all(ev.WorkerEnded) == []
        entered = [event.t for event in it.all(ev.Put, queue="slots") if event.t > 10]
        left = [event.t for event in it.all(ev.Got, queue="slots")]
        assert len(left) == 3
        assert entered == left[-1:]
