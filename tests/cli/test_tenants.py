"""Commands for one tenant: they know of nobody else's addresses."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bounced import Suppressions
from bounced.address import of_tenant
from bounced.errors import EXIT_USAGE
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Policy
from tests.support.commands import bounced, one_line
from tests.support.daemon import bounce
from tests.support.ledger import DAY0, failed, item

CONFIG = """
workers = 1
[database]
path = "bounced.db"
[tenant.acme]
domains = ["acme.test"]
[tenant.globex]
[mailbox.own]
host = "imap.test"
user = "own"
password_file = "password"
[mailbox.acme]
host = "imap.test"
user = "acme"
password_file = "password"
tenant = "acme"
[mailbox.globex]
host = "imap.test"
user = "globex"
password_file = "password"
tenant = "globex"
"""

TENANTS = ("", "acme", "globex")


def of(tenant: str, read: Item) -> Item:
    return replace(read, message=replace(read.message, tenant=tenant))


@pytest.fixture(autouse=True)
def ledger(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each the same: Kim is suppressed for bounces, Lee complained, and something is held."""
    (here / "c.toml").write_text(CONFIG)
    (here / "password").write_text("secret")
    (here / "password").chmod(0o600)
    monkeypatch.setenv("BOUNCED_CONFIG", str(here / "c.toml"))
    with Ledger("bounced.db", Policy()) as ledger:
        for place, tenant in enumerate(TENANTS):
            for number, day in enumerate((0, 8, 17)):
                event = failed(f"kim@{tenant or 'own'}.test", campaign=f"{tenant or 'own'}-spring")
                ledger.take([of(tenant, item(10 * place + number, day, event))])
            spam = Event(f"lee@{tenant or 'own'}.test", "complaint", feedback_type="abuse")
            both = Event("both@shared.test", "complaint", feedback_type="abuse")
            ledger.take([of(tenant, item(10 * place + 4, 1, spam, *([both] if tenant == "acme" else [])))])
        ledger.upkeep.recount()


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


ASKING = (
    *(("suppressions", *more) for more in ([], ["--json"], ["--csv"], ["--lapsing", "9000d"], ["--limit", "1"])),
    *(("reports", *more) for more in ([], ["--json"], ["--unattributed"])),
    *(("held", *more) for more in ([], ["--json"])),
    *(("health", *more) for more in ([], ["--json"])),
    *(("list", "export", "--format", name) for name in ("csv", "txt", "ses", "exim-lsearch", "postfix-texthash")),
    *(("explain", address) for address in ("kim@acme.test", "kim@globex.test", "lee@own.test", "both@shared.test")),
    *(("report", *more) for more in ([], ["--json"], ["--html", "-"], ["--by", "campaign"], ["--by", "source"])),
    *((name, *more) for name in ("incidents", "withheld", "unrecognized") for more in ([], ["--json"])),
    ("explain", "--json", "kim@acme.test"),
    ("check", "kim@acme.test", "kim@other.test"),
    ("undo", "--since", "2026-09-01"),
    ("undo", "--list"),
    ("release", "--since", "2026-09-01", "--cause", "all"),
    ("suppress", "--since", "2026-09-01"),
    ("accept", "--since", "2026-09-01"),
    ("reject", "--since", "2026-09-01"),
    ("accept", "--since", "2026-09-01", "--json"),
    ("reject", "--since", "2026-09-01", "--json"),
    ("policy", "show", "both@other.test"),
)


@pytest.mark.parametrize("tenant", ["acme", "globex"])
def test_what_is_said_of_one_names_nothing_of_another(tenant: str) -> None:
    others = {"acme": ("globex", "own"), "globex": ("acme", "own", "shared")}[tenant]
    for words in ASKING:
        asked = bounced(*words, "--tenant", tenant)
        told = (asked.stdout + asked.stderr).replace(" ".join(words), "")
        told = (
            told if words[0] not in ("explain", "check") else told.replace(words[-1], "").replace("kim@acme.test", "")
        )
        assert not [name for name in others if f"@{name}.test" in told or f"{name}-spring" in told], words
        assert f"({tenant})" not in told


def test_each_sees_his_own_and_nobody_sees_all() -> None:
    for tenant in TENANTS:
        option = ("--tenant", tenant) if tenant else ()
        listed = [
            json.loads(line)["address"] for line in bounced("suppressions", "--json", *option).stdout.splitlines()
        ]
        both = ["both@shared.test"] if tenant == "acme" else []
        assert sorted(listed) == [*both, f"kim@{tenant or 'own'}.test", f"lee@{tenant or 'own'}.test"]
        exported = bounced("list", "export", "--format", "txt", *option).stdout.splitlines()
        assert exported == [f"kim@{tenant or 'own'}.test"]
        assert bounced("check", "both@shared.test", *option).exit_code == (tenant == "acme")
        with Suppressions("bounced.db", tenant=tenant) as suppressions:
            assert (
                sorted(suppressions.filter(["both@shared.test", "KIM@own.test", "kim@acme.test"]))
                == ({"": ["KIM@own.test"], "acme": ["both@shared.test", "kim@acme.test"], "globex": []}[tenant])
            )
    assert bounced("explain", "kim@acme.test").stdout.startswith("kim@acme.test: may be mailed\n")


def seed_what_waits() -> None:
    """For each an incident, an address that is withheld, and an unrecognized message in a mailbox of CONFIG."""
    with closing(sqlite3.connect("bounced.db")) as db:
        for number, tenant in enumerate(TENANTS, 1):
            level = of_tenant(tenant, "")
            db.execute("INSERT INTO failure_units VALUES (?, 9, 'provider', 'x.test', ?, ?)", [number, level, tenant])
            db.execute("INSERT INTO incident_spans VALUES (?, ?, 1, 3, 1, NULL)", [number, number])
            address = of_tenant(tenant, f"pat@{tenant or 'own'}.test")
            db.execute(
                "INSERT INTO withheld (address, since, reason) VALUES (?, '2026-09-01T00:00:00Z', 'user_unknown')",
                [address],
            )
        db.commit()
    with Ledger("bounced.db", Policy()) as ledger:
        for number, tenant in enumerate(TENANTS):
            message = RawMessage(Origin(f"imap:{tenant or 'own'}/INBOX", "1", 7, number + 1), DAY0, b"a message", 9)
            odd = Parsed("other", "", f"of {tenant or 'own'}", ())
            ledger.take([Item(message, f"{900 + number:064x}", odd)])


def test_what_waits_for_a_person_is_that_of_one_or_of_all() -> None:
    seed_what_waits()
    columns = {"incidents": "tenant", "withheld": "address", "unrecognized": "subject"}
    of = {
        "incidents": {"": "", "acme": "acme", "globex": "globex"},
        "withheld": {name: f"pat@{name or 'own'}.test" for name in TENANTS},
        "unrecognized": {name: f"of {name or 'own'}" for name in TENANTS},
    }
    for command, column in columns.items():
        for tenant in TENANTS:
            listed = bounced(command, "--tenant", tenant, "--json").stdout.splitlines()
            assert [json.loads(line)[column] for line in listed] == [of[command][tenant]], (command, tenant)
        assert len(bounced(command, "--json").stdout.splitlines()) == len(TENANTS)
    assert "tenant" in bounced("incidents").stdout.splitlines()[0].split()


def test_views_of_before_show_nobodys_and_their_twins_all() -> None:
    assert rows("SELECT DISTINCT address FROM suppressed ORDER BY 1") == [("kim@own.test",), ("lee@own.test",)]
    for view in ("suppressed", "events_view", "outbox_view", "allowed"):
        assert rows(f"SELECT count(*) FROM {view} WHERE address NOT LIKE '%@own.test'") == [(0,)]
    assert {name for (name,) in rows("SELECT name FROM campaign_health")} <= {"own-spring", "own.test"}
    for view in ("suppressed", "events", "outbox"):
        found = rows(f"SELECT DISTINCT tenant, address FROM tenant_{view} ORDER BY 1, 2")
        assert {(tenant, f"kim@{tenant or 'own'}.test") for tenant in TENANTS} <= set(found)
        assert not [address for _, address in found if "(" in address]
    assert rows("SELECT reason FROM tenant_suppressed WHERE key = '(acme)both@shared.test'") == [("abuse",)]


def test_a_decision_is_of_one() -> None:
    bounced("suppress", "--tenant", "acme", "new@x.test", "@y.test", "--why", "asked")
    bounced("allow", "--tenant", "globex", "kim@globex.test")
    assert bounced("check", "--tenant", "acme", "new@x.test", "any@y.test").stdout.count("(manual)") == 2
    assert bounced("check", "new@x.test", "any@y.test").exit_code == 0
    assert bounced("check", "--tenant", "globex", "new@x.test", "any@y.test", "kim@globex.test").exit_code == 0
    assert "released" in bounced("release", "--tenant", "acme", "kim@acme.test").stderr
    assert bounced("check", "--tenant", "acme", "kim@acme.test").exit_code == 0
    assert bounced("disallow", "--tenant", "globex", "kim@globex.test").stderr == (
        "kim@globex.test: not allowed any more\n"
    )
    assert bounced("check", "--tenant", "globex", "kim@globex.test").exit_code == 1


def test_numbers_of_another_are_refused() -> None:
    [(event,)] = rows("SELECT min(id) FROM tenant_events WHERE tenant = 'globex'")
    assert one_line(bounced("accept", "--tenant", "acme", str(event))) == (
        f"bounced: {event}: no event of acme has this number"
    )
    assert bounced("reject", "--tenant", "acme", str(event)).exit_code == EXIT_USAGE
    assert bounced("reject", "--tenant", "globex", str(event)).exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("check", "a@b.test"),
        ("suppressions",),
        ("release", "a@b.test"),
        ("scan", "x"),
        ("report",),
        ("incidents",),
        ("withheld",),
        ("unrecognized",),
        ("list", "export", "--format", "txt"),
    ],
)
def test_a_tenant_that_nobody_has_configured_is_an_error(words: tuple[str, ...]) -> None:
    ended = bounced(*words, "--tenant", "akme")
    assert ended.exit_code == EXIT_USAGE
    assert one_line(ended) == "bounced: no [tenant.akme] in the configuration (acme, globex)"


def test_lists_and_scans_and_tables_are_of_one() -> None:
    Path("ses.csv").write_text("EmailAddress,Reason,LastUpdateTime\nlisted@x.test,BOUNCE,2023-04-10T21:03:05Z\n")
    bounced("list", "import", "--tenant", "acme", "--from", "ses", "ses.csv")
    Path("m.eml").write_bytes(bounce(99, "scanned@x.test", DAY0))
    assert bounced("scan", "--tenant", "globex", "m.eml").exit_code == 0
    Path("sends.csv").write_text("message_id,address,campaign,sent_at\nm1@acme.test,sent@x.test,spring,2026-09-01\n")
    bounced("sends", "import", "--tenant", "acme", "sends.csv")
    bounced("volume", "add", "--tenant", "acme", "--campaign", "autumn", "--sent", "7")
    assert bounced("check", "listed@x.test").exit_code == 0
    assert bounced("check", "--tenant", "acme", "listed@x.test").exit_code == 1
    assert rows("SELECT tenant, tenant_by FROM tenant_events WHERE address = 'scanned@x.test'") == [
        ("globex", "mailbox")
    ]
    assert rows("SELECT address FROM sends") == [("(acme)sent@x.test",)]
    assert sorted(rows("SELECT dimension, name FROM volume")) == [
        *(("campaign", "(acme)autumn"), ("campaign", "(acme)spring"), ("provider", "(acme)x.test")),
    ]
