"""Bounce and complaint rates: counts the addresses that bounced or complained, for the view ``campaign_health``.

1. An address counts once for each campaign, sending domain and provider, on the latest day on which it did. So the days
   of any window add up to its addresses, however many reports there are about one.
2. Blocks are bounces too; opt-outs are not complaints; what is held counts nowhere.
3. Whoever has no name is told apart by the sender's id, or counts for each report.

Call inside a transaction of the ledger. All is derived from events, attributions and doubts: triggers on these mark the
events to count again as stale, and triggers on ``latest_outcomes`` keep the ``outcomes`` of each day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlite_utils import Database

#: Events that one transaction counts.
EVENTS_LIMIT = 1000

#: Who an event is about, by address or not.
IDENTITY = """coalesce(
    attributions.address, nullif(events.address, ''), nullif('id ' || recipient_id, 'id '), 'event ' || events.id
)"""

COUNT = f"""
WITH counted AS MATERIALIZED (
    SELECT events.kind = 'complaint' AS complaint, {IDENTITY} AS identity, substr(happened_at, 1, 10) AS day,
        coalesce(attributions.address, events.address) AS address,
        coalesce(nullif(attributions.campaign, ''), events.campaign) AS campaign,
        coalesce(nullif(attributions.sending_domain, ''), events.sending_domain) AS sending_domain
    FROM json_each(?) JOIN events ON events.id = json_each.value
    LEFT JOIN attributions ON attributions.event = events.id
    WHERE (action = 'failed' OR events.kind = 'complaint')
        AND feedback_type NOT IN ('not-spam', 'opt-out', 'auth-failure', 'dkim')
        AND NOT EXISTS (SELECT 1 FROM doubts WHERE doubts.event = events.id)
),
named AS (
    SELECT 'campaign' AS dimension, campaign AS name, complaint, identity, day FROM counted
    UNION ALL SELECT 'sending_domain', sending_domain, complaint, identity, day FROM counted
    UNION ALL SELECT 'provider', substr(address, instr(address, '@') + 1), complaint, identity, day FROM counted
)
INSERT INTO latest_outcomes (dimension, name, complaint, identity, day)
SELECT dimension, name, complaint, identity, max(day) FROM named WHERE name <> ''
GROUP BY dimension, name, complaint, identity
ON CONFLICT (dimension, name, complaint, identity) DO UPDATE SET day = excluded.day WHERE excluded.day > day
"""  # noqa: S608

#: Who is to be counted from nothing: whom an event was about before and after its attribution.
REMOVED = f"""
SELECT {IDENTITY}, coalesce(nullif('id ' || recipient_id, 'id '), 'event ' || events.id)
FROM json_each(?) JOIN events ON events.id = json_each.value LEFT JOIN attributions ON attributions.event = events.id
"""  # noqa: S608

EVENTS_OF = """
SELECT id FROM events WHERE address = CAST(:identity AS TEXT) AND address <> ''
UNION ALL SELECT event FROM attributions WHERE address = CAST(:identity AS TEXT)
UNION ALL SELECT id FROM events WHERE address = '' AND recipient_id <> '' AND 'id ' || recipient_id = :identity
    AND recipient_id = substr(:identity, 4)
"""


def recount(db: Database) -> None:
    """Counts the latest EVENTS_LIMIT stale events; what did not change costs nothing."""
    sql = "SELECT event, removed FROM stale ORDER BY event DESC LIMIT ?"
    stale = dict(db.execute(sql, [EVENTS_LIMIT]).fetchall())
    again = _forgotten(db, [event for event, removed in stale.items() if removed])
    db.execute(COUNT, [json.dumps([*stale, *again])])
    db.execute("DELETE FROM stale WHERE event IN (SELECT value FROM json_each(?))", [json.dumps(list(stale))])


def _forgotten(db: Database, events: Iterable[int]) -> set[int]:
    """Forgets whom ``events`` are about, and returns all events about them."""
    rows = db.execute(REMOVED, [json.dumps(list(events))]).fetchall()
    again: set[int] = set()
    for identity in {identity for row in rows for identity in row}:
        db.execute("DELETE FROM latest_outcomes WHERE identity = ?", [identity])
        again.update(event for (event,) in db.execute(EVENTS_OF, {"identity": identity}))
    return again


def limit(db: Database, limits: Mapping[str, float]) -> None:
    """Stores the ``limits`` that the view ``campaign_health`` applies."""
    if dict(db.execute("SELECT name, value FROM health_limits").fetchall()) != limits:
        db.execute("DELETE FROM health_limits")
        db.conn.executemany("INSERT INTO health_limits (name, value) VALUES (?, ?)", limits.items())
