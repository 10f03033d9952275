"""In which order the new messages of a batch are parsed, and which of them are read later.

1. Messages of a source that has had its processor time come after those of others, and later where that is allowed
   (bounced.ledger.deferrals).
2. So does a message whose DKIM key the DNS did not answer about, unless it is verified without it.
3. Before messages are parsed together, the first of them is noted as tried. The note goes with the transaction that
   takes the message: when it is found, the process that wrote it has died over these messages.
4. Then the messages are parsed one by one, each noted before. One that crashed as many processes as
   DAEMON_CRASHES_ALLOWED is unreadable. A worker is there before anything is noted, so that a kill from outside hardly
   ever falls into the millisecond that a message takes.
5. Where no worker can be started, or the workers are stopped, the notes are taken back: no message is to blame.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from bounced.errors import LedgerError, NoWorkers
from bounced.ledger.deferrals import Cause, Deferral
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Parsed
from bounced.workers import Workers
from bounced.workers.pools import Stopped
from bounced.workers.results import Results

#: Crashes of the daemon that are one message's fault. More than two, since people and power cuts kill, too.
DAEMON_CRASHES_ALLOWED = 3

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Turn:
    """Messages that are parsed together, by their numbers, and the sources that come after them."""

    numbers: tuple[int, ...]
    results: Results | Generator[Parsed]
    late: frozenset[str]


class Turns:
    """The turns of ``new``, messages that the ledger does not know."""

    def __init__(self, new: Sequence[Item], ledger: Ledger, workers: Workers, *, may_defer: bool) -> None:
        self._waiting = dict(enumerate(new))
        self._ledger = ledger
        self._workers = workers
        self._may_defer = may_defer
        self.alone = ledger.crashes.among(item.fingerprint for item in new)
        self.deferred: list[Deferral] = []
        self._turn: _Turn | None = None  # has begun
        self._noted: list[str] = []  # fingerprints

    @property
    def left(self) -> int:
        """How many are neither parsed nor deferred."""
        return len(self._waiting)

    def begin(self) -> None:
        """Hands the first of them to the workers, so that others can be taken meanwhile; not what is parsed alone."""
        late = self._workers.used_up()
        prompt = self._prompt(late)
        if prompt and not self.alone:
            self._turn = self._turn_of(prompt, late)

    def parsed(self) -> Iterator[Item]:
        """Yields each that is not ``deferred``, parsed. Raises Stopped and NoWorkers."""
        try:
            while turn := self._turn or self._next():
                self._turn = None
                yield from self._until_others_are_late(turn)
        except (NoWorkers, Stopped):
            with suppress(LedgerError):
                self._ledger.crashes.withdraw(self._noted)
            raise

    def close(self) -> None:
        """Forgets what was handed to the workers and is not to be parsed."""
        if self._turn:
            self._turn.results.close()

    def _next(self) -> _Turn | None:
        late = NOBODY if self.alone else self._workers.used_up()
        prompt = self._prompt(late)
        if not prompt:
            self._defer_late()
        items = prompt or self._waiting
        return self._turn_of(items, late) if items else None

    def _prompt(self, late: frozenset[str]) -> dict[int, Item]:
        """Those that wait, but for sources that are ``late``."""
        return {n: item for n, item in self._waiting.items() if not late or self._source(item) not in late}

    def _turn_of(self, items: Mapping[int, Item], late: frozenset[str]) -> _Turn:
        parse = self._one_by_one if self.alone else self._together
        return _Turn(tuple(items), parse(list(items.values())), late)

    def _until_others_are_late(self, turn: _Turn) -> Iterator[Item]:
        """Parses the messages of ``turn``, until the sources that are late are others."""
        with closing(turn.results) as results:
            for number, parsed in zip(turn.numbers, results, strict=True):
                item = replace(self._waiting.pop(number), parsed=parsed)
                if not (parsed.wants and self._is_deferred(item, "key")):
                    yield item
                if not self.alone and self._workers.used_up() > turn.late:
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

    def _together(self, items: Sequence[Item]) -> Results:
        """The results of parsing ``items``, in order."""
        self._note(items[0])
        return self._workers.parse([item.message for item in items])

    def _one_by_one(self, items: Sequence[Item]) -> Generator[Parsed]:
        """The results of parsing each of ``items`` alone, in order."""
        for item in items:
            if self._ledger.crashes.count(item.fingerprint) >= DAEMON_CRASHES_ALLOWED:
                yield Parsed("unreadable", problem=f"crashed the daemon {DAEMON_CRASHES_ALLOWED} times")
                continue
            self._workers.warm_up()
            self._note(item)
            yield from self._workers.parse([item.message])

    def _note(self, item: Item) -> None:
        self._ledger.crashes.note(item.fingerprint)
        self._noted.append(item.fingerprint)
