"""One message is one message, however it was stored; two messages are two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bounced.ledger.fingerprint import BODY_OCTETS, fingerprint, unfetched

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
    assert len(fingerprint(content)) == 64
