"""Has threads read the database, so that the server hears everybody meanwhile, and none waits for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bounced.config import Config
from bounced.daemon import log
from bounced.daemon.api.problems import Problem
from bounced.daemon.api.reader import Reader
from bounced.errors import LedgerError
from bounced.sources.retry import Reminder

#: Seconds until a request is told to come again, and after how many.
ANSWER_SECONDS = 15.0
RETRY_AFTER = 5


class Lookups:
    """Two threads, each with its own reader: one for quick questions, which do not wait for the others."""

    def __init__(self, config: Config, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._path = config.database.path
        self._answer_seconds = answer_seconds
        self._lanes = {is_quick: (ThreadPoolExecutor(1, "lookup"), Reader(config)) for is_quick in (True, False)}
        self._failing = Reminder()

    @property
    def problem(self) -> str:
        """Why the database can't be read, ``""`` when it can."""
        return self._failing.problem

    async def answer(
        self, answer: Callable[[Reader, Any], Any], query: object, *, is_quick: bool, tenant: str = ""
    ) -> Any:
        """What ``answer`` returns for ``tenant``. Raises Problem."""
        thread, reader = self._lanes[is_quick]
        lookup = asyncio.get_running_loop().run_in_executor(thread, answer, reader.of(tenant), query)
        try:
            answered = await asyncio.wait_for(lookup, self._answer_seconds)
        except LedgerError as error:
            raise self._failed(str(error)) from None
        except TimeoutError:
            raise self._failed(f"{self._path}: no answer within {self._answer_seconds:g} s") from None
        if self._failing.is_over():
            log.fact(logging.WARNING, "lookup-recovered", database=self._path)
        return answered

    def close(self) -> None:
        """Closes the databases, once what is being read is. The process should exit then."""
        for thread, reader in self._lanes.values():
            thread.submit(reader.close)
            thread.shutdown(wait=False)

    def _failed(self, problem: str) -> Problem:
        """What the client is told, which is not where the database is; the log has that."""
        if self._failing.is_due(problem):
            log.fact(logging.WARNING, "lookup-failed", problem=problem, answer=503)
        return Problem(503, "the database can't be read now", {"Retry-After": str(RETRY_AFTER)})
