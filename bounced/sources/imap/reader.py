"""Reads one folder: sizes first, then bodies in batches."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from imapclient.datetime_util import parse_to_datetime

from bounced.mime import in_utc
from bounced.model import Batch, Origin, RawMessage, Role
from bounced.sources.arrival import arrival
from bounced.sources.batches import CONTENT_LIMIT, MAX_MESSAGES, grouped
from bounced.sources.imap.fetch import Answer, fetch
from bounced.sources.imap.session import Session

FETCH_SIZE_LIMIT = 25 * 1024 * 1024  # octets; a larger message is recorded and not fetched

#: zammad-admin-documentation#568, FreeScout#3203: Exchange puts this in the place of the message.
_PLACEHOLDER = b"\nsubject: retrieval using the imap4 protocol failed for the following message:"
_HEADER_LIMIT = 8192

#: RFC 3501 9; some servers quote it.
_NUMBER = re.compile(rb"\d{1,10}")

log = logging.getLogger("bounced.imap")


@dataclass(frozen=True, slots=True)
class _Head:
    """A message before its body is fetched."""

    uid: int
    size: int  # RFC822.SIZE is a hint
    stored_at: datetime
    gone: bool = False

    @property
    def octets(self) -> int:
        """How much of it will be fetched."""
        return min(self.size, CONTENT_LIMIT) if self.size <= FETCH_SIZE_LIMIT else 0


class Reader:
    """The messages in the folder of ``session``, called ``name``."""

    def __init__(self, session: Session, name: str, role: Role, now: Callable[[], datetime], tenant: str = "") -> None:
        self._session = session
        self._name = name
        self._role = role
        self._tenant = tenant
        self._now = now

    def batches(self, epoch: int, pieces: Iterable[Sequence[int]], *, withheld: bool = False) -> Iterator[Batch]:
        """The messages with the UIDs in ``pieces``, in order; each UID is in one batch, if only as ``vanished``."""
        for uids in pieces:
            for group in grouped(self._heads(epoch, uids, withheld), lambda head: head.octets):
                yield from self._batches(epoch, group, withheld)

    def origin(self, epoch: int, uid: int) -> Origin:
        """The origin of the message with that UID."""
        return Origin(self._name, str(uid), epoch, uid)

    def _heads(self, epoch: int, uids: Sequence[int], withheld: bool) -> Iterator[_Head]:
        for start in range(0, len(uids), MAX_MESSAGES):
            asked = uids[start : start + MAX_MESSAGES]
            fetched = fetch(self._session, epoch, asked, ["RFC822.SIZE", "INTERNALDATE"], _size, withheld=withheld)
            for uid in fetched.before_stop(asked):
                answer = fetched.answers.get(uid, {})
                yield _Head(uid, _size(answer) or 0, _stored_at(answer, self._now()), uid in fetched.gone)
            if fetched.stopped:
                raise fetched.stopped

    def _batches(self, epoch: int, heads: Sequence[_Head], withheld: bool) -> Iterator[Batch]:
        """The messages, as a batch, up to the one that the server stopped at. Raises MailboxError then."""
        fetchable = [head.uid for head in heads if head.size <= FETCH_SIZE_LIMIT and not head.gone]
        fetched = fetch(self._session, epoch, fetchable, [f"BODY.PEEK[]<0.{CONTENT_LIMIT}>"], _body, withheld=withheld)
        left = set(fetchable).difference(fetched.before_stop(fetchable))
        heads = list(takewhile(lambda head: head.uid not in left, heads))
        gone = fetched.gone.union(head.uid for head in heads if head.gone)
        messages = tuple(
            self._message(epoch, head, _body(fetched.answers.get(head.uid, {})))
            for head in heads
            if head.uid not in gone
        )
        self._log(messages, gone)
        if heads:
            yield Batch(messages, vanished=tuple(self.origin(epoch, head.uid) for head in heads if head.uid in gone))
        if fetched.stopped:
            raise fetched.stopped

    def _log(self, messages: Sequence[RawMessage], gone: Collection[int]) -> None:
        for message in messages:
            if message.withheld:
                log.warning("%s: no body for UID %s", self._name, message.origin.name)
        if gone:
            log.info("%s: %d messages disappeared before they could be fetched", self._name, len(gone))

    def _message(self, epoch: int, head: _Head, body: bytes | None) -> RawMessage:
        content = b"" if body is None or _is_placeholder(body) else body[:CONTENT_LIMIT]
        stored_at, when = arrival(content, head.stored_at, self._now())
        self._remark(head.stored_at, stored_at)
        size = max(head.size, len(content))
        withheld = not content and size <= FETCH_SIZE_LIMIT and (size > 0 or body is None)
        origin = self.origin(epoch, head.uid)
        return RawMessage(origin, when, content, size, self._role, stored_at, withheld, tenant=self._tenant)

    def _remark(self, internal_date: datetime, stored_at: datetime) -> None:
        """Notes an INTERNALDATE that nobody can believe."""
        if internal_date != stored_at:
            day = internal_date.date().isoformat()
            self._session.remarks.note("dates", f"server dates messages years before they arrived ({day}): ignored")


def _is_placeholder(body: bytes) -> bool:
    """True for what Exchange returns instead of a message that it can't convert now."""
    return _PLACEHOLDER in b"\n" + body[:_HEADER_LIMIT].lower()


def _size(answer: Answer) -> int | None:
    size = answer.get(b"RFC822.SIZE")
    if isinstance(size, bytes) and _NUMBER.fullmatch(size):
        return int(size)
    return size if isinstance(size, int) else None


def _stored_at(answer: Answer, now: datetime) -> datetime:
    """INTERNALDATE in UTC; ``now`` where there is none, or one that nobody can have meant or that is yet to come."""
    date = answer.get(b"INTERNALDATE")
    known = None
    with suppress(ValueError, OverflowError):
        known = in_utc(parse_to_datetime(date, normalise=False)) if isinstance(date, bytes) else None
    return min(known, now) if known else now


def _body(answer: Answer) -> bytes | None:
    """The body; ``None`` when the answer has none, or NIL, as Dovecot answers for a deleted message."""
    body = next((value for key, value in answer.items() if key.startswith(b"BODY[]")), None)
    return body if isinstance(body, bytes) else None
