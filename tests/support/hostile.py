"""Mails of a megabyte made to be slow: for tests/core/test_hostile.py and benchmarks/parse.py."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from bounced.identify.sender import TrustAnchors

Named = Iterator[tuple[str, bytes]]

SIZE = 1_000_000

KEY = """v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDE4HiiIwhbTnkkrxYm8TUSWDUBDRvSlSODYlC2Hf7Bi8PIBHSkZcvE
    YcReiZVbuisSqXu5W/hYgIgqUAMaJ9Oe/Oia2uAdrnjZY074PPIhP1c/tBqHM9OJAFEMjO0Fisj/2um1w9hpf35FgZQB6s9JD6g/nnJYQiFeG/po/LE7HQ
    IDAQAB"""
#: With these everything in a mail is looked at.
OURS = TrustAnchors(own_domains=("s.test",), authserv_ids=("mx.test",), dkim_keys={"k._domainkey.s.test": KEY})

SERVER = b"From: MAILER-DAEMON@mx.test\nTo: b@s.test\nSubject: Undelivered mail\n"
REPORT = SERVER + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n%s\n--b\n"
AUTHENTICATED = b"Authentication-Results: mx.test; spf=pass smtp.mailfrom="
#: Its bh= is that of the body "x", so that the header is looked at, too.
SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256; d=s.test; s=k; bh=%s; h=from:to; b=AAAA"
SIGNATURE %= base64.b64encode(hashlib.sha256(b"x\r\n").digest())
STATUS = REPORT % b"It failed." + b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
RECIPIENT = STATUS + b"Final-Recipient: rfc822; a@b.test\nStatus: 5.0.0\n"
RETURNED = RECIPIENT + b"\n--b\nContent-Type: message/rfc822\n\n"
FEEDBACK = SERVER + b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nx\n--b\n"

#: Lines after which flufl.bounce, free_text and qmail look for addresses in whatever follows.
ANNOUNCEMENTS = b"""\
Hi. This is the
failed addresses follow:
the following addresses had
here is your list of failed recipients
this message was created automatically by mail delivery software
The following addresses did NOT receive a copy of your message:
Unable to deliver message to the following address(es).
Delivery to the following recipient failed
A message that you sent could not be delivered
Sorry, unable to deliver your message to
A message could not be delivered to:
Invalid final delivery userid:
--> Error description:
Your message has encountered delivery problems
did not reach the following recipient
This is the deliver program at
this is the email server at
Could not deliver message to the following recipient
Message not delivered to the following addresses
A message that you sent was rejected
Message could not be delivered to some recipients.
This is a delivery failure notification message
The address to which the message has not yet been delivered is
Your message with Subject:
This is an advisory-only email
"""

#: What a regular expression may stumble over, again and again.
UNITS = (
    *(
        b"<",
        b">",
        b"@",
        b"a@",
        b"@a",
        b"<a@b",
        b" ",
        b"\t",
        b"-",
        b"1",
        b"x",
        b"a.",
        b"a ",
        b"'",
        b'"',
        b"(",
        b"[",
        b":",
    ),
    *(b"\\", b"=", b"=4", b"&#", b"<a ", b"<style", b"<!--", b"</p", b"550 ", b"5.1.", b"host a.", b"a[", b"mailbox "),
    *(
        b"delivery to ",
        b"from ",
        b"to:",
        b"=?utf-8?q?a?= ",
        b"\x1b$B",
        b"\xe4\xbd",
        b"\x1f",
        b"\\x{",
        b"+2B",
        b"a: b\n",
    ),
    *(b"\n", b"a\n", b"> \n", b"Received: a\n", b"--b\n", b"<a@b.c>:\n", b"xn--", b"{", b"--b--\n"),
)

#: Where they stand. None of these ends: what a mail lacks at its end is never waited for.
PLACES: Mapping[str, Callable[[bytes], bytes]] = {
    "the text": lambda junk: SERVER + b"\n" + junk,
    "announced text": lambda junk: SERVER + b"\n" + ANNOUNCEMENTS + junk,
    "HTML": lambda junk: SERVER + b"Content-Type: text/html\n\n" + junk,
    "status fields": lambda junk: STATUS + junk,
    "a recipient field": lambda junk: STATUS + b"Final-Recipient: rfc822; " + junk,
    "a diagnostic code": lambda junk: RECIPIENT + b"Diagnostic-Code: smtp; " + junk,
    "the text of a report": lambda junk: REPORT % junk + RECIPIENT.partition(b"--b\n\nIt failed.\n--b\n")[2],
    "the subject": lambda junk: SERVER[:-1] + junk.replace(b"\n", b"\n ") + b"\n\nx",
    "the sender": lambda junk: b"Subject: Undelivered mail\nFrom: " + junk.replace(b"\n", b"\n ") + b"\n\nx",
    "a boundary": lambda junk: SERVER + b"Content-Type: multipart/mixed; boundary=" + junk + b"\n\n--b\n\nx\n",
    "failed recipients": lambda junk: SERVER + b"X-Failed-Recipients: " + junk.replace(b"\n", b"\n ") + b"\n\nx",
    "a returned message": lambda junk: RECIPIENT + b"\n--b\nContent-Type: message/rfc822\n\nTo: " + junk + b"\n\nx",
    "a signed message": lambda junk: RETURNED + SIGNATURE + b"\nFrom: a@s.test\n\n" + junk,
    "a signed header": lambda junk: RETURNED + SIGNATURE + b"\nFrom: a@s.test\nTo: " + _few(junk) + b"\n\nx",
    "a signature": lambda junk: RETURNED + SIGNATURE + _few(junk) + b"\nFrom: a@s.test\n\nx",
    "a list of signed headers": lambda junk: RETURNED + SIGNATURE.replace(b"h=", b"h=" + _few(junk)) + b"\n\nx",
    "authentication results": lambda junk: AUTHENTICATED + junk[:4000].replace(b"\n", b"\n ") + b"\n" + RECIPIENT,
    "the way it came": lambda junk: b"Received: from a (" + junk.replace(b"\n", b"\n ") + b"\n" + RECIPIENT,
    "quoted-printable": lambda junk: SERVER + b"Content-Transfer-Encoding: quoted-printable\n\n" + junk,
    "base64": lambda junk: SERVER + b"Content-Transfer-Encoding: base64\n\n" + junk,
    "feedback": lambda junk: FEEDBACK + b"Content-Type: message/feedback-report\n\nFeedback-Type: " + junk,
    "the header": lambda junk: junk + b"\n\nx",
}


def _filled(unit: bytes, size: int = SIZE) -> bytes:
    return unit * (size // len(unit))


def _lines(unit: bytes, width: int) -> bytes:
    return _filled(_filled(unit.replace(b"\n", b" "), width) + b"\n")


def _few(junk: bytes) -> bytes:
    """As much of it as a header that is still looked at may hold."""
    return junk[:60_000].replace(b"\n", b"\n ")


def special() -> Named:
    """Mails of which there is one kind, each with its name."""
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(10_000))
    yield "10,000 nested parts", SERVER + nested
    yield "100,000 parts", REPORT % b"" + b"--b\n\nx\n" * 100_000
    yield "10,000 nested messages", SERVER + b"Content-Type: message/rfc822\n\n" * 10_000
    yield "200,000 headers", b"X: y\n" * 200_000 + SERVER + b"\nx"
    yield "one header of 1 MB", SERVER + b"X: " + _filled(b"y") + b"\n\nx"
    yield "20,000 encoded words", b"Subject:" + b" =?utf-8?b?4oKs?=\n" * 20_000 + b"\nx"
    yield "50,000 recipients", STATUS + b"".join(b"Final-Recipient: rfc822; u%d@b.test\n\n" % n for n in range(50_000))
    yield "50,000 failed recipients", SERVER + b"X-Failed-Recipients: " + b",\n u@b.test" * 50_000 + b"\n\nx"
    yield (
        "20,000 paragraphs",
        SERVER + b"\nHi. This is the\n\n" + b"".join(b"<u%d@b.test>:\nno\n\n" % n for n in range(20_000)),
    )
    yield (
        "20,000 announced",
        SERVER + b"\n" + ANNOUNCEMENTS + b"".join(b"u%d@b.test\n  no\n" % n for n in range(20_000)),
    )
    yield "deep JSON", SERVER + b"\n" + b'{"mail":' * 100_000
    yield "deep JSON lists", SERVER + b"\n" + b'{"a":' + b"[" * 500_000
    yield "JSON of many members", SERVER + b'\n{"notificationType":"Bounce","mail":{' + b'"a":1,' * 100_000 + b'"b":1}}'
    yield "deep HTML", SERVER + b"Content-Type: text/html\n\n" + b"<div>" * 200_000
    yield "damaged base64", SERVER + b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(_filled(b"<a@b "))[1:]
    yield "nested comments", REPORT % b"" + b"Content-Type: message/rfc822\n\nFrom: x\nTo: " + b"(" * 5000 + b"\n\nx"
    yield "beginnings of phrases", RECIPIENT + b"Diagnostic-Code: smtp; 550 " + _filled(b"user unknow mailbox ful ")


def _status(words: bytes, fields: bytes, original: bytes = b"") -> bytes:
    returned = b"\n--b\nContent-Type: message/rfc822\n\n" + original if original else b""
    return STATUS.replace(b"It failed.", words) + fields + returned + b"\n--b--\n"


def _recipients(pattern: str, count: int = 4000) -> bytes:
    fields = ("Final-Recipient: rfc822; " + pattern.format(n) + "\n\n" for n in range(count))
    return "".join(fields).encode()


def products() -> Named:
    """Mails of at most 256 KiB in which two numbers could be multiplied, each with its name."""
    many = _recipients("u{}@b.test")
    header = b"".join(b"X-H%d: v\n" % n for n in range(990)) + b"From: a@s.test\nTo: x@b.test\n\nx"
    named = b"".join(b"<u%d@b.test>\n" % n for n in range(1000))
    yield "recipients x lines", _status(b"x\n" * 8000, many)
    yield "recipients x lines of others", _status(b"".join(b"u%d@b.test\n" % n for n in range(1200)), many)
    yield "recipients x paragraphs", _status(named.replace(b"\n", b":\n\n"), many)
    yield "recipients x one line", _status(named.replace(b"\n", b" "), many)
    yield "recipients x fragments", _status(b"@b@b@b\n" * 2500, _recipients("{:x}@b"))
    yield "recipients x headers", _status(b"no", many, header)
    yield "recipients x signed headers", _status(b"no", many, SIGNATURE + b"\n" + header)
    yield "own recipients x senders", b"Delivered-To: b+x=y@s.test\n" * 990 + _status(b"no", _recipients("u{}@s.test"))
    yield "recipients x labels", _status(b"no", _recipients("u@ö{}" + ".ö" * 8))
    yield "recipients x labels of one letter", _status(b"no", _recipients("u@ö{}" + ".ö" * 80, 1000))
    yield "recipients x long local parts", STATUS + _recipients("u" * 1000 + "{}@b.test", 240)
    words = "Diagnostic-Code: smtp; 550 " + "user unknown mailbox full " * 7
    yield "recipients x words of a reply", STATUS + _recipients("u{}@b.test\nStatus: 5.0.0\n" + words, 900)
    failed = SERVER + b"X-Failed-Recipients: " + b",\n ".join(b"u%d@b.test" % n for n in range(1000)) + b"\n\n"
    yield "failed recipients x lines", failed + b"x\n" * 50_000
    yield "failed recipients x paragraphs", failed + named.replace(b"\n", b":\n\n")
    announced = SERVER + b"\nThe following addresses had permanent fatal errors\n"
    yield "announced x lines", announced + named + (named.replace(b"\n", b" ")[:400] + b"\n") * 500
    yield "bracketed x lines", SERVER + b"\nfailure notice\n" + named.replace(b"\n", b":\n") * 2
    yield "addresses x detectors", SERVER + b"\n" + ANNOUNCEMENTS + b"".join(b"  %d@b.test\n" % n for n in range(350))
    mixed = SERVER + b"Content-Type: multipart/mixed; boundary=b\n\n"
    yield "parts x decoders", mixed + b"--b\nContent-Type: text/plain\n\nfailed delivery to\n" * 4000
    yield "returned parts x decoders", mixed + b"--b\nContent-Type: message/rfc822\n\nFrom: a\n\nx\n" * 4000


def filled(place: str, units: Sequence[bytes] = UNITS, widths: Sequence[int] = (0, 60, 400)) -> Named:
    """Each mail with its name, in which units stand at ``place``, a key of PLACES."""
    for unit in units:
        for width in widths:
            junk = _lines(unit, width) if width else _filled(unit)
            yield f"{unit!r} in {place}" + (f", lines of {width}" if width else ""), PLACES[place](junk)


def hostile() -> Named:
    """All of them. Gigabytes: not to be kept in a list."""
    yield from special()
    for place in PLACES:
        yield from filled(place)
