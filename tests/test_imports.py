"""What is imported when: the engine knows no screen, and quick commands stay quick."""

from __future__ import annotations

import subprocess
import sys

import pytest


def imported(code: str) -> set[str]:
    """Return the modules that a fresh process has imported after running ``code``."""
    script = f"import sys\n{code}\nprint('\\n', *sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import qdash.engine",
        "import qdash.scenarios",
        "import qdash.state, qdash.stats, qdash.recording",
        "from qdash import run; run('signals')",
        "from qdash.cli import main; main(['list'])",
        "from qdash.cli import main; main(['run', 'signals', '--json'])",
    ],
)
def test_without_a_screen_no_textual_is_imported(code: str) -> None:
    assert not {name for name in imported(code) if name.split(".")[0] == "textual"}


@pytest.mark.parametrize("code", ["import qdash.engine", "import qdash.state, qdash.stats"])
def test_the_engine_and_the_figures_need_neither_rich_nor_click(code: str) -> None:
    assert not {name.split(".")[0] for name in imported(code)} & {"rich", "click"}


@pytest.mark.parametrize(
    "code", ["import qdash", "from qdash.cli import main; main(['--version'])"]
)
def test_the_version_needs_neither_the_engine_nor_asyncio(code: str) -> None:
    assert not imported(code) & {"qdash.engine", "asyncio", "textual", "rich"}


def test_the_queues_can_be_used_without_a_lab() -> None:
    code = "from qdash import ObservedQueue; ObservedQueue(3)"
    assert "textual" not in imported(code)
