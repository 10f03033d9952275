"""What decoding a report takes, in counts: they make it fast, whatever the machine."""

from __future__ import annotations

from collections import Counter

import pytest

from bounced.decode import decode
from tests.core.test_samples import MAILS, SAMPLES
from tests.support.counts import counts

#: For one report, at most: header look-ups, uses of a regular expression, parsed addresses.
LIMITS = {
    "postfix/user-unknown": (15, 44, 4),
    "exim/user-unknown-headers-only": (15, 38, 4),
    "arf/returned-to-only": (13, 13, 2),
    "qmail/german": (14, 60, 3),
    "free-text/zoho-delay": (14, 78, 5),
    "auto-reply/gmail-vacation": (15, 17, 1),
}
NAMES = ("header look-ups", "regular expressions", "addresses parsed")


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
    assert averages["regular expressions"] < 54
    assert averages["addresses parsed"] < 4.2


def test_the_counts_are_of_what_is_done() -> None:
    found = counts(lambda: decode(b"From: a@b.test\n\n"))
    assert all(found[name] for name in NAMES)
