"""Processes that do jobs beside one another; one that dies costs the job it had, and no other.

The standard library's pool is broken as a whole when one of its processes is killed, and cannot
tell which job was to blame. Here each process has a pipe of its own, so that this is known.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from qdash.words import Refusal, Sentence, mark

TICK: Final = 0.2
"""After so many seconds without an answer, the caller is told that there is none yet."""
RETRIES: Final = 2
"""How often a job is done again whose process died."""

_AHEAD: Final = 2  # jobs that a process has at once, so that it never waits for the next
_GRACE: Final = 1.0  # seconds in which a process that dies may still say why
_STARTS: Final = 3  # processes that die as they start, after which no more are tried


class SweepError(Refusal):
    """A sweep cannot go on; the message is one sentence."""


class JobFailed(SweepError):
    """A job raised an exception, or killed its process again and again."""


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """Processes that do jobs by one function, which must be importable by its name.

    ``lost`` is called when a process died over a job. Use it as a context manager: at the end no
    process is left.
    """

    def __init__(
        self, workers: int, function: Callable[[Any], Any], lost: Callable[[], object]
    ) -> None:
        self._function = function
        self._lost = lost
        self._workers: list[_Worker] = []
        self._wanted = workers
        self._dead_at_start = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def run(self, jobs: Iterable[Any]) -> Iterator[tuple[int, Any] | None]:
        """Yield the number of a job, from 0, and its answer, as they come.

        None is yielded where ``TICK`` seconds went by without any. Raises JobFailed for a job that
        raised an exception, or whose process died more often than ``RETRIES`` times; SweepError
        where processes cannot be started.
        """
        coming = enumerate(jobs)
        again: deque[_Task] = deque()
        while True:
            exhausted = self._feed(coming, again)
            busy = [worker for worker in self._workers if worker.tasks]
            if exhausted and not busy:
                return
            pipes = {worker.pipe: worker for worker in self._workers}
            if not (ready := wait(list(pipes), TICK)):
                yield None
            for pipe in ready:
                worker = pipes[pipe]
                try:
                    answer = worker.pipe.recv()
                except (EOFError, OSError):
                    self._bury(worker, again)
                    continue
                if answer is None:
                    worker.started, self._dead_at_start = True, 0
                    continue
                task, (done, value) = worker.tasks.popleft(), answer
                if not done:
                    raise JobFailed(Sentence(mark("a run broke off: {error}"), error=value))
                yield task.number, value

    def _feed(self, coming: Iterator[tuple[int, Any]], again: deque[_Task]) -> bool:
        """Give each process its next jobs; tell whether there are no more."""
        while len(self._workers) < self._wanted:
            pipes = [worker.pipe for worker in self._workers]
            self._workers.append(_Worker(self._function, pipes))
        for ahead in range(_AHEAD):
            for worker in self._workers:
                if len(worker.tasks) > ahead:
                    continue
                if again:
                    task = again.popleft()
                elif (found := next(coming, None)) is not None:
                    task = _Task(*found)
                else:
                    return True
                worker.give(task)
        return False

    def _bury(self, worker: _Worker, again: deque[_Task]) -> None:
        """Take away a process that died, and have what it was to do done again."""
        worker.process.join(_GRACE)
        worker.end()
        self._workers.remove(worker)
        if not worker.started:
            self._dead_at_start += 1
            if self._dead_at_start >= _STARTS:
                template = mark(
                    "the processes of a sweep end as they start; a script that calls "
                    'qdash.sweep() must do so under if __name__ == "__main__"'
                )
                raise SweepError(Sentence(template))
        elif worker.tasks:  # the first of them was being done, the others only waited
            self._lost()
            worker.tasks[0].deaths += 1
            if worker.tasks[0].deaths > RETRIES:
                template = mark("a run was given up: its process died {times} times")
                raise JobFailed(Sentence(template, times=worker.tasks[0].deaths))
        again.extendleft(reversed(worker.tasks))


class _Task:
    """A job on its way through the pool."""

    __slots__ = ("deaths", "job", "number")

    def __init__(self, number: int, job: Any) -> None:
        self.number = number
        self.job = job
        self.deaths = 0


class _Worker:
    """One process, with its end of the pipe and the jobs that it has, in their order."""

    def __init__(self, function: Callable[[Any], Any], pipes: list[Connection]) -> None:
        """Start it; ``pipes`` are those that are there already."""
        forked = may_fork()
        context: Any = get_context("fork" if forked else "spawn")
        self.pipe, theirs = context.Pipe()
        inherited = [*pipes, self.pipe] if forked else []
        self.process = context.Process(
            target=_serve, args=(theirs, function, inherited), daemon=True
        )
        with uninterrupted(spawning=not forked):
            self.process.start()
        theirs.close()  # so that the pipe ends when the process does
        self.tasks: deque[_Task] = deque()
        self.started = False

    def give(self, task: _Task) -> None:
        self.tasks.append(task)
        with suppress(OSError):  # it is dead, which the next look at its pipe tells
            self.pipe.send(task.job)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()


def may_fork() -> bool:
    """Tell whether a process may be started as a copy of this one, a hundred times as soon.

    Not beside other threads, whose locks the copy could never get; nor where the system's own
    libraries do not bear it, as on macOS.
    """
    try:
        return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _serve(pipe: Connection, function: Callable[[Any], Any], inherited: list[Connection]) -> None:
    """Do jobs until nobody is there any more who would want them."""
    for other in inherited:  # a pipe ends when nobody has its other end any more
        other.close()
    with suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            job = pipe.recv()
            try:
                answer = (True, function(job))
            except Exception as error:
                answer = (False, f"{type(error).__name__}: {error}")
            pipe.send(answer)


@contextmanager
def uninterrupted(*, spawning: bool = True) -> Iterator[None]:
    """Let processes that are started herein know nothing of ctrl+c: it is for their parent."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    if spawning:
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # when it is started it would let signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
