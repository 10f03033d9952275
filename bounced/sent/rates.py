"""Bounce and complaint rates: counts the outcomes of each day for the view ``campaign_health``.

Call inside a transaction of the ledger. Outcomes are derived from events, attributions and doubts; triggers on these
mark the days to count again as stale.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlite_utils import Database

#: The outcomes of one day, once for each address and message; blocks are bounces too, and opt-outs are not complaints.
INSERT_OUTCOMES = """
WITH counted AS MATERIALIZED (
    SELECT events.kind = 'complaint' AS complaint, coalesce(attributions.address, events.address) AS address,
        coalesce(nullif(attributions.campaign, ''), events.campaign) AS campaign,
        coalesce(nullif(attributions.sending_domain, ''), events.sending_domain) AS sending_domain,
        iif(original_message_id = '', events.id, original_message_id) AS message
    FROM events LEFT JOIN attributions ON attributions.event = events.id
    WHERE (action = 'failed' OR events.kind = 'complaint') AND happened_at >= :day AND happened_at < :day || 'U'
        AND feedback_type NOT IN ('not-spam', 'opt-out', 'auth-failure', 'dkim')
        AND NOT EXISTS (SELECT 1 FROM doubts WHERE doubts.event = events.id)
),
named AS (
    SELECT 'campaign' AS dimension, campaign AS name, complaint, address, message FROM counted
    UNION SELECT 'sending_domain', sending_domain, complaint, address, message FROM counted
    UNION SELECT 'provider', substr(address, instr(address, '@') + 1), complaint, address, message FROM counted
)
INSERT INTO outcomes (dimension, name, day, bounces, complaints)
SELECT dimension, name, :day, sum(NOT complaint), sum(complaint) FROM named WHERE name <> '' GROUP BY dimension, name
"""


def recount(db: Database) -> None:
    """Counts the latest stale day again. There must be one."""
    [(day,)] = db.execute("SELECT max(day) FROM stale")
    db.execute("DELETE FROM outcomes WHERE day = ?", [day])
    db.execute(INSERT_OUTCOMES, {"day": day})
    db.execute("DELETE FROM stale WHERE day = ?", [day])


def limit(db: Database, limits: Mapping[str, float]) -> None:
    """Stores the ``limits`` that the view ``campaign_health`` applies."""
    if dict(db.execute("SELECT name, value FROM health_limits").fetchall()) != limits:
        db.execute("DELETE FROM health_limits")
        db.conn.executemany("INSERT INTO health_limits (name, value) VALUES (?, ?)", limits.items())
