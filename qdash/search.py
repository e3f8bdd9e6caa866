"""Search: what a person asks of the past, and finding it there a little at a time.

``worker:C1 queue:jobs item:41 kind:put,got -kind:stepped "took the slot"`` are words that must
all hold. A bare word is looked for in an event's sentence. Large and small letters are the same.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cached_property, lru_cache
from time import monotonic
from typing import Final, get_args

import msgspec

from qdash.events import AnyEvent, Event
from qdash.history import CHUNK, History
from qdash.narrate import sentence, tone
from qdash.state import State, Then
from qdash.words import Refusal, Sentence, mark

FIELDS: Final = {
    "worker": ("worker", "by", "parent", "target"),
    "queue": ("queue", "target"),
    "item": ("item",),
    "kind": (),
    "text": (),
}
"""What can be asked for by name, and the fields of an event that answer."""
_TYPES: Final[dict[str, type[Event]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent)
}
GROUPS: Final = {"everyday": "dim", "blocked": "blocked", "failure": "failure", "person": "person"}
"""Kinds that are told in one tone, by the name under which they are asked for."""
KINDS: Final = (*_TYPES, *GROUPS)
_PLAIN: Final = re.compile(r"[\w#*.]+")
_BATCH: Final = 200
"""How many events are looked at between two looks at the clock."""

Check = Callable[[Event, Then | None], bool]


class SearchError(Refusal, ValueError):
    """What was typed cannot be looked for; the text is one sentence that says what is allowed."""


class Term(msgspec.Struct, frozen=True):
    """One word of a query: one of ``values`` must hold in ``field``, or none when ``negated``.

    A ``*`` in the value of a worker, a queue, an item or a kind stands for any characters.
    """

    field: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        bare = self.field == "text" and len(self.values) == 1
        values = ",".join(map(_quoted, self.values))
        return "-" * self.negated + ("" if bare else f"{self.field}:") + values


class Query(msgspec.Struct, frozen=True, dict=True):
    """Terms that must all hold; ``str`` gives what ``parse`` reads. Without terms all match."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))

    def matches(self, event: Event, then: Then | None = None) -> bool:
        """Whether an event is asked for; ``then`` is what the reducer noted beside it.

        Without ``then`` an event that does not say itself which item it is about is not found by
        that item.
        """
        checks = self._checks.get(type(event))
        if checks is None:
            return False
        for check in checks:
            if not check(event, then):
                return False
        if self._texts:
            text = sentence(event, then).casefold()
            return all(any(map(text.__contains__, words)) is not no for words, no in self._texts)
        return True

    @cached_property
    def needs_then(self) -> bool:
        """Whether more than the events themselves has to be known, which takes longer to find."""
        return any(term.field in ("item", "text") for term in self.terms)

    @cached_property
    def items(self) -> tuple[int, ...]:
        """The numbers of which an event must tell one to match; none where that is not so."""
        for term in self.terms:
            numbers = [value for value in term.values if value.isdecimal()]
            if term.field == "item" and not term.negated and len(numbers) == len(term.values):
                return tuple(map(int, numbers))
        return ()

    @cached_property
    def _texts(self) -> list[tuple[list[str], bool]]:
        return [
            ([value.casefold() for value in term.values], term.negated)
            for term in self.terms
            if term.field == "text"
        ]

    @cached_property
    def _checks(self) -> dict[type[Event], list[Check]]:
        """What remains to be checked of an event, for each type of which any can match."""
        checks: dict[type[Event], list[Check]] = {}
        for kind in _TYPES.values():
            found = [
                (check, term.negated)
                for term in self.terms
                if (check := _check(term, kind)) is not None
            ]
            if not any(check is no for check, no in found if isinstance(check, bool)):
                checks[kind] = [
                    _negated(check) if no else check
                    for check, no in found
                    if not isinstance(check, bool)
                ]
        return checks


def parse(text: str) -> Query:
    """Return the query that ``text`` asks. Raises SearchError."""
    return Query(tuple(map(_term, _words(text))))


class Search:
    """Finds what matches in a history, from event number ``at`` outwards, as long as it is asked.

    ``back_to`` and ``on_to`` bound what has been looked through: numbers from the one, up to but
    not including the other. Found numbers that the history lets go of are forgotten.
    """

    def __init__(self, history: History, query: Query, at: int) -> None:
        self.history = history
        self.query = query
        self.back_to = self.on_to = min(max(at, history.first), history.events)
        self._before = array("q")  # found looking back, the latest first
        self._after = array("q")  # found looking on, the earliest first
        self._back = True
        self._looking: Iterator[list[int]] | None = None
        self._found: list[int] = []  # in the stretch that is being looked through
        self._low = self._high = 0
        self._state: State | None = None  # folded up to where looking on has come

    @property
    def complete(self) -> bool:
        """Whether everything that is kept has been looked through."""
        return self.back_to <= self.history.first and self.on_to >= self.history.events

    def __len__(self) -> int:
        """Return how many have been found so far."""
        return len(self._before) + len(self._after)

    def go_on(self, seconds: float, clock: Callable[[], float] = monotonic) -> bool:
        """Look further, back and on by turns, for about ``seconds``; return whether any is left."""
        until = clock() + seconds
        self._forget()
        while not self.complete:
            looking = self._looking = self._looking or self._begin()
            found = next(looking, None)
            if found is None:
                self._end()
            else:
                self._found += found
            if clock() >= until:
                break
        return not self.complete

    def older(self, number: int) -> Iterator[int]:
        """The numbers found below ``number``, the latest first."""
        before, after = self._before, self._after
        for at in range(bisect_left(after, number) - 1, -1, -1):
            yield after[at]
        for at in range(self._not_before(number), len(before)):
            yield before[at]

    def newer(self, number: int) -> Iterator[int]:
        """The numbers found from ``number`` on, the earliest first."""
        before, after = self._before, self._after
        for at in range(self._not_before(number) - 1, -1, -1):
            yield before[at]
        for at in range(bisect_left(after, number), len(after)):
            yield after[at]

    def count(self, number: int) -> int:
        """Return how many have been found from ``number`` on."""
        after = self._after
        return self._not_before(number) + len(after) - bisect_left(after, number)

    def _not_before(self, number: int) -> int:
        """Return how many of those found looking back are not below ``number``."""
        return bisect_left(self._before, 1 - number, key=int.__neg__)

    def _begin(self) -> Iterator[list[int]]:
        """Take the next stretch: where states are folded, it begins at a snapshot."""
        history = self.history
        self._back = self.back_to > history.first and (
            not self._back or self.on_to >= history.events
        )
        chunk = (self.back_to - 1 if self._back else self.on_to) // CHUNK
        if self._back:
            self._low, self._high = max(history.first, chunk * CHUNK), self.back_to
        else:
            self._low, self._high = self.on_to, min(history.events, (chunk + 1) * CHUNK)
        if self.query.items and not any(history.speaks(chunk, n) for n in self.query.items):
            return iter(())
        if not self.query.needs_then or self._low >= history.told:
            return self._look(None)
        if self._back:
            state = history.snapshot(self._low)
            self._low = max(history.first, state.events)
            return self._look(state)
        if self._state is None or self._state.events != self._low:
            self._state = history.snapshot(self._low)
        return self._look(self._state)

    def _look(self, state: State | None) -> Iterator[list[int]]:
        """Go through a stretch, a little at a time."""
        history, matches = self.history, self.query.matches
        if state is None and self.query.needs_then:
            rows = history.rows(self._low, self._high)  # at once, while they are at hand
            for a in range(0, len(rows), _BATCH):
                part = rows[a : a + _BATCH]
                yield [n for n, event, then in part if matches(event, then)]
            return
        if state is None:
            for a in range(self._low, self._high, _BATCH):
                events = enumerate(history.between(a, min(a + _BATCH, self._high)), a)
                yield [n for n, event in events if matches(event, None)]
            return
        know = state.apply
        for a in range(state.events, self._high, _BATCH):
            b = min(a + _BATCH, self._high)
            found = enumerate(history.between(a, b), a)
            yield [n for n, event in found if matches(event, know(event)) and n >= self._low]

    def _end(self) -> None:
        """Keep what was found in the stretch."""
        if self._back:
            self._before.extend(reversed(self._found))
            self.back_to = self._low
        else:
            self._after.extend(self._found)
            self.on_to = self._high
        self._looking, self._found = None, []

    def _forget(self) -> None:
        """Forget what the history has let go of."""
        first = self.history.first
        if self._looking is not None and self._low < first:
            self._looking, self._found = None, []
        while self._before and self._before[-1] < first:
            self._before.pop()
        if self._after and self._after[0] < first:
            del self._after[: bisect_left(self._after, first)]
        self.back_to, self.on_to = max(self.back_to, first), max(self.on_to, first)


# --- what was typed -------------------------------------------------------------------------------

_Char = tuple[str, bool]
"""A character, and whether it stood in quotes."""


def _words(text: str) -> Iterator[list[_Char]]:
    """Take the text apart where there is room outside of quotes."""
    word: list[_Char] = []
    quoted = False
    chars = iter(text)
    for char in chars:
        if char == '"':
            quoted = not quoted
            word.append(("", True))  # even empty quotes are a word
        elif char == "\\" and quoted:
            word.append((next(chars, ""), True))
        elif char.isspace() and not quoted:
            if word:
                yield word
            word = []
        else:
            word.append((char, quoted))
    if quoted:
        template = mark('a text in quotes ends with a second quote, as in "took the slot"')
        raise SearchError(Sentence(template))
    if word:
        yield word


def _term(word: list[_Char]) -> Term:
    negated = word[0] == ("-", False)
    word = word[negated:]
    if not word:
        template = mark("a minus stands right before what is left out, as in -kind:stepped")
        raise SearchError(Sentence(template))
    if (":", False) not in word:
        return Term("text", (_joined(word),), negated)
    at = word.index((":", False))
    field = _joined(word[:at]).lower()
    if field not in FIELDS:
        *most, last = (f"{name}:" for name in FIELDS)
        known = ", ".join(most)
        if near := get_close_matches(field, FIELDS, n=1):
            template = mark("there are {known} and {last}; did you mean {near}")
            raise SearchError(Sentence(template, known=known, last=last, near=f"{near[0]}:"))
        template = mark("there are {known} and {last}; {text} in quotes is looked for as text")
        text = _quoted(_joined(word))
        raise SearchError(Sentence(template, known=known, last=last, text=text))
    return Term(field, tuple(_value(field, part) for part in _split(word[at + 1 :])), negated)


def _split(word: list[_Char]) -> Iterator[list[_Char]]:
    part: list[_Char] = []
    for char in word:
        if char == (",", False):
            yield part
            part = []
        else:
            part.append(char)
    yield part


_EXAMPLES: Final = {
    "worker": mark("worker: is followed by a name, as in worker:C1 or worker:C*"),
    "queue": mark("queue: is followed by a name, as in queue:jobs"),
    "item": mark("item: is followed by a number or a word, as in item:41"),
    "kind": mark("kind: is followed by a kind of event, as in kind:put,got or kind:put*"),
    "text": mark('text: is followed by what a sentence says, as in text:"first in line"'),
}


def _value(field: str, part: list[_Char]) -> str:
    if not part:
        raise SearchError(Sentence(_EXAMPLES[field]))
    value = _joined(part)
    if field == "item":
        return value.lstrip("#")
    return _kind(value) if field == "kind" else value


def _kind(value: str) -> str:
    kind = value.lower().replace("-", "_")
    if kind in GROUPS or any(map(_like(kind), _TYPES)):
        return kind
    if begins := [name for name in KINDS if kind and name.startswith(kind)]:
        template = mark("kinds that begin with {value}: {kinds}")
        raise SearchError(Sentence(template, value=value, kinds=", ".join(begins)))
    if near := get_close_matches(kind, KINDS, n=1):
        template = mark("there is no kind of event {name}; did you mean {near}?")
        raise SearchError(Sentence(template, name=repr(value), near=near[0]))
    template = mark("there is no kind of event {name}; there are {known}")
    raise SearchError(Sentence(template, name=repr(value), known=", ".join(KINDS)))


def _joined(word: list[_Char]) -> str:
    return "".join(char for char, _ in word)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


# --- how it is compared --------------------------------------------------------------------------


def _like(pattern: str) -> Callable[[str], bool]:
    """Return a test of whether a name is like a pattern, in which ``*`` is anything."""
    if "*" not in pattern:
        return pattern.__eq__
    regex = ".*".join(map(re.escape, pattern.split("*")))
    match = re.compile(regex, re.DOTALL).fullmatch
    return lambda name: match(name) is not None


def _check(term: Term, kind: type[Event]) -> Check | bool | None:
    """Return how a term is checked on events of one type: often it is known for all of them."""
    if term.field == "text":
        return None
    if term.field == "kind":
        tones = {GROUPS[value] for value in term.values if value in GROUPS}
        name = str(kind.__struct_config__.tag)
        if any(_like(value)(name) for value in term.values if value not in GROUPS):
            return True
        return (lambda event, then: tone(event) in tones) if tones else False
    values = [value.casefold() for value in term.values]
    names = frozenset(values)
    likes = [_like(value) for value in values if "*" in value]

    @lru_cache(4096)
    def asked_for(value: int | str) -> bool:
        name = str(value).casefold()
        return name in names or any(like(name) for like in likes)

    fields = [name for name in FIELDS[term.field] if name in kind.__struct_fields__]
    if len(fields) == 1:
        field = fields[0]
        return lambda event, then: asked_for(getattr(event, field))
    if fields:
        return lambda event, then: any(asked_for(getattr(event, field)) for field in fields)
    if term.field == "item":  # a task_done, say, does not name its item
        return lambda event, then: then is not None and then.item != "" and asked_for(then.item)
    return False


def _negated(check: Check) -> Check:
    return lambda event, then: not check(event, then)
