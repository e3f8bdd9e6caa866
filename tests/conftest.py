"""What every test starts from: one terminal, one course of Hypothesis, nothing from outside."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A picture or a line of output must not depend on the terminal in which the tests are started.
for _name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TEXTUAL", "TEXTUAL_THEME"):
    os.environ.pop(_name, None)

# Nor on the language of whoever starts them.
for _name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C"

# The same examples on every run, so that a failure is one of the change at hand; searching for new
# ones is `pytest --hypothesis-profile=explore`. No deadlines: a busy machine is no error.
settings.register_profile("qdash", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=1_000, print_blob=True)
settings.load_profile("qdash")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> object:
    """Collect without the garbage collector.

    Before CPython 3.11.9 and 3.12.3 a collection in the midst of ast.parse, by which pytest reads
    the tests, can end in "AST constructor recursion depth mismatch" (gh-106905).
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _progress_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no test read or write which lessons were finished by whoever starts the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield
