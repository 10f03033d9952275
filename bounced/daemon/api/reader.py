"""Answers from the database, read-only. For one thread, which it may keep for READ_SECONDS.

1. It answers as `bounced check` and the other commands do, by the same functions.
2. A tenant's token is answered of that tenant, and of nobody else.
3. Each statement is its own transaction: a slow client keeps none open, and the daemon never waits.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any, TypeVar, cast

from sqlite_utils import Database

from bounced import address, times
from bounced.config import Config
from bounced.daemon.api import answers
from bounced.daemon.api.problems import Fault, Problem
from bounced.daemon.api.requests import (
    CheckBody,
    CheckQuery,
    ExplainQuery,
    ListQuery,
    NoQuery,
    OutboxQuery,
    RatesQuery,
    cursor,
)
from bounced.daemon.sinks import message
from bounced.ledger import explanation, pages, queries, reading
from bounced.ledger.current_file import CurrentFile
from bounced.ledger.in_force import in_force
from bounced.policy.scopes import forbidding

#: Seconds that a lock is waited for, and that one answer may take to read.
BUSY_SECONDS = 2.0
READ_SECONDS = 10.0

#: Steps of SQLite's machine between two looks at the clock.
STEPS = 20_000

#: Changes that are looked through at once for those of a tenant.
SCANNED_CHANGES_LIMIT = 20_000

Row = Mapping[str, Any]
Result = TypeVar("Result")


class Reader:
    """Reads the database of ``config``. Every method raises LedgerError and Problem."""

    def __init__(self, config: Config) -> None:
        self._streams, self._rule, self._tenant = config.streams, config.rule(), ""
        self._file = CurrentFile(config.database.path, BUSY_SECONDS)

    def of(self, tenant: str) -> Reader:
        """The same database, asked for ``tenant``; ``""`` for what is nobody's."""
        other = copy(self)
        other._tenant = tenant
        return other

    def check(self, query: CheckQuery) -> answers.CheckAnswer:
        """Whether one address may be mailed."""
        bare = _key(query.address)
        key = address.of_tenant(self._tenant, bare)
        with self._reading() as db:
            rows = in_force(db, [key], self._scopes(query.scope)).get(key, [])
        return {"address": bare, "allowed": not rows, "suppressions": list(map(_suppression, rows))}

    def check_many(self, body: CheckBody) -> answers.CheckManyAnswer:
        """Which addresses must not be mailed."""
        keys = [address.of_tenant(self._tenant, key) for key in _keys(body.addresses)]
        with self._reading() as db:
            rows = in_force(db, keys, self._scopes(body.scope))
        forbidden = ((text, rows[key]) for text, key in zip(body.addresses, keys, strict=True) if key in rows)
        suppressed: list[answers.SuppressedAnswer] = [
            {"address": text, "suppressions": list(map(_suppression, against))} for text, against in forbidden
        ]
        return {"checked": len(keys), "suppressed": suppressed}

    def suppressions(self, query: ListQuery) -> answers.ListAnswer:
        """A page of the suppressions in force."""
        with self._reading() as db:
            last = pages.ends(db).last
            rows = pages.suppressions(db, query.cursor, query.limit + 1, self._tenant)
        page = rows[: query.limit]
        more = cursor(pages.Key(*(page[-1][name] for name in pages.Key._fields))) if len(rows) > len(page) else None
        return {"suppressions": list(map(_suppression, page)), "next_cursor": more, "last_change": last}

    def explain(self, query: ExplainQuery) -> answers.ExplainAnswer:
        """Everything about an address."""
        key = address.of_tenant(self._tenant, _key(query.address))
        with self._reading() as db:
            return cast(
                answers.ExplainAnswer, explanation.explain(_database(db), key, self._rule, times.now(), query.limit)
            )

    def outbox(self, query: OutboxQuery) -> answers.OutboxAnswer:
        """Changes after one."""
        with self._reading() as db:
            last = pages.ends(db).last
            end = min(last, query.after + SCANNED_CHANGES_LIMIT)
            notices = pages.changes(db, query.after, end, query.limit, self._tenant)
            ends = pages.ends(db)  # afterwards: what is deleted in between is missed, and told
        if not ends.has_all_after(query.after):
            raise Problem(410, f"not all changes after {query.after} are here: read /v1/suppressions again, then go on")
        changes = [cast(answers.ChangeAnswer, message(notice)) for notice in notices]
        after = changes[-1]["id"] if len(changes) == query.limit else end  # a tenant skips those of others
        return {"changes": changes, "after": after, "last_change": last}

    def rates(self, query: RatesQuery) -> answers.RatesAnswer:
        """Bounce and complaint rates."""
        with self._reading() as db:
            rows = list(queries.health(_database(db), query.dimension or "", self._tenant))
        return {"rates": [cast(answers.RateAnswer, {**row, "pause": bool(row["pause"])}) for row in rows]}

    def health(self, _: NoQuery) -> answers.HealthAnswer:
        """That the database can be read."""
        with self._reading() as db:
            pages.ends(db)
        return {"status": "ok"}

    def close(self) -> None:
        """Closes the database."""
        self._file.close()

    def _scopes(self, scope: str) -> Sequence[str]:
        return forbidding(scope, self._streams)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The database, whose statements end with LedgerError after READ_SECONDS."""
        with reading.errors(self._file.path):
            db, end = self._file.current(), time.monotonic() + READ_SECONDS
            db.set_progress_handler(lambda: time.monotonic() > end, STEPS)
            yield db


def _database(db: sqlite3.Connection) -> Database:
    return Database(db, execute_plugins=False)


def _key(text: str) -> str:
    """The address as the database has it. Raises Problem."""
    try:
        return address.key(text)
    except ValueError as error:
        hint = "; write + as %2B in a URL" if " " in text else ""
        raise Problem(400, f"address: {error}{hint}") from None


def _keys(texts: Sequence[str]) -> list[str]:
    try:
        return list(map(address.key, texts))
    except ValueError:
        raise Problem(400, "addresses: none was checked", faults=_faults(texts)) from None


def _faults(texts: Sequence[str]) -> list[Fault]:
    """Which texts are no addresses."""
    problems = ((place, _problem(address.key, text)) for place, text in enumerate(texts))
    return [{"pointer": f"/addresses/{place}", "detail": problem} for place, problem in problems if problem]


def _problem(convert: Callable[[str], Result], text: str) -> str:
    try:
        convert(text)
    except ValueError as error:
        return str(error)
    return ""


def _suppression(row: Row) -> answers.SuppressionAnswer:
    shown = {name: row[name] for name in answers.SuppressionAnswer.__annotations__}
    return cast(answers.SuppressionAnswer, {**shown, "address": address.by_tenant(row["address"])[1]})
