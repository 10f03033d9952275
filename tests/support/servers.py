"""Real IMAP servers on loopback for the tests: mail-devel, and Dovecot where it is installed.

Every user name is a mailbox of its own, so tests that share a server never see each other's mail.
"""

from __future__ import annotations

import dataclasses
import getpass
import grp
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import trustme
from imapclient import DELETED, IMAPClient
from imapclient.exceptions import IMAPClientError

from bounced.sources.imap import Account

PASSWORD = "secret"
_DOVECOT = Path("/usr/sbin/dovecot")
_START_TIMEOUT = 10.0
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Stored:
    """A message as the server has it."""

    uid: int
    flags: frozenset[bytes]
    content: bytes
    internaldate: datetime


@dataclass(frozen=True)
class ImapServer:
    """A running server, seen by one user whose mailbox was empty at first."""

    kind: Literal["mail-devel", "dovecot", "courier", "cyrus", "scripted"]
    port: int
    host: str = "127.0.0.1"
    tls: Literal["implicit", "starttls", "none"] = "none"
    ca_file: str = ""
    user: str = "nobody"
    password: str = PASSWORD
    directory: Path = Path("/nonexistent")  # of all but mail-devel

    def fresh(self) -> ImapServer:
        """The same server for a user that nobody used yet."""
        return dataclasses.replace(self, user=f"user{next(_numbers)}")

    def account(self, **changes: Any) -> Account:
        """What `bounced` needs to connect as this user."""
        names = ("host", "port", "tls", "ca_file", "user", "password")
        return Account(**{"name": "test", "timeout": 5.0, **{name: getattr(self, name) for name in names}, **changes})

    @contextmanager
    def client(self) -> Iterator[IMAPClient]:
        """A connection of the test's own, apart from the code that is tested."""
        plain_port = self.port if self.tls == "none" else self.plain_port()
        with IMAPClient(self.host, plain_port, ssl=False, timeout=5) as client:
            client.normalise_times = False
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.login(self.user, self.password)
            yield client

    def append(self, folder: str, content: bytes, when: datetime | None = None) -> None:
        """Delivers a message; servers store it with CRLF. ``when`` becomes the INTERNALDATE."""
        self.append_all(folder, [(content, when)])

    def append_all(self, folder: str, mails: list[tuple[bytes, datetime | None]]) -> None:
        """Delivers many over one connection."""
        with self.client() as client:
            with suppress(IMAPClientError):  # Dovecot may say so of the one that it makes, beside other sessions
                client.create_folder(folder)
            for content, when in mails:
                client.append(folder, content, msg_time=when)

    def folder_contents(self, folder: str) -> list[Stored]:
        """Every message in ``folder``, by UID; none when there is no such folder."""
        with self.client() as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            answers = client.fetch(client.search("ALL"), ["FLAGS", "INTERNALDATE", "BODY.PEEK[]"])
        return [
            Stored(uid, frozenset(answer[b"FLAGS"]), answer[b"BODY[]"], answer[b"INTERNALDATE"])
            for uid, answer in sorted(answers.items())
        ]

    def remove(self, folder: str, uids: list[int]) -> None:
        """Takes messages away, as a person with a mail program does."""
        with self.client() as client:
            client.select_folder(folder)
            client.add_flags(uids, [DELETED])
            client.uid_expunge(uids)

    def set_uidvalidity(self, folder: str, uidvalidity: int) -> None:
        """Dovecot only: begins a new epoch of UIDs."""
        config = str(self.directory / "dovecot.conf")
        command = ["mailbox", "update", "-u", self.user, "--uid-validity", str(uidvalidity), folder]
        subprocess.run(["/usr/bin/doveadm", "-c", config, *command], check=True, capture_output=True)

    def plain_port(self) -> int:
        """Dovecot only: where it listens with STARTTLS."""
        return int((self.directory / "plain-port").read_text())


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Returns when somebody listens on ``port``. Raises when ``process`` ends or time runs out."""
    end = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < end and (process is None or process.poll() is None):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"no server came up on port {port}")


@contextmanager
def running_mail_devel() -> Iterator[ImapServer]:
    """mail-devel in a process of its own: in memory, plain text, any user with the one password."""
    port = free_port()
    options = {"host": "127.0.0.1", "imap-port": port, "smtp-port": free_port(), "user": "admin", "password": PASSWORD}
    words = [f"--{name}={value}" for name, value in options.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "mail_devel", "--no-http", "--multi-user", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port, process)
        yield ImapServer("mail-devel", port)
    finally:
        process.kill()
        process.wait()


def dovecot_is_missing() -> bool:
    """True when there is no Dovecot with IMAP on this machine."""
    return not (_DOVECOT.exists() and Path("/usr/lib/dovecot/imap").exists())


@contextmanager
def running_dovecot(
    authority: trustme.CA, introspection: str = "", *, until: datetime | None = None
) -> Iterator[ImapServer]:
    """Dovecot from a private directory: IMAPS verified by ``authority``, and IMAP with STARTTLS beside it.

    With the address of an ``introspection`` endpoint, with a certificate of ``authority`` too, it takes access tokens.
    On 127.0.0.2 it offers UIDPLUS only, on 127.0.0.3 nothing: no MOVE, no IDLE. On 127.0.0.4 a user may have two
    connections. On 127.0.0.5 and 127.0.0.6, there with UIDPLUS only, rights in dovecot-acl files hold.
    Root runs it as ``nobody``. Its certificate ends at ``until``.
    """
    directory = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        secure_port, plain_port = free_port(), free_port()
        _write_dovecot(directory, authority, secure_port, plain_port)
        certify(directory, authority, until)
        if introspection:
            _take_tokens(directory, introspection)
        process = subprocess.Popen(
            [_DOVECOT, "-F", "-c", directory / "dovecot.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for_port(plain_port, process)
            ca_file = str(directory / "ca.pem")
            yield ImapServer("dovecot", secure_port, tls="implicit", ca_file=ca_file, directory=directory)
        finally:
            with suppress(OSError):  # a test may have started it anew
                os.kill(int((directory / "run" / "master.pid").read_text()), signal.SIGTERM)
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def restart_dovecot(server: ImapServer, sent: signal.Signals) -> None:
    """Ends all of Dovecot's processes by ``sent``, and starts it anew."""
    config = server.directory / "dovecot.conf"
    note = server.directory / "run" / "master.pid"
    master = int(note.read_text())
    family = [master, *children(master)]
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, sent)
    while any(map(_alive, family)):
        time.sleep(0.01)
    note.unlink(missing_ok=True)  # it would take the zombie of the old one for alive
    subprocess.run([_DOVECOT, "-c", config], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(server.plain_port())
    while not note.exists():
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    """The processes that ``pid`` has started."""
    with suppress(OSError):
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    return []


def _alive(pid: int) -> bool:
    """False for one that has ended and was not waited for."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def certify(directory: Path, authority: trustme.CA, until: datetime | None) -> None:
    """Gives the server a new certificate, which it takes when it is started anew."""
    certificate = authority.issue_cert("localhost", "127.0.0.1", not_after=until)
    certificate.private_key_and_cert_chain_pem.write_to_path(directory / "server.pem")


def _write_dovecot(directory: Path, authority: trustme.CA, secure_port: int, plain_port: int) -> None:
    authority.cert_pem.write_to_path(directory / "ca.pem")
    for name in ("run", "state", "mail"):
        (directory / name).mkdir()
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    group = grp.getgrgid(os.getegid()).gr_name if os.geteuid() else "nogroup"
    names = {"dir": directory, "user": user, "group": group, "secure": secure_port, "plain": plain_port}
    (directory / "dovecot.conf").write_text(_DOVECOT_CONF % names)
    (directory / "plain-port").write_text(str(plain_port))
    directory.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(directory / "mail", user, group)


def _take_tokens(directory: Path, introspection: str) -> None:
    (directory / "oauth2.conf").write_text(_OAUTH2_CONF % {"dir": directory, "url": introspection})
    with (directory / "dovecot.conf").open("a") as config:
        config.write(_TAKE_TOKENS % {"dir": directory})


_TAKE_TOKENS = """
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = %(dir)s/oauth2.conf
}
"""

_OAUTH2_CONF = """
introspection_mode = get
introspection_url = %(url)s
username_attribute = username
active_attribute = active
active_value = true
tls_ca_cert_file = %(dir)s/ca.pem
"""

_DOVECOT_CONF = r"""
base_dir = %(dir)s/run
state_dir = %(dir)s/state
log_path = %(dir)s/dovecot.log
instance_name = bounced-tests
protocols = imap
listen = 127.0.0.1, 127.0.0.2, 127.0.0.3, 127.0.0.4, 127.0.0.5, 127.0.0.6
ssl = yes
ssl_cert = <%(dir)s/server.pem
ssl_key = <%(dir)s/server.pem
ssl_dh =
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
default_login_user = %(user)s
default_internal_user = %(user)s
default_internal_group = %(group)s
mail_uid = %(user)s
mail_gid = %(group)s
mail_location = maildir:%(dir)s/mail/%%u
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1s
namespace inbox {
  inbox = yes
  separator = /
  mailbox Indesirables {
    special_use = \Junk
  }
}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=%(user)s gid=%(group)s home=%(dir)s/mail/%%u
}
service imap-login {
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {
    port = %(plain)s
  }
  inet_listener imaps {
    port = %(secure)s
    ssl = yes
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
local 127.0.0.2 {
  protocol imap {
    imap_capability = IMAP4rev1 UIDPLUS
  }
}
local 127.0.0.3 {
  protocol imap {
    imap_capability = IMAP4rev1
  }
}
local 127.0.0.4 {
  protocol imap {
    mail_max_userip_connections = 2
  }
}
plugin {
  acl = vfile
}
local 127.0.0.5 {
  protocol imap {
    mail_plugins = acl
  }
}
local 127.0.0.6 {
  protocol imap {
    mail_plugins = acl
    imap_capability = IMAP4rev1 UIDPLUS
  }
}
"""
