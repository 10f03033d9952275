"""The fifty-sixth migration: only what is proved has a probe.

Whoever sends leaves out a domain that has one: a stranger's report would be enough to have nobody there get mail.
"""

from __future__ import annotations

from bounced.policy.incidents import PROBE_HOURS
from bounced.sent.tenants import BARE

#: The newest verified failure that an incident holds of an address that may be mailed.
_PROBE = """
SELECT texts.text FROM incident_rows CROSS JOIN event_rows ON event_rows.id = incident_rows.event
CROSS JOIN verdicts ON verdicts.id = verdict
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
CROSS JOIN texts ON texts.id = coalesce(attribution_rows.address, event_rows.address)
WHERE incident = incident_spans.id
    AND coalesce(
        (SELECT text FROM texts AS trusts WHERE trusts.id = attribution_rows.trust), verdicts.trust
    ) = 'verified'
    AND NOT EXISTS (
        SELECT 1 FROM suppression_rows WHERE suppression_rows.address = texts.text
            AND (suppression_rows.until IS NULL OR suppression_rows.until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
    )
ORDER BY happened_at DESC, incident_rows.event DESC LIMIT 1
"""

#: As in m046_probes, of incidents that are verified.
SCRIPT = f"""
DROP VIEW probes;
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
    FROM incident_spans JOIN failure_units USING (unit)
    WHERE dimension = 'domain' AND trust = 'verified' AND until IS NULL
) WHERE probe IS NOT NULL;
"""  # noqa: S608
