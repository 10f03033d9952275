"""The headers of well-known mail services, by the name of the preset.

A service removes some headers before it sends (Amazon SES its ``X-SES-*`` instructions, SendGrid ``X-SMTPAPI``): these
are present where the sender's own server returns the message, or where another one relays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bounced.identify.sender import HeaderRule

Preset = Literal[
    "campaign",
    "feedback-id",
    "kumomta",
    "list",
    "listmonk",
    "mailchimp",
    "mailgun",
    "mail.ru",
    "mandrill",
    "postal",
    "postmark",
    "sendcloud",
    "sendgrid",
    "ses",
]

PRESETS: Mapping[Preset, tuple[HeaderRule, ...]] = {
    "campaign": (
        HeaderRule("X-Campaign-ID", "campaign"),
        HeaderRule("X-CampaignID", "campaign"),
        HeaderRule("X-Campaign", "campaign"),
        HeaderRule("X-Campaign-Name", "campaign"),
    ),
    # Google's form is campaign:customer:type:sender, the first three of which may be empty or missing. What Amazon SES
    # writes there names only the customer.
    "feedback-id": (
        HeaderRule("Feedback-ID", "campaign", r"^([^:]{1,200}):(?!AmazonSES)"),
        HeaderRule("Feedback-ID", "stream", r"^[^:]{0,200}:[^:]{0,200}:([^:]{1,200}):(?!AmazonSES)"),
        HeaderRule("CFBL-Feedback-ID", "campaign", r"^([^:]{1,200})"),  # RFC 9477 3.2; its form is the sender's own
    ),
    # Base64, of the fields that the sender's policy includes.
    "kumomta": (HeaderRule("X-KumoRef", "store"),),
    "list": (
        HeaderRule("List-Id", "stream", r"<([^<>\s]{1,255})>"),  # RFC 2919
        HeaderRule("List-Id", "stream", r"^\s{0,20}([^<>\s]{1,255})\s{0,20}$"),
    ),
    # Both are UUIDs (internal/manager: EmailHeaderCampaignUUID, EmailHeaderSubscriberUUID).
    "listmonk": (
        HeaderRule("X-Listmonk-Campaign", "campaign"),
        HeaderRule("X-Listmonk-Subscriber", "store"),
    ),
    # As Mailchimp writes it: "X-Campaign: mailchimpUSER.CAMPAIGN".
    "mailchimp": (
        HeaderRule("X-campaignid", "campaign", r"^mailchimp[0-9a-f]{1,64}\.([0-9a-f]{1,64})"),
        HeaderRule("X-Campaign", "campaign", r"^mailchimp[0-9a-f]{1,64}\.([0-9a-f]{1,64})"),
        HeaderRule("X-MC-User", "store"),
    ),
    "mailgun": (
        HeaderRule("X-Mailgun-Campaign-Id", "campaign"),
        HeaderRule("X-Mailgun-Tag", "campaign"),
        HeaderRule("X-Mailgun-Sid", "store"),
        HeaderRule("X-Mailgun-Variables", "store"),
    ),
    # What the statistics of postmaster.mail.ru tell mailings apart by: the second is the older name. (X-Mru-* are what
    # Mail.ru writes into what it receives.)
    "mail.ru": (
        HeaderRule("X-Postmaster-Msgtype", "campaign"),
        HeaderRule("X-Mailru-Msgtype", "campaign"),
    ),
    "mandrill": (
        HeaderRule("X-MC-Tags", "campaign", r"^\s{0,20}([^,]{1,50})"),
        HeaderRule("X-MC-Subaccount", "stream"),
        HeaderRule("X-MC-Metadata", "store"),
        HeaderRule("X-Mandrill-User", "store"),
    ),
    # The tag is the sender's; the server adds the other (add_outgoing_headers of its Message).
    "postal": (
        HeaderRule("X-Postal-Tag", "campaign"),
        HeaderRule("X-Postal-MsgID", "store"),
    ),
    # Tag and ID as in messages of 2024; the stream is an instruction. Proton writes "X-Pm-Message-ID" too.
    "postmark": (
        HeaderRule("X-PM-Tag", "campaign"),
        HeaderRule("X-PM-Message-Stream", "stream"),
        HeaderRule("X-PM-Message-Id", "store"),
    ),
    # Ends in "$RECIPIENT", as in messages of 2016.
    "sendcloud": (HeaderRule("X-SENDCLOUD-UUID", "store"),),
    "sendgrid": (
        HeaderRule("X-SG-EID", "store"),
        HeaderRule("X-SG-ID", "store"),
        HeaderRule("X-SMTPAPI", "campaign", r'"category"\s{0,4}:\s{0,4}\[?\s{0,4}"([^"]{1,200})"'),
    ),
    "ses": (
        HeaderRule("X-SES-MESSAGE-TAGS", "campaign", r"(?:^|[,;\s])campaign\s{0,4}=\s{0,4}([A-Za-z0-9_-]{1,256})"),
        HeaderRule("X-SES-CONFIGURATION-SET", "stream"),
        HeaderRule("X-SES-Outgoing", "store"),
    ),
}
