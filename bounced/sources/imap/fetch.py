"""FETCH from a server that may not give a message out, and may take the connection down over it.

1. What the first answer lacks is asked for once more, on a new connection.
2. Where that fails it is asked for in halves, and halves of these, until the message is found that it fails over.
3. A failure is a message's fault only when the server gave out another one meanwhile: else it is the server's or the
   network's, and nothing is said about the messages. A whole answer that lacks the message needs no such proof.
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
from bounced.sources.imap.session import Session, existing

Answer = dict[bytes, Any]
Proof = Callable[[Answer], object]

#: Failures in a row after which a server that gave out nothing at all is left alone.
_MOST_FAILURES = 8


@dataclass(slots=True)
class Fetched:
    """Answers by UID, what had gone, and what the server did not give out though it is there."""

    answers: dict[int, Answer] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    withheld: set[int] = field(default_factory=set)


def fetch(
    session: Session, epoch: int, uids: Sequence[int], items: Sequence[str], proof: Proof, *, suspect: bool = False
) -> Fetched:
    """What the server says of ``uids``; an answer counts in which ``proof`` finds what was asked for.

    When they are ``suspect`` already, no proof of rule 3 is needed. Raises MailboxError when server or network fail.
    """
    found = Fetched()
    if not uids:
        return found
    with suppress(MailboxError):
        found.answers = _ask(session, epoch, uids, items, proof)
    lacking = [uid for uid in uids if uid not in found.answers]
    if lacking:
        session.close()
        with session.using(epoch) as client:
            present = existing(client, lacking)
        found.gone = set(lacking).difference(present)
        for piece, answers in _insist(session, epoch, present, items, proof, suspect or bool(found.answers)):
            found.answers |= answers
            found.withheld.update(uid for uid in piece if uid not in answers)
    return found


def _insist(
    session: Session, epoch: int, uids: Sequence[int], items: Sequence[str], proof: Proof, proven: bool
) -> Iterator[tuple[Sequence[int], dict[int, Answer]]]:
    """Asks for ``uids`` together, then in halves; yields pieces of them with the answers that there are at last."""
    until = time.monotonic() + 2 * session.patience
    failures = 0
    pieces = [uids] if uids else []
    while pieces:
        piece = pieces.pop()
        session.ready(epoch)  # what fails here is no message's fault
        try:
            answers = _ask(session, epoch, piece, items, proof)
        except MailboxError:
            failures += 1
            middle = len(piece) // 2
            last = failures == _MOST_FAILURES or not (pieces or middle)
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
        found: dict[int, Answer] = {}
        for uid, answer in _named(_responses(client, uids, items)):
            found.setdefault(uid, {}).update(answer)
    wanted = set(uids)
    return {uid: answer for uid, answer in found.items() if uid in wanted and proof(answer) is not None}


def _responses(client: IMAPClient, uids: Sequence[int], items: Sequence[str]) -> list[Any]:
    """What came untagged; imapclient's own fetch() takes the number of a response without UID for a UID."""
    imap = client._imap
    tag = imap._command("UID", "FETCH", ",".join(map(str, uids)), f"({' '.join(items)})")
    typ, data = imap._command_complete("FETCH", tag)
    client._checkok("FETCH", typ, data)
    _, data = imap._untagged_response(typ, data, "FETCH")
    return [] if data == [None] else data


def _named(responses: list[Any]) -> Iterator[tuple[int, Answer]]:
    """Each response with the UID that it names; one that names none may be about any message."""
    parsed = gen_parsed_response(responses)
    for _, items in zip(parsed, parsed, strict=True):
        answer = {name.upper(): value for name, value in zip(items[::2], items[1::2], strict=True)}
        uid = answer.pop(b"UID", None)
        if isinstance(uid, int):
            yield uid, answer
