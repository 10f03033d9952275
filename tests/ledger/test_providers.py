"""A provider is the same everywhere: in the view of events, in filters, in rates, and for the rule."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bounced.ledger import database, filters, providers
from bounced.ledger.filters import Filter
from bounced.ledger.ledger import Ledger
from bounced.model import Event
from bounced.policy import Limit, Policy
from bounced.policy.providers import DOMAINS, SERVERS, provider
from tests.support.ledger import NOW, failed, item, rows

AT_ONCE = replace(Policy(), limits={**Policy().limits, "hard": Limit(1, 0)})
GOOGLE = "aspmx.l.google.com"

HOSTS = st.one_of(
    st.builds(
        "{}{}".format,
        st.sampled_from(["", "mx.", "a.b.", "not", "_x.", "..", " ", "é.", "K."]),
        st.sampled_from([*SERVERS]),
    ),
    st.text("ab.-_ \x00", max_size=12),
)


def of_events(path: str) -> list[tuple[str, str]]:
    return rows(path, "SELECT address, provider FROM events_view ORDER BY id")


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, AT_ONCE, clock=lambda: NOW) as ledger:
        yield ledger


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(HOSTS, st.sampled_from(["gmail.com", "b.test", "mail.ru", "web.de"])), min_size=1, max_size=20)
)
@example([("x" * 64 + ".google.com", "b.test"), ("x." * 10 + "google.com", "b.test"), ("MX.Google.COM.", "b.test")])
@example(
    [("a." * 130 + "google.com", "b.test"), ("google.com", "b.test"), ("x.mail.ru", "b.test"), ("y.microsoft", "c")]
)
def test_the_view_says_what_the_rule_says(
    tmp_path_factory: pytest.TempPathFactory, reported: list[tuple[str, str]]
) -> None:
    path = str(tmp_path_factory.mktemp("providers") / "bounced.db")
    events = [failed(f"a{n}@{domain}", remote_mta=host) for n, (host, domain) in enumerate(reported)]
    with Ledger(path, Policy()) as ledger:
        ledger.take([item(1, 0, *events)])
    assert of_events(path) == [(event.address, provider(event.address, event.remote_mta)) for event in events]


def test_an_address_with_two_signs_is_of_the_domain_behind_the_last(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, failed('"a@gmail.com"@b.test'))])
    assert of_events(path) == [('"a@gmail.com"@b.test', "b.test")]


def mixed(ledger: Ledger) -> None:
    events: list[Event] = [
        failed("a@gmail.com"),
        failed("b@googlemail.com"),
        failed("c@firm.test", remote_mta=GOOGLE),
        failed("d@firm.test"),
        failed("e@sub.gmail.com"),
        failed("f@b.test"),
    ]
    ledger.take([item(1, 0, *events)])
    ledger.upkeep.recount()


@pytest.mark.parametrize(
    ("name", "of_failures", "of_suppressions"),
    [
        ("google", "abc", "abcd"),  # where no server is stated, a suppression is of what others of the domain tell
        ("gmail.com", "ae", "ae"),
        ("firm.test", "cd", "cd"),
        ("b.test", "f", "f"),
        ("test", "cdf", "cdf"),
    ],
)
def test_filters_know_names_and_domains(ledger: Ledger, name: str, of_failures: str, of_suppressions: str) -> None:
    mixed(ledger)
    selected = filters.events(ledger._db, Filter(provider=name))
    assert "".join(address[0] for _, address in selected) == of_failures
    assert "".join(address[0] for address in filters.suppressed(ledger._db, Filter(provider=name))) == of_suppressions


def test_rates_and_volume_are_of_providers(ledger: Ledger, path: str) -> None:
    mixed(ledger)
    addresses = ["a@gmail.com", "b@googlemail.com", "c@firm.test", "d@firm.test", "f@b.test", "(acme)g@gmail.com"]
    day = NOW.date().isoformat()
    with closing(sqlite3.connect(path)) as sender, sender:
        sends = [(f"{n}-{address}", address, day) for address in addresses for n in range(10)]
        sender.executemany("INSERT INTO sends (message_id, address, sent_at) VALUES (?, ?, ?)", sends)
        counted = sender.execute("SELECT name, sum(sent) FROM volume_of_providers GROUP BY name").fetchall()
        failing = sender.execute("SELECT name, sum(bounces) FROM outcomes_of_providers GROUP BY name").fetchall()
    [(health,)] = rows(path, "SELECT sql FROM sqlite_master WHERE name = 'named_health'")
    assert "FROM volume_of_providers" in health and "FROM outcomes_of_providers" in health
    assert dict(counted) == {"google": 40, "b.test": 10, "(acme)google": 10}
    assert {name: bounces for name, bounces in failing if name in ("google", "b.test")} == {"google": 4, "b.test": 1}


def test_a_company_that_moves_is_of_the_server_that_answered_last(ledger: Ledger, path: str) -> None:
    known = "SELECT provider FROM provider_domains WHERE domain = 'firm.test'"
    for day, host in ((3, "firm-test.mail.protection.outlook.com"), (1, GOOGLE)):
        ledger.take([item(day, day, failed(f"{day}@firm.test", remote_mta=host))])
        ledger.upkeep.recount()
    assert rows(path, known) == [("microsoft",)]
    ledger.take([item(9, 9, failed("9@firm.test", remote_mta=GOOGLE))])
    ledger.upkeep.recount()
    assert rows(path, known) == [("google",)]


def test_what_is_held_tells_nothing_about_a_domain(path: str) -> None:
    with Ledger(path, replace(AT_ONCE, count={"bounce": "verified"}), clock=lambda: NOW) as ledger:
        ledger.take([item(1, 0, failed("a@firm.test", remote_mta=GOOGLE))])
        ledger.upkeep.recount()
    assert rows(path, "SELECT * FROM provider_domains WHERE domain = 'firm.test'") == []


def test_the_tables_become_those_of_the_version(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.take([item(1, 0, failed("a@firm.test", remote_mta=GOOGLE), failed("b@gmail.com"))])
        ledger.upkeep.recount()
    with closing(sqlite3.connect(path)) as earlier, earlier:
        earlier.execute("UPDATE meta SET value = 'other tables' WHERE name = 'providers'")
        earlier.execute("DELETE FROM route_providers")
        earlier.execute("UPDATE provider_domains SET provider = 'nobody' WHERE domain = 'gmail.com'")
        earlier.execute("INSERT INTO provider_domains VALUES ('gone.test', 'gone', NULL)")
    with Ledger(path, Policy(), clock=lambda: NOW):
        pass
    assert of_events(path) == [("a@firm.test", "google"), ("b@gmail.com", "google")]
    known = dict(rows(path, "SELECT domain, provider FROM provider_domains"))
    assert known == {**DOMAINS, "firm.test": "google"}


def test_what_no_event_refers_to_leaves_nothing(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        ledger.take([item(1, 0, failed("a@firm.test", remote_mta=GOOGLE))])
    assert rows(path, "SELECT count(*) FROM route_providers") == [(1,)]
    with closing(database.open_for_writing(path).conn) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("DELETE FROM routes WHERE remote_mta <> ''")
        assert db.execute("SELECT count(*) FROM route_providers").fetchone() == (0,)


def test_an_open_file_of_this_version_is_not_written_again(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        assert providers.are_known(ledger._db)
