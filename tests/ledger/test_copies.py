"""A message whose number only its sender could write is in the ledger once, whatever stands around it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Origin, RawMessage
from bounced.parse import parse
from tests.support.sns import ARRIVED, TOPIC, envelope, mail, message, signing_key

SENDER = Sender(anchors=TrustAnchors(own_domains=("example.org",), sns_topics=(TOPIC,), sns_keys=(signing_key(),)))


def item(content: bytes, days: int = 0) -> Item:
    raw = RawMessage(Origin("file:/x", str(len(content))), ARRIVED + timedelta(days=days), content, len(content))
    return Item(raw, fingerprint(content), parse(content, SENDER, arrived_at=raw.arrived_at))


COPIES = {
    "another Message-ID": mail(envelope(), "Message-ID: <2@evil.test>"),
    "another From": mail(envelope(), sender="x@evil.test"),
    "another layout": mail(envelope()).replace(b"\n  ", b"\n"),
    "more below": mail(envelope()) + b"\nmore\n",
    "a member that is not signed": mail({**envelope(), "UnsubscribeURL": "x"}),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_of_a_signed_notification_is_repeated(ledger: Ledger, copy: bytes) -> None:
    first = ledger.take([item(mail(envelope()))])
    assert [intake.outcome for intake in first.intakes] == ["counted"]
    again = ledger.take([item(copy, days=2)])
    assert [(intake.outcome, intake.recognized) for intake in again.intakes] == [("repeated", True)]
    assert (len(first.started), again.started) == (1, ())


def test_two_copies_in_one_batch_are_one(ledger: Ledger) -> None:
    receipt = ledger.take([item(mail(envelope())), item(COPIES["another From"])])
    assert [intake.outcome for intake in receipt.intakes] == ["counted", "repeated"]


def test_a_complaint_that_was_released_does_not_come_back_by_a_copy(ledger: Ledger) -> None:
    ledger.take([item(mail(envelope()))])
    ledger.decisions.decide(["ann@example.net"], "release", "", "")
    assert ledger.take([item(COPIES["another From"], days=1)]).started == ()


def test_another_notification_is_another_message(ledger: Ledger) -> None:
    ledger.take([item(mail(envelope()))])
    other = ledger.take([item(mail(envelope(message("bob@example.net"), MessageId="5f")))])
    assert [intake.outcome for intake in other.intakes] == ["counted"]


def test_a_forged_number_takes_nobody_elses_place(ledger: Ledger) -> None:
    """Who knows the number of a notification and can't sign must not have the genuine one taken for a copy."""
    ledger.take([item(mail({**envelope(message("bob@example.net")), "Signature": ""}))])
    receipt = ledger.take([item(mail(envelope()))])
    assert [intake.outcome for intake in receipt.intakes] == ["counted"]
