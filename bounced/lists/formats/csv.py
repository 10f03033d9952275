"""Our own: what `bounced list export` and `bounced suppressions --csv` write, and what anybody can write.

Of its columns ``address`` has to be there, ``cause`` too or --cause: bounce, complaint or manual, or hard, soft and
unsubscribe. ``reason`` is one of docs/reasons.md, of a complaint its feedback type.
"""

from __future__ import annotations

from bounced.lists.format import Format, iso

FORMAT = Format(
    "csv",
    "any program",
    address=("address", "email", "emailaddress", "mail"),
    date=("since", "date", "at", "createdat", "created", "timestamp"),
    kind=("cause", "type"),
    kinds={
        "bounce": "hard",
        "hard": "hard",
        "soft": "soft",
        "complaint": "complaint",
        "unsubscribe": "unsubscribe",
        "manual": "manual",
    },
    reason=("reason",),
    scope=("scope",),
    detail=("detail", "why", "comment", "diagnosticcode"),
    status=("status",),
    origin=("origin",),
    has_patterns=True,
    columns={
        "address": lambda entry: entry.address,
        "scope": lambda entry: entry.scope,
        "cause": lambda entry: entry.cause,
        "reason": lambda entry: entry.reason,
        "class": lambda entry: entry.class_,
        "since": iso,
        "detail": lambda entry: entry.detail,
        "origin": lambda entry: entry.origin,
    },
)
