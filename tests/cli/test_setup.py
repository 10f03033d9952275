"""`bounced setup` tries the login, shows what would be read, and writes what `check-config --connect` accepts."""

from __future__ import annotations

import fcntl
import os
import pty
import pwd
import signal
import stat
import subprocess
import termios
from pathlib import Path

import pytest
from click.testing import Result

from bounced import config
from bounced.errors import EXIT_CONFIG, EXIT_INTERRUPTED, EXIT_MAILBOX, EXIT_SUCCESS, EXIT_USAGE
from tests.support import documents
from tests.support.commands import AS_ANYBODY, COMMAND, ODD, bounced, failures, one_line, process
from tests.support.servers import PASSWORD, ImapServer


@pytest.fixture
def mailbox(dovecot: ImapServer) -> ImapServer:
    """A mailbox with two bounces and a person's letter."""
    mails = [mail for mail, _ in failures("anna@rcpt.test", 0, 8)]
    dovecot.append_all("INBOX", [(mail, None) for mail in [*mails, ODD]])
    dovecot.append("Entwürfe", ODD)
    return dovecot


def setup(folder: Path, server: ImapServer, *more: str, password: str = PASSWORD) -> Result:
    """Runs it with all that it needs as arguments."""
    words = ["--host", server.host, "--port", str(server.port), "--user", server.user, "--ca-file", server.ca_file]
    place = ["--config", str(folder / "etc" / "bounced.toml"), "--database", str(folder / "bounced.db")]
    return bounced("setup", *words, *place, *more, stdin=f"{password}\n".encode())


def test_it_shows_the_folders_and_what_would_be_counted(tmp_path: Path, mailbox: ImapServer) -> None:
    result = setup(tmp_path, mailbox, "--own-domains", "sender.test, news.sender.test", "--mta", "postfix")
    assert result.exit_code == EXIT_SUCCESS, result.stderr
    lines = result.stderr.splitlines()
    assert set(lines[:2]) == {"INBOX: 3 messages, would be read", "Entwürfe: 1 message, not read (--folder)"}
    assert lines[2] == "dry run: 3 messages: 2 counted, 1 not-a-report"
    assert "a person's letter" in result.stderr
    assert "unix:private/bounced" in result.stderr
    assert PASSWORD not in (tmp_path / "etc" / "bounced.toml").read_text() + result.output
    assert not (tmp_path / "bounced.db").exists()
    assert len(mailbox.folder_contents("INBOX")) == 3


def test_what_it_writes_is_accepted_and_secret(tmp_path: Path, mailbox: ImapServer) -> None:
    assert setup(tmp_path, mailbox, "--folder", "INBOX", "--folder", "Entwürfe").exit_code == EXIT_SUCCESS
    path = tmp_path / "etc" / "bounced.toml"
    written = config.load(path)
    assert written.mailbox["bounces"].folders == ["INBOX", "Entwürfe"]
    assert written.trust.own_domains == []
    modes = [stat.S_IMODE((tmp_path / "etc" / name).stat().st_mode) for name in ("bounced.toml", "bounces.password")]
    assert modes == [0o640, 0o400]
    checked = bounced("check-config", "--connect", "--config", str(path))
    assert checked.exit_code == EXIT_SUCCESS
    assert "imap:bounces/Entwürfe: logged in; 1 message" in checked.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to the daemon")
def test_root_gives_the_password_to_the_daemon_and_the_configuration_to_its_group(
    tmp_path: Path, mailbox: ImapServer
) -> None:
    """The daemon's own group, not that of the readers, to which the directory of the database belongs."""
    daemon = pwd.getpwnam("daemon")
    (tmp_path / "state").mkdir()
    os.chown(tmp_path / "state", daemon.pw_uid, 64321)
    place = ["--database", str(tmp_path / "state" / "bounced.db")]
    assert setup(tmp_path, mailbox, *place).exit_code == EXIT_SUCCESS
    owners = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in (tmp_path / "etc").iterdir()}
    assert owners == {"bounced.toml": (0, daemon.pw_gid), "bounces.password": (daemon.pw_uid, daemon.pw_gid)}
    assert (tmp_path / "etc").stat().st_gid == daemon.pw_gid


def test_the_readers_of_the_database_may_read_the_configuration(
    tmp_path: Path, mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They run `bounced check`; the daemon, as the unit starts it, is one of them. No secret is theirs."""
    (tmp_path / "state").mkdir()
    group = os.getgid() if os.geteuid() else 64321
    os.chown(tmp_path / "state", -1, group)
    monkeypatch.setattr(os, "getgrouplist", lambda user, own: [own, group])
    place = ["--database", str(tmp_path / "state" / "bounced.db")]
    assert setup(tmp_path, mailbox, *place).exit_code == EXIT_SUCCESS
    folder = tmp_path / "etc"
    seen = {path.name: (path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}
    assert seen == {"bounced.toml": (group, 0o640), "bounces.password": (os.getgid(), 0o400)}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o751


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            ("--database", "/no/such/bounced.db"),
            "bounced: /no/such: no such directory; create it, or ",
        ),
        (("--config", "/proc/bounced/bounced.toml"), "bounced: /proc: this user may not write there: run it as root"),
    ],
)
def test_what_could_not_be_written_is_refused_before_the_password_is_asked(more: tuple[str, ...], words: str) -> None:
    ended = process("setup", "--database", "/tmp/bounced.db", *more, before=AS_ANYBODY, stdin=subprocess.DEVNULL)
    assert ended.returncode == EXIT_USAGE
    assert one_line(ended).startswith(words)


def test_a_byte_order_mark_is_not_of_the_password(tmp_path: Path, mailbox: ImapServer) -> None:
    assert setup(tmp_path, mailbox, password=f"\N{BOM}{PASSWORD}\r").exit_code == EXIT_SUCCESS
    assert (tmp_path / "etc" / "bounces.password").read_text() == f"{PASSWORD}\n"


@pytest.mark.parametrize(
    ("more", "password", "status", "words"),
    [
        ((), "wrong", EXIT_MAILBOX, "login refused for "),
        (("--folder", "Nowhere"), PASSWORD, EXIT_MAILBOX, "no such folder; there are: "),
        (("--tls", "starttls"), "", EXIT_USAGE, "missing: the password as the first line of standard input; "),
        (("--own-domains", "not a domain"), PASSWORD, EXIT_CONFIG, "trust.own_domains"),
        (("--folder", "a\x1bb"), PASSWORD, EXIT_CONFIG, "control characters"),
    ],
)
def test_nothing_is_written_when_it_would_not_work(
    tmp_path: Path, mailbox: ImapServer, more: tuple[str, ...], password: str, status: int, words: str
) -> None:
    result = setup(tmp_path, mailbox, *more, password=password)
    assert result.exit_code == status
    assert words in result.stderr
    assert not (tmp_path / "etc").exists()


def test_nothing_is_replaced_without_saying_so(tmp_path: Path, mailbox: ImapServer) -> None:
    path = tmp_path / "etc" / "bounced.toml"
    path.parent.mkdir()
    path.write_text("# mine\n")
    refused = setup(tmp_path, mailbox)
    assert refused.exit_code == EXIT_USAGE
    assert "exists already; --overwrite" in refused.stderr
    assert path.read_text() == "# mine\n"
    assert setup(tmp_path, mailbox, "--overwrite").exit_code == EXIT_SUCCESS
    assert path.with_name("bounced.toml.old").read_text() == "# mine\n"
    assert config.load(path).mailbox["bounces"].user == mailbox.user
    assert setup(tmp_path, mailbox, "--overwrite").exit_code == EXIT_SUCCESS
    assert path.with_name("bounces.password.old").read_text() == f"{PASSWORD}\n"


def test_the_sample_that_was_installed_is_replaced(tmp_path: Path, mailbox: ImapServer) -> None:
    (tmp_path / "etc").mkdir()
    sample = documents.SAMPLE.read_text("utf-8")
    (tmp_path / "etc" / "bounced.toml").write_text(sample)
    assert setup(tmp_path, mailbox).exit_code == EXIT_SUCCESS
    assert (tmp_path / "etc" / "bounced.toml.old").read_text() == sample


def test_what_is_no_file_is_not_replaced(tmp_path: Path, mailbox: ImapServer) -> None:
    (tmp_path / "etc").mkdir()
    os.mkfifo(path := tmp_path / "etc" / "bounced.toml")
    refused = setup(tmp_path, mailbox, "--overwrite")
    assert refused.stderr == f"bounced: {path}: is no file that can be replaced\n"
    assert path.is_fifo()


def on_a_terminal(*words: str) -> tuple[subprocess.Popen[bytes], int]:
    """The running command, and the other end of its terminal."""
    ours, theirs = pty.openpty()

    def become_its_program() -> None:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs the tests may ignore it
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [*COMMAND, "setup", *words], stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=become_its_program
    )
    os.close(theirs)
    return process, ours


def test_ctrl_c_instead_of_an_answer_ends_it_in_one_line(tmp_path: Path) -> None:
    process, ours = on_a_terminal("--config", str(tmp_path / "c.toml"), "--database", str(tmp_path / "b.db"))
    shown = b""
    while b"IMAP server of the bounce mailbox: " not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, b"\x03")
    while b"bounced: interrupted" not in shown:
        shown += os.read(ours, 1000)
    assert process.wait(timeout=30) == EXIT_INTERRUPTED
    os.close(ours)
    assert b"Aborted" not in shown
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_it_asks_for_the_rest(tmp_path: Path, mailbox: ImapServer) -> None:
    words = ["--port", str(mailbox.port), "--ca-file", mailbox.ca_file, "--database", str(tmp_path / "b.db")]
    process, ours = on_a_terminal(*words, "--config", str(tmp_path / "bounced.toml"))
    shown = b""
    for question, answer in {
        b"IMAP server of the bounce mailbox: ": mailbox.host,
        b"Login name: ": mailbox.user,
        b"Password: ": PASSWORD,
        b"separated by commas": "sender.test",
        b"suppressed recipients (postfix, exim, none) [none]: ": "exim",
    }.items():
        while question not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, f"{answer}\n".encode())
    while b"the ACL in docs/readers.md" not in shown:
        shown += os.read(ours, 1000)
    assert process.wait(timeout=30) == 0
    os.close(ours)
    assert PASSWORD.encode() not in shown
    assert config.load(tmp_path / "bounced.toml").trust.own_domains == ["sender.test"]
