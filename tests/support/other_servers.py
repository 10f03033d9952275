"""Courier and Cyrus on loopback, where `make servers` has unpacked them: Debian installs one IMAP server at a time.

Both run from a private directory. In Courier a small front end stands for its couriertcpd and imaplogin, which need a
machine of their own: it takes any LOGIN and hands the connection over to the real imapd, as imaplogin does. Beside it
runs gamin, which Courier asks before it locks a folder: without it each command that looks at a folder takes 1.3 s.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.listener import Listener
from tests.support.servers import ImapServer, free_port, wait_for_port

#: Where `make servers` unpacks the packages.
ROOT = Path(__file__).parents[2] / ".servers"

_COURIER_CAPABILITY = (
    "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"  # of Debian's imapd
)

_LOGIN = re.compile(rb'(\S+) LOGIN "?([^" ]+)"? .*\r\n', re.IGNORECASE)


#: Without gamin, which Courier needs, it was unpacked by an older version.
_PROGRAMS = {"courier": "usr/libexec/gam_server", "cyrus": "usr/lib/cyrus/bin/imapd"}


def is_missing(name: str) -> bool:
    """True when that server ("courier", "cyrus") was not unpacked."""
    return not (ROOT / name / _PROGRAMS[name]).exists()


def _environment(name: str) -> dict[str, str]:
    """Lets the programs find the libraries of their packages."""
    root = ROOT / name
    folders = ("usr/lib/x86_64-linux-gnu", "usr/lib", "lib/x86_64-linux-gnu", "usr/lib/cyrus")
    return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(str(root / folder) for folder in folders)}


@contextmanager
def running_courier() -> Iterator[ImapServer]:
    """Courier: no UIDNEXT in SELECT, no MOVE, and all folders below ``INBOX.``."""
    directory = Path(tempfile.mkdtemp(prefix="courier-"))
    gamin = _running_gamin(directory)
    front = _CourierFront(directory)
    try:
        yield ImapServer("courier", front.port, directory=directory)
    finally:
        front.close()
        gamin.kill()
        gamin.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _running_gamin(directory: Path) -> subprocess.Popen[bytes]:
    """The file alteration monitor, for the clients whose GAM_CLIENT_ID is the name of ``directory``."""
    words = [str(ROOT / "courier/usr/libexec/gam_server"), "--notimeout", directory.name]
    process = subprocess.Popen(words, env=_environment("courier"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while f"-{directory.name}" not in Path("/proc/net/unix").read_text("utf-8", "replace"):
        assert process.poll() is None
    return process


class _CourierFront:
    """Takes connections, and any LOGIN, and starts an imapd for each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._making = threading.Lock()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._listener = Listener(self._serve)
        self.port = self._listener.port

    def close(self) -> None:
        """Ends all connections."""
        self._listener.close()
        for process in self._processes:
            process.kill()
            process.wait()

    def _serve(self, peer: socket.socket) -> None:
        peer.sendall(f"* OK [CAPABILITY {_COURIER_CAPABILITY}] Courier-IMAP ready.\r\n".encode())
        while line := _line(peer):
            tag = line.split(b" ")[0].decode()
            if login := _LOGIN.fullmatch(line):
                self._hand_over(peer, tag, login[2].decode())
                return
            peer.sendall(f"* CAPABILITY {_COURIER_CAPABILITY}\r\n{tag} OK CAPABILITY completed\r\n".encode())

    def _hand_over(self, peer: socket.socket, tag: str, user: str) -> None:
        login = {"AUTHENTICATED": user, "IMAPLOGINTAG": tag, "TCPREMOTEIP": "127.0.0.1", "TCPREMOTEPORT": "1"}
        own = {**login, "IMAP_CAPABILITY": _COURIER_CAPABILITY, "IMAP_KEYWORDS": "1", "IMAP_USELOCKS": "1"}
        home = self._directory / user
        environment = _environment("courier")
        with self._making:
            if not home.exists():
                home.mkdir()
                maker = ROOT / "courier/usr/bin/maildirmake.courier"
                subprocess.run([str(maker), "Maildir"], cwd=home, env=environment, check=True)
        words = [str(ROOT / "courier/usr/bin/imapd"), "Maildir"]
        environment |= {**own, "HOME": str(home), "GAM_CLIENT_ID": self._directory.name}
        process = subprocess.Popen(
            words, cwd=home, stdin=peer.fileno(), stdout=peer.fileno(), stderr=subprocess.DEVNULL, env=environment
        )
        self._processes.append(process)
        # A zombie would hold its lock on a folder: Courier takes the lock of a process that has ended.
        threading.Thread(target=process.wait, daemon=True).start()


def _line(peer: socket.socket) -> bytes:
    """One line, and nothing behind it: that is for the imapd."""
    line = b""
    while not line.endswith(b"\r\n") and (octet := peer.recv(1)):
        line += octet
    return line


@contextmanager
def running_cyrus() -> Iterator[ImapServer]:
    """Cyrus: all folders below ``INBOX.``, and everything that IMAP has."""
    directory = Path(tempfile.mkdtemp(prefix="cyrus-"))
    try:
        port = free_port()
        _write_cyrus(directory, port)
        programs = ROOT / "cyrus/usr/lib/cyrus/bin"
        words = ["-C", directory / "imapd.conf", "-M", directory / "cyrus.conf", "-p", directory / "pid", "-D"]
        process = subprocess.Popen(
            [str(programs / "master"), *map(str, words)],
            env=_environment("cyrus"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for_port(port, process)
            yield ImapServer("cyrus", port, directory=directory)
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _write_cyrus(directory: Path, port: int) -> None:
    for name in ("conf/db", "conf/proc", "conf/socket", "conf/log", "conf/lock", "spool/stage."):
        (directory / name).mkdir(parents=True)
    names = {"dir": directory, "port": port, "programs": ROOT / "cyrus/usr/lib/cyrus/bin"}
    (directory / "imapd.conf").write_text(_IMAPD_CONF % names)
    (directory / "cyrus.conf").write_text(_CYRUS_CONF % names)
    directory.chmod(0o755)
    if os.geteuid() == 0:
        for path in (directory, *directory.rglob("*")):
            shutil.chown(path, "nobody", "nogroup")


_IMAPD_CONF = """
configdirectory: %(dir)s/conf
defaultpartition: default
partition-default: %(dir)s/spool
cyrus_user: nobody
cyrus_group: nogroup
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: alwaystrue
autocreate_quota: 0
autocreate_post: yes
autocreate_users: anyone
unixhierarchysep: no
altnamespace: no
proc_path: %(dir)s/conf/proc
mboxname_lockpath: %(dir)s/conf/lock
"""

_CYRUS_CONF = """
START {
  recover cmd="%(programs)s/ctl_cyrusdb -C %(dir)s/imapd.conf -r"
}
SERVICES {
  imap cmd="%(programs)s/imapd -C %(dir)s/imapd.conf" listen="127.0.0.1:%(port)s" prefork=1
}
EVENTS {
}
"""
