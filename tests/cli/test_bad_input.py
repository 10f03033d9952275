"""Bad sources, mails, databases and disks: one clear line, and nothing that was counted is lost or counted twice."""

from __future__ import annotations

import gzip
import os
import resource
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bounced.cli import Bounced
from bounced.ledger import database
from bounced.sources.batches import MAX_MESSAGES
from tests.support.commands import (
    AS_ANYBODY,
    DAY0,
    bounced,
    count,
    directory_of_its_own,
    events,
    one_line,
    process,
    write,
)
from tests.support.daemon import Daemon, bounce, days
from tests.support.servers import PASSWORD, ImapServer

MAILS = [bounce(number, f"u{number}@rcpt.test", DAY0) for number in range(50)]

NESTED = b"From: a@b.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b0\n\n" + b"".join(
    b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(10_000)
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own."""
    return directory_of_its_own(tmp_path, monkeypatch)


def as_fifo(path: Path) -> None:
    os.mkfifo(path)


def as_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "no such file or directory"),
        (as_fifo, "neither a file nor a directory"),
        (as_socket, "neither a file nor a directory"),
        (lambda path: path.symlink_to(path), "too many levels of symbolic links"),
    ],
    ids=["nothing", "fifo", "socket", "loop"],
)
def test_an_invalid_source_is_one_line_and_nothing_is_read(here: Path, make: Callable[[Path], None], says: str) -> None:
    make(here / "source")
    write(here / "mails", MAILS[:1])
    for command in ("scan", "parse"):
        result = bounced(command, "mails", "source")
        assert (result.exit_code, result.stdout) == (2, "")
        assert one_line(result) == f"bounced: source: {says}"
    assert not (here / "bounced.db").exists()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\n", "other"),
        (bytes(range(256)) * 40, "other"),
        (MAILS[0][:200], "other"),
        (NESTED, "unreadable"),
        (MAILS[0] + b"x" * 76 * 1000, "bounce"),
    ],
    ids=["nearly empty", "no mail", "truncated", "nested", "garbage behind it"],
)
def test_a_mail_that_is_none_is_kept_once(here: Path, content: bytes, kind: str) -> None:
    (here / "odd.eml").write_bytes(content)
    first, second = bounced("scan", "odd.eml"), bounced("scan", "odd.eml")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert f"new: 1 {kind}" in first.stderr
    assert second.stderr == "1 message: 1 repeated\n"


@pytest.fixture
def damaged(here: Path) -> None:
    """A database with a decision of which somebody changed the date: nothing that judges can make sense of it."""
    count([(bounce(number, "anna@rcpt.test", DAY0), DAY0) for number in range(3)])
    with closing(sqlite3.connect("bounced.db")) as db, db:
        db.execute(
            "INSERT INTO decisions (address, decided_at, what, scope, cause, why)"
            " VALUES ('anna@rcpt.test', 'so\x1bon', 'release', '', '', '')"
        )
        db.execute("UPDATE meta SET value = 'of an earlier version' WHERE name = 'policy'")


@pytest.mark.usefixtures("damaged")
@pytest.mark.parametrize("command", ["replay", "policy preview", "explain anna@rcpt.test", "release anna@rcpt.test"])
def test_an_internal_error_is_no_answer(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Python's own exit status, 1, would be one."""
    ended, hint = process(*command.split()), "; BOUNCED_TRACEBACK=1 in the environment shows where"
    said = "bounced: internal error: ValueError: Invalid isoformat string: 'so\\x1bon'"
    assert (ended.returncode, ended.stdout, one_line(ended)) == (70, "", said + hint)
    monkeypatch.setenv("BOUNCED_TRACEBACK", "1")
    ended = process(*command.split())
    first, *_, last = ended.stderr.splitlines()
    assert (ended.returncode, first, last) == (70, "Traceback (most recent call last):", said)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (TimeoutError("timed\x1bout"), "timed\N{REPLACEMENT CHARACTER}out"),
        (ConnectionError(), "ConnectionError"),
        (OSError(9, "Bad file descriptor", 7), "7: Bad file descriptor"),
    ],
)
def test_an_error_of_the_system_is_told_whatever_it_lacks(error: OSError, says: str) -> None:
    """Some have words of their own instead of those of the system, or the number of the file."""

    @click.command
    def ask() -> None:
        raise error

    result = CliRunner().invoke(Bounced(commands={"ask": ask}), ["ask"])
    assert (result.exit_code, one_line(result)) == (74, f"bounced: {says}")


@pytest.mark.usefixtures("damaged")
def test_the_log_of_the_daemon_has_where_an_internal_error_is(here: Path) -> None:
    (here / "password").write_text("x")
    (here / "password").chmod(0o600)
    mailbox = '[mailbox.a]\nhost = "127.0.0.1"\nport = 1\nuser = "x"\npassword_file = "password"\ntls = "none"\n'
    (here / "bounced.toml").write_text(f'[database]\npath = "bounced.db"\n{mailbox}')
    ended = process("run", "--config", "bounced.toml")
    assert ended.returncode == 70
    first, *traced, last = ended.stderr.splitlines()
    assert first.startswith("CRITICAL internal-error problem=")
    assert [line for line in traced if line.startswith('    File "')]
    assert last.startswith("bounced: internal error: ValueError: ")


def test_a_mail_of_100_megabytes_is_read_in_little_memory(here: Path) -> None:
    with (here / "big.eml").open("wb") as file:
        file.write(MAILS[0])
        file.truncate(100_000_000)
    limit = partial(resource.setrlimit, resource.RLIMIT_DATA, (80_000_000, 80_000_000))
    ended = process("scan", "big.eml", preexec_fn=limit)
    assert (ended.returncode, ended.stderr) == (0, "1 message: 1 counted\nnew: 1 bounce\n")
    assert events() == [("u0@rcpt.test", "2026-09-01T12:00:00Z", "0@sender.test")]


def test_a_truncated_gz_is_reported_and_its_beginning_counted_once(here: Path) -> None:
    whole = gzip.compress(b"".join(b"From x Tue Sep  1 12:00:00 2026\n" + mail + b"\n" for mail in MAILS), mtime=0)
    (here / "old.mbox.gz").write_bytes(whole[:-10])
    write(here / "mails", MAILS[:2])
    result = bounced("scan", "old.mbox.gz", "mails")
    assert result.exit_code == 75
    assert result.stderr.splitlines()[-1].startswith(f"bounced: {here}/old.mbox.gz: broken gzip file: ")
    assert set(events()) >= {("u0@rcpt.test", "2026-09-01T12:00:00Z", "0@sender.test")}
    (here / "old.mbox.gz").write_bytes(whole)
    assert bounced("scan", "old.mbox.gz").exit_code == 0
    assert [who for who, _, _ in events()] == sorted(f"u{n}@rcpt.test" for n in range(50))


def test_an_unreadable_directory_or_file_is_named_and_the_rest_is_counted(here: Path) -> None:
    write(here / "mails", MAILS[:3])
    write(here / "mails" / "secret", MAILS[3:6]).chmod(0)
    (here / "mails" / "00001.eml").chmod(0)
    ended = process("scan", "mails", before=AS_ANYBODY)
    assert ended.returncode == 75
    assert ended.stderr.splitlines()[-1] == f"bounced: {here}/mails/00001.eml: permission denied (and 1 more)"
    assert len(events()) == 2
    forbidden = process("scan", "mails/secret", before=AS_ANYBODY)
    assert (forbidden.returncode, one_line(forbidden)) == (2, "bounced: mails/secret: permission denied")
    for path in (here / "mails" / "secret", here / "mails" / "00001.eml"):
        path.chmod(0o700)
    assert bounced("scan", "mails").exit_code == 0
    assert len(events()) == 6


def test_a_directory_without_search_permission_is_named_and_the_rest_counted(here: Path) -> None:
    write(here / "mails", MAILS[:1])
    write(here / "mails" / "listed", MAILS[1:2]).chmod(0o444)
    ended = process("scan", "mails", before=AS_ANYBODY)
    assert ended.returncode == 75
    assert ended.stderr.splitlines()[-1] == f"bounced: {here}/mails/listed/00000.eml: permission denied"
    assert len(events()) == 1
    (here / "mails" / "listed").chmod(0o700)


def test_parse_goes_on_behind_what_it_cannot_read(here: Path) -> None:
    (here / "broken.eml.gz").write_bytes(b"\x1f\x8b\x08")
    write(here / "mails", MAILS[:1])
    result = bounced("parse", "broken.eml.gz", "mails")
    assert result.exit_code == 75
    assert "u0@rcpt.test failed hard user_unknown" in result.stdout
    assert "broken gzip file" in one_line(result)


def test_a_wrong_password_is_one_line_without_it(here: Path, mail_devel: ImapServer) -> None:
    mail_devel.append("INBOX", MAILS[0], DAY0)
    daemon = Daemon(here)
    daemon.configure({"bounces": mail_devel}, on_done="leave")
    (here / "password").write_text("geheimnis\n")
    result = bounced("scan", "imap:bounces", "--config", "bounced.toml")
    assert (result.exit_code, result.stdout) == (75, "")
    assert "login refused" in result.stderr.splitlines()[-1]
    assert "geheimnis" not in result.output
    (here / "password").write_text(f"{PASSWORD}\n")
    for outcome in ("counted", "repeated"):
        result = bounced("scan", "imap:bounces", "--config", "bounced.toml")
        assert result.exit_code == 0
        assert f"1 message: 1 {outcome}\n" in result.stderr


def test_a_mailbox_that_is_not_configured_is_one_line(here: Path) -> None:
    result = bounced("scan", "imap:bounces")
    assert result.exit_code == 78
    assert one_line(result) == "bounced: imap:bounces: no [mailbox.bounces] in the configuration (there are none)"
    assert one_line(bounced("scan", "imap:")) == "bounced: imap:: the name of a mailbox is missing (there are none)"


def test_a_locked_database_is_one_line_and_the_repeat_counts(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    write(here / "mails", MAILS[:2])
    count([(MAILS[0], DAY0)])
    with closing(sqlite3.connect("bounced.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for command in (["scan", "mails"], ["suppress", "a@rcpt.test"], ["check", "a@rcpt.test"]):
            result = bounced(*command)
            assert (result.exit_code, result.stdout) == (74, "")
            assert one_line(result) == "bounced: bounced.db: another program keeps it locked"
        other.execute("ROLLBACK")
    assert bounced("scan", "mails").stderr.startswith("2 messages: 1 counted, 1 repeated\n")
    assert len(events()) == 2


def test_a_read_only_database_is_one_line_and_can_still_be_asked(here: Path) -> None:
    count([(MAILS[0], DAY0)])
    (here / "bounced.db").chmod(0o400)
    here.chmod(0o500)
    for command in (["scan", "-"], ["release", "a@rcpt.test"]):
        ended = process(*command, before=AS_ANYBODY, stdin=subprocess.DEVNULL)
        assert (ended.returncode, ended.stdout) == (74, "")
        assert one_line(ended).startswith("bounced: bounced.db: it is not writable")
    assert process("check", "u0@rcpt.test", before=AS_ANYBODY).stdout == "u0@rcpt.test: yes\n"
    (here / "bounced.db").unlink()
    ended = process("scan", "-", before=AS_ANYBODY, stdin=subprocess.DEVNULL)
    here.chmod(0o700)
    assert (ended.returncode, one_line(ended)) == (74, "bounced: bounced.db: can't be created: Permission denied")


@pytest.mark.parametrize(
    ("content", "asking", "writing", "codes"),
    [
        (b"this is no database" * 100, "it is not an SQLite file", "it is not an SQLite file", (65, 65)),
        (b"", "is not a ledger of bounced", "", (74, 0)),
        (None, "", "it can't be opened", (74, 74)),
    ],
    ids=["text", "empty", "directory"],
)
def test_a_database_that_is_none_is_one_line(
    here: Path, content: bytes | None, asking: str, writing: str, codes: tuple[int, int]
) -> None:
    if content is None:
        (here / "bounced.db").mkdir()
    else:
        (here / "bounced.db").write_bytes(content)
    asked, written = bounced("check", "a@rcpt.test"), bounced("suppress", "a@rcpt.test")
    assert (asked.exit_code, written.exit_code) == codes
    assert one_line(asked).startswith(f"bounced: bounced.db: {asking}")
    assert writing in written.stderr


def test_no_database_is_one_line_for_whoever_asks(here: Path) -> None:
    for command in (["check", "a@b.test"], ["explain", "a@b.test"], ["suppressions"], ["unrecognized"]):
        result = bounced(*command)
        assert (result.exit_code, result.stdout) == (74, "")
        assert one_line(result) == ("bounced: bounced.db: no such database; `bounced run` and `bounced scan` create it")


def test_a_file_that_may_not_grow_loses_and_doubles_nothing(here: Path) -> None:
    many = 2 * MAX_MESSAGES + 100
    write(here / "mails", [bounce(n, f"u{n}@rcpt.test", DAY0) for n in range(many)])
    count([(MAILS[0], DAY0)])
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (400_000, 400_000))
    ended = process("scan", "mails", preexec_fn=limit)
    assert (ended.returncode, ended.stdout) == (74, "")
    assert one_line(ended).startswith("bounced: bounced.db: the disk ")
    assert 1 <= len(events()) < many
    assert bounced("scan", "mails").exit_code == 0
    assert len(events()) == len(set(events())) == many


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_loses_and_doubles_nothing(here: Path) -> None:
    disk = here / "disk"
    write(here / "mails", [bounce(n, f"u{n}@rcpt.test", DAY0) for n in range(450)])
    disk.mkdir()
    (here / "full.toml").write_text(f'workers = 1\n[database]\npath = "{disk}/bounced.db"\n')
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", disk], check=False).returncode:
        pytest.skip("a small disk can't be mounted here")
    try:
        result = bounced("scan", "mails", "--config", "full.toml")
        assert (result.exit_code, result.stdout) == (74, "")
        assert one_line(result).startswith(f"bounced: {disk}/bounced.db: the disk ")
        before = set(events(f"{disk}/bounced.db"))
        subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
        assert bounced("scan", "mails", "--config", "full.toml").exit_code == 0
        after = events(f"{disk}/bounced.db")
        assert before < set(after)
        assert len(after) == len(set(after)) == 450
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_output_that_cannot_be_written_is_one_line(here: Path) -> None:
    count((bounce(n, "anna@rcpt.test", day), day) for n, day in enumerate(days(DAY0, 0, 8, 16)))
    with Path("/dev/full").open("w") as full:
        ended = process("suppressions", "--csv", stdout=full)
    assert (ended.returncode, one_line(ended)) == (74, "bounced: No space left on device")


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["scan", "--help"], ["token", "new-key"]])
def test_no_output_that_cannot_be_written_is_lost(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = process(*words, stdout=full)
    assert (ended.returncode, one_line(ended)) == (74, "bounced: No space left on device")
    ended = process(*words, before=("sh", "-c", 'exec "$@" >&-', "sh"))
    assert (ended.returncode, one_line(ended)) == (74, "bounced: Bad file descriptor")


@pytest.mark.parametrize("words", [["check", "anna@rcpt.test"], ["suppressions", "--csv"], ["report"], ["replay"]])
def test_an_answer_to_a_closed_output_is_not_success(here: Path, words: list[str]) -> None:
    count((bounce(n, "anna@rcpt.test", day), day) for n, day in enumerate(days(DAY0, 0, 8, 16)))
    ended = process(*words, before=("sh", "-c", 'exec "$@" >&-', "sh"))
    assert (ended.returncode, one_line(ended)) == (74, "bounced: Bad file descriptor")


@pytest.mark.parametrize("words", [["replay"], ["policy", "preview"], ["classify"]])
@pytest.mark.parametrize("closed", ["<&-", "2>&-"])
def test_the_other_streams_may_be_closed(here: Path, words: list[str], closed: str) -> None:
    count([(MAILS[0], DAY0)])
    ended = process(*words, before=("sh", "-c", f'exec "$@" {closed}', "sh"))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_top_without_any_input_needs_a_terminal() -> None:
    ended = process("top", before=("sh", "-c", 'exec "$@" <&-', "sh"))
    assert (ended.returncode, one_line(ended).partition(";")[0]) == (2, "bounced: needs a terminal")


def test_a_directory_that_was_removed_under_the_command_is_one_line(here: Path) -> None:
    (here / "gone").mkdir()
    ended = process("scan", "mails", before=("sh", "-c", 'cd gone && rmdir ../gone && exec "$@"', "sh"))
    assert (ended.returncode, one_line(ended)) == (74, "bounced: No such file or directory")


@pytest.mark.parametrize("closed", ["<&-", "2>&-", ">&-"])
def test_closed_streams_do_not_matter(here: Path, closed: str) -> None:
    write(here / "mails", MAILS[:1])
    assert process("scan", "mails", before=("sh", "-c", f'exec "$@" {closed}', "sh")).returncode == 0
    assert len(events()) == 1
    assert process("check", "-", before=("sh", "-c", 'exec "$@" <&-', "sh")).returncode == 0


def test_addresses_and_numbers_beyond_all_bounds_are_usage_errors(here: Path) -> None:
    count([(MAILS[0], DAY0)])
    assert bounced("check", "nonsense", "a" * 65 + "@rcpt.test").exit_code == 2
    assert bounced("check", "-", stdin=b"\xff@rcpt.test\n").exit_code == 2
    assert bounced("unrecognized", "--save", "x", str(2**63)).exit_code == 2
    assert bounced("unrecognized", "--save", "x", "-1").exit_code == 2
    for since in ("tomorrow", "", "0001-01-01T00:00:00+23:59", "2026-13-01"):
        assert bounced("scan", "--since", since, ".").exit_code == 2
