"""Prints the transcript of a new admin's day on each release of Debian; fails at the first command that fails."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.newcomer import roots
from tests.newcomer.machine import Unbootable, booted
from tests.support.documents import ROOT, code_blocks

RELEASES = ("bookworm", "trixie")

STEPS = Path(__file__).parent / "steps"

#: What is done on one machine after the other: the scripts in ``steps``, and the shell blocks of the documentation, of
#: a whole page, those below a heading, or one of them by its number.
MACHINES = {
    "the package": (
        *("mailhost", "install", "setup", "bounce", "reader", "postfix", "restore", "logcheck", "reload"),
        *("package", "docs/upgrade.md#The package", "remove"),
    ),
    "an upgrade": (
        *("mailhost", "before", "mailbox", "bounce", "package", "docs/upgrade.md#From a build before 0.1.0:1"),
        *("docs/upgrade.md#The package:2", "upgraded", "reader", "postfix", "back"),
    ),
    "a checkout": (
        *("ask-password", "checkout", "systemd/README.md", "systemd/README.md", "docs/upgrade.md#A checkout"),
        *("old-readers", "docs/upgrade.md#From a build before 0.1.0:2"),
        *("package", "docs/upgrade.md#From a checkout to the package", "docs/uninstall.md#The package"),
        *("systemd/README.md", "docs/uninstall.md#A checkout"),
    ),
}


def main(releases: list[str]) -> int:
    """The exit status: 0 also where this machine cannot boot another one, which a line says."""
    if missing := roots.missing():
        print(f"newcomer: skipped: {missing}")
        return 0
    with tempfile.TemporaryDirectory(prefix="newcomer-") as folder:
        checkout = roots.tracked(ROOT, Path(folder) / "checkout")
        for release in releases or RELEASES:
            begun = time.monotonic()
            try:
                root = roots.root(release, Path(folder))
                with booted(root):
                    pass
                packages = roots.packages(root, checkout)
            except (roots.Unreachable, Unbootable) as problem:
                print(f"newcomer: {release} skipped: {problem}", flush=True)
                continue
            _day(release, root, checkout, packages)
            _print(f"{release}: done in {time.monotonic() - begun:.0f} s")
    return 0


def _day(release: str, root: Path, checkout: Path, packages: Path) -> None:
    for title, steps in MACHINES.items():
        if "before" in steps and not (packages / "before").exists():
            _print(f"{release}: {title}: skipped: the history does not have {roots.BEFORE}")
            continue
        with booted(root, f"--bind-ro={packages}:/packages", f"--bind-ro={checkout}:/checkout") as machine:
            for step in steps:
                _print(f"{release}: {title}: {step}")
                for script in _scripts(step):
                    machine.run(script)


def _scripts(step: str) -> Iterator[str]:
    """The scripts of a step, each for a shell of its own."""
    page, _, heading = step.partition("#")
    if not page.endswith(".md"):
        yield (STEPS / f"{step}.sh").read_text("utf-8")
        return
    text = (ROOT / page).read_text("utf-8")
    heading, _, number = heading.partition(":")
    if heading:
        text = re.split(rf"(?m)^## {re.escape(heading)}$", text)[1].partition("\n## ")[0]
    blocks = list(code_blocks(text, "sh"))
    yield from (f"cd /root/bounced\n{block}" for block in (blocks[int(number) - 1 :][:1] if number else blocks))


def _print(title: str) -> None:
    print(f"\n== {title}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the machine is switched off
    try:
        sys.exit(main(sys.argv[1:]))
    except Unbootable as problem:
        sys.exit(f"newcomer: {problem}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"newcomer: a command failed with {error.returncode}; it is the last one above")
