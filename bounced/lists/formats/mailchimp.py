"""Mailchimp: the cleaned and the unsubscribed contacts of an audience.

"View or Export Contacts": a ZIP with a CSV file for each status. Cleaned contacts have CLEAN_TIME, unsubscribed ones
UNSUB_TIME and UNSUB_REASON; those that are subscribed have neither and suppress nobody.
https://mailchimp.com/help/view-export-contacts/
"""

from __future__ import annotations

from bounced.lists.format import Format, of_kind, when

FORMAT = Format(
    "mailchimp",
    "Mailchimp",
    address=("emailaddress", "email"),
    date=("cleantime", "unsubtime"),
    kind=("unsubreason",),
    kinds={
        "abuse": "complaint",
        "spam": "complaint",
        "normal": "unsubscribe",
        "nosignup": "unsubscribe",
        "inappropriate": "unsubscribe",
        "other": "unsubscribe",
        "n/a": "unsubscribe",
        "admin": "manual",
    },
    kind_by_column={"cleantime": "hard", "unsubtime": "unsubscribe"},
    is_of_everybody=True,
    detail=("unsubreasonother",),
    columns={
        "Email Address": lambda entry: entry.address,
        "CLEAN_TIME": when("hard", "soft"),
        "UNSUB_TIME": when("complaint", "unsubscribe", "manual"),
        "UNSUB_REASON": of_kind({"complaint": "SPAM", "unsubscribe": "NORMAL", "manual": "ADMIN"}),
        "UNSUB_REASON_OTHER": lambda entry: entry.detail,
    },
)
