"""What understanding a report takes, in counts: they make it fast, whatever the machine."""

from __future__ import annotations

import pickle
from collections import Counter
from functools import partial

import pytest

from bounced.decode import decode
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Event
from bounced.parse import parse
from tests.core.test_parse import dsn, group
from tests.core.test_samples import MAILS, SAMPLES
from tests.support.counts import counts

#: For one report, at most: header look-ups, uses of a regular expression, parsed addresses.
LIMITS = {
    "postfix/user-unknown": (15, 29, 4),
    "exim/user-unknown-headers-only": (15, 31, 4),
    "arf/returned-to-only": (13, 7, 1),
    "qmail/german": (13, 58, 3),
    "free-text/zoho-delay": (14, 70, 5),
    "auto-reply/gmail-vacation": (15, 15, 1),  # two of them ask whether the person has left
}
NAMES = ("header look-ups", "regular expressions", "addresses parsed")


#: The same from the message to its events, of which each has one text that is folded and searched.
PARSE_LIMITS = {
    "postfix/user-unknown": (26, 68, 7),
    "exim/user-unknown-headers-only": (33, 75, 7),
    "arf/returned-to-only": (20, 17, 3),
    "qmail/german": (29, 85, 7),
    "free-text/zoho-delay": (29, 95, 7),  # with Python 3.11.2; 91 and 6 with later ones
    "auto-reply/gmail-vacation": (21, 28, 2),  # which message it is about, and whether the person has left
}
#: For each further recipient of a DSN: nothing of its header again.
RECIPIENT_LIMITS = {
    "header look-ups": 0,
    "regular expressions": 26,
    "addresses parsed": 2,
    "codes looked up": 2,
    "texts folded": 1,
}
CONFIGURED = Sender(
    campaign="X-Campaign",
    verp=("bounces-{user}={domain}@news.example.org",),
    anchors=TrustAnchors(("example.org",), authserv_ids=("mx.example.org",)),
)


@pytest.mark.parametrize("name", LIMITS)
def test_each_question_is_asked_once(name: str) -> None:
    content = (SAMPLES / f"{name}.eml").read_bytes()
    found = counts(lambda: decode(content))
    limits = dict(zip(NAMES, LIMITS[name], strict=True))
    assert found <= Counter(limits), f"{dict(found)} of {limits}"


def test_nor_is_any_asked_more_often_of_other_mails() -> None:
    contents = [mail.read_bytes() for mail in MAILS]
    found = counts(lambda: list(map(decode, contents)))
    averages = {name: found[name] / len(contents) for name in NAMES}
    assert averages["header look-ups"] < 17
    assert averages["regular expressions"] < 48
    assert averages["addresses parsed"] < 4.1


@pytest.mark.parametrize("name", PARSE_LIMITS)
def test_nor_is_any_asked_again_once_the_message_is_decoded(name: str) -> None:
    content = (SAMPLES / f"{name}.eml").read_bytes()
    found = counts(lambda: parse(content, Sender()))
    limits = dict(zip(NAMES, PARSE_LIMITS[name], strict=True))
    assert {name: found[name] for name in NAMES if found[name] > limits[name]} == {}
    assert found["texts folded"] <= 1


@pytest.mark.parametrize("sender", [Sender(), CONFIGURED], ids=["default", "configured"])
def test_a_further_recipient_takes_nothing_of_the_message_again(sender: Sender) -> None:
    few, many = (counts(partial(parse, recipients(number), sender)) for number in (30, 130))
    more = {name: (many[name] - few[name]) / 100 for name in RECIPIENT_LIMITS}
    assert {name: number for name, number in more.items() if number > RECIPIENT_LIMITS[name]} == {}


def recipients(number: int) -> bytes:
    """A DSN about as many recipients as that."""
    groups = (
        f"{group(f'user{n}@b.test')}\nDiagnostic-Code: smtp; 550 5.1.1 <user{n}@b.test>: user unknown"
        for n in range(number)
    )
    return dsn(*groups, original="From: news@example.org\nTo: ann@b.test\nX-Campaign: 7\n")


def test_a_worker_sends_values_and_no_names() -> None:
    parsed = parse((SAMPLES / "postfix/user-unknown.eml").read_bytes(), Sender())
    sent = pickle.dumps(parsed)
    assert pickle.loads(sent) == parsed
    assert [name for name in Event.__match_args__ if f"\x8c{chr(len(name))}{name}".encode("latin-1") in sent] == []


def test_the_counts_are_of_what_is_done() -> None:
    found = counts(lambda: decode(b"From: a@b.test\n\n"))
    assert all(found[name] for name in NAMES)
