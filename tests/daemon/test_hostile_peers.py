"""What the peer of a sink may answer: nothing costs more than bounded time and memory, or shows a secret."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bounced.daemon.sinks import Unavailable, http
from tests.support.listener import Listener

#: Seconds that a peer may take in these tests.
SECONDS = 1.0

HEAD = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def answering(*pieces: bytes, pause: float = 0.0) -> Iterator[str]:
    """The URL of a peer that sends ``pieces``, the last one again and again where it pauses, and then closes."""
    ended = threading.Event()

    def serve(peer: socket.socket) -> None:
        peer.recv(65536)
        for piece in itertools.chain(pieces, itertools.repeat(pieces[-1]) if pause else ()):
            peer.sendall(piece)
            if pause and ended.wait(pause):
                return

    listener = Listener(serve)
    try:
        yield f"http://127.0.0.1:{listener.port}/"
    finally:
        ended.set()
        listener.close()


def answer(url: str, *secrets: str) -> bytes:
    client = http.Client(SECONDS)
    try:
        return client.ask("POST", url, b"{}", {}, secrets=secrets)
    finally:
        client.close()


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (HEAD, b"X-Drop: x\r\n"),
        (HEAD + b"X-Drop: ", b"x"),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
        (b"H",),
    ],
    ids=["body", "chunks", "headers", "one header", "continue", "status"],
)
def test_a_peer_that_trickles_is_given_up(pieces: tuple[bytes, ...]) -> None:
    begun = time.monotonic()
    with answering(*pieces, pause=0.2) as url, pytest.raises(Unavailable, match=r"^no answer in time$"):
        answer(url)
    assert time.monotonic() - begun < 4 * http.RETRY_SECONDS


def test_what_is_compressed_is_not_unpacked() -> None:
    """We ask for none of it; a megabyte of it is a gigabyte."""
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 1)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with answering(head + bomb) as url:
        tracemalloc.start()
        content = answer(url)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert content == bomb[: http.ANSWER_LIMIT]
    assert most < 8 * http.ANSWER_LIMIT


def test_a_long_answer_is_read_to_its_limit() -> None:
    with answering(HEAD + b"Connection: close\r\n\r\n", b"x" * 3 * http.ANSWER_LIMIT) as url:
        assert len(answer(url)) == http.ANSWER_LIMIT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1, 7\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        HEAD + b"X: y\r\n" * 1000 + b"\r\n",
        HEAD + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "garbage", "cut short", "two lengths", "no chunk", "status", "headers", "header"],
)
def test_what_is_no_answer_is_tried_again(content: bytes) -> None:
    with answering(content) as url, pytest.raises(Unavailable) as raised:
        answer(url)
    assert re.search(r"0x|\w\(|\w'\)", str(raised.value)) is None, "words, no objects of Python"


def test_headers_that_are_none_are_no_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with answering(HEAD + b"no header\r\nContent-Length: 2\r\n\r\nok") as url:
        assert answer(f"{url}?key=geheimnis") in (b"ok", b"")
    assert caplog.records == []


@pytest.mark.parametrize("shown", ["geheimnis-42", "Z2VoZWltbmlzLTQy"])
def test_a_secret_that_the_peer_repeats_is_not_shown(shown: str) -> None:
    text = json.dumps({"error": "debug", "request": shown}).encode()
    head = b"HTTP/1.1 403 No\r\nContent-Length: %d\r\n\r\n" % len(text)
    with answering(head + text) as url, pytest.raises(Unavailable, match=r"answers 403 .*\*\*\*") as raised:
        answer(url, "geheimnis-42")
    assert shown not in str(raised.value)
