"""The tables of the ledger, as migrations. Other programs may rely on the views: see docs/database.md.

Events, decisions and messages are facts and append-only, which triggers enforce (but for what was held for long, see
m012_bounded). Suppressions are derived from them by bounced.policy and may be dropped and folded again at any time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations

from bounced.ledger.schema import (
    m006_keys,
    m015_copy,
    m015_layout,
    m021_compact,
    m025_undone,
    m035_numbered,
    views,
)
from bounced.ledger.schema import m019_judged as m019_judged_
from bounced.ledger.schema import (
    m034_tenants as m034_tenants_,
)
from bounced.ledger.schema import m037_providers as m037_providers_
from bounced.ledger.schema import m044_old_events as old_events
from bounced.ledger.schema.m001_ledger import SCRIPT as LEDGER
from bounced.ledger.schema.m002_trust_and_faults import HEALTH
from bounced.ledger.schema.m002_trust_and_faults import SCRIPT as TRUST_AND_FAULTS
from bounced.ledger.schema.m003_unrecognized import SCRIPT as UNRECOGNIZED
from bounced.ledger.schema.m004_storage import SCRIPT as STORAGE
from bounced.ledger.schema.m005_guards import SCRIPT as GUARDS
from bounced.ledger.schema.m007_fingerprints import SCRIPT as FINGERPRINTS
from bounced.ledger.schema.m008_proved import SCRIPT as PROVED
from bounced.ledger.schema.m009_numbers import SCRIPT as NUMBERS
from bounced.ledger.schema.m010_named_by import SCRIPT as NAMED_BY
from bounced.ledger.schema.m011_attributed import SCRIPT as ATTRIBUTED
from bounced.ledger.schema.m012_bounded import SCRIPT as BOUNDED
from bounced.ledger.schema.m013_copied import SCRIPT as COPIED
from bounced.ledger.schema.m014_states import SCRIPT as STATES
from bounced.ledger.schema.m016_deferred import SCRIPT as DEFERRED
from bounced.ledger.schema.m017_sends import SCRIPT as SENDS
from bounced.ledger.schema.m018_copying import SCRIPT as COPYING
from bounced.ledger.schema.m020_causes import SCRIPT as CAUSES
from bounced.ledger.schema.m022_outbox import SCRIPT as OUTBOX
from bounced.ledger.schema.m023_sinks import SCRIPT as SINKS
from bounced.ledger.schema.m024_lists import SCRIPT as LISTS
from bounced.ledger.schema.m026_deliveries import SCRIPT as DELIVERIES
from bounced.ledger.schema.m027_withheld import SCRIPT as WITHHELD
from bounced.ledger.schema.m028_incidents import SCRIPT as INCIDENTS
from bounced.ledger.schema.m029_shares import SCRIPT as SHARES
from bounced.ledger.schema.m030_copies import SCRIPT as COPIES
from bounced.ledger.schema.m031_brake import SCRIPT as BRAKE
from bounced.ledger.schema.m032_suppression_rows import SCRIPT as SUPPRESSION_ROWS
from bounced.ledger.schema.m033_mail_logs import SCRIPT as MAIL_LOGS
from bounced.ledger.schema.m036_reviewed import SCRIPT as REVIEWED
from bounced.ledger.schema.m038_sends_of_tenants import SCRIPT as SENDS_OF_TENANTS
from bounced.ledger.schema.m039_mailboxes import SCRIPT as MAILBOXES
from bounced.ledger.schema.m040_answers import SCRIPT as ANSWERS
from bounced.ledger.schema.m041_arrivals import SCRIPT as ARRIVALS
from bounced.ledger.schema.m042_brake_groups import SCRIPT as BRAKE_GROUPS
from bounced.ledger.schema.m043_logged import SCRIPT as LOGGED
from bounced.ledger.schema.m045_changed_days import SCRIPT as CHANGED_DAYS
from bounced.ledger.schema.m046_probes import SCRIPT as PROBES
from bounced.ledger.schema.m047_campaign_sizes import SCRIPT as CAMPAIGN_SIZES
from bounced.ledger.schema.m048_canaries import SCRIPT as CANARIES
from bounced.ledger.schema.m049_alarms import SCRIPT as ALARMS
from bounced.ledger.schema.m050_late_deliveries import SCRIPT as LATE_DELIVERIES
from bounced.ledger.schema.m051_expirations import SCRIPT as EXPIRATIONS
from bounced.ledger.schema.m052_search_starts import SCRIPT as SEARCH_STARTS
from bounced.ledger.schema.m053_reported_before import SCRIPT as REPORTED_BEFORE
from bounced.ledger.schema.m054_newest_suppressions import SCRIPT as NEWEST_SUPPRESSIONS
from bounced.ledger.schema.m055_event_numbers import SCRIPT as EVENT_NUMBERS
from bounced.ledger.schema.m056_proved_probes import SCRIPT as PROVED_PROBES

migrations = Migrations("bounced")

APPEND_ONLY = """
CREATE TRIGGER {table}_are_not_{done} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END;
"""


@migrations()
def m001_first_tables(db: Database) -> None:
    """See m001_ledger."""
    _run(db, LEDGER + _append_only("messages", "events", "event_headers", "decisions"))


@migrations()
def m002_trust_and_faults(db: Database) -> None:
    """See m002_trust_and_faults."""
    _run(db, TRUST_AND_FAULTS + _append_only("decisions", "accepted", "attributions"))


@migrations()
def m003_unrecognized(db: Database) -> None:
    """See m003_unrecognized."""
    _run(db, UNRECOGNIZED + _append_only("events"))


@migrations()
def m005_guards(db: Database) -> None:
    """See m005_guards."""
    _run(db, GUARDS + _append_only("crowded", "events", "attributions"))


@migrations()
def m006_keys_of_idna_2008(db: Database) -> None:
    """See m006_keys."""
    changes = m006_keys.rekey(db)
    _run(db, m006_keys.COLUMNS)
    m006_keys.show_unicode(db)
    db.execute("INSERT INTO meta (name, value) VALUES ('rekeyed', ?)", [changes])
    db.execute("INSERT INTO meta (name, value) SELECT 'news', ? WHERE ? <> ''", [changes, changes])


@migrations()
def m007_fingerprints(db: Database) -> None:
    """See m007_fingerprints."""
    _run(db, FINGERPRINTS)


@migrations()
def m008_proved(db: Database) -> None:
    """See m008_proved."""
    _run(db, PROVED)


@migrations()
def m004_storage(db: Database) -> None:
    """See m004_storage."""
    _run(db, STORAGE)


@migrations()
def m009_numbers(db: Database) -> None:
    """See m009_numbers."""
    _run(db, NUMBERS)


@migrations()
def m010_named_by(db: Database) -> None:
    """See m010_named_by."""
    _run(db, NAMED_BY + _append_only("events", "attributions"))


@migrations()
def m011_attributed(db: Database) -> None:
    """See m011_attributed."""
    _run(db, ATTRIBUTED + _append_only("attributions"))


@migrations()
def m012_bounded(db: Database) -> None:
    """See m012_bounded."""
    _run(db, BOUNDED)


@migrations()
def m013_copied(db: Database) -> None:
    """See m013_copied."""
    _run(db, COPIED)


@migrations()
def m014_states(db: Database) -> None:
    """See m014_states."""
    _run(db, STATES)


@migrations()
def m015_shared_rows(db: Database) -> None:
    """See m015_layout and m015_copy."""
    shown = [name for _, name, *_ in db.execute("PRAGMA table_info(events_view)")]
    kept = m015_copy.append_only(db)
    db.execute("DROP VIEW events_view")
    _run(db, m015_layout.SHARED)
    for table in m015_copy.event_tables(db):
        db.execute(table)
    _run(db, m015_layout.FACTS + m015_layout.DERIVED)
    m015_copy.copy(db)
    _run(db, m015_layout.INDEXES + m015_layout.VIEWS)
    views.create(db, shown)
    _run(db, m015_layout.ATTRIBUTABLE + m015_layout.RATES + m015_layout.APPEND_ONLY)
    for trigger in kept:
        db.execute(trigger)


@migrations()
def m016_deferred(db: Database) -> None:
    """See m016_deferred."""
    _run(db, DEFERRED)


@migrations()
def m017_sends(db: Database) -> None:
    """See m017_sends."""
    _run(db, SENDS)


@migrations()
def m018_copying(db: Database) -> None:
    """See m018_copying."""
    _run(db, COPYING)


@migrations()
def m019_judged(db: Database) -> None:
    """See m019_judged."""
    _run(db, m019_judged_.apply(db))


@migrations()
def m020_causes(db: Database) -> None:
    """See m020_causes."""
    _run(db, CAUSES)


@migrations()
def m021_compact_rows(db: Database) -> None:
    """See m021_compact."""
    _run(db, m021_compact.COPIED)
    m021_compact.replace(db)
    _run(db, m021_compact.INDEXES + m021_compact.COUNTED + m021_compact.TRIGGERS)


@migrations()
def m022_outbox(db: Database) -> None:
    """See m022_outbox."""
    _run(db, OUTBOX)


@migrations()
def m023_sinks(db: Database) -> None:
    """See m023_sinks."""
    _run(db, SINKS)


@migrations()
def m024_lists(db: Database) -> None:
    """See m024_lists."""
    _run(db, LISTS + _append_only("decisions"))


@migrations()
def m025_undone_failures(db: Database) -> None:
    """See m025_undone."""
    _run(db, m025_undone.script(db, m019_judged_.JUDGED))


@migrations()
def m026_deliveries(db: Database) -> None:
    """See m026_deliveries."""
    _run(db, DELIVERIES)


@migrations()
def m027_withheld(db: Database) -> None:
    """See m027_withheld."""
    _run(db, WITHHELD)


@migrations()
def m028_incidents(db: Database) -> None:
    """See m028_incidents."""
    _run(db, INCIDENTS + _append_only("incident_decisions"))


@migrations()
def m029_shares(db: Database) -> None:
    """See m029_shares."""
    _run(db, SHARES)


@migrations()
def m030_copies(db: Database) -> None:
    """See m030_copies."""
    _run(db, COPIES)


@migrations()
def m035_numbered_outbox(db: Database) -> None:
    """See m035_numbered."""
    _run(db, m035_numbered.script(db))


@migrations()
def m031_brake(db: Database) -> None:
    """See m031_brake."""
    _run(db, BRAKE)


@migrations()
def m032_suppression_rows(db: Database) -> None:
    """See m032_suppression_rows."""
    _run(db, SUPPRESSION_ROWS)


@migrations()
def m033_mail_logs(db: Database) -> None:
    """See m033_mail_logs."""
    _run(db, MAIL_LOGS)


@migrations()
def m034_tenants(db: Database) -> None:
    """See m034_tenants."""
    _run(db, m034_tenants_.ROUTES)
    views.create(db, views.shown(db))
    _run(db, m025_undone.append_only(db, m019_judged_.JUDGED))
    _run(db, m034_tenants_.script(HEALTH))


@migrations()
def m036_reviewed(db: Database) -> None:
    """See m036_reviewed."""
    _run(db, REVIEWED)


@migrations()
def m037_providers(db: Database) -> None:
    """See m037_providers."""
    _run(db, m037_providers_.apply(db))


@migrations()
def m038_sends_of_tenants(db: Database) -> None:
    """See m038_sends_of_tenants."""
    _run(db, SENDS_OF_TENANTS)


@migrations()
def m039_mailboxes(db: Database) -> None:
    """See m039_mailboxes."""
    _run(db, MAILBOXES)


@migrations()
def m040_answers(db: Database) -> None:
    """See m040_answers."""
    _run(db, ANSWERS)


@migrations()
def m041_arrivals(db: Database) -> None:
    """See m041_arrivals."""
    _run(db, ARRIVALS)


@migrations()
def m042_brake_groups(db: Database) -> None:
    """See m042_brake_groups."""
    _run(db, BRAKE_GROUPS)


@migrations()
def m043_logged(db: Database) -> None:
    """See m043_logged."""
    _run(db, LOGGED)


@migrations()
def m044_old_events(db: Database) -> None:
    """See m044_old_events."""
    _run(db, old_events.script(db))


@migrations()
def m045_changed_days(db: Database) -> None:
    """See m045_changed_days."""
    _run(db, CHANGED_DAYS)


@migrations()
def m046_probes(db: Database) -> None:
    """See m046_probes."""
    _run(db, PROBES)


@migrations()
def m047_campaign_sizes(db: Database) -> None:
    """See m047_campaign_sizes."""
    _run(db, CAMPAIGN_SIZES)


@migrations()
def m048_canaries(db: Database) -> None:
    """See m048_canaries."""
    _run(db, CANARIES)


@migrations()
def m049_alarms(db: Database) -> None:
    """See m049_alarms."""
    _run(db, ALARMS)


@migrations()
def m050_late_deliveries(db: Database) -> None:
    """See m050_late_deliveries."""
    _run(db, LATE_DELIVERIES)


@migrations()
def m051_expirations(db: Database) -> None:
    """See m051_expirations."""
    _run(db, EXPIRATIONS)


@migrations()
def m052_search_starts(db: Database) -> None:
    """See m052_search_starts."""
    _run(db, SEARCH_STARTS)


@migrations()
def m053_reported_before(db: Database) -> None:
    """See m053_reported_before."""
    _run(db, REPORTED_BEFORE)


@migrations()
def m054_newest_suppressions(db: Database) -> None:
    """See m054_newest_suppressions."""
    _run(db, NEWEST_SUPPRESSIONS)


@migrations()
def m055_event_numbers(db: Database) -> None:
    """See m055_event_numbers."""
    _run(db, EVENT_NUMBERS)


@migrations()
def m056_proved_probes(db: Database) -> None:
    """See m056_proved_probes."""
    _run(db, PROVED_PROBES)


#: What the migrations make of an empty file; tests/ledger/test_newest_schema.py writes it.
NEWEST = Path(__file__).with_name("newest.sql")


def upgrade(db: Database) -> None:
    """Applies what is pending; to an empty file all that was known when NEWEST was written at once."""
    if not db.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]:
        _run(db, NEWEST.read_text("utf-8"))
    migrations.apply(db)


def _run(db: Database, script: str) -> None:
    for statement in _statements(script):
        db.execute(statement)


def _append_only(*tables: str) -> str:
    return "".join(
        APPEND_ONLY.format(table=table, verb=verb, done=done)
        for table in tables
        for verb, done in (("UPDATE", "changed"), ("DELETE", "deleted"))
    )


def _statements(script: str) -> Iterator[str]:
    """The statements of ``script``, one by one: executescript() would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
