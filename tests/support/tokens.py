"""Two keys, and tokens that they sign."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bounced import tokens
from bounced.tokens import Key

K2 = Key("k2", bytes(range(32)))


X7 = Key("x7", b"another secret of 32 octets here")


LAST = date(2026, 12, 31)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def made(key: Key = K2, expires: date = LAST, /, **fields: str) -> str:
    return tokens.make(key, expires, **(fields or {"recipient_id": "4711"}))
