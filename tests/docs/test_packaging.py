"""What is installed beside the program; `make newcomer` installs all of it for real."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support import documents
from tests.support.documents import ROOT
from tests.support.story import environment

DEBIAN = ROOT / "contrib" / "debian"
JOURNAL = documents.table(ROOT / "systemd" / "README.md", "## The journal")
HEAD = "Nov 28 20:43:16 mail bounced[813]: "


def events(*levels: str) -> list[str]:
    """The events of the log that have one of these levels, and no other."""
    return [name for row in JOURNAL if row[1] in levels for name in re.findall(r"[a-z-]+", row[0])]


def is_ordinary(line: str) -> bool:
    """True when logcheck is told to be silent about ``line``, which it asks grep about."""
    rules = ["grep", "--quiet", "--extended-regexp", "--file", str(DEBIAN / "logcheck")]
    return subprocess.run(rules, input=line, text=True).returncode == 0


def test_logcheck_is_silent_about_what_is_ordinary() -> None:
    assert len(events("info")) >= 8
    assert [name for name in events("info") if not is_ordinary(f"{HEAD}{name} address=anna@example.org")] == []
    assert is_ordinary(f"{HEAD}/etc/bounced/bounced.toml: no problems found")  # by the unit, at a reload
    assert is_ordinary("2026-11-28T20:43:16.123456+00:00 mail bounced[813]: stopped status=0")


def test_logcheck_reports_warnings_and_other_lines() -> None:
    assert len(events("warning", "error", "critical")) >= 6
    others = [*events("warning", "error", "critical"), "Traceback (most recent call last):", "startedx", "/x: no"]
    assert [name for name in others if is_ordinary(f"{HEAD}{name}")] == []


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_a_maintainer_script_is_one_for_sh(script: str) -> None:
    """`make newcomer` runs them; this finds what their branches hide."""
    text = (DEBIAN / script).read_text().replace("@UNITS@", "bounced.service")
    assert subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True).stderr == ""
    assert text.startswith("#!/bin/sh\nset -e\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_are_completed(shell: str, tmp_path: Path) -> None:
    """bash and zsh give the words and the number of the last one, fish the last one itself."""
    asked = {"_BOUNCED_COMPLETE": f"{shell}_complete", "COMP_WORDS": "bounced check-c"}
    last = {"COMP_CWORD": "check-c" if shell == "fish" else "1"}
    command = [sys.executable, "-m", "bounced"]
    done = subprocess.run(command, env={**environment(tmp_path), **asked, **last}, capture_output=True, text=True)
    assert "check-config" in done.stdout
    assert "suppress" not in done.stdout


def test_the_page_of_a_package_index_has_no_link_to_a_file() -> None:
    """As hatch-fancy-pypi-readme makes it at `make wheel`: nobody could follow them there."""
    hook = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["metadata"]["hooks"]
    page = (ROOT / "README.md").read_text("utf-8")
    for rule in hook["fancy-pypi-readme"]["substitutions"]:
        page = re.sub(rule["pattern"], rule["replacement"], page)
    assert [link for link in re.findall(r"\]\(([^)]*)", page) if not link.startswith("https://")] == []
    assert "All commands, their options and exit codes: docs/commands.md." in page
    assert "[mailbox.bounces]" in page


def test_a_python_that_is_too_old_is_told_in_one_line() -> None:
    program = "import sys; sys.version_info = (3, 9, 18); import bounced"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "bounced: Python 3.9 is too old: use 3.11 or newer\n")


def test_a_python_that_is_too_old_can_read_the_module_that_says_so() -> None:
    """3.7 at least by its grammar; `annotations` of __future__ would keep 3.6 from it."""
    source = (ROOT / "bounced" / "__init__.py").read_text()
    assert ast.parse(source, feature_version=(3, 7)).body
    assert "from __future__" not in source
