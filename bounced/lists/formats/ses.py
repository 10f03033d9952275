"""Amazon SES: the account-level suppression list.

`aws sesv2 list-suppressed-destinations` (API reference v2, ListSuppressedDestinations): EmailAddress, Reason (BOUNCE or
COMPLAINT), LastUpdateTime. SES knows no other reason: who must not be mailed for another one complained.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SuppressedDestinationSummary.html
"""

from __future__ import annotations

from bounced.lists.format import Format, iso, of_kind

FORMAT = Format(
    "ses",
    "Amazon SES",
    address=("emailaddress", "email"),
    date=("lastupdatetime",),
    kind=("reason",),
    kinds={"bounce": "hard", "complaint": "complaint"},
    columns={
        "EmailAddress": lambda entry: entry.address,
        "Reason": of_kind(
            {
                "hard": "BOUNCE",
                "soft": "BOUNCE",
                "complaint": "COMPLAINT",
                "unsubscribe": "COMPLAINT",
                "manual": "COMPLAINT",
            }
        ),
        "LastUpdateTime": iso,
    },
)
