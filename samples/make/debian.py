"""Debian packages that are laid over the machine's files for this process only, and a clock that can be set forward.

A mail server that is not installed, or that could not be installed beside the one that is, finds itself in /usr, /etc
and /var as it would after `apt-get install`; nothing of it is there for anybody else, or once the process has ended.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from internet import run

CLOCK = "libfaketime"  # the package of the library that sets the clock forward
TREES = ("usr", "etc", "var")


def unpack(packages: Sequence[str], directory: Path) -> None:
    """Downloads the packages, and those that they need and that are not installed, into ``directory``/unpacked."""
    wanted = [*packages, CLOCK]
    plan = ["apt-get", "install", "--simulate", "--no-install-recommends", "-o", "Debug::NoLocking=1", *wanted]
    done = subprocess.run(plan, capture_output=True, text=True)
    names = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")]
    if done.returncode:
        raise RuntimeError(f"apt-get knows no way to {', '.join(packages)}: {done.stderr.strip()}")
    download = 'cd "$0" && apt-get -o APT::Sandbox::User=root download "$@"'
    run("sh", "-c", download, str(directory), *(names or wanted))
    for package in directory.glob("*.deb"):
        run("dpkg", "-x", str(package), str(directory / "unpacked"))


def lay_over(directory: Path) -> None:
    """Shows what was unpacked in /usr, /etc and /var, which can be changed without a trace; empties /run, /dev/shm."""
    for tree in TREES:
        for kind in ("unpacked", "changed", "work"):
            (directory / kind / tree).mkdir(parents=True, exist_ok=True)
        layers = f"lowerdir={directory}/unpacked/{tree}:/{tree}"
        changes = f"upperdir={directory}/changed/{tree},workdir={directory}/work/{tree}"
        run("mount", "-t", "overlay", "overlay", "-o", f"{layers},{changes}", f"/{tree}")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/dev/shm")
    library = next((directory / "unpacked").glob("usr/lib/*/faketime/libfaketime.so.1"))
    Path("/etc/ld.so.preload").write_text(f"/{library.relative_to(directory / 'unpacked')}\n")
    set_clock("+0")


def take_off() -> None:
    """Undoes `lay_over`."""
    for tree in ("dev/shm", "run", *TREES):
        run("umount", "--lazy", f"/{tree}")


def set_clock(offset: str) -> None:
    """Sets the clock forward (``+5h``, ``+6d``) for every program that is started from now on."""
    os.environ["NO_FAKE_STAT"] = "1"  # a file's time, which some take for a mail's age, stays what it was
    os.environ["FAKETIME"] = offset  # for those that leave the root directory
    for leftover in Path("/dev/shm").glob("*faketime*"):  # of processes that were killed, whose numbers come again
        leftover.unlink()
    Path("/etc/faketimerc").write_text(f"{offset}\n")  # for those that clean their environment


def account(name: str, number: int) -> None:
    """Makes a user and a group; those of the machine with these numbers don't matter here."""
    with Path("/etc/passwd").open("a") as users, Path("/etc/group").open("a") as groups:
        users.write(f"{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n")
        groups.write(f"{name}:x:{number}:\n")
