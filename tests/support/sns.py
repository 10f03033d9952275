"""Notifications of Amazon SES as Amazon SNS mails them to subscribers by "email-json", really signed."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import NameOID

from bounced.identify.sender import SigningKey
from tests.support.signing import key

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-feedback"
PUBLISHED = datetime(2026, 11, 20, 10, 0, 0, 123000, UTC)
ARRIVED = PUBLISHED + timedelta(seconds=40)
VALID = timedelta(days=200)
VALID_FROM, VALID_UNTIL = (PUBLISHED.replace(microsecond=0) + valid for valid in (-VALID, VALID))

SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


def message(*recipients: str, kind: str = "Complaint", **sent: Any) -> str:
    """What SES publishes."""
    section, listed = {"Complaint": ("complaint", "complainedRecipients"), "Bounce": ("bounce", "bouncedRecipients")}[
        kind
    ]
    named = [{"emailAddress": recipient} for recipient in recipients or ("ann@example.net",)]
    mail = {"messageId": "0102018f-1", "source": "news@example.org", "commonHeaders": {"from": ["n@example.org"]}}
    return json.dumps({"notificationType": kind, section: {listed: named}, "mail": {**mail, **sent}})


def envelope(text: str = "", **members: str) -> dict[str, str]:
    """The envelope around ``text``, signed."""
    envelope = {
        "Type": "Notification",
        "MessageId": "4f013a1c-0000-5000-8000-a418d71101fc",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": text or message(),
        "Timestamp": "2026-11-20T10:00:00.123Z",
        "SignatureVersion": "1",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        **members,
    }
    return {**envelope, "Signature": signature(envelope)}


def signature(envelope: Mapping[str, str]) -> str:
    """As SNS makes it."""
    text = "".join(f"{name}\n{envelope[name]}\n" for name in SIGNED if name in envelope)
    algorithm = hashes.SHA256() if envelope["SignatureVersion"] == "2" else hashes.SHA1()
    return base64.b64encode(key(2048).sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()


def mail(envelope: Mapping[str, Any], *header: str, sender: str = "AWS <no-reply@sns.amazonaws.com>") -> bytes:
    """The mail, with the lines of ``header`` on top."""
    written = ("Content-Type: text/plain; charset=UTF-8", f"From: {sender}", "To: bounces@example.org")
    body = json.dumps(envelope, indent=2)
    return "\n".join((*header, *written, "Message-ID: <1@amazonses.com>", "", body, "")).encode()


@functools.cache
def certificate(bits: int = 2048) -> bytes:
    """The certificate of the key, in PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder(name, name, key(bits).public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(VALID_FROM).not_valid_after(VALID_UNTIL)
    return builder.sign(key(bits), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@functools.cache
def signing_key(bits: int = 2048) -> SigningKey:
    """What the configuration makes of that certificate."""
    numbers = key(bits).public_key().public_numbers()
    return SigningKey(numbers.n, numbers.e, VALID_FROM, VALID_UNTIL)
