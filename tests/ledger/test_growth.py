"""No message grows the database by more than four times its own octets and 16 kB, whatever is in it."""

from __future__ import annotations

import base64
import json
import random
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bounced.identify import PRESETS, Sender
from bounced.identify.sender import TrustAnchors
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import COUNTED_KINDS, Class, Item, Origin, Parsed, RawMessage
from bounced.parse import parse
from bounced.policy import Limit, Policy
from tests.support.ledger import DAY0

#: Everything that makes an event larger is configured.
SENDER = Sender(
    campaign="X-Campaign-ID",
    recipient_id="X-Subscriber",
    stream="X-Stream",
    headers=("List-Id", "X-Job", "Subject"),
    verp=("b-{id}@example.org", "b+{campaign}+{user}={domain}@example.org"),
    header_rules=tuple(rule for preset in PRESETS.values() for rule in preset),
    anchors=TrustAnchors(own_domains=("example.org",)),
)

AT_ONCE: Mapping[Class, Limit] = dict.fromkeys(("hard", "soft", "block"), Limit(1, 0))
POLICIES = {
    "default": Policy(),
    "own domains": Policy(count=dict.fromkeys(COUNTED_KINDS, "plausible")),
    "at once": Policy(limits=AT_ONCE),
}

FACTOR, BASE = 4, 16 * 1024

#: Octets of a message that are read at most.
READ = 256 * 1024

NEWS = "Message-ID: <1@example.org>\nFrom: news@example.org\n"
LONG_DOMAIN = ".".join(["b" * 60] * 3)
ENCODED = base64.b64encode(("ж" * 900).encode()).decode()


def dsn(groups: str, original: str = NEWS, header: str = "") -> bytes:
    status = f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; {'r' * 200}.test\n\n{groups}"
    returned = f"Content-Type: text/rfc822-headers\n\n{original}"
    head = "From: MAILER-DAEMON\nReceived: from mx.test (mx.test [192.0.2.1]) by mail.example.org; 1 Sep 2026\n"
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\n\n'
    return f"{head}{header}{kind}--x\n{status}\n--x\n{returned}\n--x--\n".encode()


def many(number: int, more: str = "", address: str = "a{n}@b") -> str:
    return "".join(f"Final-Recipient:;{address.format(n=n)}\n{more}\n" for n in range(number))


def sns(number: int) -> bytes:
    named = [{"emailAddress": f"a{n}@b{n}.test"} for n in range(number)]
    mail = {"messageId": "1", "source": "news@example.org", "timestamp": "2026-09-01T12:00:00Z"}
    body = {"notificationType": "Complaint", "complaint": {"complainedRecipients": named}, "mail": mail}
    return b"From: no-reply@sns.amazonaws.com\nSubject: x\n\n" + json.dumps(body).encode()


def arf(number: int, original: str = NEWS) -> bytes:
    named = "".join(f"Original-Rcpt-To: <a{n}@b{n}.test>\n" for n in range(number))
    feedback = f"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n{named}"
    head = 'From: fbl@isp.test\nContent-Type: multipart/report; report-type=feedback-report; boundary="x"\n\n'
    return f"{head}--x\n\nx\n--x\n{feedback}\n--x\nContent-Type: message/rfc822\n\n{original}\n\n--x--\n".encode()


def headers(*names: str, value: str = "c" * 1000, number: int = 1) -> str:
    return NEWS + "".join(f"{name}: {value}\n" for name in names for _ in range(number))


def noise(octets: int) -> bytes:
    return b"Subject: x\n\n" + base64.encodebytes(random.Random(1).randbytes(octets))


LONG_HEADERS = (
    "X-Campaign-ID",
    "X-Subscriber",
    "X-Stream",
    "List-Id",
    "X-Job",
    "X-MC-User",
    "X-SG-ID",
    "X-SES-Outgoing",
)

#: One of many: the address, and what was said about it.
REJECTED = """Final-Recipient: rfc822; first.last{n}@customer{n}.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <first.last{n}@customer{n}.test>: Recipient address rejected: User unknown

"""

MAILS: Mapping[str, Callable[[], bytes]] = {
    "hundreds of recipients": lambda: dsn("".join(REJECTED.format(n=n) for n in range(800))),
    "one recipient": lambda: dsn(many(1)),
    "ten recipients": lambda: dsn(many(10)),
    "fifty recipients": lambda: dsn(many(50)),
    "199 recipients": lambda: dsn(many(199)),
    "G3 recipients": lambda: dsn(many(4000)),
    "G3 recipients that prove nothing": lambda: dsn(many(4000), ""),
    "G2 long Message-ID": lambda: dsn(many(4000), f"Message-ID: <{'m' * 980}@example.org>\nFrom: news@example.org\n"),
    "G2 long Message-ID of a few": lambda: dsn(many(9), f"Message-ID: <{'m' * 980}@example.org>\n"),
    "G2 Message-ID that just overflows a key": lambda: dsn(many(800), f"Message-ID: <{'m' * 930}@example.org>\n"),
    "G1 hundred values": lambda: dsn(many(4000), headers("X-Campaign-ID", number=100)),
    "G1 every header": lambda: dsn(many(1000), headers(*LONG_HEADERS)),
    "every header, in Cyrillic": lambda: dsn(many(1000), headers(*LONG_HEADERS, value=f"=?utf-8?b?{ENCODED}?=")),
    "every header of a few": lambda: dsn(many(5), headers(*LONG_HEADERS)),
    "long words": lambda: dsn(many(900, f"Diagnostic-Code: smtp; 550 {'d' * 250}\n")),
    "longer words": lambda: dsn(many(200, f"Diagnostic-Code: smtp; 550 {'d' * 1000}\n")),
    "words that fill half a page": lambda: dsn(many(100, f"Diagnostic-Code: smtp; 550 {'ж' * 900}\n")),
    "three long fields": lambda: dsn(
        many(80, "".join(f"{name}: x; {'ж' * 700}\n" for name in ("Remote-MTA", "Status")))
    ),
    "long addresses": lambda: dsn(many(800, address="a{n}@" + LONG_DOMAIN + ".c{n}.test")),
    "each of its own domain": lambda: dsn(many(4000, address="a{n}@b{n}.test")),
    "failed and delayed": lambda: dsn(many(1000, "Action: failed\n") + many(1000, "Action: delayed\n")),
    "delivered": lambda: dsn(many(1000, "Action: delivered\n")),
    "nobody named": lambda: dsn(many(3000, address="a" * 65 + "{n}@b.test"), headers("X-Subscriber", value="s" * 900)),
    "nobody named, long": lambda: dsn(many(200, address="x" * 200 + "{n}@b.test"), headers("X-Subscriber")),
    "envelope with an id": lambda: dsn(
        many(1, address="a" * 65 + "@b.test"), "Return-Path: <b-4711@example.org>\n" + headers("X-Job")
    ),
    "spellings of mailboxes": lambda: dsn(many(800, address="a." * 28 + "{n}@googlemail.com")),
    "few spellings of mailboxes": lambda: dsn(many(20, address="a." * 28 + "{n}@googlemail.com")),
    "long subject": lambda: dsn(many(30), header=f"Subject: =?utf-8?b?{ENCODED}?=\n"),
    "F8 complaints by SNS": lambda: sns(1000),
    "few complaints by SNS": lambda: sns(20),
    "F8 complaints by ARF": lambda: arf(1000),
    "complaints with a long Message-ID": lambda: arf(
        100, f"Message-ID: <{'m' * 980}@example.org>\n" + headers("X-Job")
    ),
    "X-Failed-Recipients": lambda: (
        b"From: MAILER-DAEMON\nX-Failed-Recipients: %s\n\nIt failed.\n"
        % b", ".join(b"a%d@b.test" % n for n in range(1000))
    ),
    "G15 noise": lambda: noise(180_000),
    "a little noise": lambda: noise(3000),
    "not a report": lambda: b"Subject: x\n\nHello\n",
}


#: Those that report nothing.
QUIET = {"G15 noise", "a little noise", "not a report"}


@pytest.fixture(params=POLICIES)
def policy(request: pytest.FixtureRequest) -> Policy:
    name: str = request.param
    return POLICIES[name]


@cache
def item(name: str) -> Item:
    content = MAILS[name]()
    message = RawMessage(Origin("file:/x", name), DAY0, content[:READ], len(content))
    return Item(message, fingerprint(content), parse(message.content, SENDER))


def octets(path: str) -> int:
    """What the file takes once all is written back, without room that a migration left in it."""
    wal = Path(f"{path}-wal")
    assert not wal.exists() or not wal.stat().st_size
    with closing(sqlite3.connect(path)) as db:
        page_size, pages, free = (
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    return int(page_size * (pages - free))


def grown(path: str, policy: Policy, *items: Item) -> int:
    """By how much the file has grown with ``items``."""
    Ledger(path, policy).close()
    before = octets(path)
    with Ledger(path, policy) as ledger:
        for one in items:
            ledger.take([one])
        ledger.upkeep.recount()
    return octets(path) - before


@pytest.mark.parametrize("name", MAILS)
def test_no_mail_grows_the_file_beyond_measure(name: str, policy: Policy, tmp_path: Path) -> None:
    """Attacks G1, G2, G3, G15, and two more of the kind in a file with something in it."""
    first, limit = item(name), FACTOR * item(name).message.size + BASE
    assert grown(str(tmp_path / "bounced.db"), policy, first) <= limit
    others = [replace(first, fingerprint=f"{n:064x}") for n in range(2)]
    assert grown(str(tmp_path / "bounced.db"), policy, *others) <= 2 * limit


def test_the_mails_are_what_they_are_called() -> None:
    """A mail without events would grow nothing."""
    parsed = {name: item(name).parsed or Parsed("other") for name in MAILS}
    assert {name for name, report in parsed.items() if not report.events} == QUIET
    assert {report.kind for report in parsed.values()} == {"bounce", "complaint", "delivered", "other"}
    assert sum(1 for report in parsed.values() if report.events_dropped) > len(MAILS) / 3


#: A text of a mail: what it repeats, and how often.
texts = st.tuples(st.sampled_from(["x", "ж", "x y", "a@b.test "]), st.integers(0, 400)).map(
    lambda text: text[0] * text[1]
)

shapes = st.fixed_dictionaries(
    {
        "number": st.integers(1, 400),
        "address": st.sampled_from(["a{n}@b", "a{n}@b{n}.test", "a{n}@" + LONG_DOMAIN, "x" * 70 + "{n}@b.test"]),
        "action": st.sampled_from(["", "failed", "delayed", "delivered"]),
        "diagnostic_code": texts,
        "own_codes": st.booleans(),
        "message_id": texts,
        "header": texts,
        "subject": texts,
    }
)


def shaped(shape: Mapping[str, Any]) -> bytes:
    codes = (f"Diagnostic-Code: smtp; 550 {'{n}' * shape['own_codes']} {shape['diagnostic_code']}", "Status: 5.1.1")
    group = "\n".join(("Final-Recipient: rfc822; " + shape["address"], f"Action: {shape['action']}", *codes))
    groups = "\n\n".join(group.replace("{n}", str(n)) for n in range(shape["number"]))
    original = f"Message-ID: <{shape['message_id']}@example.org>\n" + headers(*LONG_HEADERS, value=shape["header"])
    return dsn(groups + "\n", original, f"Subject: {shape['subject']}\n")


#: As many keys as just split the first page of each index, none of them short.
LONG_ADDRESSES = {
    "number": 23,
    "address": "a{n}@" + LONG_DOMAIN,
    "action": "failed",
    "diagnostic_code": "a@b.test a@b.test ",
    "own_codes": True,
    "message_id": "a@b.test a@b.test ",
    "header": "x y",
    "subject": "ж" * 400,
}


@settings(max_examples=20, deadline=None)
@given(shapes, st.sampled_from(sorted(POLICIES)))
@example(LONG_ADDRESSES, "at once")
@example({**LONG_ADDRESSES, "number": 25, "diagnostic_code": "ж" * 80, "header": "a@b.test " * 20}, "at once")
def test_no_mail_of_any_shape_grows_the_file_beyond_measure(shape: Mapping[str, Any], policy: str) -> None:
    content = shaped(shape)
    message = RawMessage(Origin("file:/x", "1"), DAY0, content[:READ], len(content))
    first = Item(message, fingerprint(content), parse(message.content, SENDER))
    with tempfile.TemporaryDirectory() as folder:
        assert grown(f"{folder}/bounced.db", POLICIES[policy], first) <= FACTOR * len(content) + BASE
