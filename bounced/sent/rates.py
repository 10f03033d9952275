"""Bounce and complaint rates: counts the addresses that bounced or complained, for the view ``campaign_health``.

1. An address counts once for each campaign, sending domain and provider, on the latest day on which it did. So the days
   of any window add up to its addresses, however many reports there are about one.
2. Where a kind counts only when it is verified, so do the names: it counts for a campaign and a sending domain that the
   sender's own marks name, not for those that a returned header names. What a person accepted counts for all.
3. Blocks are bounces too; opt-outs are not complaints; what is held counts nowhere.
4. Whoever has no name is told apart by the sender's id, or counts for each report.

Call inside a transaction of the ledger. All is derived from events, attributions and doubts: triggers on these mark the
events to count again as stale, and triggers on ``latest_outcomes`` keep the ``outcomes`` of each day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from bounced.sent.attributed import attributed, latest
from bounced.sent.tenants import OF_TENANT, PREFIX

#: Events that one transaction counts.
EVENTS_LIMIT = 1000

#: Who an event is about, by address or not.
IDENTITY = f"""coalesce(
    {attributed("address")}, nullif(events.address, ''), nullif('id ' || recipient_id, 'id '), 'event ' || events.id
)"""

#: Names that only the sender can have written (bounced.model.PROVING).
PROVING = "('token', 'dkim', 'sends')"

#: Feedback types that are no complaints (RFC 5965, 6591).
NO_COMPLAINTS = "('not-spam', 'opt-out', 'auth-failure', 'dkim')"

#: Whose event it is, as that stands before a name.
MARK = f"""
iif(address <> '', {PREFIX.format("address")}, iif(tenant <> '', '(' || tenant || ')', ''))
"""
#: Of an address: what is behind its last "@". The view makes providers of domains.
DOMAIN = "substr(address, length(rtrim(address, replace(address, '@', ''))) + 1)"

COUNT = f"""
WITH counted AS MATERIALIZED (
    SELECT events.kind = 'complaint' AS complaint, {IDENTITY} AS identity, substr(happened_at, 1, 10) AS day,
        {latest("address")} AS address, events.tenant AS tenant,
        {latest("campaign")} AS campaign, {latest("campaign_by")} AS campaign_by,
        {latest("sending_domain")} AS sending_domain, {latest("sending_domain_by")} AS sending_domain_by,
        accepted.event IS NULL
            AND iif(events.kind = 'complaint', 'complaint', 'bounce') IN (SELECT kind FROM proved_kinds) AS wants_proof
    FROM json_each(?) JOIN events ON events.id = json_each.value
    LEFT JOIN accepted ON accepted.event = events.id
    WHERE (action = 'failed' OR events.kind = 'complaint')
        AND feedback_type NOT IN {NO_COMPLAINTS}
        AND NOT EXISTS (SELECT 1 FROM doubts WHERE doubts.event = events.id)
),
named AS (
    SELECT {MARK} AS mark, 'campaign' AS dimension, campaign AS name, complaint, identity, day FROM counted
    WHERE NOT wants_proof OR campaign_by IN {PROVING}
    UNION ALL SELECT {MARK}, 'sending_domain', sending_domain, complaint, identity, day FROM counted
    WHERE NOT wants_proof OR sending_domain_by IN {PROVING}
    UNION ALL SELECT {MARK}, 'provider', {DOMAIN}, complaint, identity, day FROM counted
)
INSERT INTO latest_outcomes (identity, dimension, name, complaint, day)
SELECT identity, dimension, {OF_TENANT.format("mark", "name")}, complaint, max(day) FROM named WHERE name <> ''
GROUP BY dimension, mark, name, complaint, identity
"""  # noqa: S608

UNPROVED_ARE_STALE = f"""
INSERT INTO stale SELECT events.id, 1 FROM events
WHERE (action = 'failed' OR events.kind = 'complaint')
    AND ({latest("campaign_by")} NOT IN {PROVING} OR {latest("sending_domain_by")} NOT IN {PROVING})
ON CONFLICT DO UPDATE SET removed = 1
"""  # noqa: S608

#: An event that has no other identity is negative there.
FORGET = """
DELETE FROM latest_outcome_rows
WHERE identity = iif(
    :identity GLOB 'event [0-9]*', -substr(:identity, 7), (SELECT id FROM texts WHERE text = :identity)
)
"""

#: Who is to be counted from nothing: whom an event was about before and after its attribution.
REMOVED = f"""
SELECT {IDENTITY}, coalesce(nullif('id ' || recipient_id, 'id '), 'event ' || events.id)
FROM json_each(?) JOIN events ON events.id = json_each.value
"""  # noqa: S608

EVENTS_OF = """
SELECT id FROM events WHERE address = CAST(:identity AS TEXT) AND address <> ''
UNION ALL SELECT event FROM attributions WHERE address = CAST(:identity AS TEXT)
UNION ALL SELECT event FROM unnamed
WHERE recipient_id = (SELECT id FROM texts WHERE 'id ' || text = :identity AND text = substr(:identity, 4))
    AND recipient_id <> 0
"""


def recount(db: Database) -> list[int]:
    """Counts the latest EVENTS_LIMIT stale events, and returns them; what did not change costs nothing."""
    sql = "SELECT event, removed FROM stale ORDER BY event DESC LIMIT ?"
    stale = dict(db.execute(sql, [EVENTS_LIMIT]).fetchall())
    again = _forgotten(db, [event for event, removed in stale.items() if removed])
    db.execute(COUNT, [json.dumps([*stale, *again])])
    db.execute("DELETE FROM stale WHERE event IN (SELECT value FROM json_each(?))", [json.dumps(list(stale))])
    return list(stale)


def _forgotten(db: Database, events: Iterable[int]) -> set[int]:
    """Forgets whom ``events`` are about, and returns all events about them."""
    rows = db.execute(REMOVED, [json.dumps(list(events))]).fetchall()
    again: set[int] = set()
    for identity in {identity for row in rows for identity in row}:
        db.execute(FORGET, {"identity": identity})
        again.update(event for (event,) in db.execute(EVENTS_OF, {"identity": identity}))
    return again


def limit(db: Database, limits: Mapping[str, float]) -> None:
    """Stores the ``limits`` that the view ``campaign_health`` applies."""
    if dict(db.execute("SELECT name, value FROM health_limits").fetchall()) != limits:
        db.execute("DELETE FROM health_limits")
        db.conn.executemany("INSERT INTO health_limits (name, value) VALUES (?, ?)", limits.items())


def want_proof(db: Database, kinds: Iterable[str]) -> None:
    """Stores the ``kinds`` that count only for proved names, and has the events counted anew that this is about."""
    wanted = set(kinds)
    if {kind for (kind,) in db.execute("SELECT kind FROM proved_kinds")} != wanted:
        db.execute("DELETE FROM proved_kinds")
        db.conn.executemany("INSERT INTO proved_kinds (kind) VALUES (?)", [(kind,) for kind in wanted])
        db.execute(UNPROVED_ARE_STALE)
