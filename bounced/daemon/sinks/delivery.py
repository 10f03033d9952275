"""Delivers the changes of the outbox to one sink: a job of the scheduler.

1. Changes go out in lanes, by their address: those of one address one after the other.
2. The position moves over what was taken or refused, and is written before more is read. What was taken beyond the
   first change that could not be delivered is remembered while the process runs; a restart delivers it again.
3. A sink that takes nothing backs off, alone; all of its changes stay in the outbox.
4. Changes that are none of the sink's are passed over (of another tenant, say).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from zlib import crc32

from bounced.daemon import log
from bounced.daemon.sinks import Refused, Sink, Unavailable
from bounced.errors import LedgerError
from bounced.ledger.sinks import Notice, Sinks
from bounced.peer import printable
from bounced.sources.retry import Pause

#: Changes that are read at once, and after which the position is written.
NOTICES_LIMIT = 500

#: Characters of a problem that are kept.
PROBLEM_LENGTH_LIMIT = 300


@dataclass(slots=True)
class Outcome:
    """What came of some changes: the numbers of those that were taken, why others were refused, why it stopped."""

    taken: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)
    stopped: Unavailable | None = None


class Delivery:
    """The job of the sink ``name``. ``run_in`` schedules it anew, in so many seconds."""

    def __init__(
        self,
        name: str,
        sink: Sink,
        sinks: Sinks,
        pause: Pause,
        run_in: Callable[[str, float], None],
        is_for: Callable[[Notice], bool] = lambda _: True,
    ) -> None:
        self.name = f"sink:{name}"
        self._sink_name = name
        self._sink = sink
        self._sinks = sinks
        self._is_for = is_for
        self._pause = pause
        self._run_in = run_in
        self._ahead: set[int] = set()  # taken or refused, beyond the position
        self._ended, self._followed = False, False

    @property
    def problem(self) -> str:
        """Why the sink takes nothing, ``""`` when it does."""
        return self._pause.problem

    def follow(self) -> None:
        """Begins with the sink, if it is new: with changes from now on. Raises LedgerError."""
        if not self._followed:
            self._sinks.follow(self._sink_name)
            self._followed = True

    def run(self) -> None:
        """Delivers all that there is, or backs off. Raises LedgerError when the database is lost."""
        try:
            self.follow()
            while not self._ended and not self._pause.left() and self._step():
                pass
        except LedgerError as error:
            if not error.passing:
                raise
            self._back_off(Unavailable(str(error)))
        if left := self._pause.left():
            self._run_in(self.name, left)

    def end(self) -> None:
        """Ends deliveries for good; what is under way fails, or is delivered again by the next run."""
        self._ended = True
        self._sink.close()

    def _step(self) -> bool:
        """Delivers the next changes; False when there are none, or the sink takes none."""
        notices = self._sinks.next(self._sink_name, NOTICES_LIMIT)
        self._ahead |= {notice.id for notice in notices if not self._is_for(notice)}
        outcome = self._delivered([notice for notice in notices if notice.id not in self._ahead])
        self._ahead |= outcome.taken | outcome.refused.keys()
        if position := _position(notices, self._ahead):
            self._sinks.delivered(self._sink_name, position, outcome.refused)
            self._ahead = {change for change in self._ahead if change > position}
        for change, problem in outcome.refused.items():
            log.fact(logging.WARNING, "sink-refused", sink=self._sink_name, change=change, problem=problem)
        if self._ended:
            return False
        if outcome.stopped:
            if outcome.taken or outcome.refused:
                self._pause.lift()  # it works now and then: no long pause
            self._back_off(outcome.stopped)
        elif self._pause.end():
            log.fact(logging.INFO, "sink-recovered", sink=self._sink_name)
        return bool(notices) and outcome.stopped is None

    def _delivered(self, notices: Sequence[Notice]) -> Outcome:
        outcome = Outcome()
        lanes: dict[int, list[Notice]] = {}
        for notice in notices:
            lanes.setdefault(crc32(notice.address.encode()) % self._sink.lanes, []).append(notice)
        try:
            if len(lanes) > 1:
                with ThreadPoolExecutor(len(lanes), "sink") as threads:
                    list(threads.map(lambda lane: self._follow(lane, outcome), lanes.values()))
            else:
                self._follow(notices, outcome)
            self._sink.flush()
        except Unavailable as error:  # whatever was delivered may not last
            return Outcome(stopped=error)
        return outcome

    def _follow(self, lane: Sequence[Notice], outcome: Outcome) -> None:
        """Delivers changes one after the other, until the sink takes no more, in whichever lane."""
        for notice in lane:
            if self._ended or outcome.stopped:
                return
            try:
                self._sink.deliver(notice)
            except Refused as error:
                outcome.refused[notice.id] = printable(str(error), PROBLEM_LENGTH_LIMIT)
            except Unavailable as error:
                outcome.stopped = error
                return
            else:
                outcome.taken.add(notice.id)

    def _back_off(self, error: Unavailable) -> None:
        problem = printable(str(error), PROBLEM_LENGTH_LIMIT)
        if self._pause.begin(problem, seconds=error.seconds):
            log.fact(logging.WARNING, "sink-failed", sink=self._sink_name, problem=problem)
        self._sinks.failed(self._sink_name, problem)


def _position(notices: Sequence[Notice], done: set[int]) -> int:
    """The last of ``notices`` up to which all are ``done``, 0 when the first is not."""
    position = 0
    for notice in notices:
        if notice.id not in done:
            break
        position = notice.id
    return position
