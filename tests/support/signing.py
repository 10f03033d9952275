"""Mails that are signed as a sender would sign them (RFC 6376), the TXT records of the keys, and reports about them."""

from __future__ import annotations

import base64
import functools
import hashlib

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SELECTOR = "k1"
DOMAIN = "news.example.org"
NAME = f"{SELECTOR}._domainkey.{DOMAIN}"

NEWSLETTER = b"""\
Return-Path: <bounces@news.example.org>
From: News <news@news.example.org>
To: %b
Message-ID: <1@news.example.org>
Subject: Monday
X-Recipient-ID: 4711
Content-Type: text/plain

Hello,

here are  the news.
"""


@functools.cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A private key, the same one each time."""
    return rsa.generate_private_key(65537, bits)


@functools.cache
def record(bits: int = 2048) -> str:
    """The TXT record of that key (RFC 6376 3.6.1)."""
    der = (
        key(bits).public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode('ascii')}"


def newsletter(to: bytes = b"ann@example.net") -> bytes:
    """A mail of ours, with LF line ends."""
    return NEWSLETTER % to


def sign(
    mail: bytes,
    *,
    domain: str = DOMAIN,
    headers: tuple[bytes, ...] = (b"from", b"to", b"message-id"),
    length: bool = False,
    algorithm: bytes = b"rsa-sha256",
    canonicalisation: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    bits: int = 2048,
) -> bytes:
    """``mail`` with its signature on top."""
    pem = key(bits).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    signer = dkim.DKIM(mail, linesep=b"\n")
    field: bytes = signer.sign(
        SELECTOR.encode(), domain.encode(), pem, algorithm, None, canonicalisation, list(headers), length
    )
    return field + mail


def sign_without_time(mail: bytes, *headers: bytes, tags: bytes = b"") -> bytes:
    """``mail`` with a signature on top that has no t=, as Exim makes it; dkimpy always writes one."""
    header, _, body = mail.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")
    lines = {line.partition(b":")[0].lower(): line + b"\r\n" for line in header.split(b"\r\n")}
    body_hash = base64.b64encode(hashlib.sha256(body).digest())
    field = b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=%b; s=%b; h=%b; %bbh=%b; b=" % (
        *(DOMAIN.encode(), SELECTOR.encode()),
        *(b":".join(headers), tags, body_hash),
    )
    data = b"".join(lines[name] for name in headers) + field
    signature = base64.b64encode(key(2048).sign(data, padding.PKCS1v15(), hashes.SHA256()))
    return field + signature + b"\n" + mail


def dsn(
    original: bytes, *, recipient: str = "ann@example.net", header: bytes = b"", type_: str = "message/rfc822"
) -> bytes:
    """A report that returns ``original``."""
    return (
        header
        + f"""\
From: MAILER-DAEMON@mx.example.net
To: bounces@news.example.org
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Original-Recipient: rfc822; {recipient}
Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--b
Content-Type: {type_}

""".encode()
        + original
        + b"\n--b--\n"
    )


def arf(original: bytes, header: bytes = b"") -> bytes:
    """A complaint that returns ``original``."""
    status = b"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: ann@example.net\n"
    head = b"From: fbl@fbl.test\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
    return header + head + status + b"\n--b\nContent-Type: message/rfc822\n\n" + original + b"\n--b--\n"
