"""Removes the messages that name an address from the server. They are known by their content, wherever they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import NamedTuple

from bounced.ledger import recorded
from bounced.ledger.ledger import Ledger
from bounced.ledger.named_messages import NamedMessage
from bounced.model import Batch, Origin
from bounced.pipeline.items import fingerprints_of
from bounced.sources import Period, SearchedFolder

#: SEARCH knows only days, in the server's time zone; and its clock is not ours.
SLACK = timedelta(days=2)


class Found(NamedTuple):
    """A message with the ``key`` of a named one. It stays where the server can't remove it without touching others."""

    folder: str
    key: bytes
    is_removed: bool


def remove_named(folder: SearchedFolder, ledger: Ledger, messages: Sequence[NamedMessage]) -> Iterator[Found]:
    """Removes what ``folder`` has of ``messages``, batch by batch; yields each.

    Only what still has the content that was recorded, whatever its UID. Raises MailboxError or LedgerError.
    """
    wanted = {message.key for message in messages}
    places = [place for message in messages for place in message.places]
    origins = [Origin(mailbox, str(uid), uidvalidity, uid) for mailbox, uidvalidity, uid in places]
    try:
        for batch in folder.search(origins, periods(messages)):
            keys = {origin: key for origin, key in _keys(batch, ledger) if key in wanted}
            removed = set(folder.remove(list(keys)) if keys and folder.is_able() else ())
            yield from (Found(folder.name, key, origin in removed) for origin, key in keys.items())
    finally:
        folder.close()


def periods(messages: Iterable[NamedMessage]) -> list[Period]:
    """When a server may have stored ``messages``, in order and apart from each other.

    It did before the ledger had them; of those that came again nobody knows when.
    """
    several: list[Period] = []
    for period in sorted(map(_period, messages), key=attrgetter("since")):
        last = several[-1] if several else None
        if last is None or (last.before and last.before < period.since):
            several.append(period)
        elif last.before and (period.before is None or period.before > last.before):
            several[-1] = Period(last.since, period.before)
    return several


def _period(message: NamedMessage) -> Period:
    since, before = message.arrived_at - SLACK, message.recorded_at + SLACK
    return Period(since.date(), before.date() if len(message.places) == 1 else None)


def _keys(batch: Batch, ledger: Ledger) -> Iterator[tuple[Origin, bytes]]:
    """The key of each message."""
    for message, fingerprint in zip(batch.messages, fingerprints_of(batch.messages, ledger), strict=True):
        yield message.origin, recorded.key(fingerprint)
