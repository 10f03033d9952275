"""Takes out each guard in turn, in a copy of the project, and runs the test that has to fail then.

`python -m tests.guards [WORDS]`: only those against a fault with WORDS in its name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.guards import Guard, guards
from tests.support.documents import ROOT

#: What pytest answers when tests were run and failed; an error of its own, or no test, is another number.
FAILED = 1

#: What it says of a server that the test needs: that failure says nothing about the guard.
NOT_INSTALLED = "is not installed"


def run(test: str, root: Path) -> subprocess.CompletedProcess[str]:
    """The outcome of ``test`` with the project at ``root``."""
    command = [sys.executable, "-m", "pytest", "-x", "--tb=line", f"--basetemp={root.parent / 'tests'}", test]
    environment = os.environ | {"PYTHONPATH": str(root), "BOUNCED_REQUIRE_SERVERS": "1"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def copied(folder: Path) -> Path:
    """A copy of the project in ``folder``."""
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    project = Path(shutil.copytree(ROOT, folder / "project", ignore=ignored, symlinks=True))
    (project / ".servers").symlink_to(ROOT / ".servers")
    return project


def needed(guard: Guard) -> bool:
    """Whether its test fails without it; says so."""
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
        guard.without(root)
        outcome = run(guard.test, root)
    fails = outcome.returncode == FAILED and NOT_INSTALLED not in outcome.stdout
    print(
        f"{'fails without its guard' if fails else 'PASSES WITHOUT ITS GUARD'}: {guard.fault}: {guard.test}", flush=True
    )
    if not fails:
        print(outcome.stdout[-2000:], outcome.stderr[-2000:])
    return fails


def main(words: str) -> int:
    """See above."""
    chosen = [guard for guard in guards() if words in guard.fault]
    needless = [guard.fault for guard in chosen if not needed(guard)]
    print(f"{len(chosen)} guards taken out, noticed by {len(chosen) - len(needless)} tests")
    return 1 if needless or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
