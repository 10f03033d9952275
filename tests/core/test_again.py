"""A recorded failure that is judged again gets the verdict that its report would get."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.classify import classify
from bounced.classify.again import judge
from bounced.classify.rules import Rule
from bounced.classify.tables import BUILT_IN
from bounced.identify import Sender
from bounced.model import Event, Report, Verdict
from bounced.parse import parse
from bounced.peer import STORED_LIMIT
from tests.support.packs import OTHERS, recorded, with_phrase

SAMPLES = Path(__file__).parents[2] / "samples"

OURS = frozenset(("us@a.example", "a.example"))

JUDGES = [(tables, judge(tables)) for tables in (BUILT_IN, OTHERS)]

RECIPIENTS = (("anna@b.example", ""), ("Us@a.example", ""), ("bob@B.example", "us@a.example"), ("root", ""))

#: What the words of a reply are made of.
PIECES = (
    *("550", "5.1.1", "5.7.1", "4.2.2", "user unknown", "spam", "refused", "rejected", "the", "sender", "mailbox"),
    *(
        "us@a.example",
        "anna@b.example",
        "a.example",
        "try again later",
        ":",
        "(",
        ">",
        "\x1b[31m",
        "\u200b",
        "é",
        "邮箱",
    ),
    *("  ", "\r\n\t", "\udc80", "x" * 300),
)


@given(
    pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=10), max_size=8),
    status=st.sampled_from(("", "5.1.1", "5.7.1", "4.4.7", "5.0.0", "5.1.1\n")),
    host=st.sampled_from(("", "mx.b.example", " mx.b.example (192.0.2.1)", "x" * 2000)),
    elsewhere=st.booleans(),
)
def test_the_same_text_gets_the_same_verdict(pieces: list[str], status: str, host: str, elsewhere: bool) -> None:
    """Whoever it is said of, and whatever was judged before."""
    for recipient, other in (
        ("anna@b.example", ""),
        ("Us@a.example", ""),
        ("bob@B.example", "us@a.example"),
        ("root", ""),
    ):
        report = Report("failed", recipient, other, status, " ".join(pieces), remote_mta=host, elsewhere=elsewhere)
        event = recorded(report, classify(report, ours=OURS))
        for tables, judged in JUDGES:
            again = judged.verdict(event)
            if event.words == "partial":
                assert again is None
            else:
                assert again == classify(report, ours=OURS, tables=tables)


@given(
    recipients=st.lists(
        st.sampled_from(("anna@b.example", "us@a.example", "Us@A.example", "bob@a.example")), max_size=4
    )
)
def test_without_a_basis_too(recipients: list[str]) -> None:
    """Of what earlier versions recorded the names of now are the sender's."""
    judged = judge(OTHERS, OURS)
    for recipient in recipients:
        report = Report("failed", recipient, "", "", "550 us@a.example: user unknown")
        event = replace(recorded(report, classify(report)), words="")
        verdict = classify(report, (), OURS, OTHERS)
        expected = None if verdict.class_ == "hard" != event.class_ else verdict
        assert judged.verdict(event) == expected


def test_every_sample_that_is_judged_again_is_as_if_it_were_read_again() -> None:
    changed, judged = 0, judge(OTHERS)
    for path in sorted(SAMPLES.rglob("*.eml")):
        mail = path.read_bytes()
        pairs = zip(parse(mail, Sender()).events, parse(mail, Sender(), tables=OTHERS).events, strict=True)
        for before, after in pairs:
            verdict = judged.verdict(before)
            if verdict is not None:
                assert with_verdict(before, verdict) == after, path
                changed += before != after
    assert changed > 300


def with_verdict(event: Event, verdict: Verdict) -> Event:
    return replace(
        event,
        class_=verdict.class_,
        reason=verdict.reason,
        status=verdict.status,
        reply_code=verdict.reply_code,
        rule=verdict.rule,
    )


FAILED = recorded(
    Report("failed", "anna@b.example", status="5.1.1", diagnostic_code="550 5.1.1 user unknown"),
    classify(Report("failed", "anna@b.example", status="5.1.1", diagnostic_code="550 5.1.1 user unknown")),
)


@pytest.mark.parametrize(
    "event",
    [
        replace(FAILED, action="delivered"),
        replace(FAILED, kind="complaint", action=""),
        replace(FAILED, rule="own rule: /etc/bounced/rules.toml #1"),
        replace(FAILED, words="partial"),
        replace(FAILED, words="", diagnostic_code=""),
    ],
)
def test_what_cannot_be_judged_again_stays(event: Event) -> None:
    assert judge(OTHERS).verdict(event) is None


def test_a_verdict_of_an_own_rule_is_known_as_such() -> None:
    report = Report("failed", "anna@b.example", diagnostic_code="550 user unknown")
    event = recorded(report, classify(report, [Rule("virus", text="user", name="rules.toml #1")]))
    assert judge(OTHERS).verdict(event) is None


def test_a_text_that_is_cut_is_not_all_of_it() -> None:
    for length, words in ((STORED_LIMIT, "whole"), (STORED_LIMIT + 1, "partial")):
        assert classify(Report("failed", diagnostic_code="x" * length)).words == words
    assert classify(Report("failed", diagnostic_code="x", elsewhere=True)).words == "elsewhere"


def test_without_a_basis_nothing_becomes_hard_that_was_not() -> None:
    earlier = replace(FAILED, words="", stated_status="")
    softer = judge(OTHERS).verdict(earlier)
    assert softer is not None
    assert softer.reason == "policy"
    harder = with_phrase("user_unknown", "is spam")
    spam = replace(earlier, class_="block", reason="spam_content", status="5.7.1", diagnostic_code="this is spam")
    assert judge(harder).verdict(spam) is None
    about_us = replace(earlier, diagnostic_code="550 <us@a.example>: mailbox rejected", status="")
    reasons = [getattr(judge(OTHERS, own).verdict(about_us), "reason", None) for own in (OURS, frozenset[str]())]
    assert reasons == ["too_large", "mailbox_disabled"]


def test_a_judge_is_named_after_its_tables() -> None:
    assert judge(BUILT_IN).digest == judge(replace(BUILT_IN, version=9)).digest != judge(OTHERS).digest
    assert judge(OTHERS).name == "2099-01-01, version 1"
