"""Questions to the ledger. Read-only; answers are plain rows, fit for JSON."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.ledger import filters, reclassify
from bounced.ledger.filters import Filter
from bounced.ledger.in_force import IN_FORCE
from bounced.ledger.whose import EVERYBODY, Whose
from bounced.sent.attributed import latest
from bounced.sent.tenants import BARE, IS_MAILBOX_OF, IS_OF, KEYS, TENANT, parameters

Row = dict[str, Any]

#: Those that have ended are few: the next event of the address removes them.
SUPPRESSIONS_IN_FORCE = f"""
SELECT (SELECT number FROM totals WHERE name = 'suppressions')
    - (SELECT count(*) FROM suppressions WHERE until <= strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
    - (SELECT count(*) FROM suppressions WHERE address >= '(' AND address < ')' AND {IN_FORCE})
"""  # noqa: S608

#: What the view ``suppressed`` is for a tenant.
SUPPRESSED = f"""(
    SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail,
        address_unicode
    FROM tenant_suppressed WHERE {KEYS.format("key")}
)"""  # noqa: S608

#: What `bounced status` counts: kept in ``totals`` and ``recent``, or few.
COUNTS = f"""
SELECT
    (SELECT coalesce(max(id), 0) FROM message_rows)
        - (SELECT number FROM totals WHERE name = 'messages_gone') AS messages,
    max(coalesce((SELECT max(id) FROM event_rows), 0),
        coalesce((SELECT number FROM totals WHERE name = 'last_gone_of_event_rows'), 0))
        - (SELECT number FROM totals WHERE name = 'events_gone') AS event_count,
    (SELECT number FROM totals WHERE name = 'unrecognized') AS unrecognized,
    (SELECT number FROM totals WHERE name = 'held') AS held,
    (SELECT count(*) FROM recent WHERE kind = 'held' AND happened_at > unixepoch(:yesterday)) AS held_today,
    (SELECT coalesce(sum(not_stored), 0) FROM source_days) AS not_stored,
    (SELECT coalesce(sum(not_stored), 0) FROM source_days WHERE day >= :today) AS not_stored_today,
    (SELECT coalesce(sum(events), 0) FROM expired) AS expired,
    (SELECT number FROM totals WHERE name = 'suppressed') - (
        SELECT count(DISTINCT address) FROM suppressions AS ended WHERE until <= strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
        AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.address = ended.address AND {IN_FORCE})
    ) AS suppressed,
    (SELECT count(*) FROM incident_spans WHERE until IS NULL) AS open_incidents,
    (SELECT count(*) FROM probes WHERE probe_at <= strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) AS probes_due,
    (SELECT count(*) FROM withheld WHERE NOT resumed) AS withheld,
    (SELECT number FROM totals WHERE name = 'unnamed')
        - (SELECT number FROM totals WHERE name = 'attributed') AS unattributed,
    (SELECT count(*) FROM recent
        WHERE kind = 'blocked' AND happened_at > unixepoch(:yesterday)) AS blocked_today
"""  # noqa: S608

INCIDENTS = """
SELECT id, state, since, until, dimension, name,
    (SELECT tenant FROM incident_spans JOIN failure_units USING (unit) WHERE incident_spans.id = incidents.id)
        AS tenant, trust, events AS event_count,
    (SELECT count(DISTINCT coalesce(attribution_rows.address, event_rows.address))
        FROM incident_rows CROSS JOIN event_rows ON event_rows.id = incident_rows.event
        LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id WHERE incident = incidents.id)
        AS addresses,
    probe_at, probe_address
FROM incidents
"""

INCIDENT_DECISIONS = """
SELECT decided_at, decision AS what, why FROM incident_spans JOIN incident_decisions
    ON incident_decisions.unit = incident_spans.unit AND hour >= since AND (until IS NULL OR hour < until)
WHERE incident_spans.id = ? ORDER BY incident_decisions.id
"""

#: For ``limit``: every row.
ALL = -1


@dataclass(frozen=True, slots=True)
class Listing:
    """The first ``limit`` rows of a query, read one by one."""

    db: Database
    sql: str
    order: str
    limit: int
    parameters: Mapping[str, object] = field(default_factory=dict)
    count: str = ""  # the statement that counts the rows, where that is quicker than reading them

    def __iter__(self) -> Iterator[Row]:
        return self.db.query(f"{self.sql} ORDER BY {self.order} LIMIT :limit", {**self.parameters, "limit": self.limit})

    def where(self, filter_: Filter, columns: Mapping[str, str]) -> Listing:
        """Those of the rows that ``filter_`` selects by what their ``columns`` show (filters.shown)."""
        asked = filter_.asked()
        if not asked:
            return self
        sql = f"SELECT * FROM ({self.sql}) WHERE {filters.shown(filter_, columns)}"  # noqa: S608
        return replace(self, sql=sql, parameters={**self.parameters, **asked}, count="")

    @property
    def more(self) -> int:
        """How many rows there are beyond the limit."""
        if self.limit == ALL:
            return 0
        count = self.count or f"SELECT count(*) FROM ({self.sql})"  # noqa: S608
        [[rows]] = self.db.execute(count, dict(self.parameters)).fetchall()
        return max(0, int(rows) - self.limit)


def tables(db: Database) -> Row:
    """By which tables the recorded failures are judged, and what came of judging them again; empty if not noted yet."""
    done = reclassify.progress(db)
    return {name: value for name, value in asdict(done).items() if name not in ("digest", "after")} if done else {}


def suppressed(db: Database, limit: int = ALL, tenant: str = "") -> Listing:
    """Every suppression in force of ``tenant``, the newest first."""
    sql, order = f"SELECT * FROM {_suppressed(tenant)}", "since DESC, address, scope, cause"  # noqa: S608
    return Listing(db, sql, order, limit, parameters(tenant), count="" if tenant else SUPPRESSIONS_IN_FORCE)


def _suppressed(tenant: str) -> str:
    """The rows of ``suppressed``, or of what it is for a tenant."""
    return SUPPRESSED if tenant else "suppressed"


def lapsing(db: Database, before: datetime, limit: int = ALL, tenant: str = "") -> Listing:
    """The suppressions of ``tenant`` in force that end by themselves before ``before``, the next first."""
    sql, order = f"SELECT * FROM {_suppressed(tenant)} WHERE until < :before", "until, address, scope, cause"  # noqa: S608
    return Listing(db, sql, order, limit, {"before": times.iso(before), **parameters(tenant)})


def held(db: Database, limit: int = ALL, tenant: str | None = None) -> Listing:
    """The events that are held until a person accepts them, the newest first; of one tenant, or of all (``None``).

    ``incidents`` is a list in JSON: the numbers of those that hold the event.
    """
    return Listing(
        db,
        f"""
        SELECT doubts.event AS id, happened_at,
            {"doubts.address" if tenant is None else BARE.format("doubts.address")} AS address, kind,
            CASE kind WHEN 'complaint' THEN feedback_type ELSE reason END AS reason,
            {latest("trust")} AS trust, why AS doubt,
            {latest("evidence")} AS evidence, source AS reported_from, original_message_id,
            {latest("campaign")} AS campaign, diagnostic_code,
            (SELECT json_group_array(incident) FROM incident_rows WHERE event = doubts.event) AS incidents
        FROM doubts JOIN events ON events.id = doubts.event
        WHERE :tenant IS NULL
            OR :tenant = iif(doubts.address = '', events.tenant, {TENANT.format("doubts.address")})
        """,  # noqa: S608
        "happened_at DESC, id DESC",
        limit,
        {"tenant": tenant},
    )


def withheld(db: Database, limit: int = ALL, tenant: str | None = None) -> Listing:
    """The addresses that the brake withholds, the newest first, with the reason of the suppression that waits.

    ``unproved``: no failure is verified. Of one tenant, or of all (``None``), then with their tenants.
    """
    address = "address" if tenant is None else BARE.format("address")
    columns = f"{address} AS address, since, reason, unproved"
    sql = f"SELECT {columns} FROM withheld WHERE NOT resumed AND {IS_OF.format('address')}"  # noqa: S608
    return Listing(db, sql, "since DESC, address", limit, {"tenant": tenant})


def brake(db: Database) -> Row | None:
    """How many addresses the brake withholds, of how many no failure is verified, and since when; ``None``: nobody."""
    [row] = db.query("""
        SELECT count(*) AS addresses, sum(unproved) AS unproved, min(since) AS since FROM withheld WHERE NOT resumed
    """)
    return row if row["addresses"] else None


def undos(db: Database, limit: int = ALL, tenant: str = "") -> Listing:
    """What was taken back by what happened, the newest first; ``failures`` count for nothing because of it.

    Of one tenant, ``""``: of all.
    """
    return Listing(
        db,
        """
        SELECT id AS decision, decided_at, filter,
            (SELECT count(*) FROM undone WHERE undo = undos.id) AS failures, redone_at, why
        FROM undos WHERE :tenant = '' OR json_extract(filter, '$.tenant') = :tenant
        """,
        "decision DESC",
        limit,
        {"tenant": tenant},
    )


def incidents(db: Database, limit: int = ALL, tenant: str | None = None, *, probed: bool = False) -> Listing:
    """Every incident, the newest first; ``event_count`` of them it holds, about so many ``addresses``.

    Of the mail of one tenant, or of all (``None``); ``probed``: those that are sent a probe.
    """
    sql = f"""
    SELECT * FROM ({INCIDENTS}) WHERE (:tenant IS NULL OR tenant = :tenant) AND (NOT :probed OR probe_at IS NOT NULL)
    """  # noqa: S608
    return Listing(db, sql, "since DESC, id DESC", limit, {"tenant": tenant, "probed": probed})


def incident(db: Database, number: int) -> Row:
    """The incident of that number, which there is, with the decisions about it, the oldest first."""
    [row] = db.query(f"{INCIDENTS} WHERE id = ?", [number])
    return {**row, "decisions": list(db.query(INCIDENT_DECISIONS, [number]))}


def of_incident(db: Database, number: int, limit: int = ALL) -> Listing:
    """The events that an incident holds, the newest first."""
    sql = """
        SELECT event AS id, happened_at, key AS address, class, reason, diagnostic_code, remote_mta, campaign
        FROM incident_rows CROSS JOIN tenant_events ON tenant_events.id = event
        WHERE incident = :incident
    """
    return Listing(db, sql, "happened_at DESC, id DESC", limit, {"incident": number})


def not_stored(db: Database, limit: int = ALL) -> Listing:
    """The events that are only counted, because they are too many of a day, by source and trust; the most first."""
    return Listing(
        db,
        """
        SELECT source AS reported_from, trust, sum(not_stored) AS events, max(day) AS latest_day
        FROM source_days WHERE not_stored > 0 GROUP BY source, trust
        """,
        "events DESC, source, trust",
        limit,
    )


def unrecognized(db: Database, limit: int = ALL, whose: Whose = EVERYBODY, *, done: bool = False) -> Listing:
    """The unrecognized messages, the newest first, with ``done`` also those that a person is done with.

    Those of a tenant are in the mailboxes of that tenant. ``kept`` says whether their content is still there.
    """
    return Listing(
        db,
        f"""
        SELECT id, arrived_at, kind, size, subject, problem, events_dropped, source,
            EXISTS (SELECT 1 FROM unrecognized WHERE message = messages.id) AS kept,
            (SELECT done_at FROM reviewed WHERE message = messages.id) AS done_at
        FROM messages
        WHERE recognized = 0 AND (:done OR NOT EXISTS (SELECT 1 FROM reviewed WHERE message = messages.id))
            AND {IS_MAILBOX_OF.format("source")}
        """,  # noqa: S608
        "arrived_at DESC, id DESC",
        limit,
        {"done": done, **whose.parameters()},
    )


def reports(db: Database, feedback_type: str, unattributed: bool, limit: int = ALL, tenant: str = "") -> Listing:
    """Every report of a feedback loop about mail of ``tenant``, the newest first.

    Of a type (``""``: any), or only those that name nobody.
    """
    return Listing(
        db,
        """
        SELECT id, happened_at, feedback_type, address, campaign, stream, original_message_id, recipient_id, trust,
            reported_from, diagnostic_code, source
        FROM tenant_events
        WHERE tenant = :tenant AND kind = 'complaint'
            AND (feedback_type = :type OR :type = '') AND (address = '' OR NOT :unattributed)
        """,
        "happened_at DESC, id DESC",
        limit,
        {"type": feedback_type, "unattributed": unattributed, "tenant": tenant},
    )


def content(db: Database, message: int) -> bytes | None:
    """The kept content of an unrecognized message, ``None`` when there is none."""
    row = db.execute("SELECT content FROM unrecognized WHERE message = ?", [message]).fetchone()
    return zlib.decompress(row[0]) if row else None


def counts(db: Database, now: datetime) -> Row:
    """How much of everything is in the ledger; ``…_today``: of the last 24 hours; ``blocked``: the sender's fault.

    ``not_stored`` are events that were only counted (``…_today``: since 0:00 UTC), and ``expired`` those that were held
    for too long; housekeeping forgets these numbers later on.
    """
    parameters = {"yesterday": times.iso(now - timedelta(days=1)), "today": times.iso(now)[:10]}
    [row] = db.query(COUNTS, parameters)
    return row


def mailboxes(db: Database) -> Iterator[Row]:
    """Every mailbox that was polled. ``waiting``: messages still to be read, at most; ``deferred``: later."""
    return db.query(
        """
        SELECT polls.mailbox, polled_at, failing_since, next_try, problem, login_refused,
            max(0, last_uid - coalesce((SELECT uid FROM cursors WHERE cursors.mailbox = polls.mailbox), 0)) AS waiting,
            (SELECT count(*) FROM places WHERE places.mailbox = polls.mailbox AND settled = 0) AS unsettled,
            (SELECT count(*) FROM trials WHERE what >= 'withheld ' || polls.mailbox || ' '
                AND what < 'withheld ' || polls.mailbox || '!') AS withheld,
            (SELECT count(*) FROM deferred WHERE deferred.mailbox = polls.mailbox) AS deferred
        FROM polls ORDER BY polls.mailbox
        """
    )


def jobs(db: Database) -> Iterator[Row]:
    """The last run of every job but the polls."""
    return db.query("SELECT name AS job, ran_at, problem FROM jobs ORDER BY name")


def silences(db: Database, whose: Whose = EVERYBODY) -> Iterator[Row]:
    """The mailboxes and feedback loops that are silent: since when, and after how many ``hours`` they are.

    Feedback loops are everybody's.
    """
    return db.query(
        f"""
        SELECT kind, name, strftime('%Y-%m-%dT%H:%M:%SZ', silent_since * 3600, 'unixepoch') AS since,
            silent_after AS hours
        FROM arrival_sources
        WHERE silent_since IS NOT NULL AND (kind = 'mailbox' OR :tenant IS NULL) AND {IS_MAILBOX_OF.format("name")}
        ORDER BY kind DESC, name
        """,  # noqa: S608
        whose.parameters(),
    )


def health(db: Database, dimension: str, tenant: str = "") -> Iterator[Row]:
    """The rows of ``campaign_health`` for ``tenant``, of one dimension (``""``: of all), the worst first."""
    return db.query(
        """
        SELECT dimension, name, sent, bounces, complaints, bounce_rate, complaint_rate, state, pause FROM tenant_health
        WHERE tenant = :tenant AND (dimension = :dimension OR :dimension = '')
        ORDER BY instr('critical warning notice ok unknown', state), sent DESC, dimension, name
        """,
        {"dimension": dimension, "tenant": tenant},
    )
