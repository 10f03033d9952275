"""What headers of the sender's mail say, by rules and by presets."""

from __future__ import annotations

from typing import get_args

import pytest

from bounced.identify import HEADER_LIMIT, PRESETS, HeaderRule, Preset, Sender
from bounced.model import Report
from tests.support.identify import ANN, decoded, identified


@pytest.mark.parametrize(
    ("mark", "value", "campaign"),
    [
        (HeaderRule("X-Job", "campaign"), " autumn ", "autumn"),
        (HeaderRule("X-Job", "campaign", r"^job-(\d+)"), "job-17 of 20", "17"),
        (HeaderRule("X-Job", "campaign", r"\d+"), "job-17 of 20", "17"),
        (HeaderRule("X-Job", "campaign", r"^job-(\d+)?"), "job-x", ""),
        (HeaderRule("X-Job", "campaign", r"^job-(\d+)"), "task-17", ""),
        (HeaderRule("X-Job", "campaign", r"\d+"), "-" * 1000 + "17", ""),
        (HeaderRule("X-Job", "store"), "autumn", ""),
    ],
)
def test_a_header_tells_what_the_expression_finds(mark: HeaderRule, value: str, campaign: str) -> None:
    mail, report = decoded(ANN, original=(("x-job", value),))
    found = identified((mail, report), Sender(header_rules=(mark,)))
    assert found.campaign == campaign
    assert found.headers == (("X-Job", value.strip()[:HEADER_LIMIT]),)


def test_the_first_header_that_tells_something_wins() -> None:
    sender = Sender(
        campaign="X-Campaign",
        header_rules=(HeaderRule("X-Job", "campaign", r"job-(\d+)"), HeaderRule("X-Task", "campaign")),
    )
    original = (("X-Job", "none"), ("X-Job", "job-17"), ("X-Task", "18"))
    assert identified(decoded(ANN, original=original), sender).campaign == "17"
    named = (*original, ("X-Campaign", "autumn"))
    assert identified(decoded(ANN, original=named), sender).campaign == "autumn"


def test_headers_may_tell_the_recipient_and_our_id_of_them() -> None:
    sender = Sender(header_rules=(HeaderRule("X-To", "recipient"), HeaderRule("X-Nr", "recipient_id", r"nr=(\w+)")))
    original = (("X-To", "Bob <bob@rcpt.test>"), ("X-Nr", "list=2 nr=4711"))
    found = identified(decoded(ANN, original=original), sender)
    assert (found.address, found.charged_by, found.recipient_id) == ("bob@rcpt.test", "header", "4711")
    several = decoded(ANN, Report("failed", final_recipient="dan@example.com"), original=original)
    assert identified(several, sender).recipient_id == ""


#: Headers as the services write them, with the campaign and the stream in them.
SERVICES = [
    ("campaign", ("X-Campaign-ID", "autumn"), "autumn", ""),
    ("feedback-id", ("Feedback-ID", "autumn:acme:news:sender7"), "autumn", "news"),
    ("feedback-id", ("Feedback-ID", "autumn:sender7"), "autumn", ""),
    (
        "feedback-id",
        ("Feedback-ID", "::1.eu-west-1.uBQGc3ys6NM3VbqPWS6Aoq4DLx0=:AmazonSES"),
        "",
        "",
    ),
    ("feedback-id", ("Feedback-ID", "1.us-east-1.uBQGc3ys6NM3VbqPWS6Aoq4DLx0=:AmazonSES"), "", ""),
    ("feedback-id", ("CFBL-Feedback-ID", "111:222:333:4444"), "111", ""),
    ("kumomta", ("X-KumoRef", "eyJ0ZW5hbnQiOiJhIn0="), "", ""),
    ("listmonk", ("X-Listmonk-Campaign", "0b7c5b6e-8f5e-4d8e"), "0b7c5b6e-8f5e-4d8e", ""),
    ("mail.ru", ("X-Mailru-Msgtype", "autumn"), "autumn", ""),
    ("mail.ru", ("X-Postmaster-Msgtype", "3849"), "3849", ""),
    ("postal", ("X-Postal-Tag", "autumn"), "autumn", ""),
    ("postmark", ("X-PM-Tag", "autumn"), "autumn", ""),
    ("postmark", ("X-PM-Message-Stream", "broadcasts"), "", "broadcasts"),
    ("sendcloud", ("X-SENDCLOUD-UUID", "1630000000000_1_1_1"), "", ""),
    ("list", ("List-Id", "The news <news.example.org>"), "", "news.example.org"),
    ("list", ("List-Id", "news.example.org"), "", "news.example.org"),
    ("mailchimp", ("X-campaignid", "mailchimp0f12c80baf52daf9d9b6c6c52.a6711dd77b"), "a6711dd77b", ""),
    ("mailchimp", ("X-Campaign", "mailchimp0f12c80baf52daf9d9b6c6c52.a6711dd77b"), "a6711dd77b", ""),
    ("mailgun", ("X-Mailgun-Tag", "autumn"), "autumn", ""),
    ("mailgun", ("X-Mailgun-Campaign-Id", "autumn"), "autumn", ""),
    ("mandrill", ("X-MC-Tags", "welcome, shop"), "welcome", ""),
    ("mandrill", ("X-MC-Subaccount", "shop"), "", "shop"),
    ("sendgrid", ("X-SMTPAPI", '{"category": ["newuser"]}'), "newuser", ""),
    ("ses", ("X-SES-MESSAGE-TAGS", "shop=1, campaign=book"), "book", ""),
    ("ses", ("X-SES-CONFIGURATION-SET", "Newsletters"), "", "Newsletters"),
]


@pytest.mark.parametrize(("preset", "header", "campaign", "stream"), SERVICES)
def test_presets_know_the_headers_of_services(
    preset: Preset, header: tuple[str, str], campaign: str, stream: str
) -> None:
    mail, report = decoded(ANN, original=(header,))
    found = identified((mail, report), Sender(header_rules=PRESETS[preset]))
    assert (found.campaign, found.stream) == (campaign, stream)
    assert set(found.headers) == {header}


def test_every_preset_was_tried() -> None:
    assert {preset for preset, *_ in SERVICES} == set(PRESETS) == set(get_args(Preset))
