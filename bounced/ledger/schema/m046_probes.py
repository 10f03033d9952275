"""The forty-sixth migration: when a domain that can't be reached is due for a probe, and to whom.

A week after its last failure, or after the last message to who was asked then; never to a suppressed address.
"""

from __future__ import annotations

from bounced.policy.incidents import PROBE_HOURS
from bounced.sent.tenants import BARE

#: The newest failure that an incident holds of an address that may be mailed.
_PROBE = """
SELECT texts.text FROM incident_rows CROSS JOIN event_rows ON event_rows.id = incident_rows.event
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
CROSS JOIN texts ON texts.id = coalesce(attribution_rows.address, event_rows.address)
WHERE incident = incident_spans.id AND NOT EXISTS (
    SELECT 1 FROM suppression_rows WHERE suppression_rows.address = texts.text
        AND (suppression_rows.until IS NULL OR suppression_rows.until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
)
ORDER BY happened_at DESC, incident_rows.event DESC LIMIT 1
"""

SCRIPT = f"""
CREATE VIEW probes AS
SELECT id AS incident, {BARE.format("probe")} AS probe_address,
    strftime('%Y-%m-%dT%H:%M:%SZ', {PROBE_HOURS} * 3600 + max(
        latest * 3600,
        coalesce((SELECT unixepoch(max(sent_at)) FROM sends WHERE sends.address = probe), 0),
        coalesce((SELECT max(deliveries.at) FROM deliveries JOIN texts ON texts.id = deliveries.address
            WHERE text = probe AND kind = 'sent'), 0)
    ), 'unixepoch') AS probe_at
FROM (
    SELECT incident_spans.id AS id, latest, ({_PROBE}) AS probe
    FROM incident_spans JOIN failure_units USING (unit) WHERE dimension = 'domain' AND until IS NULL
) WHERE probe IS NOT NULL;
DROP VIEW incidents;
CREATE VIEW incidents AS
SELECT incident_spans.id AS id, dimension, name, trust,
    strftime('%Y-%m-%dT%H:%M:%SZ', since * 3600, 'unixepoch') AS since,
    strftime('%Y-%m-%dT%H:%M:%SZ', until * 3600, 'unixepoch') AS until,
    coalesce(
        (SELECT decision || iif(decision = 'discard', 'ed', 'd') FROM incident_decisions AS decided
            WHERE decided.unit = incident_spans.unit AND hour >= since AND (until IS NULL OR hour < until)
            ORDER BY decided.id DESC LIMIT 1),
        iif(until IS NULL, 'open', 'settled')
    ) AS state,
    (SELECT count(*) FROM incident_rows WHERE incident = incident_spans.id) AS events,
    (SELECT probe_at FROM probes WHERE incident = incident_spans.id) AS probe_at,
    (SELECT probe_address FROM probes WHERE incident = incident_spans.id) AS probe_address
FROM incident_spans JOIN failure_units USING (unit);
"""  # noqa: S608
