"""The forty-eighth migration: test messages that were sent, and which of them came back (bounced.ledger.canaries)."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE canaries (
    id INTEGER PRIMARY KEY,              -- in the order in which they were sent
    number TEXT NOT NULL UNIQUE,         -- in the token
    noted_at TEXT NOT NULL,              -- before it was sent
    sent_at TEXT,                        -- when the server had taken it
    returned_at TEXT,                    -- when its report was taken
    problem TEXT NOT NULL DEFAULT ''     -- why it could not be sent
) STRICT;
"""
