"""SendGrid: bounces, invalid emails, spam reports and unsubscribes, which are lists of their own.

Columns and members as its API names them: bounces have status, reason, email and created (seconds since 1970), spam
reports have ip. Blocks are no list of who must not be mailed. Global unsubscribes have email and created alone:
--cause unsubscribe. What is written has a column ``type``, to tell the lists apart.
https://www.twilio.com/docs/sendgrid/api-reference/bounces-api
https://www.twilio.com/docs/sendgrid/api-reference/spam-reports-api
"""

from __future__ import annotations

from bounced.lists.format import Format, of_kind, seconds

FORMAT = Format(
    "sendgrid",
    "SendGrid",
    address=("email",),
    date=("created",),
    kind=("type",),
    kinds={"bounce": "hard", "spam_report": "complaint", "unsubscribe": "unsubscribe", "manual": "manual"},
    kind_by_column={"status": "hard", "reason": "hard", "ip": "complaint"},
    status=("status",),
    detail=("reason",),
    columns={
        "status": lambda entry: "",
        "reason": lambda entry: entry.detail,
        "email": lambda entry: entry.address,
        "created": seconds,
        "type": of_kind(
            {
                "hard": "bounce",
                "soft": "bounce",
                "complaint": "spam_report",
                "unsubscribe": "unsubscribe",
                "manual": "manual",
            }
        ),
    },
)
