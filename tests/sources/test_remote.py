"""Messages that fsspec reaches: read as from files here."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import fsspec
import pytest

from bounced.errors import MailboxError, UserError
from bounced.sources.remote import RemoteMailbox

MAIL = b"Subject: one\n\nbody\n"
OTHER = b"Subject: two\n\nbody\n"
MBOX = b"From a\n" + MAIL + b"\nFrom b\n" + OTHER


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answers nothing but 500."""

    def do_HEAD(self) -> None:
        self.send_error(500)

    def do_GET(self) -> None:
        self.send_error(500)


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    files = fsspec.filesystem("memory")
    yield files
    files.store.clear()


def read(url: str) -> list[tuple[str, bytes]]:
    messages = (message for batch in RemoteMailbox(url).batches(None) for message in batch.messages)
    return [(message.origin.name, message.content) for message in messages]


def test_a_folder_is_read_by_name(memory: fsspec.AbstractFileSystem) -> None:
    for name, content in {"b.eml": MAIL, "a/old.mbox": MBOX, ".hidden/c.eml": MAIL, "notes.pdf": b"x"}.items():
        memory.pipe(f"/mails/{name}", content)
    assert read("memory://mails") == [("a/old.mbox#1", MAIL), ("a/old.mbox#2", OTHER), ("b.eml", MAIL)]
    mailbox = RemoteMailbox("memory://mails")
    assert (mailbox.name, len(list(mailbox.batches(None)))) == ("file:memory://mails", 1)
    assert [note.split(" (")[0] for note in mailbox.notes] == ["memory://mails: 1 file not read because of the name"]


def test_a_maildir_is_read_seen_ones_first(memory: fsspec.AbstractFileSystem) -> None:
    for name, content in {"new/2": OTHER, "cur/1:2,S": MAIL, "tmp/3": MAIL}.items():
        memory.pipe(f"/box/{name}", content)
    assert read("memory://box") == [("cur/1:2,S", MAIL), ("new/2", OTHER)]


def test_what_is_not_there_is_one_line(memory: fsspec.AbstractFileSystem) -> None:
    with pytest.raises(UserError, match=r"^memory://nowhere: no such file or directory$"):
        RemoteMailbox("memory://nowhere")
    with pytest.raises(UserError, match=r"^nonsense://x: "):
        RemoteMailbox("nonsense://x")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sftp://user:secret@127.0.0.1:1/x", "sftp://127.0.0.1:1/x"),
        ("sftp://user:sec?ret@127.0.0.1:1/x", "sftp://127.0.0.1:1/x"),
        ("https://127.0.0.1:1/x?signature=secret", "https://127.0.0.1:1/x"),
        ("simplecache::https://user:secret@127.0.0.1:1/x", "simplecache::https://127.0.0.1:1/x"),
        ("zip://a.eml::https://user:secret@127.0.0.1:1/x?secret", "zip://a.eml::https://127.0.0.1:1/x"),
    ],
)
def test_no_secret_of_a_url_is_shown(url: str, shown: str) -> None:
    with pytest.raises(UserError) as raised:
        RemoteMailbox(url)
    [problem] = raised.value.problems
    assert problem.startswith(f"{shown}: ")
    assert "secret" not in problem and "ret@" not in problem


def test_a_server_that_repeats_a_secret_is_quoted_without_it() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            with pytest.raises(UserError, match=r"/x: 500, message=") as raised:
                RemoteMailbox(f"http://127.0.0.1:{server.server_port}/x?signature=secret")
        finally:
            server.shutdown()
    assert "secret" not in str(raised.value)


def test_a_broken_file_is_named_and_the_others_are_read(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe("/mails/a.eml.gz", b"\x1f\x8bbroken")
    memory.pipe("/mails/b.eml", MAIL)
    batches = RemoteMailbox("memory://mails").batches(None)
    assert [message.content for message in next(batches).messages] == [MAIL]
    with pytest.raises(MailboxError, match=r"^memory://mails: a.eml.gz: "):
        next(batches)


def test_an_mbox_over_http(tmp_path: Path) -> None:
    (tmp_path / "old.mbox").write_bytes(MBOX)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            assert read(f"http://user:secret@127.0.0.1:{server.server_port}/old.mbox") == [
                ("old.mbox#1", MAIL),
                ("old.mbox#2", OTHER),
            ]
            assert "secret" not in RemoteMailbox(f"http://user:secret@127.0.0.1:{server.server_port}/old.mbox").name
        finally:
            server.shutdown()
