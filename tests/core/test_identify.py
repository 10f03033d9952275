"""Who is charged, which campaign it was, and in which order the marks are believed."""

from __future__ import annotations

import pytest

from bounced.identify import Identity, Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Report
from tests.support.identify import ANN, NO_MARKS, RECIPIENT, VERP, charged, decoded, identified


@pytest.mark.parametrize(
    ("report", "address"),
    [
        (ANN, "ann@example.net"),
        (Report("failed", "box@inner.example.net", "Ann@Example.net"), "ann@example.net"),
        (Report("failed", "ann@example.net", "not an address"), "ann@example.net"),
        (Report("failed"), ""),
    ],
)
def test_the_reporter_names_the_original_recipient_before_the_final_one(report: Report, address: str) -> None:
    assert charged(decoded(report)) == address


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("Bob@Example.net", "bob@example.net"),
        ("<bob@example.net>", "bob@example.net"),
        ("customer 4711", "ann@example.net"),
        ("", "ann@example.net"),
    ],
)
def test_the_recipient_header_ranks_between_verp_and_the_reporter(value: str, address: str) -> None:
    mail = decoded(ANN, original=(("x-recipient", value), ("Return-Path", "<news-carl=example.net@example.org>")))
    both = Sender(recipient="X-Recipient", verp=VERP.verp)
    assert charged(mail, RECIPIENT) == address
    assert charged(mail, both) == "carl@example.net"


def test_a_recipient_header_in_the_report_itself_is_not_ours() -> None:
    assert charged(decoded(ANN, header=(("X-Recipient", "bob@example.net"),)), RECIPIENT) == "ann@example.net"


def test_several_recipients_are_not_charged_by_marks_that_name_one() -> None:
    dan = Report("failed", final_recipient="dan@example.com")
    original = (("X-Recipient", "bob@example.net"), ("Return-Path", "news-bob=example.net@example.org"))
    mail, _ = decoded(ANN, dan, original=original)
    sender = Sender(recipient="X-Recipient", verp=VERP.verp)
    assert [identified((mail, report), sender).address for report in mail.reports] == [
        "ann@example.net",
        "dan@example.com",
    ]


def test_an_auto_reply_proves_the_mailbox_of_who_wrote_it() -> None:
    sender = Sender(recipient="X-Recipient", verp=VERP.verp)
    header = (("To", "news-bob=example.net@example.org"), ("Delivered-To", "b+bob=example.net@example.org"))
    assert charged(decoded(ANN, header=header, kind="auto-reply"), sender) == "ann@example.net"
    assert charged(decoded(Report(), header=header, kind="auto-reply"), sender) == ""


def test_what_the_original_says_of_itself() -> None:
    original = (
        ("Message-ID", " <letter-1@example.org> "),
        ("From", "News <news@Mail.Example.org>"),
        ("X-Campaign", "autumn"),
        ("X-Stream", "news"),
        ("X-Subscriber", " 4711 "),
        ("List-Id", "one"),
        ("list-id", "two"),
        ("X-Recipient", "bob@example.net"),
        ("Subject", "not asked for"),
    )
    sender = Sender(
        "X-Campaign",
        "X-Recipient",
        ("List-Id", "X-Campaign", "X-Missing"),
        recipient_id="X-Subscriber",
        stream="X-Stream",
    )
    kept = (
        ("X-Campaign", "autumn"),
        ("X-Recipient", "bob@example.net"),
        ("X-Subscriber", "4711"),
        ("X-Stream", "news"),
        ("List-Id", "one"),
    )
    assert identified(decoded(ANN, original=original), sender) == Identity(
        address="bob@example.net",
        original_message_id="letter-1@example.org",
        campaign="autumn",
        campaign_by="header",
        headers=kept,
        charged_by="header",
        recipient_id="4711",
        stream="news",
        stream_by="header",
        sending_domain="mail.example.org",
        sending_domain_by="header",
    )
    assert identified(decoded(ANN, original=original), NO_MARKS) == Identity(
        address="ann@example.net",
        original_message_id="letter-1@example.org",
        charged_by="final-recipient",
        sending_domain="mail.example.org",
        sending_domain_by="header",
    )
    assert identified(decoded(ANN), sender) == Identity("ann@example.net", charged_by="final-recipient")


@pytest.mark.parametrize(
    ("anchors", "address"),
    [
        (Sender(anchors=TrustAnchors(("example.com",))), "ann@example.net"),
        (Sender(anchors=TrustAnchors(("example.net",))), ""),
        (Sender(anchors=TrustAnchors(("net",))), ""),
        (Sender(anchors=TrustAnchors(("ample.net",))), "ann@example.net"),
        (Sender(own_addresses=("ann@example.net",)), ""),
        (Sender(own_addresses=("bob@example.net",)), "ann@example.net"),
    ],
)
def test_our_own_addresses_are_never_charged(anchors: Sender, address: str) -> None:
    assert charged(decoded(ANN), anchors) == address


def test_our_own_addresses_are_ours_with_any_extension() -> None:
    mail = decoded(Report("failed", final_recipient="bounces+1abc@example.org"))
    assert charged(mail, Sender(own_addresses=("bounces@example.org",))) == ""


def test_the_next_who_is_named_is_charged_instead_of_ourselves() -> None:
    anchors = Sender(verp=VERP.verp, anchors=TrustAnchors(("example.org",)))
    mail = decoded(ANN, original=(("Return-Path", "news-bounces=lists.example.org@example.org"),))
    assert charged(mail, anchors) == "ann@example.net"


def test_the_original_recipient_is_believed_before_to() -> None:
    mail = decoded(Report("failed", "box@inner.test", "ann@example.net"), original=(("To", "bob@rcpt.test"),))
    assert charged(mail) == "ann@example.net"


def test_two_reports_about_one_recipient_are_about_one() -> None:
    delayed, failed = (Report(action, "box@inner.test", "ann@example.net") for action in ("delayed", "failed"))
    mail = decoded(delayed, failed, original=(("X-Recipient", "bob@rcpt.test"),))
    assert charged(mail, RECIPIENT) == "bob@rcpt.test"
    nobody = decoded(Report("failed"), Report("failed"), original=(("X-Recipient", "bob@rcpt.test"),))
    assert charged(nobody, RECIPIENT) == ""


@pytest.mark.parametrize(
    ("report", "sender", "original", "address"),
    [
        (Report(final_recipient="ann@example.net"), "fbl@provider.test", [("To", "bob@rcpt.test")], "ann@example.net"),
        (Report(final_recipient="fbl@provider.test"), "FBL <fbl@provider.test>", [("To", "x")], ""),
        (
            Report(final_recipient="postmaster@mx.test", reporting_mta="a.mx.test"),
            "fbl@provider.test",
            [("To", "x")],
            "",
        ),
        (
            Report(final_recipient="postmaster@rcpt.test", reporting_mta="mx.test"),
            "f@b.test",
            [("To", "x")],
            "postmaster@rcpt.test",
        ),
        (Report(final_recipient="ann@example.net", feedback_type="opt-out"), "ann@example.net", [], "ann@example.net"),
    ],
)
def test_who_reports_a_complaint_for_others_is_not_charged(
    report: Report, sender: str, original: list[tuple[str, str]], address: str
) -> None:
    mail = decoded(report, original=tuple(original), header=(("From", sender),), kind="complaint")
    assert charged(mail) == address
