"""Looks for problems once a minute, and has the ledger tell those that are to be told.

While the ledger can't be written (its disk is full, say) it can't tell anything either: that alone is told from here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bounced import times
from bounced.config import Config, Schedule
from bounced.config.secrets import without_secrets
from bounced.daemon import log
from bounced.daemon.alarms.channels import Channel, channels
from bounced.daemon.problems import search
from bounced.daemon.problems.kinds import BY_NAME
from bounced.daemon.sinks import Refused, Unavailable
from bounced.errors import LedgerError, UserError
from bounced.ledger import figures
from bounced.ledger.alarms import facts
from bounced.ledger.ledger import Ledger
from bounced.ledger.sinks import Notice
from bounced.policy.alarms import Alarm, Problem, step

#: Between two looks.
INTERVAL = Schedule(timedelta(minutes=1))

#: What is wrong while the ledger can't be written, and how long that may last.
UNWRITABLE = ("database", "writing")
UNWRITABLE_PATIENCE = timedelta(minutes=5)


def judge(config: Config, ledger: Ledger) -> None:
    """Has the ledger tell what is wrong now. Raises LedgerError."""
    now = times.now()
    problems = search.problems(search.seen(figures.read(ledger.path, now), config, now))
    ledger.alarms.judge(problems, BY_NAME.keys() - set(config.alarms.off))


class Watch:
    """The job. Secrets are in ``environment``, where the configuration says so."""

    def __init__(
        self, ledger: Ledger, environment: Mapping[str, str], clock: Callable[[], datetime] = times.now
    ) -> None:
        self._ledger = ledger
        self._environment = environment
        self._clock = clock
        self._alarm: Alarm | None = None
        self._untold: dict[str, list[Notice]] = {}  # by the channel that has not taken them yet

    def run(self, config: Config) -> None:
        """Looks once. Raises LedgerError when the database is lost."""
        problem = self._judge(config)
        now, before = self._clock(), self._alarm
        self._alarm, change = step(before, problem, now)
        told = self._alarm or before
        notices = [Notice(0, times.iso(now), change, "", facts(told, problem))] if change and told else []
        if notices or self._untold:
            self._tell(config, notices)

    def _judge(self, config: Config) -> Problem | None:
        """What keeps the ledger from being written."""
        try:
            judge(config, self._ledger)
        except LedgerError as error:
            if not error.passing:
                raise
            advice = BY_NAME["database"].advice
            return Problem(*UNWRITABLE, str(error), advice, is_critical=True, patience=UNWRITABLE_PATIENCE)
        return None

    def _tell(self, config: Config, notices: list[Notice]) -> None:
        """Tells ``notices``, and what was not told yet, without the ledger."""
        for notice in notices:
            log.change(notice)
        try:
            known = channels(config.alarms, self._environment, without_secrets(self._environment, config))
        except UserError as error:
            log.fact(logging.WARNING, "alarm-failed", problem=str(error))
            return
        untold = {channel.name: [*self._untold.get(channel.name, []), *notices] for channel in known}
        self._untold = {channel.name: untold[channel.name] for channel in known if not _told(channel, untold)}


def _told(channel: Channel, untold: Mapping[str, list[Notice]]) -> bool:
    """True when the channel has taken what it was not told yet."""
    try:
        for notice in untold[channel.name]:
            channel.sink.deliver(notice)
        channel.sink.flush()
    except (Refused, Unavailable) as error:
        log.fact(logging.WARNING, "alarm-failed", channel=channel.name, problem=str(error))
        return isinstance(error, Refused)
    return True
