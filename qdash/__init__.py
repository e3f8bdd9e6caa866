"""See an asyncio queue: real producers, a real bounded queue and consumers, on virtual time."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qdash.engine import (
        LabLoop,
        ObservedLifoQueue,
        ObservedPriorityQueue,
        ObservedQueue,
    )
    from qdash.headless import run
    from qdash.sweeps.runner import sweep

__version__ = "0.1.0"

__all__ = ["LabLoop", "ObservedLifoQueue", "ObservedPriorityQueue", "ObservedQueue", "run", "sweep"]

_FOUND_IN = {"run": "qdash.headless", "sweep": "qdash.sweeps.runner"}


def __getattr__(name: str) -> object:
    # Imported when first asked for: "qdash --version" needs none of it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_FOUND_IN.get(name, "qdash.engine")), name)
