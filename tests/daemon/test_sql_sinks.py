"""SQL sinks: sqlite3, a real PostgreSQL (psycopg) and a real MariaDB (pymysql); recipes that write to databases."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bounced.daemon.sinks import Refused, Unavailable
from bounced.daemon.sinks.sql import Database
from bounced.errors import UserError
from bounced.ledger.ledger import Ledger
from tests.conftest import missing
from tests.support import databases, sinks
from tests.support.databases import Server
from tests.support.ledger import failed
from tests.support.sinks import dead, release, state, suppress, take

ANNA = "anna@b.test"

#: As docs/sinks.md has it: what is in force, in a table with a row for each suppression.
ADDED = """
INSERT INTO suppressed (address, scope, cause, reason, since) VALUES (:address, :scope, :cause, :reason, :since)
ON CONFLICT (address, scope, cause) DO UPDATE SET reason = excluded.reason, since = excluded.since
"""
ADDED_MYSQL = """
REPLACE INTO suppressed (address, scope, cause, reason, since)
VALUES (:address, :scope, :cause, :reason, FROM_UNIXTIME(:since_seconds))
"""
REMOVED = "DELETE FROM suppressed WHERE address = :address AND scope = :scope AND cause = :cause"

TABLE = """
CREATE TABLE suppressed (address varchar(200) NOT NULL CHECK (address <> 'bad@b.test'), scope varchar(20) NOT NULL,
    cause varchar(20) NOT NULL, reason varchar(20) NOT NULL, since {date} NOT NULL, PRIMARY KEY (address, scope, cause))
"""
DATES = {"sqlite3": "text", "psycopg": "timestamptz", "pymysql": "datetime"}


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    if databases.postgresql_programs() is None:
        missing("PostgreSQL (Debian: postgresql)")
    with databases.running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    if databases.mariadb_is_missing():
        missing("MariaDB (`make servers`)")
    with databases.running_mariadb() as server:
        yield server


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, sinks.AT_ONCE) as opened:
        opened.sinks.follow("crm")
        yield opened


class Shop:
    """The database that is written to."""

    def __init__(self, driver: str, connect: dict[str, Any]) -> None:
        self.driver, self.connect = driver, connect

    def do(self, *statements: str) -> list[tuple[Any, ...]]:
        """The rows of the last of ``statements``."""
        connection = import_module(self.driver).connect(**self.connect)
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
        finally:
            connection.close()
        return [tuple(row) for row in rows]


@pytest.fixture(params=["sqlite3", "psycopg", "pymysql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """A database with the table, for each driver."""
    if request.param == "sqlite3":
        opened = Shop("sqlite3", {"database": str(tmp_path / "shop.db")})
    else:
        server: Server = request.getfixturevalue({"psycopg": "postgresql", "pymysql": "mariadb"}[request.param])
        opened = Shop(server.driver, dict(server.connect))
    opened.do("DROP TABLE IF EXISTS suppressed", TABLE.format(date=DATES[opened.driver]))
    return opened


@pytest.fixture
def sqlite(tmp_path: Path) -> Shop:
    opened = Shop("sqlite3", {"database": str(tmp_path / "shop.db")})
    opened.do(TABLE.format(date="text"))
    return opened


def keys(shop: Shop, **more: Any) -> dict[str, Any]:
    """Of the sink."""
    return {"driver": shop.driver, "connect": shop.connect, "timeout": "20s", **more}


def added(shop: Shop) -> str:
    return ADDED_MYSQL if shop.driver == "pymysql" else ADDED


def test_what_is_in_force_is_a_table(ledger: Ledger, shop: Shop) -> None:
    job = sinks.delivery(ledger, sinks.sink(ledger, **keys(shop, added=added(shop), removed=REMOVED)))
    take(ledger, 1, failed(ANNA))
    take(ledger, 2, sinks.complaint(ANNA))
    suppress(ledger, "o'neill@b.test", "100%@b.test")
    job.run()
    assert state(ledger) == (0, 0, "")
    rows = "SELECT address, scope, cause, reason FROM suppressed ORDER BY 1, 2"
    assert shop.do(rows) == [
        ("100%@b.test", "all", "manual", "manual"),
        (ANNA, "all", "bounce", "user_unknown"),
        (ANNA, "marketing", "complaint", "abuse"),
        ("o'neill@b.test", "all", "manual", "manual"),
    ]
    release(ledger, "100%@b.test", "o'neill@b.test")
    ledger.decisions.decide([ANNA], "release", "all", "")
    job.run()
    assert shop.do(rows) == [(ANNA, "marketing", "complaint", "abuse")]


def test_a_column_says_whether_anything_is_in_force(ledger: Ledger, shop: Shop) -> None:
    shop.do("DROP TABLE IF EXISTS users", "CREATE TABLE users (email varchar(200), blocked int)")
    shop.do(f"INSERT INTO users VALUES ('{ANNA}', 0), ('carl@b.test', 0)")
    text = "UPDATE users SET blocked = :suppressed WHERE email = :address -- 100 % of :them"
    job = sinks.delivery(ledger, sinks.sink(ledger, **keys(shop, statement=text)))
    take(ledger, 1, failed(ANNA))
    take(ledger, 2, sinks.complaint(ANNA))
    job.run()
    assert shop.do("SELECT * FROM users ORDER BY 1") == [(ANNA, 1), ("carl@b.test", 0)]
    ledger.decisions.decide([ANNA], "release", "all", "")
    job.run()
    assert shop.do("SELECT blocked FROM users WHERE email LIKE 'anna%'") == [(1,)], "the complaint is in force"
    release(ledger, ANNA)
    job.run()
    assert shop.do("SELECT blocked FROM users WHERE email LIKE 'anna%'") == [(0,)]


def test_what_the_database_refuses_is_a_dead_letter_and_the_rest_is_there(ledger: Ledger, shop: Shop) -> None:
    job = sinks.delivery(ledger, sinks.sink(ledger, **keys(shop, added=added(shop))))
    refused = "bad@b.test"
    for number, address in enumerate(("a@b.test", refused, "c@b.test", f"{'x' * 195}@b.test", "e@b.test")):
        take(ledger, number, failed(address))
    job.run()
    waiting, letters, _ = state(ledger)
    written = [address for (address,) in shop.do("SELECT address FROM suppressed ORDER BY 1")]
    expected = ["a@b.test", "c@b.test", "e@b.test"]
    assert [address for address in written if not address.startswith("x")] == expected
    assert (waiting, letters) == (0, 5 - len(written))
    assert "constraint" in dead(ledger)[0].lower()


def test_a_statement_for_any_change_has_complaints_too(ledger: Ledger, sqlite: Shop) -> None:
    sqlite.do("CREATE TABLE log (id integer PRIMARY KEY, type text, address text, reason text)")
    text = "INSERT INTO log VALUES (:id, :type, :address, :reason) ON CONFLICT DO NOTHING"
    job = sinks.delivery(ledger, sinks.sink(ledger, **keys(sqlite, statement=text)))
    take(ledger, 1, sinks.complaint(ANNA))
    release(ledger, ANNA)
    job.run()
    kinds = {kind for (kind,) in sqlite.do("SELECT type FROM log")}
    assert kinds == {"complaint.received", "suppression.added", "suppression.removed"}


@pytest.mark.parametrize("broken", ["DROP TABLE suppressed", "ALTER TABLE suppressed RENAME COLUMN cause TO why"])
def test_what_is_wrong_with_the_database_is_tried_again(ledger: Ledger, shop: Shop, broken: str) -> None:
    job = sinks.delivery(ledger, sinks.sink(ledger, **keys(shop, added=added(shop))))
    suppress(ledger, ANNA)
    shop.do(broken)
    job.run()
    waiting, letters, problem = state(ledger)
    assert (waiting, letters) == (1, 0)
    assert "suppressed" in problem or "cause" in problem
    shop.do("DROP TABLE IF EXISTS suppressed", TABLE.format(date=DATES[shop.driver]))
    job.run()
    assert state(ledger) == (0, 0, "")


#: The server ends the connection at the n-th row, and only once: a sequence is not rolled back.
CUT = """
DROP SEQUENCE IF EXISTS moments; CREATE SEQUENCE moments;
CREATE OR REPLACE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('moments') = {moment} THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
        PERFORM pg_sleep(10);
    END IF;
    RETURN NEW;
END $$;
CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON suppressed {when} FOR EACH ROW EXECUTE FUNCTION cut();
"""


@pytest.mark.parametrize("when", ["", "DEFERRABLE INITIALLY DEFERRED"], ids=["insert", "commit"])
@pytest.mark.parametrize("moment", [1, 3, 5])
def test_a_connection_that_is_lost_loses_nothing(ledger: Ledger, postgresql: Server, moment: int, when: str) -> None:
    opened = Shop(postgresql.driver, dict(postgresql.connect))
    opened.do("DROP TABLE IF EXISTS suppressed", TABLE.format(date="timestamptz"))
    opened.do(CUT.format(moment=moment, when=when))
    job = sinks.delivery(ledger, sinks.sink(ledger, **keys(opened, added=ADDED)))
    suppress(ledger, *(f"{number}@b.test" for number in range(5)))
    job.run()
    waiting, letters, problem = state(ledger)
    assert (waiting, letters) == (5, 0)
    assert "AdminShutdown" in problem
    assert opened.do("SELECT count(*) FROM suppressed") == [(0,)]
    job.run()
    assert state(ledger) == (0, 0, "")
    assert opened.do("SELECT count(*) FROM suppressed") == [(5,)]


def test_a_server_that_restarts(ledger: Ledger) -> None:
    if databases.mariadb_is_missing():
        missing("MariaDB (`make servers`)")
    with databases.running_mariadb() as server:
        opened = Shop(server.driver, dict(server.connect))
        opened.do(TABLE.format(date="datetime"))
        job = sinks.delivery(ledger, sinks.sink(ledger, **keys(opened, added=ADDED_MYSQL)))
        suppress(ledger, ANNA)
        job.run()
        assert opened.do("SELECT address FROM suppressed") == [(ANNA,)]
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        suppress(ledger, "carl@b.test")
        job.run()
        waiting, letters, problem = state(ledger)
    assert (waiting, letters) == (1, 0)
    assert "OperationalError" in problem


def test_a_server_that_hangs_holds_nothing_up(ledger: Ledger, postgresql: Server) -> None:
    opened = Shop(postgresql.driver, dict(postgresql.connect))
    job = sinks.delivery(ledger, sinks.sink(ledger, **keys(opened, statement="SELECT pg_sleep(60)", timeout="1s")))
    suppress(ledger, ANNA)
    job.run()
    waiting, _, problem = state(ledger)
    assert waiting == 1
    assert "statement timeout" in problem


def test_a_secret_is_the_password_and_is_not_told(ledger: Ledger, postgresql: Server) -> None:
    opened = Shop(postgresql.driver, {**postgresql.connect, "user": "nobody-geheim"})
    job = sinks.delivery(ledger, sinks.sink(ledger, "geheim", **keys(opened, statement="SELECT 1")))
    suppress(ledger, ANNA)
    job.run()
    problem = state(ledger)[2]
    assert "nobody-***" in problem
    assert "geheim" not in problem


def test_a_file_that_another_program_has_locked(ledger: Ledger, sqlite: Shop) -> None:
    job = sinks.delivery(ledger, sinks.sink(ledger, **keys(sqlite, added=ADDED, timeout="1s")))
    suppress(ledger, ANNA)
    other = sqlite3.connect(sqlite.connect["database"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    job.run()
    assert "locked" in state(ledger)[2]
    other.execute("ROLLBACK")
    other.close()
    job.run()
    assert state(ledger) == (0, 0, "")


def test_a_module_that_is_no_driver() -> None:
    with pytest.raises(UserError, match="json is no DB-API driver"):
        Database("json", {}, "", 1.0)


#: lib/postal/message_db/migrations/14_create_suppressions.rb in https://github.com/postalserver/postal
POSTAL = """
CREATE TABLE suppressions (id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, type varchar(255) DEFAULT NULL,
    address varchar(255) DEFAULT NULL, reason varchar(255) DEFAULT NULL, timestamp decimal(18,6) DEFAULT NULL,
    keep_until decimal(18,6) DEFAULT NULL, KEY on_address (address(6)), KEY on_keep_until (keep_until))
"""

#: lib/Migrations/Db in https://github.com/mailpoet/mailpoet
MAILPOET = """
CREATE TABLE blog_mailpoet_subscribers (id int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email varchar(150) NOT NULL UNIQUE, status varchar(12) NOT NULL DEFAULT 'unconfirmed')
"""


def of_mariadb(server: Server) -> Shop:
    return Shop(server.driver, dict(server.connect))


def test_postal_holds_messages_to_who_is_on_its_list(ledger: Ledger, mariadb: Server) -> None:
    opened = of_mariadb(mariadb)
    opened.do("DROP TABLE IF EXISTS suppressions", POSTAL)
    opened.do("INSERT INTO suppressions (type, address, reason, keep_until) VALUES ('recipient', 'c@b.test', 'x', 5)")
    job = sinks.delivery(ledger, sinks.sink(ledger, kind="postal", **keys(opened)))
    take(ledger, 1, failed(ANNA))
    take(ledger, 2, failed("c@b.test"))
    job.run()
    assert state(ledger) == (0, 0, "")
    rows = "SELECT type, address, reason, timestamp > 0, keep_until > 20000000000 FROM suppressions ORDER BY address"
    assert opened.do(rows) == [
        ("recipient", ANNA, "user_unknown", 1, 1),
        ("recipient", "c@b.test", "user_unknown", None, 1),
    ]
    release(ledger, ANNA)
    job.run()
    assert opened.do("SELECT address FROM suppressions") == [("c@b.test",)]


@pytest.mark.parametrize(
    ("action", "blocked", "released"),
    [("block", "bounced", "subscribed"), ("unsubscribe", "unsubscribed", "unsubscribed")],
)
def test_mailpoet_has_a_status(ledger: Ledger, mariadb: Server, action: str, blocked: str, released: str) -> None:
    opened = of_mariadb(mariadb)
    opened.do("DROP TABLE IF EXISTS blog_mailpoet_subscribers", MAILPOET)
    opened.do(
        f"INSERT INTO blog_mailpoet_subscribers (email, status) VALUES ('{ANNA}', 'subscribed'), ('n@b.test', '')"
    )
    place = sinks.sink(ledger, kind="mailpoet", action=action, prefix="blog_", **keys(opened))
    job = sinks.delivery(ledger, place)
    take(ledger, 1, failed(ANNA))
    suppress(ledger, "@b.test")
    job.run()
    rows = "SELECT email, status FROM blog_mailpoet_subscribers ORDER BY 1"
    assert opened.do(rows) == [(ANNA, blocked), ("n@b.test", "")]
    release(ledger, ANNA, "@b.test")
    job.run()
    assert opened.do(rows) == [(ANNA, released), ("n@b.test", "")]
    assert state(ledger) == (0, 0, "")


def test_a_refusal_comes_from_the_sink_itself(ledger: Ledger, sqlite: Shop) -> None:
    place = sinks.sink(ledger, **keys(sqlite, added=ADDED))
    suppress(ledger, "bad@b.test")
    [notice] = ledger.sinks.next("crm", 10)
    with pytest.raises(Refused, match="IntegrityError: CHECK"):
        place.deliver(notice)
    place.close()
    with pytest.raises(Unavailable, match="no such table"):
        sinks.sink(ledger, **keys(Shop("sqlite3", {"database": ":memory:"}), added=ADDED)).deliver(notice)
