"""What `make newcomer` and `.ci/run` do on machines that lack something; a new machine itself takes minutes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.newcomer import roots
from tests.support.documents import ROOT

ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root installs, and can be somebody else")

#: Stands for make and apt-get: says where it is called, and with what; FAILING fails. When that is "make cover", "make
#: newcomer" has begun, and goes on until it is ended.
TOOL = """#!/bin/bash
echo "${0##*/} $* in $PWD" >> "$TOOLS_LOG"
case "$FAILING: $*" in
  "make cover: newcomer")
    trap 'echo "switched off" >> "$TOOLS_LOG"; exit 1' TERM
    echo > "$TOOLS_LOG.begun"
    sleep 60 & wait ;;
  "make cover: cover") read -r < "$TOOLS_LOG.begun" ;;
esac
[ "${0##*/} $1" != "$FAILING" ]
"""


def run(
    folder: Path, failing: str = "", checkout: Path = ROOT, before: tuple[str, ...] = ()
) -> tuple[int, str, list[str]]:
    """The exit status of .ci/run, what it prints, and the tools that it has called; ``failing`` is one that fails."""
    tools = folder / "tools"
    tools.mkdir(mode=0o755)
    for name in ("make", "apt-get"):
        (tools / name).write_text(TOOL)
        (tools / name).chmod(0o755)
    log = tools / "log"
    log.touch(0o666)
    log.chmod(0o666)
    os.mkfifo(f"{log}.begun")
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "TMPDIR": str(folder),
        "TOOLS_LOG": str(log),
        "FAILING": failing,
    }
    ended = subprocess.run(
        [*before, "bash", checkout / ".ci" / "run"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr, log.read_text().splitlines()


def called(log: list[str]) -> list[str]:
    """The targets of make."""
    return [line.split()[1] for line in log if line.startswith("make ")]


def test_the_whole_suite_is_last(public_path: Path) -> None:
    status, _, log = run(public_path)
    assert status == 0
    assert called(log)[-1] == "test"
    assert sorted(called(log)) == sorted(["servers", "lint", "newcomer", "cover", "score", "demo", "wheel", "test"])


def test_a_machine_is_switched_off_when_something_else_fails(public_path: Path) -> None:
    status, _, log = run(public_path, failing="make cover")
    assert status != 0
    assert log[-1] == "switched off"
    assert "test" not in called(log)


@ONLY_ROOT
def test_without_a_list_of_packages_it_goes_on(public_path: Path) -> None:
    status, printed, log = run(public_path, failing="apt-get update")
    assert (status, called(log)[-1]) == (0, "test")
    assert "apt-get update failed" in printed


@ONLY_ROOT
def test_a_checkout_that_others_cannot_read_is_copied(public_path: Path) -> None:
    (public_path / "closed").mkdir(mode=0o700)
    checkout = public_path / "closed" / "checkout"
    (checkout / ".ci").mkdir(parents=True)
    (checkout / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    status, printed, log = run(public_path, checkout=checkout)
    assert status == 0
    assert f"others cannot read {checkout}" in printed
    assert [line for line in log if line.startswith("make") and line.endswith(f" in {checkout}")] == []


@ONLY_ROOT
def test_without_root_nothing_is_installed(public_path: Path) -> None:
    (public_path / "scratch").mkdir()
    public_path.chmod(0o777)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
    (public_path / "checkout" / ".ci").mkdir(parents=True)
    (public_path / "checkout" / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    status, printed, log = run(public_path, "make servers", public_path / "checkout", nobody)
    assert (status, called(log)[-1]) == (0, "test")
    assert [line for line in log if line.startswith("apt-get")] == []
    assert "what needs root is skipped" in printed


def test_why_a_release_is_skipped_is_one_line() -> None:
    problem = "mmdebstrap failed with 25: I: automatically chosen mode: root\nE: no network\n\n"
    assert roots.in_one_line(problem) == "mmdebstrap failed with 25: I: automatically chosen mode: root … E: no network"
    assert roots.in_one_line("mmdebstrap failed with 25: \n") == "mmdebstrap failed with 25:"
