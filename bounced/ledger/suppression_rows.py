"""Suppressions as rows, and as records again. Loads nothing else, as bounced.ledger.reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bounced import times
from bounced.policy import Suppression


def suppression(row: Mapping[str, Any]) -> Suppression:
    """The record of a row of ``suppressions`` or of the view ``suppressed``."""
    return Suppression(
        row["scope"],
        row["cause"],
        row["reason"],
        row["class"],
        since=times.parse(row["since"]),
        until=times.parse_or_none(row["until"]),
        bounces=row["bounces"],
        first_bounce_at=times.parse_or_none(row["first_bounce_at"]),
        last_bounce_at=times.parse_or_none(row["last_bounce_at"]),
        detail=row["detail"],
    )
