"""Narrate: one event, one plain sentence, with its cause where the event or the state tells it.

What an event does not say itself (how full the queue was just then, who stood where in line) the
reducer notes beside it in the log, as ``Then``; without that the sentence leaves it out. Sentences
are ASCII as long as the event's own texts are, and one line each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, Literal

from qdash import events as ev
from qdash.commands import DISTURBANCES
from qdash.events import Event, Shape
from qdash.settings import SETTINGS
from qdash.state import Then

Tone = Literal["calm", "blocked", "signal", "failure", "person", "dim"]
"""How an event is meant: ``dim`` is everyday work, ``calm`` the traffic of a queue, ``signal`` a
sentinel or exception on its way, ``person`` what somebody changed or injected."""

_NOTHING: Final = Then()
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip


def sentence(event: Event, then: Then | None = None, source: str = "") -> str:
    """Return what happened as one sentence.

    ``then`` is what the history keeps beside the event; of ``source``, the scenario's, the line on
    which a step ended is told.
    """
    text = _SENTENCES[type(event)](event, then)
    if source and type(event) is ev.Stepped and (code := code_line(source, event.line)):
        text += f": {code}"
    return printable(" ".join(text.split()))


def tone(event: Event) -> Tone:
    """Return how an event is meant, for its colour."""
    found = _TONES.get(type(event), "calm")
    if found == "calm" and getattr(event, "shape", "item") in ("stop", "error"):
        return "signal"
    if isinstance(event, ev.Woken) and event.op == "get":
        return "dim"  # the worker gets its item right after this
    if isinstance(event, ev.WorkerEnded):
        return "failure" if event.how == "failed" else "calm"
    if isinstance(event, ev.Ended):
        return "failure" if event.how == "failed" else "person"
    return found


# --- words ------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """Return one line of text without characters that would disturb a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def seconds(value: float) -> str:
    """Return a length of time as people say it: ``2.0 s``, ``0.05 s``."""
    if value >= 0.1 or value == 0:
        return f"{value:.1f} s"
    return f"{f'{value:.3f}'.rstrip('0') if value >= 0.001 else f'{value:.1g}'} s"


def ordinal(place: int) -> str:
    """Return ``first`` for 1, ``11th`` for 11."""
    if 1 <= place <= len(_ORDINALS):
        return _ORDINALS[place - 1]
    endings = {} if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}
    return f"{place}{endings.get(place % 10, 'th')}"


def things(count: int, noun: str) -> str:
    """Return ``1 event``, ``2,000 events``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def names(all_names: Sequence[str], most: int = 3) -> str:
    """Return ``P1``, ``P1 and P2``, ``P1, P2, P3 and 4 more``."""
    if len(all_names) > most:
        return f"{', '.join(all_names[:most])} and {len(all_names) - most:,} more"
    return " and ".join(filter(None, [", ".join(all_names[:-1]), *all_names[-1:]]))


@lru_cache(maxsize=4)
def _lines(source: str) -> tuple[str, ...]:
    return tuple(source.splitlines())


def code_line(source: str, line: int) -> str:
    """Return the code on a line, counted from 1, without its indent and its comment; or ""."""
    lines = _lines(source)
    return lines[line - 1].partition("  #")[0].strip() if 0 < line <= len(lines) else ""


def _number(item: int | str) -> str:
    return f"#{item}" if isinstance(item, int) else item


def _thing(item: int | str, shape: Shape, *, the: bool = False) -> str:
    """An item as the object of a sentence."""
    if shape == "stop":
        return "the stop signal" if the else "a stop signal"
    if shape == "error":
        return f"{'the' if the else 'an'} exception ({item})"
    if shape == "token":
        return "a token"
    return _number(item)


def _argument(item: int | str, shape: Shape) -> str:
    """An item as the argument of put()."""
    if shape == "error":
        return str(item).partition(":")[0]
    return shape if shape in ("stop", "token") else _number(item)


def _who(worker: str) -> str:
    return worker or "code outside the workers"


def _level(then: Then) -> str:
    return f"{then.size}/{then.maxsize}" if then.maxsize > 0 else f"{then.size} in it, unbounded"


def _after(then: Then | None) -> str:
    return "" if then is None or then.waited is None else f" after {seconds(then.waited)}"


def _gives_up(t: float, deadline: float | None) -> str:
    return "" if deadline is None else f"; gives up in {seconds(deadline - t)}"


# --- the queue --------------------------------------------------------------------------------

_ORDER: Final = {
    "fifo": "the oldest item first (FIFO)",
    "lifo": "the newest item first (LIFO)",
    "priority": "the lowest priority number first",
}


def _queue_made(e: ev.QueueMade, then: Then | None) -> str:
    size = f"maxsize {e.maxsize}" if e.maxsize > 0 else "unbounded"
    return f"queue {e.queue} was made: {size}, serves {_ORDER[e.discipline]}"


def _put_waiting(e: ev.PutWaiting, then: Then | None) -> str:
    full = f"{e.queue} is full"
    place = ""
    if then is not None:
        full += f" ({_level(then)})"
        place = f", {ordinal(then.place)} in line"
    call = f"put({_argument(e.item, e.shape)})"
    return f"{_who(e.worker)} blocked in {call}: {full}{place}{_gives_up(e.t, e.deadline)}"


def _put(e: ev.Put, then: Then | None) -> str:
    text = f"{_who(e.worker)} put {_thing(e.item, e.shape)}"
    if then is None:
        return f"{text} into {e.queue}"
    waited = "" if then.waited is None else f", blocked for {seconds(then.waited)}"
    if 0 < then.maxsize <= then.size:
        return f"{text}{waited}: {e.queue} is full ({_level(then)})"
    return f"{text} into {e.queue} ({_level(then)}){waited}"


_REFUSED: Final = {
    "full": ("was refused", ": the queue is full (QueueFull)"),
    "empty": ("was refused", ": the queue is empty (QueueEmpty)"),
    "shutdown": ("was refused", ": the queue is shut down (QueueShutDown)"),
    "cancelled": ("was cancelled", ""),
}


def _put_refused(e: ev.PutRefused, then: Then | None) -> str:
    who, queue = _who(e.worker), e.queue
    argument = _argument(e.item, e.shape)
    if e.why == "timeout":
        waited = _after(then).replace("after", "waited") or " waited"
        full = then is not None and 0 < then.maxsize <= then.size
        still = f": it is still full ({_level(then)})" if then is not None and full else ""
        return f"{who}{waited} in put({argument}) to {queue} and gave up (timeout){still}"
    if e.why == "error":
        stays = "; it stays in the queue all the same, uncounted" if e.slot is not None else ""
        return f"{who}'s put({argument}) to {queue} failed: {e.error}{stays}"
    call = "put_nowait" if e.why == "full" else "put"
    what, reason = _REFUSED[e.why]
    return f"{who}'s {call}({argument}) to {queue} {what}{_after(then)}{reason}"


def _get_waiting(e: ev.GetWaiting, then: Then | None) -> str:
    place = f", {ordinal(then.place)} in line" if then is not None and then.place > 1 else ""
    return f"{_who(e.worker)} waits in get(): {e.queue} is empty{place}{_gives_up(e.t, e.deadline)}"


def _got(e: ev.Got, then: Then | None) -> str:
    level = "" if then is None else f" ({_level(then)})"
    if e.shape in ("stop", "error"):
        return f"{_thing(e.item, e.shape, the=True)} reached {_who(e.worker)}{level}"
    if then is not None and 0 < then.maxsize < then.size:
        level += ", still over capacity"
    waited = "" if then is None or then.waited is None else f", waited {seconds(then.waited)}"
    taken = f"{_thing(e.item, e.shape)} from {e.queue}"
    return f"{_who(e.worker)} got {taken}{level}{waited}"


def _get_refused(e: ev.GetRefused, then: Then | None) -> str:
    who, queue = _who(e.worker), e.queue
    if e.why == "timeout":
        waited = _after(then).replace("after", "waited") or " waited"
        still = ": it is still empty" if then is not None and not then.size else ""
        return f"{who}{waited} in get() from {queue} and gave up (timeout){still}"
    if e.why == "error":
        what = "an item" if then is None or then.item == "" else _number(then.item)
        lost = f"; {what} was lost" if e.slot is not None else ""
        return f"{who}'s get() from {queue} failed: {e.error}{lost}"
    call = "get_nowait" if e.why == "empty" else "get"
    what, reason = _REFUSED[e.why]
    return f"{who}'s {call}() from {queue} {what}{_after(then)}{reason}"


def _because(cause: Event | None) -> str:
    """The clause that says why somebody was woken."""
    if isinstance(cause, (ev.Got, ev.Put)):
        what = "an exception" if cause.shape == "error" else _thing(cause.item, cause.shape)
        return f"{_who(cause.worker)} {'got' if type(cause) is ev.Got else 'put'} {what}"
    if isinstance(cause, ev.Resized):
        size = f"to {cause.new}" if cause.new > 0 else "to unbounded"
        return f"maxsize went from {cause.old} {size}"
    if isinstance(cause, (ev.ShutDown, ev.Dropped)):
        return f"{cause.queue} was shut down"
    if isinstance(cause, (ev.PutRefused, ev.GetRefused)):
        return f"{_who(cause.worker)}, woken before it, gave up its turn"
    return ""


def _woken(e: ev.Woken, then: Then | None) -> str:
    woken = f"{_who(e.worker)}, first in line for {e.op}(), was woken"
    cause = then.cause if then is not None else None
    because = _because(cause) if getattr(cause, "queue", None) == e.queue else ""
    if then is None or not because:
        return f"{woken} by {_who(e.by)}"
    if isinstance(cause, ev.Got):
        if 0 < then.maxsize <= then.size:
            # Each get wakes a putter, whether or not there is room.
            return f"{because}, so {woken}, though {e.queue} is still full ({_level(then)})"
        because += " and freed a slot"
    return f"{because}, so {woken}"


def _barged(e: ev.Barged, then: Then | None) -> str:
    who = _who(e.worker)
    place = f", {ordinal(then.place)}" if then is not None else ""
    if e.by:
        what = "slot" if e.op == "put" else "item"
        why = f"{_who(e.by)} took the {what} first"
        if then is not None and then.at_once:  # a put or get that need not wait is one of these
            why += f" ({e.op}_nowait)"
    elif e.op == "get":
        why = f"{e.queue} is empty"
    elif then is not None and then.size > then.maxsize > 0:
        why = f"{e.queue} is still over capacity ({_level(then)})"
    else:
        why = f"{e.queue} is still full"
    return f"{who} was woken, but {why}: {who} goes to the back of the line{place}"


def _unfinished(then: Then | None) -> str:
    if then is None:
        return ""
    return f": {then.unfinished} unfinished" if then.unfinished else ": nothing is unfinished"


def _for(then: Then | None) -> str:
    """What a task_done was for."""
    if then is None or then.item == "":
        return ""
    return f" for {_thing(then.item, then.shape, the=True)}"


def _task_done(e: ev.TaskDone, then: Then | None) -> str:
    text = f"task_done() by {_who(e.worker)} on {e.queue}{_for(then)}{_unfinished(then)}"
    if then is not None and then.names:
        returns = "returns" if len(then.names) == 1 else "return"
        return f"{text}, so join() by {names(then.names)} {returns}"
    return text


def _task_done_refused(e: ev.TaskDoneRefused, then: Then | None) -> str:
    return (
        f"task_done() by {_who(e.worker)} on {e.queue} was refused: nothing is unfinished, "
        "so it was called too many times (ValueError)"
    )


def _task_done_forgotten(e: ev.TaskDoneForgotten, then: Then | None) -> str:
    who = _who(e.worker)
    text = f"{who} left task_done(){_for(then)} out on {e.queue}"
    return f"{text}: it stays owed, and join() waits for it"


def _join_waiting(e: ev.JoinWaiting, then: Then | None) -> str:
    text = f"{_who(e.worker)} waits in join(): {e.unfinished} unfinished in {e.queue}"
    if then is None or then.size > e.unfinished:
        return text
    return f"{text}, {then.size} queued and {e.unfinished - then.size} got and not done"


def _joined(e: ev.Joined, then: Then | None) -> str:
    text = f"join() by {_who(e.worker)} on {e.queue} returned{_after(then)}"
    if then is not None and then.unfinished:
        return f"{text}: the count had fallen to zero; by now {then.unfinished} unfinished again"
    return f"{text}: nothing is unfinished"


def _join_refused(e: ev.JoinRefused, then: Then | None) -> str:
    how = {"timeout": "gave up (timeout)", "cancelled": "was cancelled", "error": "failed"}[e.why]
    return f"join() by {_who(e.worker)} on {e.queue} {how}{_after(then)}{_unfinished(then)}"


def _resized(e: ev.Resized, then: Then | None) -> str:
    old, new = (str(size) if size > 0 else "unbounded" for size in (e.old, e.new))
    text = f"maxsize of {e.queue} went from {old} to {new}"
    if then is None or e.new <= 0:
        return text
    if then.size > e.new:
        over = then.size - e.new
        return f"{text}: {then.size} lie in it, over capacity by {over} until it is drained"
    return f"{text}: {then.size} in it, room for {e.new - then.size} more"


def _rearranged(e: ev.Rearranged, then: Then | None) -> str:
    return f"{e.queue} now serves {_ORDER[e.new]}"


def _shut_down(e: ev.ShutDown, then: Then | None) -> str:
    if e.immediate:
        return f"{e.queue} was shut down at once: its content is thrown away, put and get refused"
    if then is None:
        return f"{e.queue} was shut down: put is refused, get may still take what is queued"
    left = f"get may still take the {then.size} left in it" if then.size else "so is get"
    return f"{e.queue} was shut down: put is refused, {left}"


def _dropped(e: ev.Dropped, then: Then | None) -> str:
    what = _thing(e.item, (then or _NOTHING).shape)
    counted = "and counted as done" if e.counted else "and not counted, since nothing was owed"
    return f"shutdown threw {what} out of {e.queue} {counted}"


# --- the workers ------------------------------------------------------------------------------


def _worker_started(e: ev.WorkerStarted, then: Then | None) -> str:
    by = f", created by {e.parent}" if e.parent else ""
    if then is not None and then.again:
        return f"{_who(e.worker)} was started again after its failure, running {e.role}(){by}"
    return f"{_who(e.worker)} started: a task running {e.role}(){by}"


def _worker_ended(e: ev.WorkerEnded, then: Then | None) -> str:
    who, held = _who(e.worker), (then or _NOTHING).names
    owed = ""
    if held:
        more = f" and {len(held) - 3} more" if len(held) > 3 else ""
        owed = f", with {', '.join(held[:3])}{more} in hand: task_done() stays owed"
    if e.how == "failed":
        if then is not None and then.shape == "error" and then.item == e.error:
            return f"{who} raised the exception that it had got, and failed: {e.error}{owed}"
        return f"{who} failed: {e.error}{owed}"
    if e.how == "shutdown":
        return f"{who} ended by {e.error or 'QueueShutDown'}: the queue was shut down{owed}"
    if e.how == "cancelled":
        return f"{who} was cancelled: its task is over{owed}"
    if then is not None and then.shape == "stop":
        return f"{who} had got the stop signal and returned{owed}"
    return f"{who} returned: its task is over{owed}"


def _cancelling(e: ev.Cancelling, then: Then | None) -> str:
    return f"{_who(e.by)} called cancel() on {_who(e.worker)}"


def _making(e: ev.Making, then: Then | None) -> str:
    return f"{_who(e.worker)} makes {_number(e.item)}, for {seconds(e.seconds)}"


def _made(e: ev.Made, then: Then | None) -> str:
    return f"{_who(e.worker)} has made {_number(e.item)}"


def _working(e: ev.Working, then: Then | None) -> str:
    return f"{_who(e.worker)} works on {_number(e.item)}, for {seconds(e.seconds)}"


def _worked(e: ev.Worked, then: Then | None) -> str:
    return f"{_who(e.worker)} is through with {_number(e.item)}"


def _stepped(e: ev.Stepped, then: Then | None) -> str:
    return f"{e.worker} runs on to line {e.line}" if e.line else f"{e.worker} runs on"


def _stalled(e: ev.Stalled, then: Then | None) -> str:
    return f"{_who(e.worker)} stands still for {seconds(e.seconds)}"


def _resumed(e: ev.Resumed, then: Then | None) -> str:
    left = "" if e.until is None else f", {seconds(max(0.0, e.until - e.t))} left to do"
    return f"{_who(e.worker)} goes on{left}"


def _noted(e: ev.Noted, then: Then | None) -> str:
    return f"{e.worker}: {e.text}" if e.worker else e.text


# --- the lab ----------------------------------------------------------------------------------


def _shown(name: str, value: ev.Value) -> str:
    definition = SETTINGS.get(name)
    return definition.show(value) if definition is not None else str(value)


def _setting_changed(e: ev.SettingChanged, then: Then | None) -> str:
    return f"you set {e.name} from {_shown(e.name, e.old)} to {_shown(e.name, e.new)}"


def _title(what: str) -> str:
    return DISTURBANCES[what].title if what in DISTURBANCES else what


def _injected(e: ev.Injected, then: Then | None) -> str:
    target = f" ({e.target})" if e.target else ""
    detail = f": {e.detail}" if e.detail else ""
    return f"you: {_title(e.what)}{target}{detail}"


def _refused(e: ev.Refused, then: Then | None) -> str:
    return f"{_title(e.what)} was refused: {e.why}"


def _stuck(e: ev.Stuck, then: Then | None) -> str:
    calls = (then or _NOTHING).names
    who = f" ({', '.join(calls)})" if calls else ""
    are = "worker waits" if e.waiting == 1 else "workers wait"
    return f"nothing can happen any more: {e.waiting} {are}{who}, and no timer is set"


def _loop_error(e: ev.LoopError, then: Then | None) -> str:
    return f"the event loop reports: {e.error}"


def _ended(e: ev.Ended, then: Then | None) -> str:
    if e.how == "failed":
        return f"the run is over: main failed: {e.error}"
    return f"the run is over: main {'returned' if e.how == 'finished' else 'was cancelled'}"


_SENTENCES: Final[dict[type[Event], Callable[[Any, Then | None], str]]] = {
    ev.QueueMade: _queue_made,
    ev.PutWaiting: _put_waiting,
    ev.Put: _put,
    ev.PutRefused: _put_refused,
    ev.GetWaiting: _get_waiting,
    ev.Got: _got,
    ev.GetRefused: _get_refused,
    ev.Woken: _woken,
    ev.Barged: _barged,
    ev.TaskDone: _task_done,
    ev.TaskDoneRefused: _task_done_refused,
    ev.TaskDoneForgotten: _task_done_forgotten,
    ev.JoinWaiting: _join_waiting,
    ev.Joined: _joined,
    ev.JoinRefused: _join_refused,
    ev.Resized: _resized,
    ev.Rearranged: _rearranged,
    ev.ShutDown: _shut_down,
    ev.Dropped: _dropped,
    ev.WorkerStarted: _worker_started,
    ev.Cancelling: _cancelling,
    ev.WorkerEnded: _worker_ended,
    ev.Making: _making,
    ev.Made: _made,
    ev.Working: _working,
    ev.Worked: _worked,
    ev.Stepped: _stepped,
    ev.Stalled: _stalled,
    ev.Resumed: _resumed,
    ev.Noted: _noted,
    ev.SettingChanged: _setting_changed,
    ev.Injected: _injected,
    ev.Refused: _refused,
    ev.Stuck: _stuck,
    ev.LoopError: _loop_error,
    ev.Ended: _ended,
}

_TONES: Final[dict[type[Event], Tone]] = {
    ev.PutWaiting: "blocked",
    ev.PutRefused: "blocked",
    ev.GetRefused: "blocked",
    ev.Barged: "blocked",
    ev.TaskDoneRefused: "failure",
    ev.TaskDoneForgotten: "failure",
    ev.Dropped: "blocked",
    ev.WorkerStarted: "dim",
    ev.Making: "dim",
    ev.Made: "dim",
    ev.Working: "dim",
    ev.Worked: "dim",
    ev.GetWaiting: "dim",
    ev.TaskDone: "dim",
    ev.Resized: "person",
    ev.Rearranged: "person",
    ev.ShutDown: "person",
    ev.Stepped: "dim",
    ev.Stalled: "person",
    ev.Resumed: "person",
    ev.Noted: "signal",
    ev.SettingChanged: "person",
    ev.Injected: "person",
    ev.Refused: "failure",
    ev.Stuck: "failure",
    ev.LoopError: "failure",
}
