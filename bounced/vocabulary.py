"""The names that others have for our reasons, for programs that were written for them.

Amazon SES: bounceType/bounceSubType of its notifications (SES developer guide, "Amazon SNS notification contents").
PowerMTA: the bounce categories of its accounting file (user's guide, "Bounce categories").
Sisimai: the reasons of version 5.0 (Sisimai::Reason).

Where they have no name of their own for a reason, the nearest one stands here; what SES says of a failure that is the
sender's fault is "Transient/General".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Names(NamedTuple):
    """One reason as others call it."""

    ses: str
    powermta: str
    sisimai: str


VOCABULARY: Mapping[str, Names] = {
    "user_unknown": Names("Permanent/NoEmail", "bad-mailbox", "userunknown"),
    "domain_unknown": Names("Permanent/General", "bad-domain", "hostunknown"),
    "mailbox_disabled": Names("Permanent/General", "inactive-mailbox", "suspend"),
    "address_moved": Names("Permanent/General", "bad-mailbox", "hasmoved"),
    "address_invalid": Names("Permanent/General", "bad-mailbox", "userunknown"),
    "not_accepting": Names("Permanent/General", "bad-domain", "notaccept"),
    "suppressed_upstream": Names("Permanent/Suppressed", "other", "suppressed"),
    "mailbox_full": Names("Transient/MailboxFull", "quota-issues", "mailboxfull"),
    "unreachable": Names("Transient/General", "bad-connection", "networkerror"),
    "expired": Names("Transient/General", "message-expired", "expired"),
    "remote_error": Names("Transient/General", "bad-configuration", "systemerror"),
    "refused": Names("Undetermined/Undetermined", "other", "filtered"),
    "unknown": Names("Undetermined/Undetermined", "other", "undefined"),
    "reputation": Names("Transient/General", "spam-related", "blocked"),
    "spam_content": Names("Transient/ContentRejected", "spam-related", "spamdetected"),
    "policy": Names("Transient/General", "policy-related", "policyviolation"),
    "authentication": Names("Transient/General", "policy-related", "authfailure"),
    "rate_limited": Names("Transient/General", "policy-related", "toomanyconn"),
    "relay_denied": Names("Transient/General", "relaying-issues", "norelaying"),
    "sender_rejected": Names("Transient/General", "invalid-sender", "rejected"),
    "too_large": Names("Transient/MessageTooLarge", "content-related", "mesgtoobig"),
    "content": Names("Transient/AttachmentRejected", "content-related", "contenterror"),
    "virus": Names("Transient/ContentRejected", "virus-related", "virusdetected"),
    "protocol": Names("Transient/General", "protocol-errors", "syntaxerror"),
    "tls": Names("Transient/General", "policy-related", "failedstarttls"),
}


def translated(reason: str, vocabulary: str) -> str:
    """``reason`` in the words of ``ses``, ``powermta`` or ``sisimai``; as it is for ``""`` and for no reason."""
    if not vocabulary or reason not in VOCABULARY:
        return reason
    return str(getattr(VOCABULARY[reason], vocabulary))
