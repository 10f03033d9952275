"""The forty-seventh migration: how much was sent of campaigns with many failures (bounced.ledger.campaign_sizes)."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE campaign_sizes (            -- kept: the volume that it was taken from is deleted in time
    unit INTEGER NOT NULL REFERENCES failure_units (unit),
    day INTEGER NOT NULL,                -- since 1970
    sent INTEGER NOT NULL,               -- of the campaign, up to that day
    usual INTEGER NOT NULL,              -- of all campaigns, before; the most
    PRIMARY KEY (unit, day)
) STRICT, WITHOUT ROWID;
"""
