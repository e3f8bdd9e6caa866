"""Why: what a worker, a queue, an item or an event does, for what reason, and what follows from it.

Pure functions over a state and the history behind it: ``ask.why`` gives an answer, whose reasons
lead on to what can be asked next, so that a cause can be followed back, and an effect forth. What
questions and answers are made of stands here; a screen needs no more before somebody asks.
"""

from qdash.why.answers import Answer, Reason, Subject, slot_subject

__all__ = ["Answer", "Reason", "Subject", "slot_subject"]
