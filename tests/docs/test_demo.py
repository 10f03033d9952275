"""The demo shows its story in the columns of a terminal, and who is suppressed at the end of it."""

from __future__ import annotations

import subprocess
import sys

from tests.support.documents import ROOT


def test_the_story_fits_into_a_terminal_and_ends_as_told() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "demo"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=100
    ).stdout.splitlines()
    assert len(shown) < 60
    paths = [line for line in shown if str(ROOT) in line or sys.prefix in line]
    assert [line for line in shown if len(line) > 80 and line not in paths] == []
    ended = shown[shown.index("Who must not be mailed any more, and why:") :]
    assert [line.split()[:2] for line in ended if "@" in line and "bounced" not in line] == [
        ["anna@example.org", "all"],
        ["erik@example.net", "marketing"],
        ["fay@example.com", "marketing"],
    ]
