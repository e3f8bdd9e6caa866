from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.advice.watched import OPEN


@pytest.fixture(autouse=True)
def _close_labs() -> Iterator[None]:
    """Leave no task behind."""
    yield
    while OPEN:
        OPEN.pop().close()
