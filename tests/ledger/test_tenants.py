"""Several tenants in one ledger are as if each had a ledger of his own: nothing of one changes anything of another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced import Suppressions
from bounced.address import by_tenant, of_tenant
from bounced.errors import UserError
from bounced.ledger.filters import Filter
from bounced.ledger.ledger import Ledger
from bounced.lists.entry import Entry
from bounced.model import COUNTED_KINDS, Event, Item
from bounced.policy import Ladder, Limit, Policy
from bounced.policy.incidents import IncidentLimits
from tests.support.ledger import DAY0, Clock, failed, item

#: Every guard is near: what one tenant uses up would be missing to another.
POLICY = Policy(
    {**Policy().limits, "hard": Limit(2, 1)},
    expire={"hard": Ladder((timedelta(days=5),))},
    count=dict.fromkeys(COUNTED_KINDS, "plausible"),
    reports_per_address=3,
    addresses_per_message=2,
    complaints_per_source=1,
    unverified_per_source=2,
    stored_per_address=4,
    incidents=IncidentLimits(addresses=2, factor=1.5, learn=timedelta()),
)

TENANTS = ("acme", "globex", "")


@dataclass(frozen=True)
class Fact:
    """Something about mail of a tenant, recorded ``hour`` hours after DAY0; a report happened ``late`` before."""

    whose: str
    hour: int
    what: str
    who: int
    late: int
    message: int
    source: int

    @property
    def address(self) -> str:
        return ("kim@b.test", "lee@b.test", "max@c.test")[self.who]

    @property
    def message_id(self) -> str:
        """The same for all tenants. In a mailbox that is nobody's, ``sends`` says whose a report is."""
        return f"{self.message or 9}@{'shared' if self.whose else 'own'}.test"


KINDS = (
    *("failed", "failed", "failed", "failed", "many", "unverified", "complaint", "complaint", "delivered", "unnamed"),
    *("released", "suppressed", "allowed", "disallowed", "domain allowed", "listed", "sent", "recipient", "undone"),
)

facts = st.lists(
    st.builds(
        Fact,
        st.sampled_from(TENANTS),
        st.integers(0, 200),
        st.sampled_from(KINDS),
        st.integers(0, 2),
        st.integers(0, 30),
        st.integers(0, 3),
        st.just(0),
    ),
    max_size=16,
    unique_by=lambda fact: fact.hour,
)


def report(fact: Fact, tenant: str) -> Item:
    """What the mailbox of ``tenant`` gets."""
    name = fact.message_id if fact.message else ""
    source = f"192.0.2.{fact.source}"
    about: dict[str, Any] = {"original_message_id": name, "source": source, "campaign": "spring"}
    event = failed(fact.address, trust="plausible", **about)
    events = {
        "unverified": [replace(event, trust="unverified")],
        "many": [replace(event, address=f"{n}@many.test") for n in range(fact.hour % 3 + 2)],
        "complaint": [Event(fact.address, "complaint", feedback_type="abuse", trust="plausible", **about)],
        "delivered": [Event(fact.address, "delivered", "delivered", trust="plausible", **about)],
        "unnamed": [replace(event, address="", recipient_id="7", trust="plausible", original_message_id="")],
    }.get(fact.what, [event])
    read = item(fact.hour, (fact.hour - fact.late) / 24, *events)
    return replace(read, message=replace(read.message, tenant=tenant))


DECISIONS = {"released": "release", "suppressed": "suppress", "allowed": "allow", "disallowed": "disallow"}


def do(ledger: Ledger, clock: Clock, fact: Fact, tenant: str) -> None:
    clock.now = DAY0 + timedelta(hours=fact.hour)
    key = of_tenant(tenant, fact.address)
    if fact.what in DECISIONS:
        ledger.decisions.decide([key], DECISIONS[fact.what], "" if fact.what != "suppressed" else "all", "")  # type: ignore[arg-type]
    elif fact.what == "domain allowed":
        ledger.decisions.decide([of_tenant(tenant, "@b.test")], "allow", "", "")
    elif fact.what == "listed":
        ledger.lists.take([Entry(key, "bounce", "user_unknown", "hard", "", clock.now, "listed", "ses")])
    elif fact.what == "sent":
        row = [fact.message_id, key]
        sql = "INSERT INTO sends (message_id, address, campaign, sent_at) VALUES (?, ?, 'spring', ?)"
        sent_at = (clock.now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        ledger.write(lambda db: db.execute(f"{sql} ON CONFLICT DO NOTHING", [*row, sent_at]))
    elif fact.what == "recipient":
        sql = "INSERT INTO recipients (id, address) VALUES (?, ?) ON CONFLICT DO NOTHING"
        ledger.write(lambda db: db.execute(sql, [of_tenant(tenant, "7"), key]))
        list(ledger.attribute())
    elif fact.what == "undone":
        ledger.undo.undo(Filter(provider="b.test", tenant=tenant), "")
    else:
        ledger.take([report(fact, tenant)])


def folded(facts: Iterable[Fact], *, apart: bool) -> Ledger:
    """A ledger of ``facts``: of each tenant, or as nobody's."""
    clock = Clock()
    ledger = Ledger(":memory:", POLICY, dry_run=True, clock=clock)
    for fact in sorted(facts, key=lambda fact: fact.hour):
        do(ledger, clock, fact, "" if apart else fact.whose)
    clock.now = DAY0 + timedelta(days=60)
    ledger.tell_expired()
    ledger.upkeep.recount()
    return ledger


#: Of the views, what does not depend on what else is in the file.
QUESTIONS = (
    "SELECT tenant, address, scope, cause, reason, class, since, until, bounces, detail, address_unicode"
    " FROM tenant_suppressed_ever",
    "SELECT tenant, happened_at, address, kind, action, reason, doubt, campaign, trust, original_message_id,"
    " final_recipient, reported_from, recipient_id, address_unicode FROM tenant_events",
    "SELECT tenant, type, address, scope, cause, reason, since, until, detail FROM tenant_outbox",
    "SELECT tenant, address, since, detail FROM tenant_allowed",
)
COUNTED = (
    "SELECT name, dimension, day, bounces, complaints FROM outcomes WHERE bounces OR complaints",
    "SELECT name, dimension, day, sent FROM volume",
)


def told(ledger: Ledger, tenant: str) -> list[list[str]]:
    """All that there is of ``tenant``, in words."""
    db = ledger._db
    ever = "CREATE TEMP VIEW IF NOT EXISTS tenant_suppressed_ever AS " + re.sub(
        r"WHERE until.*", "", view(ledger, "tenant_suppressed").partition(" AS\n")[2]
    )
    db.execute(ever)
    found = [[row[1:] for row in db.execute(sql) if row[0] == tenant] for sql in QUESTIONS]
    for sql in COUNTED:
        named = [(*by_tenant(name), *others) for name, *others in db.execute(sql)]
        found.append([tuple(row) for _, *row in filter(lambda row: row[0] == tenant, named)])
    return [sorted(re.sub(r"decision \d+", "decision", repr(row)) for row in each) for each in found]


def view(ledger: Ledger, name: str) -> str:
    [[sql]] = ledger._db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchall()
    return str(sql)


def is_as_if_alone(facts: Sequence[Fact]) -> None:
    with folded(facts, apart=False) as together:
        for tenant in TENANTS:
            with folded([fact for fact in facts if fact.whose == tenant], apart=True) as alone:
                assert told(together, tenant) == told(alone, "")


@settings(max_examples=25, deadline=None)
@given(facts)
def test_each_is_as_if_he_were_alone(facts: Sequence[Fact]) -> None:
    is_as_if_alone(facts)


#: What each of them gets, every few hours: enough for a guard, together more than it allows.
STORIES: dict[str, Sequence[tuple[str, int]]] = {
    "complaints of one source": [("complaint", 0), ("complaint", 1)],
    "addresses in one message": [("many", 0), ("many", 0)],
    "unverified reports of one source": [("unverified", 0), ("unverified", 1)],
    "reports about one address": [("failed", 0)] * 5,
    "an incident": [("failed", 0), ("failed", 1), ("many", 0)],
    "an id": [("unnamed", 0), ("recipient", 1), ("unnamed", 0)],
    "a domain": [("domain allowed", 0), ("failed", 0), ("failed", 1)],
    "sent": [("sent", 0), ("failed", 0), ("sent", 0)],
    "undone": [("failed", 0), ("failed", 1), ("undone", 0)],
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("step", [1, 20])
def test_nobody_uses_up_what_another_has(story: str, step: int) -> None:
    is_as_if_alone(
        [
            Fact(tenant, step * (3 * number + place), what, who, 0, number, 0)
            for number, (what, who) in enumerate(STORIES[story])
            for place, tenant in enumerate(TENANTS)
        ]
    )


def of_globex(by: str, trust: str) -> Event:
    return failed("kim@b.test", tenant="globex", tenant_by=by, trust=trust)


@pytest.mark.parametrize(
    ("mailbox", "event", "expected"),
    [
        ("acme", of_globex("token", "verified"), ("globex", "token")),
        ("acme", of_globex("dkim", "verified"), ("globex", "dkim")),
        # A part of another message: its signature is not believed.
        ("acme", of_globex("dkim", "plausible"), ("acme", "mailbox")),
        ("acme", of_globex("header", "plausible"), ("acme", "mailbox")),
        ("acme", of_globex("verp", "verified"), ("acme", "mailbox")),
        ("acme", failed("kim@b.test"), ("acme", "mailbox")),
        ("", of_globex("header", "plausible"), ("globex", "header")),
        ("", failed("kim@b.test"), ("", "")),
    ],
)
def test_who_can_choose_a_tenant(mailbox: str, event: Event, expected: tuple[str, str]) -> None:
    read = item(1, 0, event)
    with Ledger(":memory:", Policy(), dry_run=True) as ledger:
        ledger.take([replace(read, message=replace(read.message, tenant=mailbox))])
        sql = "SELECT tenant, tenant_by, address, key FROM tenant_events"
        assert ledger._db.execute(sql).fetchall() == [(*expected, "kim@b.test", of_tenant(expected[0], "kim@b.test"))]


def test_the_tables_name_a_tenant() -> None:
    with Ledger(":memory:", Policy(), dry_run=True) as ledger:
        rows = [("m1", "(acme)kim@b.test"), ("m2", "kim@b.test")]
        sql = "INSERT INTO sends (message_id, address) VALUES (?, ?)"
        ledger.write(lambda db: db.conn.executemany(sql, rows))
        ledger.write(
            lambda db: db.execute("INSERT INTO recipients (id, address) VALUES ('(acme)7', '(acme)lee@b.test')")
        )
        ledger.take([item(n, n, failed("kim@b.test", original_message_id=f"m{n}")) for n in (1, 2)])
        read = item(3, 3, failed("", recipient_id="7"))
        ledger.take([read, replace(read, fingerprint=f"{4:064x}", message=replace(read.message, tenant="acme"))])
        sql = "SELECT tenant, tenant_by, address, recipient_id FROM tenant_events ORDER BY id"
        assert ledger._db.execute(sql).fetchall() == [
            ("acme", "sends", "kim@b.test", ""),
            ("", "", "kim@b.test", ""),
            ("", "", "", "7"),
            ("acme", "mailbox", "lee@b.test", "7"),
        ]


def sends(ledger: Ledger, *rows: tuple[str, str]) -> None:
    sql = "INSERT INTO sends (message_id, address) VALUES (?, ?)"
    ledger.write(lambda db: db.conn.executemany(sql, rows))


@pytest.mark.parametrize(
    ("rows", "mailbox", "expected"),
    [
        # Another tenant writes the Message-ID into his table: whoever got a mail knows it.
        (["(acme)max@b.test"], "globex", ("globex", "kim@b.test", "plausible")),
        (["(acme)max@b.test", "(globex)kim@b.test"], "globex", ("globex", "kim@b.test", "verified")),
        (["max@b.test", "(globex)lee@b.test"], "globex", ("globex", "lee@b.test", "verified")),
        (["(acme)max@b.test", "kim@b.test"], "", ("", "kim@b.test", "verified")),
        (["(acme)max@b.test", "!x@b.test", "~z@b.test"], "", ("", "kim@b.test", "unverified")),
        # In a mailbox that is nobody's the table says whose it is, unless several say so.
        (["(acme)max@b.test"], "", ("acme", "max@b.test", "verified")),
        (["(acme)max@b.test", "(globex)max@b.test"], "", ("", "kim@b.test", "unverified")),
    ],
)
def test_a_message_id_in_the_table_of_another_changes_nothing(
    rows: Sequence[str], mailbox: str, expected: tuple[str, str, str]
) -> None:
    with Ledger(":memory:", Policy(), dry_run=True) as ledger:
        sends(ledger, *(("m1", address) for address in rows))
        read = item(1, 0, failed("kim@b.test", original_message_id="m1", trust="plausible"))
        ledger.take([replace(read, message=replace(read.message, tenant=mailbox))])
        sql = "SELECT tenant, address, trust FROM tenant_events"
        assert ledger._db.execute(sql).fetchall() == [expected]


def test_a_proved_tenant_keeps_what_proves_it() -> None:
    with Ledger(":memory:", Policy(), dry_run=True) as ledger:
        sends(ledger, ("m1", "(acme)max@b.test"))
        ledger.take([item(1, 0, replace(of_globex("dkim", "verified"), original_message_id="m1"))])
        sql = "SELECT tenant, address, trust FROM tenant_events"
        assert ledger._db.execute(sql).fetchall() == [("globex", "kim@b.test", "verified")]


def test_what_is_sent_later_is_anothers_too() -> None:
    with Ledger(":memory:", Policy(), dry_run=True) as ledger:
        read = item(1, 0, failed("", original_message_id="m1", trust="plausible"))
        ledger.take([replace(read, message=replace(read.message, tenant="globex"))])
        sql = "SELECT tenant, address FROM tenant_events"
        for address, named in (("(acme)max@b.test", ""), ("(globex)kim@b.test", "kim@b.test")):
            sends(ledger, ("m1", address))
            list(ledger.attribute())
            assert ledger._db.execute(sql).fetchall() == [("globex", named)]


@pytest.mark.parametrize("name", ["acme)x+", "acme)", ")", "(acme", "()(acme", " acme", "acme\n", "*", "a" * 65])
def test_what_is_no_name_of_a_tenant_asks_nobody(name: str, path: str) -> None:
    with Ledger(path, replace(POLICY, delimiters="+")) as ledger:
        ledger.decisions.decide(["(acme)@b.test", "(acme)x@c.test"], "suppress", "all", "")
    with pytest.raises(UserError, match="must be 1 to 64"):
        Suppressions(path, tenant=name)
    with Suppressions(path) as suppressions:
        assert suppressions.of("acme").get("kim@b.test") is not None
        with pytest.raises(UserError, match="must be 1 to 64"):
            suppressions.of(name)


@pytest.mark.parametrize("address", ["(acme)kim@b.test", '"(acme)kim"@b.test', "kim(acme)@b.test", "()kim@b.test"])
def test_no_address_is_that_of_a_tenant(address: str, path: str) -> None:
    with Ledger(path, POLICY) as ledger:
        ledger.decisions.decide(["(acme)kim@b.test"], "suppress", "all", "")
    with Suppressions(path) as suppressions:
        try:
            assert suppressions.get(address) is None
        except UserError as error:
            assert "is not an email address" in str(error)
