"""Whether a notification is from Amazon SNS and of a topic of ours (SNS developer guide, "Verifying signatures"). Pure.

1. Anybody with an account can have SNS sign or send what they like: only the topics of the configuration count.
2. It is proved by a signature of SNS, version 1 or 2, with a certificate of the configuration that was valid then; the
   Message that is signed is the very text that was decoded.
3. Or by our own server, which authenticated a domain of SNS that is the one in From. The envelope then has to be the
   whole message: to subscribers by "email" SNS sends what the publisher wrote, and a footer.
4. What is older than AGE_LIMIT proves nothing.
5. It proves something about the recipients that it names. A copy has the number of the first one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bounced import address
from bounced.identify.sender import SigningKey, TrustAnchors, within
from bounced.model import Decoded, Notification, Original, proof
from bounced.trust.authentication_results import Authentication

AGE_LIMIT = timedelta(days=7)  # servers give up a message after five

_SENDERS = ("no-reply@sns.amazonaws.com", "no-reply@sns.amazonaws.com.cn")

#: Those that may vouch for these. With amazonses.com every customer of SES signs.
_DOMAINS = ("amazonaws.com", "sns.amazonaws.com", "amazonaws.com.cn", "sns.amazonaws.com.cn")

_CERTIFICATE_URL = re.compile(
    r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[0-9a-f]{1,64}\.pem"
)
_MESSAGE_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")

#: What is signed of a notification, in this order; Subject may be missing.
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_HASHES = {"1": "sha1", "2": "sha256"}
_SIGNATURE_LIMIT = 2048  # characters


@dataclass(frozen=True, slots=True)
class Notified:
    """What SNS is proven to have said; without ``evidence`` nothing is."""

    evidence: str = ""  # for people
    recipients: frozenset[str] = frozenset()  # keys of the addresses that it names
    proved: str = ""  # by the number of our message, for Event.proved
    number: str = ""  # of the notification, for Parsed.number
    problem: str = ""  # why it proves nothing, for people


NOT_NOTIFIED = Notified()


def notified(
    decoded: Decoded,
    author: Callable[[Original], str],
    authentication: Authentication,
    anchors: TrustAnchors,
    arrived_at: datetime,
) -> Notified:
    """What the notification in ``decoded`` proves. ``author`` returns the address in From, if there is one only."""
    members = decoded.notification.members
    if decoded.decoder != "sns":
        return NOT_NOTIFIED
    if problem := _refusal(members, anchors, arrived_at):
        return Notified(problem=problem)
    is_sent = decoded.notification.is_alone and _is_authenticated(author(decoded.header), authentication)
    how = "signed" if _is_signed(members, anchors) else "authenticated" if is_sent else ""
    if not how:
        return Notified(problem="SNS: neither signed nor authenticated")
    number = f"sns {members['MessageId']}"
    about = proof("sns", decoded.notification.message or members["MessageId"])
    recipients = frozenset(_recipients(decoded.notification))
    return Notified(f"SNS topic {members['TopicArn']}, {how}", recipients, about, number)


def _refusal(members: Mapping[str, str], anchors: TrustAnchors, arrived_at: datetime) -> str:
    """Why a notification proves nothing, whoever signed or sent it."""
    if members.get("TopicArn", "") not in anchors.sns_topics:
        return "SNS: not of a topic in sns_topics"
    if members.get("Type") != "Notification" or not _MESSAGE_ID.fullmatch(members.get("MessageId", "")):
        return "SNS: no notification"
    published_at = _published_at(members)
    if published_at is None:
        return "SNS: no date"
    return "SNS: too old" if arrived_at - published_at > AGE_LIMIT else ""


def _published_at(members: Mapping[str, str]) -> datetime | None:
    stamp = members.get("Timestamp", "")
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC) if _TIMESTAMP.fullmatch(stamp) else None
    except (ValueError, OverflowError):
        return None


def _is_authenticated(author: str, authentication: Authentication) -> bool:
    """True when a domain that our server authenticated is one of SNS, and that of ``author`` or above it."""
    host = author.rpartition("@")[2]
    aligned = [name for name in authentication.passed if name in _DOMAINS and within(host, (name,))]
    return author in _SENDERS and bool(aligned) and not authentication.failed


def _is_signed(members: Mapping[str, str], anchors: TrustAnchors) -> bool:
    published_at = _published_at(members)
    if not published_at or not _CERTIFICATE_URL.fullmatch(members.get("SigningCertURL", "")):
        return False
    keys = (key for key in anchors.sns_keys if key.valid_from <= published_at <= key.valid_until)
    return any(_verifies(members, key) for key in keys)


def _verifies(members: Mapping[str, str], key: SigningKey) -> bool:
    from dkim.crypto import RSASSA_PKCS1_v1_5_verify

    algorithm = _HASHES.get(members.get("SignatureVersion", ""))
    try:
        signature = base64.b64decode(members.get("Signature", "")[:_SIGNATURE_LIMIT], validate=True)
        text = "".join(f"{name}\n{members[name]}\n" for name in _SIGNED if name in members).encode()
    except (binascii.Error, ValueError):
        return False
    if not algorithm or not signature:
        return False
    public = {"modulus": key.modulus, "publicExponent": key.exponent}
    verifies: bool = RSASSA_PKCS1_v1_5_verify(hashlib.new(algorithm, text), signature, public)
    return verifies


def _recipients(notification: Notification) -> Iterator[str]:
    for recipient in notification.recipients:
        try:
            yield address.provable(recipient)
        except ValueError:
            continue
