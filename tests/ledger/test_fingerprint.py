"""One message is one message, however it was stored; two messages are two."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.ledger.fingerprint import BODY_OCTETS, earlier, fingerprint, unfetched

MAIL = (
    b"Received: from a by b; Tue, 1 Sep 2026 12:00:00 +0000\n"
    b"Message-ID: <1@mx.sender.test>\n"
    b"Subject: failed\n"
    b"\n"
    b"Dear sender,\n"
    b"\n"
    b"From here on it failed.\n"
)


def test_copies_are_recognised() -> None:
    copies = [
        MAIL.replace(b"\n", b"\r\n"),
        MAIL.replace(b"\n", b"\r"),
        b"From MAILER-DAEMON Tue Sep  1 12:00:00 2026\n" + MAIL.replace(b"\nFrom ", b"\n>From ") + b"\n",
        MAIL.replace(b"\nFrom ", b"\n>>From "),
        b"Received: from imap by archive; Wed, 2 Sep 2026 12:00:00 +0000\n" + MAIL,
        MAIL.replace(b"Message-ID: <1@mx.sender.test>", b"message-id:\n <1@mx.sender.test>"),
        MAIL.rstrip(b"\n"),
    ]
    assert {fingerprint(copy) for copy in copies} == {fingerprint(MAIL)}


def test_different_messages_differ() -> None:
    others = [
        MAIL.replace(b"<1@", b"<2@"),
        MAIL.replace(b"it failed", b"it did not fail"),
        MAIL.replace(b"Message-ID: <1@mx.sender.test>\n", b""),
        MAIL.replace(b"Message-ID: <1@mx.sender.test>\nSubject: failed", b"Subject: delayed"),
        b"",
        b"\n",
    ]
    assert len({fingerprint(mail) for mail in [MAIL, *others]}) == 1 + len(others) - 1  # the empty ones are one


#: A report as a mail server delivered it: only the recipient's own delivery is above what the reporter wrote.
DELIVERED = (
    b"Return-Path: <>\n"
    b"X-Original-To: bounces+anna=example.net@news.sender.test\n"
    b"Delivered-To: bounces@news.sender.test\n"
    b"Received: from mx.example.net by mx.sender.test; Tue, 1 Sep 2026 12:00:00 +0000\n"
    b"Date: Tue, 1 Sep 2026 12:00:00 +0000\n"
    b"From: Mail Delivery System <MAILER-DAEMON@example.net>\n"
    b"To: bounces+anna=example.net@news.sender.test\n"
    b"Subject: failed\n"
    b"Message-ID: <1@sender.test>\n"
    b"X-Failed-Recipients: anna@example.net\n"
    b"Content-Type: text/plain; charset=us-ascii\n"
    b"\n"
    b"It failed.\n"
)
UNNUMBERED = DELIVERED.replace(b"Message-ID: <1@sender.test>\n", b"")
EXIM = DELIVERED.replace(b"X-Original-To", b"Envelope-To").replace(b"Delivered-To", b"X-Other")
QMAIL = DELIVERED.replace(b"X-Original-To: bounces+anna=example.net@news.sender.test\n", b"")


@pytest.mark.parametrize("mail", [DELIVERED, UNNUMBERED], ids=["B13 one Message-ID", "B14 none"])
@pytest.mark.parametrize(
    ("name", "instead"),
    [
        (b"From", b"Mail Delivery System <MAILER-DAEMON@example.com>"),
        (b"To", b"bounces+ben=example.net@news.sender.test"),
        (b"X-Failed-Recipients", b"ben@example.net"),
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"X-Original-To", b"bounces+ben=example.net@news.sender.test"),
    ],
)
def test_equal_texts_to_different_addresses_are_two_reports(mail: bytes, name: bytes, instead: bytes) -> None:
    assert fingerprint(with_field(mail, name, instead)) != fingerprint(mail)
    assert fingerprint(with_field(mail, name, b"")) != fingerprint(mail)


@pytest.mark.parametrize(("mail", "name"), [(EXIM, b"Envelope-To"), (QMAIL, b"Delivered-To")])
def test_each_envelope_header_distinguishes_two_recipients(mail: bytes, name: bytes) -> None:
    other = with_field(mail, name, b"bounces+ben=example.net@news.sender.test")
    assert fingerprint(other) != fingerprint(mail)


@pytest.mark.parametrize("mail", [DELIVERED, UNNUMBERED, EXIM, QMAIL])
def test_copies_of_a_delivered_message_are_one(mail: bytes) -> None:
    again = b"Received: from mx.sender.test by archive; Wed, 2 Sep 2026 12:00:00 +0000\n" + mail
    copies = [
        mail.replace(b"\n", b"\r\n"),
        b"From MAILER-DAEMON Tue Sep  1 12:00:00 2026\nStatus: RO\nX-Status:\nX-UID: 7\n" + mail,
        b"X-TUID: abc\n" + mail,  # mbsync
        again,
        b"Delivered-To: archive@sender.test\n" + again,  # forwarded; getmail writes one, too
        b"Return-Path: <bounces@sender.test>\nX-Original-To: a@b\nDelivered-To: a@b\nEnvelope-To: a@b\n" + again,
        mail.replace(b"; charset=us-ascii", b";\n\tcharset=us-ascii"),
    ]
    assert [fingerprint(copy) for copy in copies] == [fingerprint(mail)] * len(copies)


@pytest.mark.parametrize(
    ("header", "plain"),
    [
        (b"Message-ID\n : <1@sender.test>", b"message-id: <1@sender.test>"),
        (b"\x0c Message-ID \x0b:\n\t<1@sender.test>", b"Message-ID: <1@sender.test>"),
        (b" \n Message-ID: <1@sender.test>", b"Message-ID: <1@sender.test>"),
        (b"X: y\n To: anna@example.net\nTo: ben@example.net", b"To: ben@example.net"),
        (b"To\n X: anna@example.net\nTo: ben@example.net", b"To: ben@example.net"),
        (b"To\nTo: anna@example.net\nSubject: failed", b"Subject: failed"),
    ],
)
def test_fields_are_the_same_however_they_are_folded(header: bytes, plain: bytes) -> None:
    assert fingerprint(header + b"\n\nIt failed.\n") == fingerprint(plain + b"\n\nIt failed.\n")


def test_fields_do_not_run_into_each_other() -> None:
    """A value that ends where the next one begins makes another message, whatever octets are in it."""
    mails = [b"From: a\nTo: b\n\n", b"From: a\0b\n\n", b"From: ab\n\n", b"To: ab\n\n", b"From: 1:a\nTo:b\n\n"]
    assert len(set(map(fingerprint, mails))) == len(mails)


def test_the_fingerprint_of_the_version_before_is_still_known() -> None:
    """SHA-256 of the Message-ID, else of four headers, and the body."""
    assert (
        earlier(MAIL.replace(b"\n", b"\r\n"))
        == hashlib.sha256(b"<1@mx.sender.test>\0Dear sender,\n\nFrom here on it failed.").hexdigest()
    )
    expected = b"Tue, 1 Sep 2026 12:00:00 +0000\0a\0b\0c\0text"
    mail = b"Date: Tue, 1 Sep 2026\n 12:00:00 +0000\nfrom: a\nTo: b\nTo: second\nSubject: c\n\ntext\n"
    assert earlier(mail) == hashlib.sha256(expected).hexdigest()


def with_field(mail: bytes, name: bytes, value: bytes) -> bytes:
    """``mail`` with another value of a header; without the header when there is none."""
    lines = mail.split(b"\n")
    [at] = [number for number, line in enumerate(lines) if line.startswith(name + b":")]
    lines[at : at + 1] = [name + b": " + value] if value else []
    return b"\n".join(lines)


def test_a_cut_copy_is_recognised_whatever_its_line_ends() -> None:
    mail = MAIL + b"x\n" * 200_000
    cut = 262_144
    assert fingerprint(mail[:cut]) == fingerprint(mail.replace(b"\n", b"\r\n")[:cut]) == fingerprint(mail)
    assert fingerprint(MAIL + b"x" * BODY_OCTETS + b"y") == fingerprint(MAIL + b"x" * BODY_OCTETS + b"z")


def test_unfetched_messages_are_told_apart_by_their_place() -> None:
    assert unfetched("imap:a/INBOX 1 2", 5) == unfetched("imap:a/INBOX 1 2", 5)
    assert (
        len({unfetched("imap:a/INBOX 1 2", 5), unfetched("imap:a/INBOX 1 3", 5), unfetched("imap:a/INBOX 1 2", 6)}) == 3
    )


@given(st.binary())
def test_any_bytes_have_one(content: bytes) -> None:
    assert len(fingerprint(content)) == len(earlier(content)) == 64
