"""From a mail to events, and what becomes of its words on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bounced.identify import HEADER_LIMIT, HeaderRule, Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Action, Event, Parsed
from bounced.parse import FACTS, PARTS, at_most_plausible, parse
from bounced.peer import STORED_LIMIT, storable
from bounced.reasons import REASONS
from tests.support.identify import NO_MARKS

SAMPLES = Path(__file__).parents[2] / "samples"

MAILS = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.eml"))]


OURS = Sender(anchors=TrustAnchors(own_domains=("example.org",)))


def dsn(*groups: str, original: str = "") -> bytes:
    """A delivery status notification with these groups of fields."""
    parts = ["Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n" + "\n\n".join(groups)]
    if original:
        parts.append(f"Content-Type: text/rfc822-headers\n\n{original}")
    body = "".join(f"--x\n{part}\n\n" for part in parts)
    return f'From: MAILER-DAEMON\nSubject: news\nContent-Type: multipart/report; boundary="x"\n\n{body}--x--\n'.encode()


def group(final: str, original: str = "", action: Action = "failed", status: str = "5.1.1") -> str:
    named = f"Original-Recipient: rfc822;{original}\n" if original else ""
    return f"{named}Final-Recipient: rfc822;{final}\nAction: {action}\nStatus: {status}"


def charges(reading: Parsed) -> list[tuple[str, str]]:
    return [(event.address, event.action) for event in reading.events]


def test_one_failure_for_a_recipient_whom_one_mail_names_twice() -> None:
    mail = dsn(
        group("first@inner.example", "ann@example.net"),
        group("second@inner.example", "Ann@Example.net", status="5.2.2"),
        group("third@inner.example", "ann@example.net", "delayed", "4.2.2"),
        group("ann@example.com"),
    )
    reading = parse(mail, NO_MARKS)
    assert charges(reading) == [
        ("ann@example.net", "failed"),
        ("ann@example.net", "delayed"),
        ("ann@example.com", "failed"),
    ]
    assert reading.events[0].final_recipient == "first@inner.example"


def test_recipients_without_a_name_are_not_merged() -> None:
    too_long = "a" * 65 + "@example.net"  # RFC 5321 4.5.3.1.1
    reading = parse(dsn(group(too_long), group(f"b{too_long}"), group("ann@example.net")), NO_MARKS)
    assert charges(reading) == [("", "failed"), ("", "failed"), ("ann@example.net", "failed")]
    assert not reading.recognized


@pytest.mark.parametrize(
    ("action", "status", "reason", "class_"),
    [
        ("failed", "5.1.1", "user_unknown", "hard"),
        ("delayed", "4.4.1", "unreachable", "soft"),
        ("delivered", "2.1.5", "", ""),
        ("relayed", "2.0.0", "", ""),
        ("expanded", "2.0.0", "", ""),
    ],
)
def test_only_what_failed_or_waits_has_a_reason(action: Action, status: str, reason: str, class_: str) -> None:
    (event,) = parse(dsn(group("ann@example.net", "", action, status)), NO_MARKS).events
    assert (event.action, event.status, event.reason, event.class_) == (action, status, reason, class_)
    assert event.reporting_mta == "mx.example.org"


def test_an_event_holds_the_marks_and_the_words_made_fit() -> None:
    original = "Message-ID: <1\x1b@example.org>\nX-Campaign: au\x07tumn\nX-Kept: " + "k" * 2 * STORED_LIMIT
    mail = dsn(group("ann@example.net") + "\nDiagnostic-Code: smtp; 550 5.1.1 no\n such\x1b[2J user", original=original)
    (event,) = parse(mail, Sender(campaign="X-Campaign", headers=("X-Kept",))).events
    assert event.diagnostic_code == "550 5.1.1 no such\ufffd[2J user"
    assert (event.original_message_id, event.campaign) == ("1\ufffd@example.org", "au\ufffdtumn")
    assert event.headers == (("X-Campaign", "au\ufffdtumn"), ("X-Kept", "k" * HEADER_LIMIT))


def test_a_stored_header_has_its_first_value_only() -> None:
    original = "".join(f"X-Kept: {number}\n" for number in range(100))
    (event,) = parse(dsn(group("ann@example.net"), original=original), Sender(headers=("X-Kept",))).events
    assert event.headers == (("X-Kept", "0"),)


@pytest.mark.parametrize(("letter", "limit"), [("a", 998), ("ж", 499)])
@pytest.mark.parametrize("form", ["<{}>", " {} "])
def test_a_message_id_longer_than_a_line_is_none(letter: str, limit: int, form: str) -> None:
    """Attack G2: it would be stored, and be in two indexes, for each recipient."""
    fits, too_long = (
        parse(dsn(group("ann@example.net"), original=f"Message-ID: {form.format(letter * n)}"), OURS).events[0]
        for n in (limit, limit + 1)
    )
    assert (fits.original_message_id, too_long.original_message_id) == (letter * limit, "")


def test_a_message_id_that_is_too_long_is_no_evidence() -> None:
    for local, trust in (("1", "plausible"), ("1" * 998, "unverified")):
        original = f"Message-ID: <{local}@example.org>"
        (event,) = parse(dsn(group("ann@example.net"), original=original), OURS).events
        assert event.trust == trust


def test_every_fact_of_an_event_has_one_part_that_finds_it() -> None:
    facts = Counter(name for part in PARTS.values() for name in part.__match_args__ if name in Event.__match_args__)
    assert facts.keys() == FACTS.keys() == set(Event.__match_args__)
    # The status is stated, or found in the text.
    assert {name for name, times in facts.items() if times > 1} == {"status"}


def test_a_mail_that_is_no_report_has_no_events() -> None:
    assert parse(b"From: bob@example.net\nSubject: to\n you\n\nHello\n", NO_MARKS) == Parsed("other", "", "to you")


def test_a_mail_that_cannot_be_read_says_why() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=n%05d\n\n--n%05d\n" % (n, n) for n in range(10_000))
    reading = parse(nested, NO_MARKS)
    assert (reading.kind, reading.events) == ("unreadable", ())
    assert reading.problem.startswith("not readable as MIME: ")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("  two \r\n\t lines  ", "two lines"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("a\0b\x7fc\x9bd", "a\ufffdb\ufffdc\ufffdd"),
        ("evil\u202etxt\u200b\ufeff", "evil\ufffdtxt\ufffd\ufffd"),
        ("half \udc80 character", "half \ufffd character"),
        ("почта für 配信", "почта für 配信"),
        ("x" * 5 * STORED_LIMIT, "x" * STORED_LIMIT),
        (" " * 5 * STORED_LIMIT + "too far", ""),
    ],
)
def test_hostile_text_becomes_one_printable_line(text: str, cleaned: str) -> None:
    assert storable(text) == cleaned


@given(st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    cleaned = storable(text)
    assert cleaned.isprintable()
    assert storable(cleaned) == cleaned


ANY_MARKS = Sender(
    "Subject", "To", ("Received", "X-Recipient"), ("{user}={domain}@", "bounces+{user}={domain}@sender.test")
)


def check(reading: Parsed) -> None:
    """What the ledger relies on, whatever the mail was."""
    addresses = [(event.address, event.action) for event in reading.events if event.address]
    assert len(addresses) == len(set(addresses))
    dropped = reading.events_dropped
    assert reading.problem == (f"and {dropped:,} more, which are not stored" if dropped else "")
    for event in reading.events:
        assert event.kind == reading.kind
        assert not event.address or "@" in event.address
        check_verdict(event)
        for text in (event.diagnostic_code, event.status, event.campaign, *(value for _, value in event.headers)):
            assert len(text) <= STORED_LIMIT
            assert text.isprintable()


def check_verdict(event: Event) -> None:
    if event.action in ("failed", "delayed"):
        assert event.class_ == REASONS[event.reason][0]
    else:
        assert (event.reason, event.class_, event.rule) == ("", "", "")


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=2000))
def test_nothing_raises_on_any_bytes(content: bytes) -> None:
    assert parse(content, ANY_MARKS).kind in ("other", "unreadable")


@settings(derandomize=True, deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MAILS), st.integers(0, 4000), st.integers(0, 300), st.binary(max_size=30))
def test_nothing_raises_on_damaged_samples(mail: bytes, start: int, length: int, junk: bytes) -> None:
    check(parse(mail[:start] + junk + mail[start + length :], ANY_MARKS))


@settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MAILS), st.sampled_from(MAILS), st.floats(0, 1), st.floats(0, 1))
def test_nothing_raises_on_samples_grown_together(one: bytes, other: bytes, head: float, tail: float) -> None:
    check(parse(one[: int(head * len(one))] + other[int(tail * len(other)) :], ANY_MARKS))


def test_a_bug_that_a_message_meets_is_that_messages_fault() -> None:
    """No decoder: the last net. An expression that does not compile is never accepted by the configuration."""
    broken = Sender(header_rules=(HeaderRule("X-Job", "campaign", "("),))
    parsed = parse(dsn(group("ann@example.net"), original="X-Job: 17\n"), broken)
    assert (parsed.kind, parsed.decoder, parsed.events) == ("unreadable", "", ())
    assert parsed.problem.startswith(("error: ", "PatternError: "))


def test_what_may_be_a_part_of_another_message_is_plausible_at_most() -> None:
    """An mbox that does not quote its lines; without own domains there is nothing to compare with."""
    parsed = parse(dsn(group("ann@example.net"), original="Message-ID: <1@example.org>"), OURS)
    proved = replace(parsed, events=(replace(parsed.events[0], trust="verified", proved="token k2"), *parsed.events))
    assert [(event.trust, event.proved) for event in at_most_plausible(proved, OURS).events] == [("plausible", "")] * 2
    assert at_most_plausible(proved, Sender()) == proved


def test_what_a_verdict_overruled_is_told_for_each_event() -> None:
    fields = "\n\n".join(
        f"Final-Recipient: rfc822; {name}@b.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; {words}"
        for name, words in (("anna", "552 5.1.1 over quota"), ("ben", "550 5.1.1 user unknown"))
    )
    mail = f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; b.test\n\n{fields}\n"
    parsed = parse(mail.encode(), Sender())
    assert [event.reason for event in parsed.events] == ["mailbox_full", "user_unknown"]
    assert parsed.overruled == ("status: 5.1.1 (user_unknown)", "")
