"""FETCH from a server that may not return a message, and may drop the connection over it.

1. What the first answer lacks is fetched once more, on a new connection.
2. If that fails it is fetched in halves, and halves of these, until the message is found that the server fails over.
3. A failure is a message's fault only if the server returned another one meanwhile: otherwise it is the server's or the
   network's, and says nothing about the messages. A complete answer that lacks the message needs no such proof.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from imapclient import IMAPClient
from imapclient.response_parser import gen_parsed_response

from bounced.errors import MailboxError
from bounced.sources.imap.commands import existing
from bounced.sources.imap.session import Session

Answer = dict[bytes, Any]
Proof = Callable[[Answer], object]

#: Failures in a row after which a server that returned nothing at all is given up.
_FAILURES_LIMIT = 8


@dataclass(slots=True)
class Fetched:
    """Answers by UID, UIDs deleted since, and those that exist but were not returned."""

    answers: dict[int, Answer] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    withheld: set[int] = field(default_factory=set)


def fetch(
    session: Session, epoch: int, uids: Sequence[int], items: Sequence[str], proof: Proof, *, withheld: bool = False
) -> Fetched:
    """The answers for ``uids``; an answer counts if ``proof`` finds what was asked for.

    ``withheld`` messages need no proof by rule 3. Raises MailboxError when server or network fail.
    """
    fetched = Fetched()
    if not uids:
        return fetched
    with suppress(MailboxError):
        fetched.answers = _ask(session, epoch, uids, items, proof)
    lacking = [uid for uid in uids if uid not in fetched.answers]
    if lacking:
        session.close()
        with session.using(epoch) as client:
            present = existing(client, lacking)
        fetched.gone = set(lacking).difference(present)
        for piece, answers in _insist(session, epoch, present, items, proof, withheld or bool(fetched.answers)):
            fetched.answers |= answers
            fetched.withheld.update(uid for uid in piece if uid not in answers)
    return fetched


def _insist(
    session: Session, epoch: int, uids: Sequence[int], items: Sequence[str], proof: Proof, proven: bool
) -> Iterator[tuple[Sequence[int], dict[int, Answer]]]:
    """Fetches ``uids`` together, then in halves; yields pieces of them with their final answers."""
    until = time.monotonic() + 2 * session.patience
    failures = 0
    pieces = [uids] if uids else []
    while pieces:
        piece = pieces.pop()
        session.ready(epoch)  # a failure here is no message's fault
        try:
            answers = _ask(session, epoch, piece, items, proof)
        except MailboxError:
            failures += 1
            middle = len(piece) // 2
            last = failures == _FAILURES_LIMIT or not (pieces or middle)
            if time.monotonic() > until or (last and not proven):
                raise
            pieces += [piece[middle:], piece[:middle]] if middle else []
            if not middle:
                yield piece, {}
        else:
            proven = proven or bool(answers)
            yield piece, answers


def _ask(session: Session, epoch: int, uids: Sequence[int], items: Sequence[str], proof: Proof) -> dict[int, Answer]:
    with session.using(epoch) as client:
        answers: dict[int, Answer] = {}
        for uid, answer in _named(_responses(client, uids, items)):
            answers.setdefault(uid, {}).update(answer)
    asked = set(uids)
    return {uid: answer for uid, answer in answers.items() if uid in asked and proof(answer) is not None}


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
