"""The same runs on a cluster, by joblib's dask backend: the extra ``qdash[cluster]``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Final

from qdash.sweeps.pool import JobFailed, SweepError, uninterrupted
from qdash.words import Sentence, mark

LOCAL: Final = "local:"
"""Before a number: a cluster of so many processes on this machine."""
_MOST: Final = 1_024
_PATIENCE: Final = 10.0  # seconds after which no scheduler is there


def answers(
    address: str, function: Callable[[Any], Any], jobs: Iterable[Any]
) -> Generator[tuple[int, Any] | None]:
    """Yield the number of each job, from 0, and its answer, as they come.

    ``address`` is that of a dask scheduler, such as ``tcp://host:8786``, or ``local:N``. The
    workers need this version of qdash. Raises SweepError where there is no such cluster or the
    extra is not installed, and JobFailed for a job that raised an exception.
    """
    count = _local(address)
    try:
        import joblib
        from distributed import Client
    except ImportError:
        template = mark("a cluster needs joblib and dask: pip install 'qdash[cluster]'")
        raise SweepError(Sentence(template)) from None
    with ExitStack() as stack:
        try:
            if count is not None:
                address = stack.enter_context(_started(count)).scheduler_address
            # A client that cannot connect leaves threads and locks behind, so this is tried before.
            with ThreadPoolExecutor(1) as apart:
                apart.submit(asyncio.run, _greet(address)).result()
            client = stack.enter_context(Client(address, timeout=_PATIENCE))
        except (OSError, ValueError, TypeError) as error:
            raise _unreachable(address, error) from None
        stack.enter_context(joblib.parallel_config(backend="dask", client=client))
        parallel = joblib.Parallel(return_as="generator_unordered")
        try:
            yield from parallel(
                joblib.delayed(_numbered)(number, function, job) for number, job in enumerate(jobs)
            )
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise JobFailed(Sentence(mark("a run broke off: {error}"), error=said)) from None


async def _greet(address: str) -> None:
    """Connect to a scheduler, and no more. Raises OSError or ValueError where there is none."""
    from distributed.comm import connect
    from distributed.security import Security

    security = Security().get_connection_args("client")  # as dask's configuration says
    comm = await connect(address, timeout=_PATIENCE, **security)
    await comm.close()


def _started(count: int) -> Any:
    """Return a cluster of so many processes here, which say nothing and know nothing of ctrl+c."""
    from distributed import LocalCluster

    with uninterrupted():
        return LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )


def _numbered(number: int, function: Callable[[Any], Any], job: Any) -> tuple[int, Any]:
    return number, function(job)


def _local(address: str) -> int | None:
    """Return how many processes a cluster of this machine is to have; None if it is another."""
    if not address.startswith(LOCAL):
        return None
    text = address.removeprefix(LOCAL)
    if text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= _MOST:
        return int(text)
    template = mark("a local cluster is local:N, with N a whole number from 1 to {most}; got {got}")
    raise SweepError(Sentence(template, most=f"{_MOST:,}", got=repr(address[:40])))


def _unreachable(address: str, error: Exception) -> SweepError:
    template = mark("no cluster answers at {address}: {error}")
    shown = address if len(address) <= 60 else address[:59] + "…"
    text = " ".join(str(error).split())
    return SweepError(Sentence(template, address=repr(shown), error=text[:150]))
