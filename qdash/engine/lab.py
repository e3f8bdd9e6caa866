"""The lab: one scenario on a loop of its own, with its queues, workers, settings and commands.

A scenario is a plain asyncio program; the lab lends it a few words (``queue``, ``items``, ``work``,
``crew``) by which time passes, and tells in events all that happens.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, Final

from qdash import events as ev
from qdash.commands import Command, Inject, SetValue
from qdash.engine.again import Given
from qdash.engine.context import YOU, acting_as, current_worker
from qdash.engine.crew import Crew
from qdash.engine.disturb import Disturber
from qdash.engine.failures import short_traceback
from qdash.engine.items import Item, Source
from qdash.engine.loop import Outcome
from qdash.engine.pace import (
    Failing,
    Making,
    WorkFailed,
    Working,
    check_times,
    failing_of,
    making_of,
    working_of,
)
from qdash.engine.queues import DISCIPLINES, AnyQueue, QueueShutDown
from qdash.engine.watching import Label, describe, say
from qdash.engine.workplace import Workplace
from qdash.events import Header, Value
from qdash.measured import Measured, Times
from qdash.settings import SETTINGS, SettingError, complete

_CLOSING_ROUNDS: Final = 100
"""How often a task may refuse its cancellation before the closing lab lets it go."""


class Lab(Workplace):
    """One run of a scenario.

    ``main`` is the scenario's main coroutine function, called with the lab. ``settings`` must be
    complete (see ``settings.complete``). ``times`` are those to which the settings ``arrivals`` and
    ``work`` point by ``file``. Raises SettingError.

    A lab has at most thirty attributes, since beyond that the interpreter has to look up each of
    them, and each method, in a dictionary.
    """

    put_timeout: float | None
    """The setting, in seconds; None is no timeout."""
    get_timeout: float | None
    """The setting, in seconds; None is no timeout."""
    put_policy: str
    """The setting: ``wait``, ``timeout``, ``drop-newest`` or ``drop-oldest``."""
    retries: int
    """The setting: how many times work that failed is tried again."""
    backoff: float
    """The setting: how long to wait before the first further attempt, in seconds."""

    def __init__(
        self,
        main: Callable[[Lab], Coroutine[Any, Any, None]],
        settings: Mapping[str, Value],
        *,
        seed: int,
        scenario: str = "",
        layout: tuple[tuple[str, ...], ...] = (),
        source: str = "",
        qdash: str = "",
        times: Times | None = None,
    ) -> None:
        self.settings: dict[str, Any] = complete(settings, {})
        self.times: Mapping[str, Measured] = dict(times or {})
        check_times(self.settings, self.times)
        self.header = Header(
            scenario=scenario,
            seed=seed,
            python=platform.python_version(),
            settings=dict(self.settings),
            layout=layout,
            source=source,
            qdash=qdash,
            measured={name: str(each) for name, each in self.times.items()},
        )
        super().__init__(main)
        self.queues: dict[str, AnyQueue] = {}
        self.crews: list[Crew] = []
        self.given: list[Given] = []
        self.ended: ev.Ended | None = None
        self._following: list[tuple[AnyQueue, bool]] = []  # maxsize, and the discipline too
        self._source = Source(seed)
        self._follow_settings()
        # Each puts the function that the settings ask for in its own place, and calls it.
        self.next_making: Making = self._first_making
        self.working_time: Working = self._first_working
        self.fails: Failing | None = None
        self._disturber = Disturber(self)
        self._stuck = False

    def fresh(self) -> Lab:
        """Return another lab just as this one was when it was made, watching lines if it does."""
        header = self.header
        other = Lab(
            self._main_function,
            header.settings,
            seed=header.seed,
            scenario=header.scenario,
            layout=header.layout,
            source=header.source,
            qdash=header.qdash,
            times=self.times,
        )
        if self.watches_lines:
            other.watch_lines()
        return other

    # --- the words that a scenario uses ----------------------------------------------------------

    def queue(self, name: str, *, maxsize: int | None = None, tokens: bool = False) -> Any:
        """Return a new queue, which follows the settings ``maxsize`` and ``discipline``.

        With a ``maxsize`` of its own it follows neither and is first in, first out. ``tokens``
        says that it is used as a semaphore: what is put into it only takes a place.
        """
        own = maxsize is not None
        cls = DISCIPLINES["fifo" if own or tokens else self.settings["discipline"]]
        queue = cls(
            maxsize if own else self.settings["maxsize"],
            name=name,
            sink=self.emit,
            clock=self.loop.time,
            who=current_worker.get,
            describe=_describe_token if tokens else describe,
            timeout=self._timeout_around,
        )
        self.queues[name] = queue
        if not own:
            self._following.append((queue, not tokens))
        return queue

    def crew(
        self, setting: str, function: Callable[..., Coroutine[Any, Any, None]], *args: Any
    ) -> Crew:
        """Return a crew that runs ``function(lab, *args)``, as often as ``setting`` says."""
        crew = Crew(self, setting, function, args)
        self.crews.append(crew)
        crew.resize(self.settings[setting])
        return crew

    async def items(self) -> AsyncIterator[Item]:
        """Make items, one after another, each taking about ``produce_time`` seconds."""
        while not self.all_made:
            item, seconds = self.next_making()
            name = current_worker.get()
            self.emit(ev.Making(self.loop.time(), name, item.number, seconds))
            await self._spend(name, seconds)
            self.emit(ev.Made(self.loop.time(), name, item.number))
            yield item

    async def work(self, item: Any, attempt: int = 1) -> None:
        """Work on an item: about ``consume_time`` seconds pass.

        Where the setting ``failing`` is above 0, that share of the attempts raises WorkFailed;
        which ones, is the item's own luck. ``attempt`` counts those on one item, from 1 on.
        """
        seconds = self.working_time(item)
        name, label = current_worker.get(), describe(item)[0]
        timeout = self._timeout_around()
        deadline = None if timeout is None else timeout.when()
        self.emit(ev.Working(self.loop.time(), name, label, seconds, deadline))
        await self._spend(name, seconds)
        if self.fails is not None and self.fails(item, attempt):
            self.emit(ev.Worked(self.loop.time(), name, label, failed=True))
            raise WorkFailed(label, attempt)
        self.emit(ev.Worked(self.loop.time(), name, label))

    def thread(self, function: Callable[..., object], *args: Any, name: str) -> None:
        """Run ``function(lab, *args)`` in a thread of its own, beside that of the loop.

        It must not wait for the loop, and lets time pass by ``sleep`` alone. Raises ValueError
        where a thread called ``name`` is alive.
        """
        self._guests.begin(name, function, args)

    def sleep(self, seconds: float) -> None:
        """Sleep in a thread of the scenario's own: what ``time.sleep`` is on the lab's clock.

        Raises RuntimeError elsewhere.
        """
        self._guests.sleep(seconds)

    def say(self, text: str) -> None:
        """Note something in the log, in the name of the worker that runs now."""
        self.emit(ev.Noted(self.loop.time(), current_worker.get(), text))

    # --- what crews and disturbances ask ---------------------------------------------------------

    @property
    def all_made(self) -> bool:
        """Whether as many items as the setting ``items`` allows have been begun."""
        return self._source.is_exhausted

    def next_item(self) -> tuple[Item, float]:
        """Return the next numbered item, and the draw for the time that making it takes."""
        return self._source.next_item()

    @property
    def supervise(self) -> bool:
        """The setting: whether a worker that failed is started again."""
        return bool(self.settings["supervise"])

    @staticmethod
    def was_shut_down(task: asyncio.Task[Any]) -> bool:
        """Tell whether a task that is over ended because a queue was shut down."""
        return not task.cancelled() and isinstance(task.exception(), QueueShutDown)

    def _first_making(self) -> tuple[Item, float]:
        source = self._source.next_item
        self.next_making = making_of(self.settings, self.times, source, self.loop.time)
        return self.next_making()

    def _first_working(self, item: Any) -> float:
        self.fails = failing_of(self.settings)
        self.working_time = working_of(self.settings, self.times)
        return self.working_time(item)

    def _follow_settings(self) -> None:
        for name in ("put_timeout", "get_timeout", "put_policy", "retries", "backoff"):
            setattr(self, name, self.settings[name])
        self._source.end_at(self.settings["items"])

    # --- running ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the scenario's main coroutine; nothing of it runs before ``advance``."""
        with self.loop.running():
            self._main = self.loop.create_task(self._main_function(self), name="main")
            self._main.add_done_callback(self._main_ended)

    def _main_ended(self, task: asyncio.Task[None]) -> None:
        for worker in list(self.workers.values()):
            worker.task.cancel()
        t = self.loop.time()
        if task.cancelled():
            self.ended = ev.Ended(t, "cancelled")
        elif (error := task.exception()) is None:
            self.ended = ev.Ended(t, "finished")
        else:
            self.ended = ev.Ended(t, "failed", say(error), short_traceback(error))
        self.emit(self.ended)
        self._guests.close(tell=True)  # the program's end is theirs too
        for worker in list(self.workers.values()):
            worker.task.cancel()

    def advance(self, until: float, budget: int) -> Outcome:
        """Run up to and including virtual time ``until``, at most about ``budget`` callbacks.

        IDLE says that nothing can happen any more without a command. Workers that outlive the
        main coroutine are cancelled at the instant of its end; one that swallows that lives on.
        """
        with self.loop.running():
            return self._told(self.loop.advance(until, budget))

    def step(self, until: float = float("inf")) -> Outcome:
        """Run one task from one await to the next; STOPPED says that one ran."""
        with self.loop.running():
            return self._told(self.loop.step(until))

    def _told(self, outcome: Outcome) -> Outcome:
        if outcome is not Outcome.IDLE:
            self._stuck = False
        elif not self._stuck and self.ended is None:
            self._stuck = True
            self.emit(ev.Stuck(self.loop.time(), len(self.workers)))
        return outcome

    def tell_if_stuck(self) -> None:
        """Tell that nothing can happen without a command, if that is so and was not yet told."""
        if not self.loop.has_ready and self.loop.next_timer() is None:
            self._told(Outcome.IDLE)

    def close(self) -> None:
        """Cancel every task and close the loop; nothing is left behind, nothing more is told."""
        self._sinks = []
        if self.loop.is_closed():
            return
        self._guests.close()
        with self.loop.running():
            self.loop.wake()
            for _ in range(_CLOSING_ROUNDS):
                tasks = asyncio.all_tasks(self.loop)
                if not tasks:
                    break
                for task in tasks:
                    task.cancel()
                self.loop.advance(self.loop.time(), 100_000)
        self.loop.close()

    # --- commands --------------------------------------------------------------------------------

    def command(self, command: Command, at: float) -> None:
        """Carry out a command at virtual time ``at`` (seconds; the past means now).

        What cannot be done is told as a ``Refused`` event that says what is allowed.
        """
        with self.loop.running(), acting_as(YOU):
            self.tell_if_stuck()  # at any pace, a run is told to be stuck before it is freed
            if at > self.loop.time() and not self.loop.has_ready:
                due = self.loop.next_timer()
                self.loop.move_to(at if due is None else min(at, due))
            self.loop.wake()
            self.given.append(Given(self.loop.time(), self.loop.callbacks_run, command))
            self._stuck = False
            if self.ended is not None:
                self.refuse(command, "this run has ended; reset it to start again")
            elif isinstance(command, SetValue):
                self._set(command)
            else:
                self._disturber.inject(command)

    def refuse(self, command: Command, why: str) -> None:
        """Tell that a command cannot be carried out."""
        what = command.what if isinstance(command, Inject) else command.name
        self.emit(ev.Refused(self.loop.time(), what, why))

    def _set(self, command: SetValue) -> None:
        definition = SETTINGS.get(command.name)
        try:
            if definition is None or not definition.lab:
                raise SettingError(f"{command.name} is not a setting that a running lab can change")
            value: Any = definition.check(command.value)
            check_times({**self.settings, command.name: value}, self.times)
            if command.name == "discipline":
                for queue, is_rearranged in self._following:
                    if is_rearranged:
                        queue.rearrange(value)
        except SettingError as error:
            return self.refuse(command, error.english)
        except TypeError as error:
            return self.refuse(
                command, f"a priority queue must be able to compare all that lies in it: {error}"
            )
        old, self.settings[command.name] = self.settings[command.name], value
        self.next_making, self.working_time = self._first_making, self._first_working
        self._follow_settings()
        self.emit(ev.SettingChanged(self.loop.time(), command.name, old, value))
        if command.name == "maxsize":
            for queue, _ in self._following:
                queue.resize(value)
        for crew in self.crews:
            if crew.setting == command.name or command.name == "items":
                crew.resize(self.settings[crew.setting])


def _describe_token(item: object) -> Label:
    return "token", "token", None
