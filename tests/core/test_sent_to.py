"""To whom a message was sent, by its To and its trace."""

from __future__ import annotations

import pytest

from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Headers, Report
from tests.support.identify import ANN, charged, decoded

NEWSLETTER = ("List-Id", "News <news.example.org>")
A_LIST = ("List-Post", "<mailto:list@Rcpt.Test>")
ANN_ALONE = "ann@example.net"


@pytest.mark.parametrize(
    ("original", "address"),
    [
        ([("To", "Bob <bob@rcpt.test>")], "bob@rcpt.test"),
        ([("To", "bob@rcpt.test"), ("From", "Bob@rcpt.test")], "ann@example.net"),
        ([("To", "all@example.org"), ("From", "news@example.org")], "ann@example.net"),
        ([("To", "bob@rcpt.test, carl@rcpt.test")], "ann@example.net"),
        ([("To", "bob@rcpt.test"), ("Cc", "carl@rcpt.test")], "ann@example.net"),
        ([("To", "list@rcpt.test"), ("List-Id", "<list.rcpt.test>")], "ann@example.net"),
        ([("To", "bob@rcpt.test"), ("Received", "by mx.test for <bob@rcpt.test>; now")], "bob@rcpt.test"),
        (
            [("To", "all@example.org"), ("From", "news@example.org"), ("Received", "x for <all@example.org>;")],
            "all@example.org",
        ),
        ([("To", "bob@rcpt.test"), ("Received", "by mx.test for <ann@example.net>; now")], "ann@example.net"),
        ([("To", "bob@rcpt.test"), NEWSLETTER, ("Received", "by mx.test for <bob@rcpt.test>; now")], "bob@rcpt.test"),
        ([("To", "bob@rcpt.test"), NEWSLETTER, ("Received", "by mx.test for <ann@example.net>; now")], ANN_ALONE),
        ([("To", "bob@rcpt.test"), NEWSLETTER], ANN_ALONE),
        ([("To", "bob@rcpt.test"), ("Cc", "x@y.test"), ("Received", "by m for <bob@rcpt.test>; now")], "bob@rcpt.test"),
        ([("To", "list@rcpt.test"), A_LIST, ("Received", "by mx.test for <list@rcpt.test>; now")], ANN_ALONE),
        (
            [
                ("To", "bob@rcpt.test"),
                ("Received", "by b.test for <box7@inner.test>; later"),
                ("Received", "by a.test for <bob@rcpt.test>; then"),
                ("Received", "by origin.test; first"),
            ],
            "bob@rcpt.test",
        ),
    ],
)
def test_a_single_to_is_the_recipient_unless_received_contradicts(original: Headers, address: str) -> None:
    assert charged(decoded(ANN, original=tuple(original))) == address


@pytest.mark.parametrize(
    ("noted", "address"),
    [("bob@rcpt.test", "bob@rcpt.test"), ("redacted@rcpt.test", ""), ("redacted", ""), ("ben@example.org", "")],
)
def test_a_redacted_complaint_may_name_the_address_in_received(noted: str, address: str) -> None:
    original = (("Received", f"from a by b with SMTP id 7\n\tfor <{noted}>; now"), ("To", "undisclosed"))
    mail = decoded(Report(feedback_type="abuse"), original=original, kind="complaint")
    assert charged(mail, Sender(anchors=TrustAnchors(("example.org",)))) == address
