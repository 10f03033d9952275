"""A ledger with suppressions of every scope, to be looked up."""

from __future__ import annotations

from datetime import UTC, datetime

from bounced.ledger.ledger import Ledger
from bounced.policy.scopes import StreamKind

NOW = datetime(2026, 9, 18, 12, tzinfo=UTC)

STREAMS: dict[str, StreamKind] = {"news": "marketing", "invoices": "transactional"}

#: As people and programs write addresses.
WRITTEN = (
    "all@b.test",
    "ALL@B.test",
    '"all"@b.test',
    "marketing@b.test",
    "both@b.test",
    "news@b.test",
    "invoices@b.test",
    "joe@münchen.example",
    "JOE@MU\u0308NCHEN.example",
    "nobody@b.test",
    "it's@b.test",
)


def suppressed(ledger: Ledger) -> None:
    for name in ("all", "marketing", "news", "invoices"):
        ledger.decisions.decide([f"{name}@b.test"], "suppress", name, "")
    ledger.decisions.decide(["both@b.test", "joe@xn--mnchen-3ya.example"], "suppress", "marketing", "")
    ledger.decisions.decide(["both@b.test"], "suppress", "all", "by phone")
