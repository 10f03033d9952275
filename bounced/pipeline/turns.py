"""In which order the new messages of a batch are parsed, and which of them are read later.

1. Messages of a source that has had its processor time come after those of others, and later where that is allowed
   (bounced.ledger.deferrals).
2. So does a message whose DKIM key the DNS did not answer about, unless it is verified without it.
3. Before messages are parsed together, the first of them is noted as tried. The note goes with the transaction that
   takes the message: when it is found, the process that wrote it has died over these messages.
4. Then the messages are parsed one by one, each noted before. One that crashed as many processes as
   DAEMON_CRASHES_ALLOWED is unreadable. A worker is there before anything is noted, so that a kill from outside hardly
   ever falls into the millisecond that a message takes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from bounced.ledger.deferrals import Cause, Deferral
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Parsed
from bounced.workers import Workers

#: Crashes of the daemon that are one message's fault. More than two, since people and power cuts kill, too.
DAEMON_CRASHES_ALLOWED = 3

NOBODY: frozenset[str] = frozenset()


class Turns:
    """The turns of ``new``, messages that the ledger does not know."""

    def __init__(self, new: Sequence[Item], ledger: Ledger, workers: Workers, *, may_defer: bool) -> None:
        self._waiting = dict(enumerate(new))
        self._ledger = ledger
        self._workers = workers
        self._may_defer = may_defer
        self.alone = ledger.crashes.among(item.fingerprint for item in new)
        self.deferred: list[Deferral] = []

    @property
    def left(self) -> int:
        """How many are neither parsed nor deferred."""
        return len(self._waiting)

    def parsed(self) -> Iterator[Item]:
        """Yields each that is not ``deferred``, parsed."""
        while self._waiting:
            late = NOBODY if self.alone else self._workers.used_up()
            prompt = {n: item for n, item in self._waiting.items() if not late or self._source(item) not in late}
            if not prompt:
                self._defer_late()
            yield from self._until_others_are_late(prompt or self._waiting, late)

    def _until_others_are_late(self, items: Mapping[int, Item], late: frozenset[str]) -> Iterator[Item]:
        """Parses ``items``, until the sources that are ``late`` are others."""
        with closing(self._results(list(items.values()))) as results:
            for number, parsed in zip(tuple(items), results, strict=True):
                item = replace(self._waiting.pop(number), parsed=parsed)
                if not (parsed.wants and self._is_deferred(item, "key")):
                    yield item
                if not self.alone and self._workers.used_up() > late:
                    return

    def _defer_late(self) -> None:
        deferred = [number for number, item in self._waiting.items() if self._is_deferred(item, "processor")]
        for number in deferred:
            del self._waiting[number]

    def _is_deferred(self, item: Item, cause: Cause) -> bool:
        """True when ``item`` is read later, and noted to be."""
        if not self._may_defer or (item.parsed and all(event.trust == "verified" for event in item.parsed.events)):
            return False
        deferral = Deferral(item.message.origin, item.fingerprint, cause, self._source(item))
        may_wait = self._ledger.deferrals.may_wait(deferral, self.deferred)
        self.deferred += [deferral] if may_wait else []
        return may_wait

    def _source(self, item: Item) -> str:
        return self._workers.source(item.message)

    def _results(self, items: Sequence[Item]) -> Generator[Parsed]:
        """The results of parsing ``items``, together or each alone, in order."""
        for group in [[item] for item in items] if self.alone else filter(None, [items]):
            first = group[0].fingerprint
            if self.alone and self._ledger.crashes.count(first) >= DAEMON_CRASHES_ALLOWED:
                yield Parsed("unreadable", problem=f"crashed the daemon {DAEMON_CRASHES_ALLOWED} times")
                continue
            if self.alone:
                self._workers.warm_up()
            self._ledger.crashes.note(first)
            yield from self._workers.parse([item.message for item in group])
