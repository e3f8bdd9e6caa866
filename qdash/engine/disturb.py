"""The disturbances: each does to the running program what its name says, by asyncio's means."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qdash import events as ev
from qdash.commands import DISTURBANCES, Disturbance, Inject
from qdash.engine.context import YOU

if TYPE_CHECKING:
    from qdash.engine.lab import Lab
    from qdash.engine.queues import AnyQueue
    from qdash.engine.workers import Worker


class InjectedError(RuntimeError):
    """An exception that a person injected."""


class _CannotDo(Exception):
    """The disturbance is not possible now; the message says what is."""


class Disturber:
    """Carries out the disturbances of one lab, and tells of each by an ``Injected`` event."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._hands = 0
        self._leave_out: dict[str, int] = {}

    def inject(self, command: Inject) -> None:
        """Carry out a disturbance, or tell by a ``Refused`` event why not."""
        definition = DISTURBANCES.get(command.what)
        try:
            if definition is None:
                known = ", ".join(DISTURBANCES)
                raise _CannotDo(f"there is no disturbance {command.what!r}; they are {known}")
            amount = _amount(definition, command.amount)
            act = getattr(self, "_" + command.what.replace("-", "_"))
            if definition.target == "worker":
                act(self._worker(command.target), amount)
            else:
                act(self._queue(command.target), amount)
        except _CannotDo as error:
            self._lab.refuse(command, str(error))

    # --- targets ---------------------------------------------------------------------------------

    def _queue(self, name: str) -> AnyQueue:
        queues = self._lab.queues
        if not queues:
            raise _CannotDo("the scenario has made no queue yet")
        if name and name not in queues:
            raise _CannotDo(f"there is no queue {name!r}; there are {', '.join(queues)}")
        return queues[name or next(iter(queues))]

    def _worker(self, name: str) -> Worker:
        workers = self._lab.workers
        if name:
            if name not in workers:
                raise _CannotDo(
                    f"there is no worker {name!r} alive; there are {', '.join(workers)}"
                )
            return workers[name]
        crews = sorted(self._lab.crews, key=lambda crew: crew.setting != "consumers")
        names = [name for crew in crews for name in crew.names]
        busy = [name for name in names if workers[name].sleeper is not None]
        if not names:
            raise _CannotDo("no worker of any crew is alive")
        return workers[(busy or names)[0]]

    def _consumers(self) -> int:
        return sum(len(crew.names) for crew in self._lab.crews if crew.setting == "consumers")

    # --- telling and acting ----------------------------------------------------------------------

    def _tell(self, what: str, target: str, detail: str = "") -> None:
        self._lab.emit(ev.Injected(self._lab.loop.time(), what, target, detail))

    def _put_by_hand(self, queue: AnyQueue, things: Callable[[], list[Any]]) -> None:
        """Put things as a task of the person's own, which waits in line like any other."""

        async def you() -> None:
            for thing in things():
                await queue.put(thing)

        self._start(you())

    def _start(self, coro: Any) -> None:
        self._hands += 1
        self._lab.loop.create_task(coro, name=f"{YOU}{self._hands}")

    # --- one method a disturbance ----------------------------------------------------------------

    def _stop(self, queue: AnyQueue, _: float) -> None:
        self._tell("stop", queue.name)
        self._put_by_hand(queue, lambda: [None])

    def _stop_all(self, queue: AnyQueue, _: float) -> None:
        count = self._consumers()
        if not count:
            raise _CannotDo("there is no consumer to stop")
        self._tell("stop-all", queue.name, f"{count} sentinels")
        self._put_by_hand(queue, lambda: [None] * count)

    def _exception(self, queue: AnyQueue, _: float) -> None:
        self._tell("exception", queue.name)
        self._put_by_hand(queue, lambda: [InjectedError("sent through the queue")])

    def _burst(self, queue: AnyQueue, amount: float) -> None:
        count = int(amount)
        self._tell("burst", queue.name, f"{count} items")
        self._put_by_hand(queue, lambda: [self._lab.next_item()[0] for _ in range(count)])

    def _fail(self, worker: Worker, _: float) -> None:
        error = InjectedError(f"raised in {worker.name} by hand")
        if worker.sleeper is not None and not worker.sleeper.done():
            self._tell("fail", worker.name)
            worker.sleeper.set_exception(error)
        elif any(queue.throw(worker.name, error) for queue in self._lab.queues.values()):
            self._tell("fail", worker.name, "in the call in which it waits")
        else:
            worker.error = error
            self._tell("fail", worker.name, "when it next makes or works on an item")

    def _cancel(self, worker: Worker, _: float) -> None:
        self._tell("cancel", worker.name)
        worker.task.cancel()

    def _stall(self, worker: Worker, seconds: float) -> None:
        loop, lab = self._lab.loop, self._lab
        worker.stalled += seconds
        if worker.sleeper is None or worker.sleeper.done():
            self._tell("stall", worker.name, f"for {seconds:g} s, when it next makes or works")
            return
        self._tell("stall", worker.name, f"for {seconds:g} s")
        worker.due += seconds
        worker.still_until = still_until = max(worker.still_until, loop.time()) + seconds
        lab.emit(ev.Stalled(loop.time(), worker.name, still_until - loop.time()))

        def resume() -> None:
            stalled_again = worker.still_until > still_until
            if lab.workers.get(worker.name) is worker and not stalled_again:
                lab.emit(ev.Resumed(loop.time(), worker.name, worker.due))

        loop.call_at(still_until, resume)

    def _forget(self, queue: AnyQueue, _: float) -> None:
        left_out = self._leave_out
        left_out[queue.name] = left_out.get(queue.name, 0) + 1
        self._tell("forget", queue.name, "the next task_done() is left out")
        if left_out[queue.name] > 1:
            return  # the queue's method is replaced already

        def leave_out() -> None:
            left_out[queue.name] -= 1
            if not left_out[queue.name]:
                del queue.task_done
            self._lab.emit(self._forgotten(queue))

        queue.task_done = leave_out  # type: ignore[method-assign]

    def _forgotten(self, queue: AnyQueue) -> ev.TaskDoneForgotten:
        return ev.TaskDoneForgotten(self._lab.loop.time(), self._lab.running_worker, queue.name)

    def _extra_done(self, queue: AnyQueue, _: float) -> None:
        self._tell("extra-done", queue.name)
        with suppress(ValueError):  # told by the queue: this is what the disturbance is for
            type(queue).task_done(queue)  # not one that is to be forgotten

    def _join(self, queue: AnyQueue, _: float) -> None:
        async def you() -> None:
            await queue.join()

        self._tell("join", queue.name)
        self._start(you())

    def _drain(self, queue: AnyQueue, _: float) -> None:
        self._tell("drain", queue.name, f"{queue.qsize()} things")
        while not queue.empty():
            try:
                queue.get_nowait()
            except TypeError:  # told by the queue: a heap whose items cannot be compared
                continue
            if queue.unfinished:
                queue.task_done()

    def _shutdown(self, queue: AnyQueue, _: float) -> None:
        self._tell("shutdown", queue.name)
        queue.shutdown()

    def _shutdown_now(self, queue: AnyQueue, _: float) -> None:
        self._tell("shutdown-now", queue.name)
        try:
            queue.shutdown(immediate=True)
        except TypeError as error:  # asyncio's own shutdown lets it out too, halfway through
            raise _CannotDo(f"the heap cannot compare what is left in it: {error}") from None


def _amount(definition: Disturbance, given: float | None) -> float:
    if definition.amount is None:
        return 0.0
    amount = definition.amount if given is None else given
    if not definition.low <= amount <= definition.high:
        raise _CannotDo(
            f"{definition.title} takes {definition.low:g} to {definition.high:,g} "
            f"{definition.unit}; got {amount:g}"
        )
    return amount
