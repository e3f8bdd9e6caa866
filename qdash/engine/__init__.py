"""The engine: real asyncio on virtual time. It runs and never draws."""

from qdash.engine.crew import Crew
from qdash.engine.items import Item
from qdash.engine.lab import Lab
from qdash.engine.loop import LabLoop
from qdash.engine.pace import WorkFailed
from qdash.engine.queues import (
    ObservedLifoQueue,
    ObservedPriorityQueue,
    ObservedQueue,
    QueueShutDown,
)

__all__ = [
    "Crew",
    "Item",
    "Lab",
    "LabLoop",
    "ObservedLifoQueue",
    "ObservedPriorityQueue",
    "ObservedQueue",
    "QueueShutDown",
    "WorkFailed",
]
