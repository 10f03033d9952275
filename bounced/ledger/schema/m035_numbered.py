"""The thirty-fifth migration: an outbox that has the addresses themselves gets the numbers of their texts.

Builds between m022 and m029 made such ones. It comes before m031, which reads the outbox.
"""

from __future__ import annotations

from sqlite_utils import Database

from bounced.ledger.schema.m022_outbox import ROWS, SHOWN

_HAS_ADDRESSES = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outbox'"

_SCRIPT = f"""
{ROWS}
INSERT INTO texts (text) SELECT address FROM outbox EXCEPT SELECT text FROM texts;
INSERT INTO outbox_rows SELECT outbox.id, written_at, type, texts.id, data FROM outbox JOIN texts ON text = address;
DELETE FROM sqlite_sequence WHERE name = 'outbox_rows';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_rows', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
{SHOWN}
"""  # noqa: S608


def script(db: Database) -> str:
    """The statements for this file: none where its outbox has numbers."""
    return _SCRIPT if db.execute(_HAS_ADDRESSES).fetchone() else ""
