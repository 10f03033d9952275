"""Mails in files: what counts as one, what is left out, and what breaks."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.errors import MailboxError, UserError
from bounced.model import RawMessage
from bounced.sources import Mailbox, Measured
from bounced.sources.arrival import arrival, arrived_at, parse_date
from bounced.sources.batches import CONTENT_LIMIT, MAX_MESSAGES
from bounced.sources.files import open_source

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STORED = datetime(2026, 5, 1, 10, 20, 30, tzinfo=UTC)
MAIL = b"Subject: one\n\nbody\n"
OTHER = b"Subject: two\n\nbody\n"


def opened(source: Path | str, stdin: bytes = b"") -> Mailbox:
    (mailbox,) = open_source(str(source), io.BytesIO(stdin))
    return mailbox


def read(source: Path | str, stdin: bytes = b"") -> list[RawMessage]:
    return [message for batch in opened(source, stdin).batches(None) for message in batch.messages]


def contents(source: Path | str, stdin: bytes = b"") -> list[bytes]:
    return [message.content for message in read(source, stdin)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def written(path: Path, content: bytes = MAIL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# When it arrived.


@pytest.mark.parametrize(
    "header, expected",
    [
        (b"Received: by mx; Thu, 1 Jan 2026 01:00:00 +0100\n\n", "2026-01-01T00:00:00+00:00"),
        (b"Received: by mx; Thu, 1 Jan 2026 00:00:00 +0000 (UTC; at home)\r\n\r\n", "2026-01-01T00:00:00+00:00"),
        (b"X: y\r\nreceived: from a (b; (c))\r\n\tby mx;\r\n\tThu, 1 Jan 2026 00:00:00 -0000\r\n\r\n", "2026-01-01"),
        (
            b"Received: by mx; Thu, 1 Jan 2026 00:00:00 +0000\rReceived: by x; Thu, 1 Jan 2015 00:00:00 +0000\r\r",
            "2026",
        ),
        (b"Received: by mx; Fri, 1 Jan 2027 00:00:00 +0000\n\n", "2026-05-01T10:20:30+00:00"),
        (b"Received: by mx with no date\nReceived: by x; Thu, 1 Jan 2015 00:00:00 +0000\n\n", "2026-05-01T10:20:30"),
        (b"Received: by mx; soon\n\n", "2026-05-01T10:20:30"),
        (b"Received: by mx; Fri, 31 Dec 9999 23:00:00 -2300\n\n", "2026-05-01T10:20:30"),
        (b"Received: by mx; Thu, 99 Jan 2026 99:00:00 +9999\n\n", "2026-05-01T10:20:30"),
        (b"Received: (((((; Thu, 1 Jan 2015 00:00:00 +0000\n\n", "2026-05-01T10:20:30"),
        (b"\nReceived: by mx; Thu, 1 Jan 2015 00:00:00 +0000\n", "2026-05-01T10:20:30"),
        (b"Date: Thu, 1 Jan 2015 00:00:00 +0000\n\n", "2026-05-01T10:20:30"),
        (b"", "2026-05-01T10:20:30"),
    ],
)
def test_arrival_is_the_earlier_of_storing_and_the_topmost_received(header: bytes, expected: str) -> None:
    assert arrived_at(header, STORED, NOW).isoformat().startswith(expected)


def test_arrival_is_never_in_the_future() -> None:
    assert arrived_at(MAIL, datetime(2030, 1, 1, tzinfo=UTC), NOW) == NOW


def test_arrival_has_whole_seconds() -> None:
    assert arrived_at(MAIL, STORED.replace(microsecond=5), NOW) == STORED


def test_arrival_survives_a_storing_date_that_is_none() -> None:
    assert arrived_at(MAIL, datetime.max, NOW) == NOW
    assert arrived_at(b"Received: x; Thu, 1 Jan 2026 00:00:00 +0000\n", datetime.max, NOW).year == 2026


def test_a_storing_date_years_before_the_message_was_received_is_that_of_none() -> None:
    received = b"Received: x; Fri, 1 May 2026 00:00:00 +0000\n"
    assert arrival(received, datetime(1970, 1, 1, tzinfo=UTC), NOW) == (NOW, datetime(2026, 5, 1, tzinfo=UTC))
    year_before = datetime(2025, 5, 1, tzinfo=UTC)
    assert arrival(received, year_before, NOW) == (year_before, year_before)


@pytest.mark.parametrize("text", [b"", b"(", b"\xff" * 300, b"1" * 1_000_000, b"1 Jan 2026 00:00:00 +" + b"9" * 99])
def test_what_is_no_date_is_none(text: bytes) -> None:
    assert parse_date(text) is None


# Files and directories.


def test_a_file_carries_its_name_and_its_time(root: Path) -> None:
    path = written(root / "one.eml")
    os.utime(path, (STORED.timestamp(), STORED.timestamp()))
    (message,) = read(path)
    assert (message.origin.mailbox, message.origin.name) == (f"file:{path}", "one.eml")
    assert message.arrived_at == STORED


def test_a_file_from_the_future_arrived_now(root: Path) -> None:
    path = written(root / "one.eml")
    os.utime(path, (2**40, 2**40))
    assert read(path)[0].arrived_at <= datetime.now(UTC)


def test_a_directory_is_read_by_name_without_what_is_hidden_or_no_mail(root: Path) -> None:
    written(root / "b/two.TXT", OTHER)
    written(root / "a/one.msg", MAIL)
    written(root / "a/packed.gz", gzip.compress(b"Subject: packed\n\n"))
    for name in (".hidden/x.eml", "a/.x.eml", "a/picture.png"):
        written(root / name)
    (root / "a/folder.eml").mkdir()
    (root / "a/loop").symlink_to(root)
    (root / "a/gone.eml").symlink_to(root / "nowhere")
    os.mkfifo(root / "a/pipe.eml")
    assert contents(root) == [MAIL, b"Subject: packed\n\n", OTHER]
    assert [message.origin.name for message in read(root)] == ["a/one.msg", "a/packed.gz", "b/two.TXT"]


def notes_of(root: Path) -> list[str]:
    """What is noted while a directory is measured and read."""
    (mailbox,) = open_source(str(root), io.BytesIO())
    assert isinstance(mailbox, Measured)
    assert (mailbox.extent > 0, len(list(mailbox.batches(None)))) == (True, 1)
    return list(mailbox.notes)


def test_how_many_files_of_a_directory_have_other_names_is_noted_once(root: Path) -> None:
    for name in ("a.eml", "a.json", ".hidden", "sub/b.bak", "n\x1b[2J", "x" * 200):
        written(root / name)
    text = f"{root}: 3 files not read because of the name (not .eml, .txt, .msg, .mbox, .gz): "
    assert notes_of(root) == [f"{text}n\N{REPLACEMENT CHARACTER}[2J, {'x' * 59}…, b.bak"]
    for number in range(1500):
        (root / f"{number:04}.old").touch()
    names = ", ".join(f"{number:04}.old" for number in range(5))
    assert notes_of(root) == [f"{text.replace(': 3', ': 1,503')}{names}, …"]


def test_an_mbox_in_a_directory_is_taken_apart(root: Path) -> None:
    written(root / "old.gz", gzip.compress(b"From x\n" + MAIL + b"\nFrom y\n" + OTHER))
    written(root / "Older.MBOX", b"From x\n" + OTHER)
    assert [message.origin.name for message in read(root)] == ["Older.MBOX#1", "old.gz#1", "old.gz#2"]


def test_a_name_that_is_no_utf_8_can_be_stored_as_text(root: Path) -> None:
    written(root / os.fsdecode(b"caf\xe9.eml"))
    assert read(root)[0].origin.name == "caf\\xe9.eml"


def test_how_much_there_is_to_read_is_known_before(root: Path) -> None:
    """In octets, of compressed files as they are; what was read is known at each batch."""
    for number in range(3):
        written(root / f"{number}.eml")
    packed = gzip.compress(b"From x\n" + MAIL + b"\nFrom y\n" + OTHER)
    written(root / "old.gz", packed)
    (mailbox,) = open_source(str(root), io.BytesIO())
    assert isinstance(mailbox, Measured)
    assert (mailbox.extent, mailbox.position) == (3 * len(MAIL) + len(packed), 0)
    positions = [mailbox.position for _ in mailbox.batches(None)]
    assert positions[-1] == mailbox.position == mailbox.extent


def test_the_position_in_an_mbox_moves_with_its_messages(root: Path) -> None:
    path = written(
        root / "old.mbox", b"From x\n" + MAIL + b"\n" + (b"From y\n" + OTHER + b"\n") * (5 * MAX_MESSAGES // 2)
    )
    (mailbox,) = open_source(str(path), io.BytesIO())
    assert isinstance(mailbox, Measured)
    positions = [mailbox.position for _ in mailbox.batches(None)]
    assert positions == sorted(set(positions))
    assert 0 < positions[0] < positions[-1] == mailbox.extent


def test_an_empty_directory_or_mbox_holds_nothing_and_an_empty_mail_is_one(root: Path) -> None:
    assert contents(root) == []
    assert contents(written(root / "empty.mbox", b"")) == []
    assert contents(written(root / "empty.eml", b"")) == [b""]


def test_a_mail_file_that_begins_like_an_mbox_is_one_mail(root: Path) -> None:
    """As people save them: with the separator, and with a line in the body that looks like one."""
    mail = b"From a@b.test Tue Sep  1 12:00:00 2026\nSubject: x\n\nFirst\n\nFrom here on\n"
    assert contents(written(root / "saved.eml", mail)) == [mail]
    assert len(contents(written(root / "saved", mail))) == 2


def test_an_empty_name_is_not_this_directory() -> None:
    with pytest.raises(UserError, match="empty source name"):
        open_source("", io.BytesIO())


@pytest.mark.parametrize("name", ["missing", "missing/one.eml"])
def test_what_is_not_there_is_said_in_one_line(root: Path, name: str) -> None:
    with pytest.raises(UserError) as caught:
        opened(root / name)
    assert caught.value.problems == (f"{root / name}: no such file or directory",)


def test_what_is_neither_file_nor_directory_is_refused(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(UserError, match="neither a file nor a directory"):
        opened(root / "pipe")


def test_a_file_that_goes_away_is_left_out(root: Path) -> None:
    first, second = written(root / "1.eml", MAIL * 20_000), written(root / "2.eml")
    written(root / "3.eml", OTHER)
    mailbox = opened(root)
    second.unlink()
    assert [message.origin.name for batch in mailbox.batches(None) for message in batch.messages] == ["1.eml", "3.eml"]
    assert first.exists()


def test_what_cannot_be_read_is_named_after_all_that_can(root: Path) -> None:
    for name, content in (
        ("1.eml", MAIL),
        ("2.gz", gzip.compress(MAIL)[:-9]),
        ("3.gz", b"\x1f\x8bx"),
        ("4.eml", OTHER),
    ):
        written(root / name, content)
    batches = opened(root).batches(None)
    assert [message.content for message in next(batches).messages] == [MAIL, OTHER]
    with pytest.raises(MailboxError, match=r"/2\.gz: broken gzip file: .* \(and 1 more\)$"):
        next(batches)


@pytest.mark.parametrize(
    "content",
    [gzip.compress(MAIL, mtime=0)[:-9], b"\x1f\x8bx", b"\x1f\x8b\x08\0\0\0\0\0\0\0broken", b"Subject: no gzip\n\n"],
)
def test_a_broken_gzip_file_is_one_line(root: Path, content: bytes) -> None:
    mailbox = opened(written(root / "one.eml.gz", content))
    with pytest.raises(MailboxError, match=r"/one\.eml\.gz: broken gzip file: [^\n]+$"):
        list(mailbox.batches(None))


# Maildirs.


def maildir(root: Path) -> Path:
    for name in ("cur", "new", "tmp"):
        (root / name).mkdir()
    return root


def test_a_maildir_is_its_cur_and_new(root: Path) -> None:
    maildir(root)
    written(root / "new/2.M1.host", OTHER)
    written(root / "cur/1.M1.host:2,S", MAIL)
    written(root / "tmp/3.M1.host")
    written(root / ".Junk/cur/4.M1.host:2,")
    assert opened(root).name == f"maildir:{root}"
    assert [message.origin.name for message in read(root)] == ["cur/1.M1.host:2,S", "new/2.M1.host"]


def test_a_maildir_that_goes_away_holds_nothing(root: Path) -> None:
    written(maildir(root) / "new/1.M1.host")
    mailbox = opened(root)
    for name in ("cur", "new"):
        (root / name).rename(root / f"{name}-old")
    assert list(mailbox.batches(None)) == []


def test_a_maildir_whose_mail_is_moved_while_it_is_read_gives_it_once(root: Path) -> None:
    maildir(root)
    large = b"Subject: large\n\n" + b"x" * CONTENT_LIMIT
    for number in range(40):
        written(root / f"new/{number + 10}.M1.host", large)
    batches = opened(root).batches(None)
    names = [message.origin.name for message in next(batches).messages]
    for path in (root / "new").iterdir():
        path.rename(root / "cur" / f"{path.name}:2,")
    names += [message.origin.name for batch in batches for message in batch.messages]
    unique = [Path(name).name.partition(":")[0] for name in names]
    assert set(unique) == {f"{number + 10}.M1.host" for number in range(40)}
    assert len(unique) - len(set(unique)) <= 1  # the one that was under way


# mboxes.


@pytest.mark.parametrize(
    "text, expected",
    [
        (b"From a\n" + MAIL + b"\nFrom b\n" + OTHER + b"\n", [MAIL, OTHER]),
        (b"From a\n" + MAIL + b"\nFrom b\n" + OTHER, [MAIL, OTHER]),
        (
            b"From a\r\nSubject: x\r\n\r\nbody\r\n\r\nFrom b\r\nSubject: y\r\n",
            [b"Subject: x\r\n\r\nbody\r\n", b"Subject: y\r\n"],
        ),
        (b"From a\nX: y\n\nbody\nFrom here on\n", [b"X: y\n\nbody\nFrom here on\n"]),
        (b"From a\nX: y\n\n>From me\n>>From you\n> From\n", [b"X: y\n\nFrom me\n>From you\n> From\n"]),
        (b"From a\nX: y\n\nbody\n\n\n\nFrom b\nX: z\n", [b"X: y\n\nbody\n\n\n", b"X: z\n"]),
        (b"From a\nX: y\n\nno end", [b"X: y\n\nno end"]),
        (b"From a\nFrom b\n\nFrom c\n", [b"From b\n", b""]),
        (b"\n\nFrom a\nX: y\n", [b"X: y\n"]),
        (b"X: y\n\nFrom a\nX: z\n", [b"X: y\n", b"X: z\n"]),
        (b"From a\nX: " + b"y" * 200_000 + b"From z\n", [b"X: " + b"y" * 200_000 + b"From z\n"]),
        (b"From a\n" + b"y" * 65_536 + b"\nFrom z\n", [b"y" * 65_536 + b"\nFrom z\n"]),
        (b"From a\n" + b"y" * 65_536 + b">From z\n", [b"y" * 65_536 + b">From z\n"]),
        (b"\n\n", []),
    ],
)
def test_an_mbox_is_split_at_from_lines_behind_empty_lines(root: Path, text: bytes, expected: list[bytes]) -> None:
    assert contents(written(root / "x.mbox", text)) == expected


@pytest.mark.parametrize(
    "line, expected",
    [
        (b"From MAILER-DAEMON Thu Jan  1 01:02:03 2026", "2026-01-01T01:02:03+00:00"),
        (b"From - Thu Jan  1 01:02:03 2026 +0100", "2026-01-01T00:02:03+00:00"),
        (b"From a@rcpt.test", "2026-05-01T10:20:30+00:00"),
        (b"From " + b"x" * 100_000, "2026-05-01T10:20:30+00:00"),
    ],
)
def test_a_mail_in_an_mbox_arrived_when_its_from_line_says(root: Path, line: bytes, expected: str) -> None:
    path = written(root / "x", line + b"\n" + MAIL)
    os.utime(path, (STORED.timestamp(), STORED.timestamp()))
    assert read(path)[0].arrived_at.isoformat() == expected


def test_a_mail_of_100_mb_in_an_mbox_costs_its_prefix(root: Path) -> None:
    path = root / "large.mbox"
    with path.open("wb") as file:
        file.write(b"From a\nX: y\n\n")
        for _ in range(100):
            file.write((b"x" * 1023 + b"\n") * 1024)
        file.write(b"\nFrom b\n" + MAIL)
    tracemalloc.start()
    sizes = [(len(message.content), message.size) for message in read(path)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sizes == [(CONTENT_LIMIT, 100 * 2**20 + 6), (len(MAIL), len(MAIL))]
    assert peak < 4 * CONTENT_LIMIT


def test_a_gzip_bomb_costs_its_prefix(root: Path) -> None:
    path = root / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(bytes(2**20))
    tracemalloc.start()
    (message,) = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(message.content), message.size) == (CONTENT_LIMIT, 64 * 2**20)
    assert peak < 8 * CONTENT_LIMIT


# Standard input.


@pytest.mark.parametrize(
    "text, expected",
    [
        (MAIL, [MAIL]),
        (b"From a\n" + MAIL + b"\nFrom b\n" + OTHER, [MAIL, OTHER]),
        (gzip.compress(MAIL, mtime=0), [MAIL]),
        (b"", []),
    ],
)
def test_standard_input_is_a_mail_or_an_mbox(text: bytes, expected: list[bytes]) -> None:
    assert contents("-", text) == expected


def test_a_broken_standard_input_is_one_line() -> None:
    with pytest.raises(MailboxError, match=r"^-: broken gzip file: "):
        contents("-", gzip.compress(MAIL)[:-9])


FORGED = b"From b@y.test Mon Aug 31 12:00:00 2026\n" + OTHER


def outer(body: bytes, length: int | None = None) -> bytes:
    stated = b"" if length is None else b"Content-Length: %d\n" % length
    return b"From a@x.test Tue Sep  1 12:00:00 2026\nX: y\n" + stated + b"\n" + body


@pytest.mark.parametrize("end", [b"", b"\n", b"\nFrom c@z.test Tue Sep  2 12:00:00 2026\n" + MAIL])
@pytest.mark.parametrize("separators", [1, 2])
def test_content_length_that_leads_to_a_separator_is_honored(root: Path, separators: int, end: bytes) -> None:
    """F24, A30: a body with separators of its author's choice."""
    body = b"\n".join([b"text\n", *[FORGED] * separators])
    path = written(root / "x.mbox", outer(body, len(body)) + end)
    header = b"X: y\nContent-Length: %d\n\n" % len(body)
    assert contents(path) == [header + body, *([MAIL] if end.strip() else [])]
    assert all(message.may_be_part for message in read(path))


@pytest.mark.parametrize("length", [0, 3, 7, 30, 5000, 10**11])
def test_content_length_that_leads_elsewhere_is_not(root: Path, length: int) -> None:
    path = written(root / "x.mbox", outer(b"text\n\n" + FORGED + b"\nFrom c\n" + MAIL + b"\nmore\n", length))
    assert contents(path)[1:] == [OTHER, MAIL + b"\nmore\n"]


def test_content_length_is_not_used_where_looking_ahead_is_expensive_or_impossible(root: Path) -> None:
    body = b"text\n\n" + FORGED
    compressed = gzip.compress(outer(body, len(body)))
    assert contents(written(root / "x.mbox.gz", compressed))[1:] == [OTHER]
    assert contents("-", compressed)[1:] == [OTHER]


def test_messages_of_a_pipe_may_be_parts_from_the_first_unquoted_line_on() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(outer(b"text\n") + b"\n" + outer(b"text\nFrom here\n") + b"\n" + FORGED)
    with os.fdopen(reading, "rb") as stdin:
        [mailbox] = open_source("-", stdin)
        messages = [message for batch in mailbox.batches(None) for message in batch.messages]
    assert [message.may_be_part for message in messages] == [False, True, True]
    assert mailbox.notes == ['-: 1 unquoted lines in messages begin with "From "']


@pytest.mark.parametrize("name", ["x.mbox", "x.mbox.gz"])
@pytest.mark.parametrize(
    ("text", "unquoted"),
    [
        (outer(b"text\n\n>From c\n") + b"\n" + FORGED, 0),
        (outer(b"text\nFrom here on\n") + b"\n" + FORGED, 1),
        (outer(b"text\n") + b"\n" + FORGED + b"\nFrom c\nX: z\n\nsee\nFrom here\nFrom there\n", 2),
    ],
)
def test_an_mbox_that_does_not_quote_is_told_and_its_messages_may_be_parts(
    root: Path, name: str, text: bytes, unquoted: int
) -> None:
    content = gzip.compress(text) if name.endswith(".gz") else text
    [mailbox] = open_source(str(written(root / name, content)), io.BytesIO())
    messages = [message for batch in mailbox.batches(None) for message in batch.messages]
    assert [message.may_be_part for message in messages] == [unquoted > 0] * len(messages)
    told = [f'{name}: {unquoted} unquoted lines in messages begin with "From "'] if unquoted else []
    assert mailbox.notes == told
