"""A database that takes changes by statements, through any DB-API driver (PEP 249).

1. The changes of a batch are one transaction; they count as delivered after its COMMIT. A connection lasts for one
   batch: none is found dead after an idle hour, and none is used from two threads.
2. A change that the database refuses (DataError, IntegrityError) is a dead letter. Its transaction is rolled back, what
   came before it is done again and committed at once, so that each change is done twice at most for the sake of others.
3. Everything else (no connection, no such table, a deadlock, a syntax error) is tried again for as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from bounced import times
from bounced.daemon.sinks import Current, Refused, Unavailable, is_told
from bounced.errors import UserError
from bounced.ledger.sinks import Notice
from bounced.lists.recipe import SqlAction
from bounced.lists.statement import STYLES, Statement, Value, statement
from bounced.peer import said
from bounced.policy import Suppression

#: The statements for a change, and their parameters.
Work = Callable[[Notice], tuple[Sequence[Statement], Mapping[str, Value]]]

#: Beside the errors of a driver, what drivers raise when they connect.
_OTHERS = (OSError, TypeError, ValueError)

#: A failed CHECK in MySQL and MariaDB, which their drivers take for an error of operation.
_CHECK_FAILED = frozenset((3819, 4025))

#: How drivers are told how long they may wait, in seconds, unless the admin does.
TIMEOUTS: Mapping[str, Sequence[str]] = {
    "sqlite3": ("timeout",),
    "psycopg": ("connect_timeout",),
    "psycopg2": ("connect_timeout",),
    "pymysql": ("connect_timeout", "read_timeout", "write_timeout"),
    "MySQLdb": ("connect_timeout", "read_timeout", "write_timeout"),
    "mysql.connector": ("connection_timeout",),
    "mariadb": ("connect_timeout", "read_timeout", "write_timeout"),
    "pymssql": ("login_timeout", "timeout"),
    "pyodbc": ("timeout",),
}

#: What a PostgreSQL server and its client library are told as well: of one that has vanished nothing else is heard.
_POSTGRESQL = ("psycopg", "psycopg2")


class Database:
    """A driver, and how it connects. Raises UserError for a module that is no driver."""

    def __init__(self, driver: str, connect: Mapping[str, str | int | bool], secret: str, seconds: float) -> None:
        self._driver: Any = import_module(driver)
        self.style = getattr(self._driver, "paramstyle", "")
        if self.style not in STYLES or not hasattr(self._driver, "connect"):
            raise UserError(f"driver: {driver} is no DB-API driver")
        self._secret = secret
        password = {"password": secret} if secret else {}
        self._arguments = {**_timeouts(driver, max(1, round(seconds))), **connect, **password}
        self._refusals = (self._driver.DataError, self._driver.IntegrityError)
        self.errors = (self._driver.Error, *_OTHERS)

    def connected(self) -> Any:
        """A connection. Raises what ``errors`` has."""
        return self._driver.connect(**self._arguments)

    def refuses(self, error: Exception) -> bool:
        """True for an error that is about what was to be written."""
        return isinstance(error, self._refusals) or not _CHECK_FAILED.isdisjoint(error.args[:1])

    def problem(self, error: Exception) -> str:
        """What is wrong, for people, without the secret."""
        return f"{type(error).__name__}: {said(error, self._secret)}"


class Sql:
    """Does the statements of ``work`` for each change."""

    lanes = 1

    def __init__(self, database: Database, work: Work) -> None:
        self._database = database
        self._work = work
        self._connection: Any = None
        self._uncommitted: list[Notice] = []
        self._lost = ""  # why the connection was lost

    def deliver(self, notice: Notice) -> None:
        """Does the statements, in the transaction of the batch. Raises Unavailable or Refused."""
        try:
            self._execute(notice)
        except self._database.errors as error:
            if not self._database.refuses(error):
                raise self._unavailable(error) from None
            self._again()
            raise Refused(self._database.problem(error)) from None

    def flush(self) -> None:
        """Commits. Raises Unavailable; nothing of the batch is in the database then, or all that was committed."""
        if self._connection is None and not self._uncommitted:
            return
        try:
            self._commit()
        except self._database.errors as error:
            raise self._unavailable(error) from None
        finally:
            self._uncommitted, self._lost = [], ""
            self.close()

    def close(self) -> None:
        """Closes the connection, whatever it is waiting for."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*self._database.errors):
                connection.close()

    def _execute(self, notice: Notice) -> None:
        statements, values = self._work(notice)
        if not statements:
            return
        if self._connection is None:
            self._check()
            self._connection = self._database.connected()
        cursor = self._connection.cursor()
        for each in statements:
            cursor.execute(each.text, each.parameters(values))
        cursor.close()
        self._uncommitted.append(notice)

    def _again(self) -> None:
        """Does and commits what came before a refused change. Raises Unavailable."""
        before, self._uncommitted = self._uncommitted, []
        try:
            self._connection.rollback()
            for notice in before:
                self._execute(notice)
            self._commit()
        except self._database.errors as error:
            self._uncommitted = before
            raise self._unavailable(error) from None
        self._uncommitted = []

    def _commit(self) -> None:
        self._check()
        if self._connection is not None:
            self._connection.commit()

    def _check(self) -> None:
        """Raises Unavailable where the connection, and with it the transaction of the batch, was lost."""
        if self._connection is None and self._uncommitted:
            raise Unavailable(self._lost or "the connection was closed")

    def _unavailable(self, error: Exception) -> Unavailable:
        self._lost = self._database.problem(error)
        self.close()
        return Unavailable(self._lost)


def of_changes(added: str, removed: str, every: str, style: str, current: Current) -> Work:
    """``added`` for a suppression that begins or changes, ``removed`` for one that ends, ``every`` for any change."""
    always = [statement(every, style)] if every else []
    by_type = {
        "suppression.added": added,
        "suppression.changed": added,
        "suppression.expired": removed,
        "suppression.removed": removed,
    }
    statements = {type_: [statement(text, style)] if text else [] for type_, text in by_type.items()}

    def work(notice: Notice) -> tuple[Sequence[Statement], Mapping[str, Value]]:
        suppressed = int(notice.address != "" and current(notice.key) is not None)
        return [*always, *statements.get(notice.type, [])], {**_of_change(notice), "suppressed": suppressed}

    return work


def of_recipe(action: SqlAction, prefix: str, style: str, current: Current) -> Work:
    """What a recipe does about what is in force; ``prefix`` is that of the tables."""

    def ready(texts: Sequence[str]) -> list[Statement]:
        return [statement(text.replace("{prefix}", prefix), style) for text in texts]

    block, release = ready(action.block), ready(action.release)

    def work(notice: Notice) -> tuple[Sequence[Statement], Mapping[str, Value]]:
        if not is_told(notice):
            return [], {}
        suppression = current(notice.key)
        facts = {} if suppression is None else _of_suppression(suppression)
        return release if suppression is None else block, {**_of_change(notice), **facts}

    return work


def _of_change(notice: Notice) -> dict[str, Value]:
    facts: dict[str, Value] = {name: notice.data.get(name) for name in _MEMBERS}
    seconds: dict[str, Value] = {f"{name}_seconds": _unix(notice.data.get(name)) for name in ("since", "until")}
    change: dict[str, Value] = {
        "id": notice.id,
        "type": notice.type,
        "timestamp": notice.written_at,
        "address": notice.address,
        "tenant": notice.tenant,
    }
    return {**facts, **seconds, **change}


_MEMBERS = ("scope", "cause", "reason", "class", "since", "until", "detail", "stream", "campaign", "happened_at")


def _of_suppression(suppression: Suppression) -> dict[str, Value]:
    since, until = times.iso(suppression.since), times.iso_or_none(suppression.until)
    return {"reason": suppression.reason, "since_seconds": _unix(since), "until_seconds": _unix(until)}


def _unix(date: str | None) -> int | None:
    return times.seconds(times.parse(date)) if date else None


def _timeouts(driver: str, seconds: int) -> dict[str, str | int]:
    keys: dict[str, str | int] = dict.fromkeys(TIMEOUTS.get(driver, ()), seconds)
    if driver in _POSTGRESQL:
        keys |= {"tcp_user_timeout": seconds * 1000, "options": f"-c statement_timeout={seconds * 1000}"}
    return keys
