"""Exchange and Microsoft 365."""

from __future__ import annotations

from tests.support.products.product import Product

EXCHANGE = Product(
    name="Exchange",
    seen_in=(
        "thunderbird-android#899",
        "MailKit#908",
        "SwiftMail#109",
        "zammad-admin-documentation#568",
        "FreeScout#3203",
        "imapsync#212",
    ),
    greeting="The Microsoft Exchange IMAP4 service is ready. [TwBTAEwAUABSAA==]",
    greeted="IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+",
    capabilities=(
        "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+"
    ),
    folders={"INBOX": r"\Marked \HasNoChildren", "Junk Email": r"\HasNoChildren"},
    permanent_flags=r"\Seen \Answered \Flagged \Deleted \Draft $MDNSent",
    refusals={"AUTHENTICATE PLAIN": "NO AUTHENTICATE failed."},
    refused_at_first={
        "UID FETCH": "BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds",
    },
    placeholder=(
        b"From: Microsoft Exchange Server\r\nTo: bounces\r\n"
        b"Subject: Retrieval using the IMAP4 protocol failed for the following message: 4711\r\n\r\n"
        b"The server couldn't retrieve the following message:\r\n"
    ),
)
