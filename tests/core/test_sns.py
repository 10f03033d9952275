"""Notifications of Amazon SES: what is believed of them, and on whose word."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bounced import tokens
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Parsed, proof, proofs
from bounced.parse import NEVER, at_most_plausible, parse
from bounced.tokens import Key
from tests.support.sns import ARRIVED, PUBLISHED, TOPIC, VALID, certificate, envelope, mail, message, signing_key

ANCHORS = TrustAnchors(
    own_domains=("example.org",),
    authserv_ids=("mx.example.org",),
    sns_topics=(TOPIC,),
    sns_keys=(signing_key(),),
)
KEY = Key("k2", b"k" * 32)
SENDER = Sender(anchors=ANCHORS, keys=(KEY,), verp=("bounces-{user}={domain}@example.org",))
PASSED = "Authentication-Results: mx.example.org; dkim=pass header.d=sns.amazonaws.com"
OTHER_TOPIC = TOPIC.replace("123456789012", "999999999999")


def judged(content: bytes, sender: Sender = SENDER, arrived_at: datetime = ARRIVED) -> Parsed:
    parsed = parse(content, sender, arrived_at=arrived_at)
    assert parsed.decoder == "sns"
    return parsed


def trust(content: bytes, sender: Sender = SENDER, arrived_at: datetime = ARRIVED) -> str:
    [event] = judged(content, sender, arrived_at).events
    return event.trust


# by its signature


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signed_notification_of_our_topic_is_verified(version: str) -> None:
    [event] = judged(mail(envelope(SignatureVersion=version))).events
    assert (event.address, event.trust, event.proved) == ("ann@example.net", "verified", proof("sns", "0102018f-1"))
    assert event.evidence == f"SNS topic {TOPIC}, signed"


def test_a_notification_without_a_subject_is_signed_without_it() -> None:
    without = {name: value for name, value in envelope().items() if name != "Subject"}
    assert trust(mail(without)) == "plausible"
    resigned = envelope()
    del resigned["Subject"]
    from tests.support.sns import signature

    assert trust(mail({**resigned, "Signature": signature(resigned)})) == "verified"


def test_a_message_without_a_number_is_named_by_its_notification() -> None:
    [event] = judged(mail(envelope(message(messageId="")))).events
    assert event.proved == proof("sns", "4f013a1c-0000-5000-8000-a418d71101fc")


def test_a_body_in_base64_and_text_below_it_change_nothing() -> None:
    lines = base64.encodebytes(json.dumps(envelope()).encode() + b"\n\n--\nIf you wish to stop").decode()
    content = f"From: x@y.test\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{lines}"
    assert trust(content.encode()) == "verified"


FORGED: dict[str, dict[str, Any]] = {
    "another message": {"Message": message("victim@example.com")},
    "another number": {"MessageId": "5f013a1c"},
    "another date": {"Timestamp": "2026-11-20T10:00:01.123Z"},
    "another subject": {"Subject": "x"},
    "a number of two lines": {"MessageId": "1\nMessageId\n2"},
    "a date of another form": {"Timestamp": "2026-11-20"},
    "no such date": {"Timestamp": "2026-13-45T10:00:00Z"},
    "year 1": {"Timestamp": "0001-01-01T00:00:00Z"},
    "no date": {"Timestamp": 7},
    "another type": {"Type": "SubscriptionConfirmation"},
    "no topic": {"TopicArn": None},
    "another topic": {"TopicArn": OTHER_TOPIC},
    "no signature": {"Signature": ""},
    "broken signature": {"Signature": "%%%"},
    "not ASCII": {"Signature": "ü"},
    "very long signature": {"Signature": "A" * 10_000},
    "signature of nothing": {"Signature": base64.b64encode(b"\0" * 256).decode()},
    "signature 1": {"Signature": base64.b64encode(b"\0" * 255 + b"\1").decode()},
    "other version": {"SignatureVersion": "2"},
    "unknown version": {"SignatureVersion": "3"},
    "no version": {"SignatureVersion": 1},
    "surrogates": {"Message": message() + " ", "Subject": "\ud800"},
    **{
        url: {"SigningCertURL": url}
        for url in (
            "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem",
            "https://sns.eu-west-1.amazonaws.com.evil.test/SimpleNotificationService-0a1b2c.pem",
            "https://evil.test/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.test/SimpleNotificationService-0a1b2c.pem",
            "https://sns.evil.test#.amazonaws.com/SimpleNotificationService-0a1b2c.pem",
            "https://bucket.s3.amazonaws.com/SimpleNotificationService-0a1b2c.pem",
            "https://sns.a.b.amazonaws.com/SimpleNotificationService-0a1b2c.pem",
            "https://snsXeu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem",
            "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem\n",
            "https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-0a1b2c.pem",
            "https://sns.eu-west-1.amazonaws.com:444/SimpleNotificationService-0a1b2c.pem",
            "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem?x",
        )
    },
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_what_the_signature_does_not_cover_is_plausible_at_most(change: dict[str, Any]) -> None:
    [event] = judged(mail({**envelope(), **change})).events
    assert (event.trust, event.proved) == ("plausible", "")
    assert "SNS: " in event.evidence


def test_a_certificate_url_in_china_is_of_sns() -> None:
    url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0a1b2c.pem"
    assert trust(mail(envelope(SigningCertURL=url))) == "verified"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"TopicArn": OTHER_TOPIC}, id="another topic"),
        pytest.param({"TopicArn": TOPIC.upper()}, id="upper case"),
        pytest.param({"Type": "SubscriptionConfirmation"}, id="another type"),
        pytest.param({"Timestamp": "2026-11-13T09:59:00Z"}, id="too old"),
        pytest.param({"Subject": f"x\nTimestamp\n2026-11-20T10:00:00Z\nTopicArn\n{TOPIC}"}, id="lines", marks=()),
    ],
)
def test_not_everything_that_sns_signs_is_ours(members: dict[str, str]) -> None:
    signed = envelope(**members)
    if "\n" in signed["Subject"]:  # signed for another topic, and read in another way
        signed = {**envelope(**members, TopicArn=OTHER_TOPIC), "TopicArn": TOPIC, "Subject": "x"}
    assert trust(mail(signed)) == "plausible"


@pytest.mark.parametrize(
    "anchors",
    [
        pytest.param(replace(ANCHORS, sns_topics=()), id="no topics"),
        pytest.param(replace(ANCHORS, sns_keys=()), id="no certificates"),
        pytest.param(replace(ANCHORS, sns_keys=(replace(signing_key(), valid_until=PUBLISHED - VALID),)), id="expired"),
        pytest.param(replace(ANCHORS, sns_keys=(replace(signing_key(), valid_from=PUBLISHED + VALID),)), id="future"),
        pytest.param(replace(ANCHORS, sns_keys=(signing_key(3072),)), id="another certificate"),
    ],
)
def test_nothing_is_proved_without_topic_and_certificate(anchors: TrustAnchors) -> None:
    assert trust(mail(envelope()), replace(SENDER, anchors=anchors)) == "plausible"


def test_one_of_several_certificates_is_enough() -> None:
    anchors = replace(ANCHORS, sns_keys=(signing_key(3072), signing_key()))
    assert trust(mail(envelope()), replace(SENDER, anchors=anchors)) == "verified"


@pytest.mark.parametrize(
    ("late", "expected"),
    [(timedelta(days=6), "verified"), (timedelta(days=7, seconds=1), "plausible"), (timedelta(hours=-1), "verified")],
)
def test_an_old_notification_proves_nothing(late: timedelta, expected: str) -> None:
    assert trust(mail(envelope()), arrived_at=PUBLISHED + late) == expected


def test_one_that_never_arrived_is_not_old() -> None:
    assert trust(mail(envelope()), arrived_at=NEVER) == "verified"


# what was signed is what is read


def test_members_of_the_envelope_are_not_the_message() -> None:
    """The signed Message says nothing, and what stands beside it is anybody's."""
    forged = json.loads(message("victim@example.com"))
    assert trust(mail({**envelope("no JSON"), **forged})) == "plausible"


@pytest.mark.parametrize("tail", [" and more", "\x00", ' {"notificationType": "Bounce"}'])
def test_a_message_with_more_than_its_object_proves_nothing(tail: str) -> None:
    assert trust(mail(envelope(message() + tail))) == "plausible"


def test_the_last_of_two_members_is_the_one_that_is_signed() -> None:
    text = json.dumps(envelope())
    twice = text[:-1] + f', "Message": {json.dumps(message("victim@example.com"))}}}'
    assert trust(b"From: x@y.test\n\n" + twice.encode()) == "plausible"


@pytest.mark.parametrize("header", ["X-Original-To", "Delivered-To", "Envelope-To"])
def test_a_copy_cannot_be_sent_to_another_recipient(header: str) -> None:
    """The envelope recipient of the mail is not signed, and names whom the copier likes by VERP."""
    [event] = judged(mail(envelope(), f"{header}: bounces-victim=example.com@example.org")).events
    assert (event.address, event.trust) != ("victim@example.com", "verified")


@pytest.mark.parametrize(
    "name", ["IMCEASMTP-v+40example+2Ecom@x.test", '"v@example.com"@x.test', "v@example.com@x.test"]
)
def test_an_address_that_can_be_read_in_two_ways_is_not_proved(name: str) -> None:
    events = judged(mail(envelope(message(name)))).events
    assert "verified" not in {event.trust for event in events}


def test_each_recipient_is_named_by_it() -> None:
    events = judged(mail(envelope(message("ann@example.net", "bob@example.net", kind="Bounce")))).events
    assert {event.address: event.trust for event in events} == dict.fromkeys(
        ("ann@example.net", "bob@example.net"), "verified"
    )


def test_a_copy_has_the_number_of_the_first_one() -> None:
    first, copy = judged(mail(envelope())), judged(mail(envelope(), "X-Copy: 1", sender="x@y.test"))
    assert first.number == copy.number == "sns 4f013a1c-0000-5000-8000-a418d71101fc"


def test_nobody_else_can_write_a_number() -> None:
    assert judged(mail({**envelope(), "Signature": ""})).number == ""
    assert at_most_plausible(judged(mail(envelope())), SENDER).number == ""


# whatever is in it


def token(recipient: str) -> str:
    return tokens.make(KEY, date(2027, 1, 1), recipient=recipient)


def with_token(recipient: str) -> str:
    return message(headers=[{"name": "X-Bounced-Token", "value": token(recipient)}])


def test_a_token_does_not_verify_a_forged_notification() -> None:
    [event] = judged(mail({**envelope(with_token("ann@example.net")), "Signature": ""})).events
    assert (event.trust, event.proved) == ("plausible", "")
    bare = b"From: x@y.test\n\n" + with_token("ann@example.net").encode()
    assert trust(bare) == "plausible"


def test_a_signed_notification_about_a_token_is_about_its_message() -> None:
    [event] = judged(mail(envelope(with_token("ann@example.net")))).events
    assert (event.trust, *proofs(event.proved)) == ("verified", "token-address", "sns")


def test_a_token_for_another_recipient_counts_where_sns_is_believed() -> None:
    [event] = judged(mail(envelope(with_token("bob@example.net")))).events
    assert (event.address, event.trust, event.evidence) == ("bob@example.net", "verified", "token k2")


def test_other_reports_are_not_asked_who_signed_them() -> None:
    content = (
        b"From: x@y.test\nX-Failed-Recipients: ann@example.net\nSubject: failed\n\n" + token("ann@example.net").encode()
    )
    [event] = parse(content, SENDER, arrived_at=ARRIVED).events
    assert event.trust == "verified"


# by the word of our own server


def sent(*header: str, body: str = "", sender: str = "AWS <no-reply@sns.amazonaws.com>") -> bytes:
    """Not signed by SNS, and sent by it."""
    unsigned = {**envelope(), "Signature": ""}
    content = mail(unsigned, *header, sender=sender)
    return content if not body else content.partition(b"\n\n")[0] + b"\n\n" + body.encode()


PASSES = {
    "dkim": PASSED,
    "organization": "Authentication-Results: mx.example.org; dkim=pass header.d=amazonaws.com",
    "dmarc": "Authentication-Results: mx.example.org; dmarc=pass header.from=sns.amazonaws.com",
    "spf": "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=sns.amazonaws.com",
}


@pytest.mark.parametrize("passed", PASSES.values(), ids=PASSES)
def test_what_sns_sent_is_verified(passed: str) -> None:
    [event] = judged(sent(passed)).events
    assert (event.trust, event.evidence) == ("verified", f"SNS topic {TOPIC}, authenticated")


def test_what_sns_sent_in_china_is_verified() -> None:
    passed = "Authentication-Results: mx.example.org; dkim=pass header.d=sns.amazonaws.com.cn"
    assert trust(sent(passed, sender="no-reply@sns.amazonaws.com.cn")) == "verified"


NOT_SENT = {
    "nothing passed": sent(),
    "a customer of SES": sent("Authentication-Results: mx.example.org; dkim=pass header.d=amazonses.com"),
    "a host at Amazon": sent(
        "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=x@ec2-1.compute-1.amazonaws.com"
    ),
    "a subdomain": sent("Authentication-Results: mx.example.org; dkim=pass header.d=x.sns.amazonaws.com"),
    "another domain": sent("Authentication-Results: mx.example.org; dkim=pass header.d=amazonaws.com.evil.test"),
    "another server": sent("Authentication-Results: mx.evil.test; dkim=pass header.d=sns.amazonaws.com"),
    "it failed": sent("Authentication-Results: mx.example.org; dkim=fail header.d=sns.amazonaws.com"),
    "SPF of another domain, DMARC failed": sent(
        "Authentication-Results: mx.example.org; dkim=pass header.d=sns.amazonaws.com; dmarc=fail header.from=evil.test"
    ),
    "China for the rest": sent("Authentication-Results: mx.example.org; dkim=pass header.d=sns.amazonaws.com.cn"),
    "From of another": sent(PASSED, sender="no-reply@evil.test"),
    "From of another at Amazon": sent(PASSED, sender="alerts@sns.amazonaws.com"),
    "two From": sent(PASSED, "From: x@y.test"),
    "two in From": sent(PASSED, sender="x@y.test, no-reply@sns.amazonaws.com"),
    "a name in From": sent(PASSED, sender='"no-reply@sns.amazonaws.com" <x@y.test>'),
    "a footer": sent(PASSED, body=json.dumps({**envelope(), "Signature": ""}) + "\n\n--\nIf you wish to stop"),
    "an original behind it": sent(
        PASSED, body=json.dumps({**envelope(), "Signature": ""}) + "\n\n----- Original message -----\nTo: x@y.test\n"
    ),
    "two Content-Types": sent(PASSED, "Content-Type: text/plain"),
    "two encodings": sent(PASSED, "Content-Transfer-Encoding: 8bit", "Content-Transfer-Encoding: 8bit"),
    "HTML": sent(PASSED).replace(b"text/plain", b"text/html"),
    "bare": sent(PASSED, body=message()),
}


@pytest.mark.parametrize("content", NOT_SENT.values(), ids=NOT_SENT)
def test_what_anybody_can_have_sent_is_plausible_at_most(content: bytes) -> None:
    [event] = judged(content).events
    assert event.trust != "verified"


def test_a_part_of_another_message_is_not_the_whole() -> None:
    part = f"--b\nContent-Type: text/plain\n\n{json.dumps({**envelope(), 'Signature': ''})}\n--b--\n"
    content = f"{PASSED}\nFrom: no-reply@sns.amazonaws.com\nContent-Type: multipart/mixed; boundary=b\n\n{part}"
    assert trust(content.encode()) == "plausible"


def test_the_certificate_is_the_one_that_the_configuration_reads() -> None:
    assert certificate().startswith(b"-----BEGIN CERTIFICATE-----")
