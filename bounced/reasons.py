"""Why deliveries fail: the closed list of reasons, and their names in other programs.

Amazon SES: bounceType/bounceSubType of its notifications (SES developer guide, "Amazon SNS notification contents").
PowerMTA: the bounce categories of its accounting file (user's guide, "Bounce categories").
Sisimai: the reasons of version 5.0 (Sisimai::Reason).

Where another program has no name for a reason, its nearest one is here; a failure that is the sender's fault is
"Transient/General" in SES.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bounced.model import Class

#: Every reason of a failure, with its class and its meaning.
REASONS: Mapping[str, tuple[Class, str]] = {
    "user_unknown": ("hard", "the mailbox does not exist"),
    "domain_unknown": ("hard", "the domain does not exist or has no mail server"),
    "mailbox_disabled": ("hard", "the mailbox exists but was disabled"),
    "address_moved": ("hard", "the recipient has moved to another address"),
    "address_invalid": ("hard", "the address is not one that can receive mail"),
    "not_accepting": ("hard", "the domain or host accepts no mail at all"),
    "suppressed_upstream": ("hard", "our own provider refuses to send there (its suppression list)"),
    "mailbox_full": ("soft", "the mailbox or its quota is full"),
    "unreachable": ("soft", "the recipient's mail server could not be reached"),
    "expired": ("soft", "the message waited in a queue for too long"),
    "remote_error": ("soft", "the recipient's mail system is broken"),
    "refused": ("soft", "refused without a recognizable reason"),
    "unknown": ("soft", "failed; the report gives no reason"),
    "reputation": ("block", "our IP address or domain has a bad reputation or is on a blocklist"),
    "spam_content": ("block", "the message was classified as spam"),
    "policy": ("block", "forbidden by a policy of the recipient's site"),
    "authentication": ("block", "our SPF, DKIM, DMARC or reverse DNS failed"),
    "rate_limited": ("block", "we sent too much or too fast"),
    "relay_denied": ("block", "the server does not relay for that domain"),
    "sender_rejected": ("block", "our envelope sender or From was refused"),
    "too_large": ("block", "the message is larger than the recipient accepts"),
    "content": ("block", "an attachment, header or format in the message is not accepted"),
    "virus": ("block", "the message was classified as malware"),
    "protocol": ("block", "an SMTP protocol error"),
    "tls": ("block", "TLS was required and could not be negotiated"),
}


class Names(NamedTuple):
    """One reason in the words of other programs."""

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
