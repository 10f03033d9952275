"""SparkPost: the suppression list.

Suppression List API: recipient, type (transactional or non_transactional), source (Spam Complaint, List Unsubscribe,
Bounce Rule, Unsubscribe Link, Manually Added, Compliance), description, created, updated. An entry of type
non_transactional forbids marketing alone.
https://developers.sparkpost.com/api/suppression-list/
"""

from __future__ import annotations

from bounced.lists.format import Format, iso, of_kind

FORMAT = Format(
    "sparkpost",
    "SparkPost",
    address=("recipient", "email"),
    date=("created", "updated"),
    kind=("source",),
    kinds={
        "bounce rule": "hard",
        "spam complaint": "complaint",
        "list unsubscribe": "unsubscribe",
        "unsubscribe link": "unsubscribe",
        "manually added": "manual",
        "compliance": "manual",
    },
    default="manual",
    detail=("description",),
    scope=("type",),
    scopes={"transactional": "all", "non_transactional": "marketing"},
    columns={
        "recipient": lambda entry: entry.address,
        "type": lambda entry: "transactional" if entry.scope == "all" else "non_transactional",
        "source": of_kind(
            {
                "hard": "Bounce Rule",
                "soft": "Bounce Rule",
                "complaint": "Spam Complaint",
                "unsubscribe": "Unsubscribe Link",
                "manual": "Manually Added",
            }
        ),
        "description": lambda entry: entry.detail,
        "created": iso,
    },
)
