"""The seventh migration: fingerprints take in more of the header. What was recorded before keeps those that it has."""

from __future__ import annotations

#: The last message whose fingerprint is ``bounced.ledger.fingerprint.earlier``; no row when there is none.
SCRIPT = """
INSERT INTO meta SELECT 'earlier_fingerprints', max(id) FROM messages HAVING max(id) IS NOT NULL;
"""
