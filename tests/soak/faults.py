"""What goes wrong during a soak; every function does one thing to the running system and mends it again."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from imapclient.exceptions import IMAPClientError

from tests.support.daemon import Daemon
from tests.support.proxy import Fault, FaultProxy, Kind
from tests.support.servers import ImapServer, children, restart_dovecot

KINDS: tuple[Kind, ...] = ("reset", "cut", "half-open", "drip")


@dataclass
class Scene:
    """What there is to break. ``users`` are the mailboxes that are read."""

    daemon: Daemon
    proxy: FaultProxy
    users: list[ImapServer]
    spare: Path  # an mbox of some of the mails, for scans
    chance: random.Random
    kills: int = 0


def kill_daemon(scene: Scene) -> None:
    """SIGKILL, and a new start."""
    scene.daemon.kill()
    scene.kills += 1
    scene.daemon.start()


def stop_daemon(scene: Scene) -> None:
    """SIGTERM: it must end by itself within two seconds; before it has begun to work it is killed by it."""
    starting = not scene.daemon.is_started.is_set()
    status, seconds = scene.daemon.stop()
    if not (status == 0 or (starting and status == -signal.SIGTERM)) or seconds > 2:
        raise AssertionError(f"SIGTERM: status {status} after {seconds:.1f} s; {scene.daemon.rest()[-5:]}")
    scene.daemon.start()


def kill_worker(scene: Scene) -> None:
    """SIGKILL of one of its processes."""
    assert scene.daemon.process is not None
    for pid in scene.chance.sample(found := children(scene.daemon.process.pid), min(1, len(found))):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def freeze(scene: Scene) -> None:
    """As when the machine is suspended."""
    assert scene.daemon.process is not None
    scene.daemon.process.send_signal(signal.SIGSTOP)
    time.sleep(scene.chance.uniform(0.5, 6))
    scene.daemon.process.send_signal(signal.SIGCONT)


def kill_connections(scene: Scene) -> None:
    """SIGKILL of all of the server's processes with a connection."""
    for pid in children(_master(scene.users[0])):
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().strip() in ("imap", "imapd"):
                os.kill(pid, signal.SIGKILL)


def _master(server: ImapServer) -> int:
    """Who starts the processes with a connection: for Courier that is our front end."""
    return int((server.directory / "run" / "master.pid").read_text()) if server.kind == "dovecot" else os.getpid()


def kill_dovecot(scene: Scene) -> None:
    """SIGKILL of all of Dovecot, and a new start."""
    restart_dovecot(scene.users[0], signal.SIGKILL)


def break_line(scene: Scene) -> None:
    """The network cuts, resets, falls silent or dribbles, for a while."""
    kind = scene.chance.choice(KINDS)
    scene.proxy.worsen([Fault(kind, scene.chance.randrange(20_000), 0.05) for _ in range(5)])
    time.sleep(scene.chance.uniform(0.2, 5))
    scene.proxy.calm()


def new_epoch(scene: Scene) -> None:
    """Another UIDVALIDITY: every UID of the folder is void."""
    with suppress(subprocess.CalledProcessError):  # Dovecot is just not there
        server, folder = scene.chance.choice(scene.users), scene.chance.choice(("INBOX", "Junk"))
        server.set_uidvalidity(folder, scene.chance.randrange(1, 2**31))


def tidy_up(scene: Scene) -> None:
    """A person moves mails from one folder to another that is read as well."""
    with suppress(OSError, IMAPClientError), scene.chance.choice(scene.users).client() as client:
        client.select_folder("INBOX")
        if found := client.search("ALL"):
            client.move(scene.chance.sample(found, min(5, len(found))), "Junk")


def scan_beside(scene: Scene) -> None:
    """`bounced scan` of mails of which the daemon reads some too."""
    done = scene.daemon.bounced("scan", str(scene.spare))
    if done.returncode != 0:
        raise AssertionError(f"scan: {done.stderr}")


def lock_database(scene: Scene) -> None:
    """Another program writes and takes its time."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(scene.daemon.database, timeout=5)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(scene.chance.uniform(0.5, 6))


def second_daemon(scene: Scene) -> None:
    """Another daemon with the same configuration, killed after a while."""
    command = [sys.executable, "-m", "bounced", "run", "--config", str(scene.daemon.config)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as other:
        time.sleep(scene.chance.uniform(1, 6))
        other.kill()


def reload(scene: Scene) -> None:
    """SIGHUP; before the daemon listens to it, it kills."""
    if scene.daemon.is_started.is_set():
        scene.daemon.hup()


#: How often each happens, beside the kills.
FAULTS: dict[Callable[[Scene], None], int] = {
    break_line: 6,
    kill_worker: 3,
    kill_connections: 2,
    stop_daemon: 2,
    freeze: 1,
    kill_dovecot: 1,
    new_epoch: 1,
    tidy_up: 2,
    scan_beside: 1,
    lock_database: 1,
    second_daemon: 1,
    reload: 1,
}


#: What only Dovecot is asked for.
OF_DOVECOT = (kill_dovecot, new_epoch, tidy_up)


def chosen(scene: Scene, number: int) -> list[Callable[[Scene], None]]:
    """So many of them."""
    faults = [fault for fault in FAULTS if scene.users[0].kind == "dovecot" or fault not in OF_DOVECOT]
    return scene.chance.choices(faults, [FAULTS[fault] for fault in faults], k=number)
