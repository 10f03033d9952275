"""Mautic: who is marked Do Not Contact.

The table lead_donotcontact, and the report of the same name, with the contact's email: reason (1: unsubscribed, 2:
bounced, 3: by a user; DoNotContact.php), channel, comments, date_added. What is of another channel is no mail.
https://devdocs.mautic.org/en/latest/rest_api/contacts.html
"""

from __future__ import annotations

from bounced.lists.format import Format, iso, of_kind

FORMAT = Format(
    "mautic",
    "Mautic",
    address=("email", "contactemail"),
    date=("dateadded", "dncdateadded"),
    kind=("reason", "dncreason"),
    kinds={
        "1": "unsubscribe",
        "unsubscribed": "unsubscribe",
        "2": "hard",
        "bounced": "hard",
        "3": "manual",
        "manual": "manual",
    },
    detail=("comments", "dnccomments"),
    only={"channel": ("", "email"), "dncchannel": ("", "email")},
    columns={
        "email": lambda entry: entry.address,
        "reason": of_kind({"hard": "2", "soft": "2", "complaint": "1", "unsubscribe": "1", "manual": "3"}),
        "channel": lambda entry: "email",
        "comments": lambda entry: entry.detail,
        "date_added": iso,
    },
)
