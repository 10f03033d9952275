"""The history of one address, in days, and how it is judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bounced.policy import Entry, Fold, Judgment, Policy, State, Suppression, decide, ordered

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


ADDRESS = "anna@example.org"

#: What a careful configuration asks for.
ASKS: Any = {
    "bounce": "plausible",
    "complaint": "verified",
    "delivered": "plausible",
    "auto-reply": "plausible",
    "not-spam": "verified",
}


def on(day: float, what: Any = "failed", **fields: Any) -> Entry:
    if what == "failed":
        fields = {"class_": "hard", "reason": "user_unknown"} | fields
    return Entry(fields.pop("id", 0), DAY0 + timedelta(days=day), what, **fields)


def judge(*history: Entry, policy: Policy | None = None) -> Judgment:
    return decide(ADDRESS, history, policy or Policy())


def state(*history: Entry, policy: Policy | None = None) -> State:
    fold = Fold(ADDRESS, policy or Policy())
    for entry in ordered(history, fold.policy):
        fold.step(entry)
    return fold.state


def suppression(*history: Entry, policy: Policy | None = None) -> Suppression | None:
    found = judge(*history, policy=policy).suppressions
    return found[0] if found else None


def complaint(day: float, kind: str, **fields: Any) -> Entry:
    return on(day, "complaint", reason=kind, **fields)
