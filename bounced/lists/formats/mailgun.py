"""Mailgun: bounces, complaints and unsubscribes, which are lists of their own, of one domain.

Columns of the files that it imports and members of its API: bounces have address, code, error and created_at (RFC
5322), unsubscribes have tags, complaints may have count. What is written has a column ``type``, to tell them apart.
https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/bounces
"""

from __future__ import annotations

from bounced.lists.format import Format, of_kind, rfc5322

FORMAT = Format(
    "mailgun",
    "Mailgun",
    address=("address",),
    date=("createdat",),
    kind=("type",),
    kinds={"bounce": "hard", "complaint": "complaint", "unsubscribe": "unsubscribe", "manual": "manual"},
    kind_by_column={
        "code": "hard",
        "error": "hard",
        "tag": "unsubscribe",
        "tags": "unsubscribe",
        "count": "complaint",
    },
    detail=("error",),
    columns={
        "address": lambda entry: entry.address,
        "code": lambda entry: "550" if entry.cause == "bounce" else "",
        "error": lambda entry: entry.detail if entry.cause == "bounce" else "",
        "created_at": rfc5322,
        "tags": lambda entry: "*" if entry.kind == "unsubscribe" else "",
        "type": of_kind(
            {
                "hard": "bounce",
                "soft": "bounce",
                "complaint": "complaint",
                "unsubscribe": "unsubscribe",
                "manual": "manual",
            }
        ),
    },
)
