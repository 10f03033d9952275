"""A booted machine: its own systemd, its own network, and a disk whose changes last as long as it runs."""

from __future__ import annotations

import fcntl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.newcomer.roots import container, in_one_line

#: Seconds that a machine may take to boot, and a script of one step to end.
BOOT_SECONDS = 120
STEP_SECONDS = 300

#: Machines of one session would share a control group, so they are booted one after the other.
LOCK = Path("/run/lock/bounced-newcomer")

ENVIRONMENT = (
    *("-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb"),
    "DEBIAN_FRONTEND=noninteractive",
)


class Unbootable(Exception):
    """This machine cannot boot another one."""


class Machine:
    """A machine whose first process is ``leader``, a PID of ours."""

    def __init__(self, leader: int) -> None:
        self._enter = ["nsenter", f"--target={leader}", "--all", "--", "env", *ENVIRONMENT]

    def run(self, script: str) -> None:
        """Runs ``script`` as root with bash, and shows its commands and what they print. Raises CalledProcessError."""
        command = [*self._enter, "bash", "-ec", f"PS4='# '\nset -xo pipefail\n{script}"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, timeout=STEP_SECONDS)
        if done.returncode:
            subprocess.run([*self._enter, "journalctl", "--boot", "--no-pager", "--lines=40"], check=False)
            done.check_returncode()

    def is_up(self) -> bool:
        """True when everything that is started at boot was started."""
        asked = subprocess.run([*self._enter, "systemctl", "is-system-running"], capture_output=True, text=True)
        return asked.stdout.strip() in ("running", "degraded")


@contextmanager
def booted(root: Path, *options: str) -> Iterator[Machine]:
    """A machine over ``root``, once no other one is booted; it is switched off at the end. Raises Unbootable."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield from _booted(root, options)


def _booted(root: Path, options: Iterable[str]) -> Iterator[Machine]:
    command = [*container(root), "--private-network", *options, "--boot"]
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
        try:
            yield _when_up(process)
        except Unbootable as problem:
            said.seek(0)
            raise Unbootable(": ".join(filter(None, [str(problem), in_one_line(said.read())]))) from None
        finally:
            process.terminate()  # systemd-nspawn powers the machine off
            process.wait(BOOT_SECONDS)


def _when_up(process: subprocess.Popen[bytes]) -> Machine:
    end = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if (leader := _leader(process.pid)) and (machine := Machine(leader)).is_up():
            return machine
        time.sleep(0.2)
    raise Unbootable(
        "systemd-nspawn did not boot it" + (f", and ended with {status}" if (status := process.poll()) else "")
    )


def _leader(nspawn: int) -> int | None:
    """The PID of the machine's first process, whose parent is ``nspawn``; ``None`` while there is none."""
    try:
        children = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()
    except OSError:  # it has ended
        return None
    return int(children[0]) if children else None
