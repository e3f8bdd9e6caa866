"""What can go wrong with an export."""

from __future__ import annotations

from qdash.words import Refusal


class ExportError(Refusal, ValueError):
    """A program cannot be exported, or not to that file; the message is one sentence for people."""
