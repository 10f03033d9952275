"""Brevo: the contacts that are blocked for transactional mail.

GET /v3/smtp/blockedContacts: email, senderEmail, blockedAt, and reason with code and message, the code one of
unsubscribedViaMA, unsubscribedViaEmail, adminBlocked, unsubscribedViaApi, hardBounce and contactFlaggedAsSpam.
https://developers.brevo.com/reference/gettransacblockedcontacts
"""

from __future__ import annotations

from bounced.lists.format import Format, iso, of_kind

FORMAT = Format(
    "brevo",
    "Brevo",
    address=("email",),
    date=("blockedat",),
    kind=("reason.code", "reasoncode", "reason"),
    kinds={
        "hardbounce": "hard",
        "contactflaggedasspam": "complaint",
        "unsubscribedviama": "unsubscribe",
        "unsubscribedviaemail": "unsubscribe",
        "unsubscribedviaapi": "unsubscribe",
        "adminblocked": "manual",
    },
    detail=("reason.message",),
    columns={
        "email": lambda entry: entry.address,
        "reason.code": of_kind(
            {
                "hard": "hardBounce",
                "soft": "hardBounce",
                "complaint": "contactFlaggedAsSpam",
                "unsubscribe": "unsubscribedViaEmail",
                "manual": "adminBlocked",
            }
        ),
        "reason.message": lambda entry: entry.detail,
        "blockedAt": iso,
    },
)
