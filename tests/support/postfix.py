"""Debian's Postfix in a folder of its own, on loopback, beside the one of the machine."""

from __future__ import annotations

import shutil
import smtplib
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import missing
from tests.support.servers import free_port

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.sender.test
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
disable_dns_lookups = yes
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
smtputf8_enable = yes
recipient_delimiter = +
"""

MASTER = """
127.0.0.1:{port} inet n - {chroot} - - smtpd
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running one, with what it logs."""

    folder: Path
    port: int

    @property
    def private(self) -> Path:
        """The directory of its sockets, ``private`` for a chrooted smtpd."""
        return self.folder / "spool" / "private"

    def log(self) -> str:
        """All that it has logged."""
        return (self.folder / "log").read_text()

    def rotate(self) -> None:
        """Has it rotate and compress its log (postfix-logrotate)."""
        command = ["postfix", "-c", str(self.folder / "etc"), "logrotate"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """A session in which the sender has been accepted, with SMTPUTF8."""
        with smtplib.SMTP("127.0.0.1", self.port, "a.test", timeout=30) as client:
            client.command_encoding = "utf-8"
            client.ehlo()
            assert client.mail("news@sender.test", ["SMTPUTF8"])[0] == 250
            yield client

    def recipient(self, text: str) -> tuple[int, bytes]:
        """The answer to RCPT TO in a new session."""
        with self.session() as client:
            return client.docmd(f"RCPT TO:<{text}>")


@contextmanager
def running(
    folder: Path, main: str, master: str = "", *, chroot: bool = False, before: Sequence[str] = ()
) -> Iterator[Postfix]:
    """Postfix with ``main`` and ``master`` at the end of main.cf and master.cf, in ``folder``; run by ``before``."""
    if not shutil.which("postfix"):
        missing("postfix (Debian: postfix, postfix-sqlite)")
    for above in (folder, *folder.parents[:2]):
        above.chmod(0o755)
    port = free_port()
    configuration = _directories(folder)
    (configuration / "main.cf").write_text(MAIN.format(folder=folder) + main)
    (configuration / "master.cf").write_text(MASTER.format(port=port, chroot="y" if chroot else "n") + master)
    postfix = [*before, "postfix", "-c", str(configuration)]
    subprocess.run([*postfix, "start"], check=True, capture_output=True, timeout=60)  # returns when smtpd listens
    try:
        yield Postfix(folder, port)
    finally:
        subprocess.run([*postfix, "stop"], check=True, capture_output=True, timeout=60)


def _directories(folder: Path) -> Path:
    """Makes the directories that Postfix expects, and returns that of its configuration."""
    for name in ("etc", "spool", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    configuration = folder / "etc"
    for path in Path("/etc/postfix").glob("dynamicmaps.cf*"):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, configuration / path.name)
    for path in Path("/etc/postfix").glob("postfix-files*"):
        (configuration / path.name).symlink_to(path)
    return configuration
