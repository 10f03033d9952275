"""Parts of a mailbox, read one after the other, are the mailbox."""

from __future__ import annotations

import gzip
import io
import pickle
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.errors import FilesUnreadable
from bounced.model import RawMessage
from bounced.sources import batches, contents, files, parts
from bounced.sources.files import FileMailbox, open_source
from bounced.sources.parts import Content, Divisible, content
from bounced.sources.remote import RemoteMailbox
from tests.core.test_mbox import MBOXES

NOW = datetime(2026, 9, 1, tzinfo=UTC)

#: An mbox of ten messages, each of which could be two.
MBOX = b"".join(b"From a\nSubject: %d\n\n%bFrom x\n\n" % (n, b"text\n" * 40) for n in range(10))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are small."""
    monkeypatch.setattr(files, "MAX_OCTETS", 500)
    monkeypatch.setattr(batches, "MAX_OCTETS", 500)


def whole(mailbox: Divisible) -> tuple[list[RawMessage], list[str], tuple[str, ...]]:
    """Its messages, remarks and problems, when it is read as a whole."""
    messages: list[RawMessage] = []
    try:
        for batch in mailbox.batches(None):
            messages += batch.messages
    except FilesUnreadable as error:
        return messages, mailbox.notes, error.problems
    return messages, mailbox.notes, ()


def joined(mailbox: Divisible) -> tuple[list[RawMessage], list[str], tuple[str, ...]]:
    """The same of its parts, each read by somebody else."""
    read = [content(pickle.loads(pickle.dumps(part))) for part in mailbox.parts()]
    there = [part for part in read if part]
    assert there == read and len(there) > 1
    messages = [message for part in there for message in part.messages]
    notes = [note for part in there for note in part.notes]
    return messages, [*notes, *mailbox.notes], tuple(problem for part in there for problem in part.problems)


def opened(path: Path) -> Divisible:
    [mailbox] = open_source(str(path), io.BytesIO())
    assert isinstance(mailbox, FileMailbox)
    return mailbox


@pytest.mark.usefixtures("small")
def test_the_parts_of_a_directory_are_the_directory(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.eml").write_bytes(b"Subject: %d\n\n" % number)
    (tmp_path / "old.mbox.txt").write_bytes(MBOX)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(MBOX))
    (tmp_path / "broken.eml.gz").write_bytes(b"\x1f\x8bbroken")
    (tmp_path / "bad.eml.gz").write_bytes(b"text" * 1000)
    messages, notes, problems = joined(opened(tmp_path))
    assert (len(messages), len(notes), len(problems)) == (320, 2, 2)
    assert (messages, sorted(notes), problems) == whole(opened(tmp_path))


@pytest.mark.usefixtures("small")
def test_the_parts_of_a_maildir_are_the_maildir(tmp_path: Path) -> None:
    for folder in ("cur", "new"):
        (tmp_path / folder).mkdir()
        for number in range(150):
            (tmp_path / folder / f"{folder}{number}").write_bytes(b"Subject: %d\n\n" % number)
    assert joined(opened(tmp_path)) == whole(opened(tmp_path))


def test_the_parts_of_a_url_are_the_url(small: None) -> None:
    memory = fsspec.filesystem("memory")
    try:
        for number in range(5):
            memory.pipe(f"/mails/{number}.mbox.txt", MBOX)
        memory.pipe("/mails/broken.eml.gz", b"\x1f\x8bbroken")
        assert joined(RemoteMailbox("memory://mails")) == whole(RemoteMailbox("memory://mails"))
    finally:
        memory.store.clear()


@given(mbox=MBOXES, messages=st.integers(1, 3), octets=st.integers(0, 100))
@settings(max_examples=300, deadline=None)
def test_the_ranges_of_an_mbox_are_the_mbox(mbox: bytes, messages: int, octets: int) -> None:
    def file() -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(b"From a\n" + mbox))

    notes: list[str] = []
    expected = list(contents.messages_in(file(), "mbox:x", "x", NOW, notes))
    ranges = contents.ranges_of(file(), messages, octets)
    may_be_part = ranges.unquoted > 0
    read = [
        message
        for part in ranges.ranges
        for message in contents.messages_of(file(), part, "mbox:x", "x", NOW, may_be_part=may_be_part)
    ]
    assert read == expected
    assert notes == ([contents.remark("x", ranges.unquoted)] if ranges.unquoted else [])
    assert max(part.count for part in ranges.ranges) <= messages
    assert sum(part.octets for part in ranges.ranges) == len(mbox) + 7


def test_a_part_that_is_too_much_is_not_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bomb.mbox.gz").write_bytes(gzip.compress(MBOX))
    [part] = opened(tmp_path / "bomb.mbox.gz").parts()
    assert isinstance(content(part), Content)
    monkeypatch.setattr(parts, "PART_MESSAGES", 5)
    assert content(part) is None
    monkeypatch.setattr(parts, "PART_MESSAGES", 50)
    monkeypatch.setattr(parts, "PART_OCTETS", 500)
    assert content(part) is None
