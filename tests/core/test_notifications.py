"""Complaints and notifications beyond the samples: what is missing, of the wrong type, or hostile."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.decode import decode
from bounced.mime import as_list, as_object, as_text, json_object

SENT: dict[str, Any] = {"messageId": "0102", "source": "b@example.org", "destination": ["a@example.net"]}


def notice(body: object) -> bytes:
    return b"From: no-reply@sns.example.com\nSubject: AWS Notification Message\n\n" + json.dumps(body).encode()


def marked(*parts: str) -> bytes:
    text = "".join(f"--b\n{part}\n" for part in parts)
    return (
        f"From: reports@example.com\nX-XARF: PLAIN\nContent-Type: multipart/mixed; boundary=b\n\n{text}--b--\n".encode()
    )


@pytest.mark.parametrize(
    "recipients",
    [
        pytest.param(None, id="none"),
        pytest.param([{"emailAddress": None}, {"address": "a@example.net"}, 7, "nobody"], id="nobody"),
        pytest.param({"emailAddress": 5}, id="no list"),
    ],
)
def test_a_notification_that_names_nobody_has_no_reports(recipients: object) -> None:
    decoded = decode(notice({"notificationType": "Bounce", "bounce": {"bouncedRecipients": recipients}, "mail": SENT}))
    assert (decoded.kind, decoded.decoder, decoded.reports) == ("bounce", "sns", ())


@pytest.mark.parametrize(
    "body",
    [
        {"notificationType": "Bounce"},
        {"notificationType": 5, "mail": SENT},
        {"mail": SENT},
        {"Type": "Notification", "Message": "disk full"},
        {},
        [],
        "text",
    ],
)
def test_other_json_is_no_notification(body: object) -> None:
    assert decode(notice(body)).decoder == ""


def test_headers_come_first_from_the_list_then_from_what_is_said_in_common() -> None:
    common = {"subject": "common", "to": ["a@example.net", "c@example.net"], "from": [5, "shop@example.org"]}
    sent = SENT | {"headers": [{"name": "subject", "value": "own\r\nfolded"}, 5], "commonHeaders": common}
    original = decode(notice({"eventType": "Send", "mail": sent})).original
    assert original.headers == ()
    original = decode(notice({"eventType": "Delivery", "delivery": {}, "mail": sent})).original
    assert list(original.all("Subject")) == ["own folded"]
    assert original.get("To") == "a@example.net, c@example.net"
    assert original.get("From") == ", shop@example.org"
    assert (original.get("Message-ID"), original.get("Return-Path")) == ("0102", "b@example.org")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[" * 100_000, id="list"),
        pytest.param('{"a":' * 50_000, id="nested"),
        pytest.param('{"a":[' * 40_000, id="nested both"),
        pytest.param('{"a":' + "9" * 200_000 + "}", id="long number"),
        pytest.param('{"a":"' + "!\n " * 80_000, id="broken lines"),
        pytest.param("{" + '"mail":{},' * 25_000, id="members"),
    ],
)
def test_hostile_json_takes_bounded_time(body: str) -> None:
    started = time.perf_counter()
    assert decode(b"From: a@example.com\n\n" + body.encode()).decoder == ""
    assert time.perf_counter() - started < 2


JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
MEMBERS = [
    "bounce",
    "bouncedRecipients",
    "mail",
    "headers",
    "commonHeaders",
    "emailAddress",
    "name",
    "value",
    "messageId",
]


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.dictionaries(st.sampled_from(MEMBERS), JSON), st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_nothing_raises_on_members_of_any_type(bounce: dict[str, Any], sent: dict[str, Any]) -> None:
    assert decode(notice({"notificationType": "Bounce", "bounce": bounce, "mail": sent})).problem == ""


def test_json_values_are_what_they_are_asked_for_or_empty() -> None:
    assert json_object(' {"a": 1} and more') == {"a": 1}
    assert json_object("[1]") == json_object('{"a"') == json_object("") == {}
    assert (as_object([]), as_object({"a": 1})) == ({}, {"a": 1})
    assert (as_list(None), as_list("a"), as_list(["a"])) == ([], ["a"], ["a"])
    assert (as_text(5), as_text("a")) == ("", "a")


def xarf(samples: object) -> bytes:
    report = {"ReporterInfo": {}, "Report": {"ReportType": "Spam", "Samples": samples}}
    return marked(f"Content-Type: application/json\n\n{json.dumps(report)}")


MESSAGE = "From: news@example.org\nTo: a@example.net\nMessage-ID: <1@example.org>\n\nhello\n"


@pytest.mark.parametrize("payload", [MESSAGE, base64.b64encode(MESSAGE.encode()).decode()])
def test_the_message_in_an_x_arf_report_names_who_complained(payload: str) -> None:
    decoded = decode(xarf([{"ContentType": "text/plain"}, {"ContentType": "message/rfc822", "Payload": payload}]))
    assert (decoded.kind, decoded.original.get("Message-ID")) == ("complaint", "<1@example.org>")
    assert [(report.final_recipient, report.feedback_type) for report in decoded.reports] == [
        ("a@example.net", "abuse")
    ]


@pytest.mark.parametrize("samples", [None, "x", [5], [{"ContentType": "text/plain", "Payload": "log"}]])
def test_an_x_arf_report_without_message_and_recipient_is_about_something_else(samples: object) -> None:
    assert (decode(xarf(samples)).kind, decode(xarf(samples)).decoder) == ("other", "x-arf")


@pytest.mark.parametrize(
    "mail",
    [
        marked("Content-Type: text/plain\n\nWe have no such report."),
        marked("Content-Type: application/json\n\n{}"),
        marked("Content-Type: application/json\n\nnone"),
        b"From: a@example.net\n\nReport-Type: spam\n",
    ],
)
def test_other_mails_are_no_x_arf(mail: bytes) -> None:
    assert decode(mail).decoder == ""


@pytest.mark.parametrize(
    ("sender", "field", "kind"),
    [
        ("staff@hotmail.com", "X-HmXmrOriginalRecipient: a@example.net\n", "complaint"),
        ("staff@hotmail.com", "", "other"),
        ("joe@example.net", "X-HmXmrOriginalRecipient: a@example.net\n", "other"),
    ],
)
def test_microsoft_alone_complains_by_a_header_of_the_returned_message(sender: str, field: str, kind: str) -> None:
    attached = f"--b\nContent-Type: message/rfc822\n\n{field}{MESSAGE}\n--b--\n"
    mail = f"From: {sender}\nContent-Type: multipart/mixed; boundary=b\n\n{attached}"
    assert decode(mail.encode()).kind == kind


def test_a_report_labelled_as_feedback_without_fields_is_no_complaint() -> None:
    labeled = b"From: a@example.net\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
    mail = labeled + b"--b\n\nhello\n--b--"
    assert decode(mail).kind == "other"
