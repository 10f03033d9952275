"""Requests to the programs behind sinks.

1. No redirect is followed, so that a peer cannot direct requests to hosts inside; the URL is the admin's own.
2. What is wrong with the peer as a whole (no connection, 5xx, 429, a refused login, a wrong path) is tried again for as
   long as it lasts. Only what is wrong with one change (400, 409, 413, 422, ...) is a refusal.
3. A request that fails for a moment (no connection, 5xx) is made again within seconds: a peer that fails every other
   time is only slow. A peer that hangs, or asks for a pause, is left alone at once.
4. An answer costs so many seconds and octets, whatever the peer sends; what is compressed is not unpacked.
5. What is shown of an answer is without our secrets: debug pages repeat requests.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import BadStatusLine, IncompleteRead
from typing import Any, NamedTuple

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from bounced import times
from bounced.daemon.sinks import Refused, Unavailable
from bounced.daemon.sinks.connections import Manager
from bounced.model import Expiration
from bounced.peer import quoted
from bounced.sources.certificates import Note, not_noted, of_server
from bounced.sources.retry import Draw

#: Requests that may be under way at once.
LANES = 8

#: The answers that are about the peer, not about the change; all of 5xx and 3xx as well.
PASSING = frozenset((401, 402, 403, 404, 405, 407, 408, 410, 421, 425, 426, 429, 451))

UNAUTHORIZED = 401

#: Seconds before a request that failed is made again, half of them at least; and those after which it is given up.
RETRY_WAITS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
RETRY_SECONDS = 3.0

#: The longest pause that a peer may ask for, in seconds.
RETRY_AFTER_LIMIT = 3600.0

#: Octets of an answer that are read.
ANSWER_LIMIT = 1024 * 1024

#: Octets of an answer that may be shown, of which ``quoted`` takes the first.
_SHOWN_LIMIT = 4096


class Unauthorized(Unavailable):
    """The peer does not accept the login."""


#: How urllib3 begins what failed: with a connection of its own, by its class and host, or by its place in memory.
OBJECT = re.compile(r"^(?:\w{1,40}\([^()]{0,300}\)|<[^<>]{0,300}>): ")


class Answer(NamedTuple):
    """An answer; ``content`` ends after ANSWER_LIMIT octets. ``retry_after``: seconds that the peer asks for.

    With a ``problem`` there is none.
    """

    status: int
    content: bytes
    retry_after: float
    problem: str = ""

    @property
    def is_momentary(self) -> bool:
        """True for a failure that may be over in a moment."""
        return bool(self.problem) or (self.status >= 500 and not self.retry_after)

    def judge(self, dead: frozenset[int] = frozenset(), secrets: Sequence[str] = ()) -> None:
        """Nothing for a success; an answer in ``dead`` is about the change. Raises Unavailable or Refused."""
        status = self.status
        if self.problem:
            raise Unavailable(quoted(self.problem, *secrets))
        if 200 <= status < 300:
            return
        problem = f"answers {status} {shown(self.content, secrets)}".strip()
        if status == UNAUTHORIZED:
            raise Unauthorized(problem, self.retry_after)
        if status not in dead and (status in PASSING or status >= 500 or status < 400):
            raise Unavailable(problem, self.retry_after)
        raise Refused(problem)


class Client:
    """Connections that are kept, LANES at most. ``seconds`` is how long a connection, and an answer, may take.

    ``note`` gets what the peer shows, when it is another certificate than before.
    """

    def __init__(
        self,
        seconds: float,
        ca_file: str = "",
        clock: Callable[[], datetime] = times.now,
        draw: Draw = random.uniform,
        note: Note = not_noted,
    ) -> None:
        self._clock = clock
        self._draw = draw
        self._note = note
        self._shown: tuple[Expiration, ...] = ()
        self._closed = threading.Event()
        self._pool = Manager(maxsize=LANES, retries=False, timeout=urllib3.Timeout(seconds), ca_certs=ca_file or None)

    def ask(
        self,
        method: str,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        dead: frozenset[int] = frozenset(),
        secrets: Sequence[str] = (),
    ) -> bytes:
        """The content of a good answer; one in ``dead`` is about the change, ``secrets`` are never shown.

        Raises Unavailable, Unauthorized among them, or Refused.
        """
        give_up = time.monotonic() + RETRY_SECONDS
        for wait in (*RETRY_WAITS, 0.0):
            answer = self._answer(method, url, content, headers)
            if not (answer.is_momentary and wait and time.monotonic() < give_up):
                break
            if self._closed.wait(self._draw(wait / 2, wait)):
                break
        answer.judge(dead, secrets)
        return answer.content

    def _answer(self, method: str, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to a request, or what it failed with."""
        try:
            response = self._pool.request(
                method,
                url,
                body=content or None,
                headers=headers,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            self._look_at(response.connection)
            text = response.read(ANSWER_LIMIT)
            complete = not response.read(1)
        except HTTPError as error:
            return Answer(0, b"", 0.0, _problem(error))
        response.release_conn() if complete else response.close()
        retry_after = _seconds(response.headers.get("Retry-After", ""), self._clock())
        return Answer(response.status, text, retry_after)

    def _look_at(self, connection: Any) -> None:
        """Notes the certificate of the peer, while there is a connection."""
        shown = of_server(connection.sock, connection.host, connection.port) if connection else ()
        if shown and shown != self._shown:
            self._note(shown)
            self._shown = shown

    def close(self) -> None:
        """Closes all connections that are not in use; a request that is lasts for its timeout at most."""
        self._closed.set()
        self._pool.clear()


def shown(content: bytes, secrets: Sequence[str]) -> str:
    """The beginning of an answer, for people, without ``secrets``."""
    return quoted(content[:_SHOWN_LIMIT].decode("utf-8", "replace"), *secrets)


def _seconds(retry_after: str, now: datetime) -> float:
    """Of Retry-After (RFC 9110 10.2.3), which is a number or a date; 0 when it is neither."""
    seconds = 0.0
    if retry_after.isascii() and retry_after.isdigit():
        seconds = float(retry_after[:9])
    else:
        with suppress(ValueError, TypeError, OverflowError):
            seconds = (parsedate_to_datetime(retry_after) - now).total_seconds()
    return min(max(0.0, seconds), RETRY_AFTER_LIMIT)


def _problem(error: HTTPError) -> str:
    """What failed, in words, without the names of Python's objects in them."""
    reason: Any = getattr(error, "reason", None) or error
    if isinstance(reason, ProtocolError) and isinstance(reason.args[-1], Exception):
        reason = reason.args[-1]
    if isinstance(reason, IncompleteRead):
        return "the answer ends in the middle"
    if type(reason) is BadStatusLine:
        return f"answers what is not HTTP: {reason}"
    if isinstance(reason, ReadTimeoutError):
        return "no answer in time"
    return OBJECT.sub("", str(reason)) or type(reason).__name__
