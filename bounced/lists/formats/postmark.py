"""Postmark: the suppressions of a message stream.

Suppressions API, "Suppression dump": EmailAddress, SuppressionReason (HardBounce, SpamComplaint, ManualSuppression),
Origin (Recipient, Customer, Admin), CreatedAt. A ManualSuppression of the recipient is an unsubscription.
https://postmarkapp.com/developer/api/suppressions-api
"""

from __future__ import annotations

from bounced.lists.format import Format, iso, of_kind

FORMAT = Format(
    "postmark",
    "Postmark",
    address=("emailaddress",),
    date=("createdat",),
    kind=("suppressionreason",),
    kinds={
        "hardbounce": "hard",
        "spamcomplaint": "complaint",
        "manualsuppression": "manual",
        "manualsuppression recipient": "unsubscribe",
    },
    also_kind=("origin",),
    columns={
        "EmailAddress": lambda entry: entry.address,
        "SuppressionReason": of_kind(
            {
                "hard": "HardBounce",
                "soft": "HardBounce",
                "complaint": "SpamComplaint",
                "unsubscribe": "ManualSuppression",
                "manual": "ManualSuppression",
            }
        ),
        "Origin": of_kind(
            {
                "hard": "Recipient",
                "soft": "Recipient",
                "complaint": "Recipient",
                "unsubscribe": "Recipient",
                "manual": "Customer",
            }
        ),
        "CreatedAt": iso,
    },
)
