"""A folder with many messages and nothing new: a poll is one command or two, and with Dovecot takes less than a second.

`make large` has 500,000 messages; otherwise there are so few that the commands are what tells.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bounced.model import Cursor
from bounced.sources.imap import ImapMailbox
from tests.soak.post import Post
from tests.support.listener import Listener
from tests.support.proxies import relay
from tests.support.servers import ImapServer

MESSAGES = int(os.environ.get("BOUNCED_LARGE_FOLDER", "2000"))

#: From which on a poll takes less than SECONDS, whatever the machine does besides.
LARGE = 100_000
SECONDS = 1.0

#: A file of ext4 has 65,000 names at most.
NAMES = 30_000

WHEN = datetime(2026, 9, 1, 12, tzinfo=UTC)


class Recorder:
    """Passes connections on to ``port``, and remembers which commands were sent."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.commands: list[str] = []
        self._listener = Listener(self._serve)
        self.port = self._listener.port

    def _serve(self, peer: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            relay(peer, server, self._note)

    def _note(self, octets: bytes) -> None:
        self.commands += [b" ".join(line.split()[1:3]).decode() for line in octets.splitlines() if line.strip()]

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(params=["dovecot", "courier"])
def server(request: pytest.FixtureRequest) -> ImapServer:
    """Each with a large INBOX."""
    server: ImapServer = request.getfixturevalue(request.param)
    post = Post(server)
    post.make("INBOX")
    fill(post, MESSAGES)
    return server


def fill(post: Post, messages: int) -> None:
    """The same message again and again, in files that are one as far as possible."""
    folder = post.folder("INBOX") / "new"
    for number in range(messages):
        name = folder / f"{int(WHEN.timestamp())}.M{number}P1.large"
        if number % NAMES == 0:
            post.deliver("INBOX", b"Subject: x\n\nx\n", WHEN)
            first = name
            next(folder.glob("*.soak")).rename(first)
        else:
            os.link(first, name)


@pytest.mark.timeout(3600)
def test_a_poll_without_news_costs_little(server: ImapServer) -> None:
    port = server.plain_port() if server.kind == "dovecot" else server.port
    recorder = Recorder(port)
    account = replace(server.account(), port=recorder.port, tls="none", timeout=600)
    with closing(ImapMailbox(account)) as mailbox, closing(recorder):
        selected = mailbox._session.select()
        assert selected.exists == MESSAGES
        cursor = Cursor(mailbox.name, selected.uidvalidity, selected.last_uid)
        mailbox.may_have_reused(cursor)
        recorder.commands.clear()
        begun = time.monotonic()
        assert not mailbox.may_have_reused(cursor)
        assert list(mailbox.batches(cursor)) == []
        seconds = time.monotonic() - begun
        again = "SELECT" if server.kind == "courier" else "EXAMINE"  # whose UIDs last after SELECT only
        assert [command.split()[0] for command in recorder.commands] in (["NOOP"], [again, "FETCH"])
        print(f"{server.kind}, {MESSAGES} messages: {seconds:.2f} s for {recorder.commands}")
        assert seconds < SECONDS or server.kind == "courier" or MESSAGES < LARGE
        Post(server).deliver("INBOX", b"Subject: new\n\nx\n", WHEN)
        assert mailbox._session.select(anew=True).exists == MESSAGES + 1
        [batch] = mailbox.batches(cursor)
        assert b"Subject: new" in batch.messages[0].content
