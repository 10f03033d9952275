"""listmonk: its bounces, and the subscribers that it blocklists.

GET /api/bounces: email, type (hard, soft, complaint), source, created_at. The export of subscribers: uuid, email, name,
attributes, status (enabled, disabled, blocklisted), created_at, updated_at; who is enabled or disabled is on no list.
https://listmonk.app/docs/apis/bounces/
"""

from __future__ import annotations

from bounced.lists.format import NOBODY, Format, iso, of_kind

FORMAT = Format(
    "listmonk",
    "listmonk",
    address=("email",),
    date=("updatedat", "createdat"),
    kind=("type", "status"),
    kinds={
        "hard": "hard",
        "soft": "soft",
        "complaint": "complaint",
        "blocklisted": "manual",
        "unsubscribed": "unsubscribe",
        "enabled": NOBODY,
        "disabled": NOBODY,
    },
    columns={
        "email": lambda entry: entry.address,
        "type": of_kind(
            {
                "hard": "hard",
                "soft": "soft",
                "complaint": "complaint",
                "unsubscribe": "unsubscribed",
                "manual": "blocklisted",
            }
        ),
        "created_at": iso,
    },
)
