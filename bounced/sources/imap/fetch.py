"""FETCH from a server that may not return a message, and may drop the connection over it.

1. What the first answer lacks is fetched once more, on a new connection.
2. If that fails it is fetched in halves, and halves of these, until the message is found that the server fails over.
3. A failure is a message's fault only if the server returned another one meanwhile: otherwise it is the server's or the
   network's, and says nothing about the messages. A complete answer that lacks the message needs no such proof.
4. After PROBE_FAILURES in a row the folder's newest message is the proof; if that fails as well, the server is to be
   left alone for a while. So it is at once when it says so. What it returned until then counts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from imapclient.response_parser import gen_parsed_response

from bounced.errors import MailboxError, Throttled
from bounced.sources.imap.commands import existing, refused
from bounced.sources.imap.session import Session

Answer = dict[bytes, Any]
Proof = Callable[[Answer], object]

#: Failures in a row after which a server that returned nothing at all is given up.
_FAILURES_LIMIT = 8

#: Failures in a row after which the newest message is asked for.
PROBE_FAILURES = 4

#: How servers say that they want to be left alone: mailcow#1554, imapsync#212, Gmail, Yahoo, Microsoft 365.
_THROTTLING = re.compile(
    r"OVERQUOTA|\[LIMIT\]|throttl|suggested backoff|bandwidth limit|rate limit|too many (?:commands|requests)|"
    r"exceeded command",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Fetched:
    """Answers by UID, UIDs deleted since, and those that exist but were not returned.

    ``stopped`` is why the others were not asked for, ``None`` when all of them were.
    """

    answers: dict[int, Answer] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    withheld: set[int] = field(default_factory=set)
    stopped: MailboxError | None = None

    def before_stop(self, uids: Sequence[int]) -> list[int]:
        """The first of ``uids``, up to the one that the server stopped at."""
        known = self.answers.keys() | self.gone | self.withheld
        end = next((at for at, uid in enumerate(uids) if self.stopped and uid not in known), len(uids))
        return list(uids[:end])


def fetch(
    session: Session, epoch: int, uids: Sequence[int], items: Sequence[str], proof: Proof, *, withheld: bool = False
) -> Fetched:
    """The answers for ``uids``; an answer counts if ``proof`` finds what was asked for.

    ``withheld`` messages need no proof by rule 3. Raises MailboxError when server or network fail.
    """
    fetched = Fetched()
    if not uids:
        return fetched
    question = _Question(session, epoch, items, proof)
    try:
        fetched.stopped = question.ask(uids, fetched.answers)
    except MailboxError as problem:
        fetched.stopped = problem
    lacking = [uid for uid in uids if uid not in fetched.answers]
    if not lacking or isinstance(fetched.stopped, Throttled):
        return fetched
    fetched.stopped = None
    session.close()
    with session.using(epoch) as client:
        present = existing(client, lacking)
    fetched.gone = set(lacking).difference(present)
    _Search(question, fetched, withheld or bool(fetched.answers)).run(present)
    return fetched


@dataclass(slots=True)
class _Search:
    """Fetches messages together, then in halves; finds those that the server does not return."""

    question: _Question
    fetched: Fetched
    proven: bool
    failures: int = 0  # in a row
    all_failures: int = 0

    def run(self, uids: Sequence[int]) -> None:
        """Raises MailboxError when nothing says that it is the messages' fault."""
        until = time.monotonic() + 2 * self.question.session.patience
        pieces = [uids] if uids else []
        while pieces and not self.fetched.stopped:
            piece = pieces.pop()
            self.question.session.ready(self.question.epoch)  # a failure here is no message's fault
            problem = self._try(piece)
            if not problem:
                continue
            self.failures += 1
            self.all_failures += 1
            middle = len(piece) // 2
            last = self.all_failures == _FAILURES_LIMIT or not (pieces or middle)
            if isinstance(problem, Throttled) or not self._is_answering(piece):
                self._stop(problem)
            elif time.monotonic() > until or (last and not self.proven):
                raise problem
            elif middle:
                pieces += [piece[middle:], piece[:middle]]
            else:
                self.fetched.withheld.update(piece)

    def _try(self, piece: Sequence[int]) -> MailboxError | None:
        answers: dict[int, Answer] = {}
        try:
            problem = self.question.ask(piece, answers)
        except MailboxError as error:
            problem = error
        if not problem:
            self.fetched.withheld.update(uid for uid in piece if uid not in answers)
        self.fetched.answers |= answers
        self.proven = self.proven or bool(answers)
        if answers:
            self.failures = 0
        return problem

    def _is_answering(self, piece: Sequence[int]) -> bool:
        """Whether the server returns the newest message, when that is due to be asked; True before."""
        session = self.question.session
        if self.failures % PROBE_FAILURES:
            return True
        newest = session.selected().last_uid
        if newest in piece:
            return not self.proven or self.failures < 2 * PROBE_FAILURES
        answers: dict[int, Answer] = {}
        with suppress(MailboxError):
            self.question.ask([newest], answers)
        self.proven = self.proven or bool(answers)
        return bool(answers)

    def _stop(self, problem: MailboxError) -> None:
        if not self.fetched.answers:
            raise problem
        self.fetched.stopped = problem


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of a message."""

    session: Session
    epoch: int
    items: Sequence[str]
    proof: Proof

    def ask(self, uids: Sequence[int], answers: dict[int, Answer]) -> MailboxError | None:
        """Adds the answers for ``uids``; the refusal when the server refused, which leaves the connection usable.

        Raises MailboxError when it does not: then none is added.
        """
        received: dict[int, Answer] = {}
        problem = None
        with self._throttling(), self.session.using(self.epoch) as client:
            try:
                responses = _responses(client, uids, self.items)
            except IMAPClientError as error:
                if not refused(error):
                    raise
                problem, responses = error, client._imap.untagged_responses.pop("FETCH", [])
                client.noop()  # what comes behind a refusal is no answer to the next question
                client._imap.untagged_responses.pop("FETCH", None)
            for uid, answer in _named(responses):
                received.setdefault(uid, {}).update(answer)
        asked = set(uids)
        answers.update(
            (uid, answer) for uid, answer in received.items() if uid in asked and self.proof(answer) is not None
        )
        return _as_meant(self.session.explained(problem)) if problem else None

    @contextmanager
    def _throttling(self) -> Iterator[None]:
        try:
            yield
        except MailboxError as problem:
            raise _as_meant(problem) from None


def _as_meant(problem: MailboxError) -> MailboxError:
    return Throttled(str(problem)) if _THROTTLING.search(str(problem)) else problem


def _responses(client: IMAPClient, uids: Sequence[int], items: Sequence[str]) -> list[Any]:
    """The untagged responses; imapclient's own fetch() takes the number of one without UID for a UID."""
    imap = client._imap
    tag = imap._command("UID", "FETCH", ",".join(map(str, uids)), f"({' '.join(items)})")
    typ, data = imap._command_complete("FETCH", tag)
    client._checkok("FETCH", typ, data)
    _, data = imap._untagged_response(typ, data, "FETCH")
    return [] if data == [None] else data


def _named(responses: list[Any]) -> Iterator[tuple[int, Answer]]:
    """Each response with its UID; one without may be about any message."""
    parsed = gen_parsed_response(responses)
    for _, items in zip(parsed, parsed, strict=True):
        answer = {name.upper(): value for name, value in zip(items[::2], items[1::2], strict=True)}
        uid = answer.pop(b"UID", None)
        if isinstance(uid, int):
            yield uid, answer
