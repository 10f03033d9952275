"""Reads a batch so that no mail can hold the others up, and none can take the daemon down again and again.

1. Before a batch is read its first mail is noted as tried. The note goes with the transaction that takes the mail: when
   it is found, the process that wrote it has died over that batch.
2. Then the mails are read one by one, each noted before and taken at once. One that was tried by TRIES processes that
   did not survive it is unreadable. A worker is there before anything is noted, so that a kill from outside hardly ever
   falls into the millisecond that a mail takes.
3. What was read within PATIENCE seconds is taken then, and does not wait for the slow mails of its batch.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from bounced.ledger.ledger import Ledger
from bounced.model import Item, Parsed
from bounced.workers import Workers

#: Deaths of the daemon that are one mail's fault. More than two, since people and power cuts kill, too.
TRIES = 3

#: Seconds that mails wait for those that are read with them, of which each may take two.
PATIENCE = 5.0


def parts(
    items: Sequence[Item], known: Collection[str], ledger: Ledger, workers: Workers
) -> Iterator[tuple[list[Item], bool]]:
    """``items`` in order and in parts, each to be taken when it comes, with True for the last one.

    Items without a reading get one, but for those whose fingerprint is ``known``. Raises LedgerError or Stopped.
    """
    new = [item for item in items if item.parsed is None and item.fingerprint not in known]
    alone = bool(new) and ledger.tried(new[0].fingerprint) > 0
    readings = _one_by_one(new, ledger, workers) if alone else _together(new, ledger, workers)
    part: list[Item] = []
    since = time.monotonic()
    for number, item in enumerate(items, start=1):
        is_new = item.parsed is None and item.fingerprint not in known
        part.append(replace(item, parsed=next(readings)) if is_new else item)
        if number < len(items) and ((is_new and alone) or time.monotonic() - since > PATIENCE):
            yield part, False
            part, since = [], time.monotonic()
    yield part, True


def _together(new: Sequence[Item], ledger: Ledger, workers: Workers) -> Iterator[Parsed]:
    if new:
        ledger.trying(new[0].fingerprint)
        yield from workers.each([item.message for item in new])


def _one_by_one(new: Sequence[Item], ledger: Ledger, workers: Workers) -> Iterator[Parsed]:
    for item in new:
        if ledger.tried(item.fingerprint) >= TRIES:
            yield Parsed("unreadable", problem=f"{TRIES} daemons that read it died")
            continue
        workers.warm_up()
        ledger.trying(item.fingerprint)
        yield from workers.each([item.message])
