"""Tracebacks as people can use them: the same on every machine."""

from __future__ import annotations

import traceback
from pathlib import PurePath

from qdash.engine.watching import without_addresses


def short_traceback(error: BaseException) -> str:
    """Return the traceback of an exception, with file names cut to what tells where one is.

    Files of qdash begin with ``qdash/``; of others only the last two parts are kept.
    """
    summary = traceback.TracebackException.from_exception(error)
    pending = [summary]
    while pending:
        part = pending.pop()
        for frame in part.stack:
            frame.filename = _short(frame.filename)
        pending += [p for p in (part.__cause__, part.__context__) if p is not None]
        pending += part.exceptions or []
    return without_addresses("".join(summary.format()))


def _short(filename: str) -> str:
    parts = PurePath(filename).parts
    if "qdash" in parts:
        last = len(parts) - 1 - parts[::-1].index("qdash")
        return "/".join(parts[last:])
    return "/".join(parts[-2:])
