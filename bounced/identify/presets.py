"""What the headers of well-known mail services tell, by the name of the preset.

A service removes some headers before it sends (Amazon SES its ``X-SES-*`` instructions, SendGrid ``X-SMTPAPI``): those
are found where the sender's own server returns the mail, or where another one relays it.
"""

from __future__ import annotations

from collections.abc import Mapping

from bounced.identify.sender import HeaderMark

PRESETS: Mapping[str, tuple[HeaderMark, ...]] = {
    "campaign": (
        HeaderMark("X-Campaign-ID", "campaign"),
        HeaderMark("X-CampaignID", "campaign"),
        HeaderMark("X-Campaign", "campaign"),
        HeaderMark("X-Campaign-Name", "campaign"),
    ),
    # Google's form is campaign:customer:type:sender, the first three of which may be empty or missing. What Amazon SES
    # writes there names the customer only.
    "feedback-id": (
        HeaderMark("Feedback-ID", "campaign", r"^([^:]{1,200}):(?!AmazonSES)"),
        HeaderMark("Feedback-ID", "stream", r"^[^:]{0,200}:[^:]{0,200}:([^:]{1,200}):(?!AmazonSES)"),
        HeaderMark("CFBL-Feedback-ID", "campaign", r"^([^:]{1,200})"),  # RFC 9477 3.2; its form is the sender's own
    ),
    "list": (
        HeaderMark("List-Id", "stream", r"<([^<>\s]{1,255})>"),  # RFC 2919
        HeaderMark("List-Id", "stream", r"^\s{0,20}([^<>\s]{1,255})\s{0,20}$"),
    ),
    # As Mailchimp writes it: "X-Campaign: mailchimpUSER.CAMPAIGN".
    "mailchimp": (
        HeaderMark("X-campaignid", "campaign", r"^mailchimp[0-9a-f]{1,64}\.([0-9a-f]{1,64})"),
        HeaderMark("X-Campaign", "campaign", r"^mailchimp[0-9a-f]{1,64}\.([0-9a-f]{1,64})"),
        HeaderMark("X-MC-User", "store"),
    ),
    "mailgun": (
        HeaderMark("X-Mailgun-Campaign-Id", "campaign"),
        HeaderMark("X-Mailgun-Tag", "campaign"),
        HeaderMark("X-Mailgun-Sid", "store"),
        HeaderMark("X-Mailgun-Variables", "store"),
    ),
    "mandrill": (
        HeaderMark("X-MC-Tags", "campaign", r"^\s{0,20}([^,]{1,50})"),
        HeaderMark("X-MC-Subaccount", "stream"),
        HeaderMark("X-MC-Metadata", "store"),
        HeaderMark("X-Mandrill-User", "store"),
    ),
    "sendgrid": (
        HeaderMark("X-SG-EID", "store"),
        HeaderMark("X-SG-ID", "store"),
        HeaderMark("X-SMTPAPI", "campaign", r'"category"\s{0,4}:\s{0,4}\[?\s{0,4}"([^"]{1,200})"'),
    ),
    "ses": (
        HeaderMark("X-SES-MESSAGE-TAGS", "campaign", r"(?:^|[,;\s])campaign\s{0,4}=\s{0,4}([A-Za-z0-9_-]{1,256})"),
        HeaderMark("X-SES-CONFIGURATION-SET", "stream"),
        HeaderMark("X-SES-Outgoing", "store"),
    ),
}
