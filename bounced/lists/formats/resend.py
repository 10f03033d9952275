"""Resend: the suppressions of a team.

GET /suppressions: email, origin (bounce, complaint, manual), source_id, created_at.
https://resend.com/docs/api-reference/suppressions/list-suppressions
"""

from __future__ import annotations

from bounced.lists.format import Format, iso, of_kind

FORMAT = Format(
    "resend",
    "Resend",
    address=("email",),
    date=("createdat",),
    kind=("origin",),
    kinds={"bounce": "hard", "complaint": "complaint", "manual": "manual"},
    columns={
        "email": lambda entry: entry.address,
        "origin": of_kind(
            {
                "hard": "bounce",
                "soft": "bounce",
                "complaint": "complaint",
                "unsubscribe": "manual",
                "manual": "manual",
            }
        ),
        "created_at": iso,
    },
)
