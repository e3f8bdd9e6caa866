"""What can go wrong with an export."""

from __future__ import annotations


class ExportError(ValueError):
    """A program cannot be exported, or not to that file; the message is one sentence for people."""
