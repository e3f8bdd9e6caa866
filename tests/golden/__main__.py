"""Writes golden traces for the Python that runs: ``python -m tests.golden [PITFALL...]``."""

from __future__ import annotations

import sys

from qdash.scenarios import PITFALLS
from tests.golden.traces import path, trace

for slug in sys.argv[1:] or PITFALLS:
    target = path(slug)
    target.parent.mkdir(exist_ok=True)
    target.write_text(trace(slug), encoding="utf-8")
    print(target.relative_to(target.parents[3]))
