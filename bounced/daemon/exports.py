"""Keeps the files of [export.NAME] current: seconds after a change, in one step, then the command.

1. Whoever changed the database, the daemon sees it: it looks at the numbers of the last changes.
2. What fails is in the log and in `bounced status`, and tried again, from the file on: the command runs only after it.
3. At the start every file is written once: nobody knows what became of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

from bounced.config import Config, Schedule
from bounced.config.export import ExportSection
from bounced.daemon import log
from bounced.daemon.scheduler import Scheduler
from bounced.errors import LedgerError, UserError
from bounced.ledger import exporting, reading
from bounced.ledger.exporting import Selection
from bounced.ledger.ledger import Ledger
from bounced.lists import target
from bounced.lists.maps import MAPS
from bounced.sources import commands
from bounced.sources.retry import Reminder

#: Between two looks for changes.
INTERVAL = Schedule(timedelta(seconds=2))

#: Seconds after which what failed is tried again.
RETRY_SECONDS = 30.0

#: Of the job in `bounced status`.
JOB = "export:{}"


class Export:
    """One file. ``scopes`` are those of which it has suppressions, ``None`` for any."""

    def __init__(
        self,
        name: str,
        section: ExportSection,
        scopes: tuple[str, ...] | None,
        ledger: Ledger,
        environment: Mapping[str, str],
    ) -> None:
        self._name = name
        self._section = section
        self._selection = Selection(scopes, tenant=section.tenant)
        self._ledger = ledger
        self._environment = environment
        self._written: tuple[int, ...] = ()
        self._retry_at = 0.0
        self._failing = Reminder()

    def run(self) -> None:
        """Writes the file and runs the command, if anything has changed since that was done."""
        if time.monotonic() < self._retry_at:
            return
        with closing(reading.opened(self._ledger.path)) as db:
            change = exporting.last_change(db)
            if change == self._written:
                return
            problem = self._export(exporting.lines(db, self._section.format, self._selection))
        if problem:
            self._retry_at = time.monotonic() + RETRY_SECONDS
        else:
            self._written = change
        self._note(problem)

    def _export(self, lines: target.Lines) -> str:
        """The problem, ``""`` for none."""
        table = MAPS[self._section.format].table if self._section.format in MAPS else ""
        try:
            target.write(Path(self._section.path), lines, Path(self._ledger.path), table)
            return self._run() if self._section.command else ""
        except LedgerError:
            raise
        except UserError as error:
            return str(error)

    def _run(self) -> str:
        seconds = self._section.timeout.total_seconds()
        return commands.attempt(self._section.command, self._environment, seconds)[1]

    def _note(self, problem: str) -> None:
        if problem and self._failing.is_due(problem):
            log.fact(logging.WARNING, "export-failed", name=self._name, problem=problem)
        elif not problem and self._failing.is_over():
            log.fact(logging.INFO, "export-recovered", name=self._name)
        self._ledger.upkeep.ran(JOB.format(self._name), problem)


class Exports:
    """All files of a configuration, each a job of ``scheduler``."""

    def __init__(self, ledger: Ledger, scheduler: Scheduler, environment: Mapping[str, str]) -> None:
        self._ledger = ledger
        self._scheduler = scheduler
        self._environment = environment
        self._names: set[str] = set()

    def take(self, config: Config) -> None:
        """Exports what ``config`` names from now on, and nothing else."""
        for name in self._names - config.export.keys():
            self._scheduler.remove(JOB.format(name))
        self._names = set(config.export)
        for name, section in config.export.items():
            scopes = exporting.scopes(section.format, section.scope, config.streams)
            export = Export(name, section, scopes, self._ledger, self._environment)
            self._scheduler.add(JOB.format(name), INTERVAL, partial(_passing, export))


def _passing(export: Export) -> None:
    """Runs ``export``; that the database is locked for now is no reason to end the daemon."""
    try:
        export.run()
    except LedgerError as error:
        if not error.passing:
            raise
