"""How sure it is that a report is true: what may come back, and what can be forged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bounced.identify import HeaderRule, Identity, Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Decoded, Event, Headers, Kind, Original, Report
from bounced.parse import NEVER, parse
from bounced.trust import Provenance, assess, provenance
from bounced.trust.returned_dkim import Signed
from tests.support.signing import DOMAIN, NAME, arf, dsn, newsletter, record, sign

OURS = TrustAnchors(
    own_domains=("example.org", "xn--bcher-kva.example"), authserv_ids=("mx.example.org",), reporters=("fbl.test",)
)
SENDER = Sender(recipient="X-Recipient", recipient_id="X-Recipient-ID", anchors=OURS)
KEYS = replace(SENDER, anchors=replace(OURS, dkim_keys={NAME: record()}))

ANN = Identity("ann@example.net", charged_by="final-recipient")
NOBODY = Identity(recipient_id="4711")
PASSED = b"Authentication-Results: mx.example.org; dkim=pass header.d=fbl.test\n"
FAILED = b"Authentication-Results: mx.example.org; dmarc=fail header.from=example.net\n"


def read(content: bytes, sender: Sender = KEYS) -> Event:
    [event] = parse(content, sender).events
    return event


def judged(content: bytes, sender: Sender = KEYS) -> tuple[str, str]:
    event = read(content, sender)
    return event.trust, event.evidence


# what is ours in what came back


@pytest.mark.parametrize(
    ("original", "header", "kind", "evidence"),
    [
        ([("Message-ID", "<1@mail.example.org>")], [], "bounce", "Message-ID of the original"),
        ([("From", "News <n@EXAMPLE.org>")], [], "bounce", "From of the original"),
        ([("From", "n@bücher.example")], [], "bounce", "From of the original"),
        ([("Return-Path", "<b+1@news.example.org>")], [], "delivered", "Return-Path of the original"),
        ([("From", "n@example.org"), ("Message-ID", "<1@x.test>")], [], "bounce", "From of the original"),
        ([], [("In-Reply-To", "<1@example.org>")], "auto-reply", "In-Reply-To"),
        ([], [("References", "<0@x.test>\n <1@example.org>")], "auto-reply", "References"),
        ([], [("References", "<1@example.org>")], "complaint", "References"),
    ],
)
def test_a_domain_of_ours_makes_it_plausible(original: Headers, header: Headers, kind: Kind, evidence: str) -> None:
    assert weighed(kind, original, header) == ("plausible", evidence)


@pytest.mark.parametrize(
    ("original", "header", "kind"),
    [
        ([], [], "bounce"),
        ([("Message-ID", "<1@example.org.evil.test>"), ("From", "n@notexample.org")], [], "bounce"),
        ([("From", '"n@example.org" <n@evil.test>')], [], "bounce"),
        ([("Subject", "n@example.org"), ("To", "n@example.org")], [("From", "n@example.org")], "bounce"),
        ([], [("References", "<1@example.org>")], "bounce"),
        ([], [("References", "<1@example.org> " + "<0@x.test> " * 20)], "auto-reply"),
    ],
)
def test_nothing_of_ours_leaves_it_unverified(original: Headers, header: Headers, kind: Kind) -> None:
    assert weighed(kind, original, header) == ("unverified", "nothing of ours in it")


def weighed(kind: Kind, original: Headers, header: Headers) -> tuple[str, str]:
    decoded = Decoded(kind, "dsn", (Report(),), Original.of(tuple(original)), Original.of(tuple(header)))
    return assess(decoded, ANN, SENDER, provenance(b"", decoded, SENDER, NEVER))[:2]


def test_what_no_decoder_claims_is_not_looked_at() -> None:
    decoded = Decoded("other", "", original=Original.of((("From", "n@example.org"),)))
    assert provenance(b"", decoded, SENDER, NEVER) == Provenance()


def test_without_own_domains_everything_is_plausible() -> None:
    assert judged(dsn(b"From: a@evil.test\n\nx"), Sender()) == ("plausible", "no own domains configured")


# tokens and VERP


def test_a_token_verifies_the_address_that_it_names() -> None:
    decoded = Decoded("bounce", "dsn", (Report(),))
    found = Provenance()
    named = replace(ANN, token="k1", charged_by="token")
    assert assess(decoded, named, SENDER, found)[:2] == ("verified", "token k1")
    assert assess(decoded, replace(NOBODY, token="k1", charged_by="token"), SENDER, found)[:2] == (
        "verified",
        "token k1",
    )
    elsewhere = ("plausible", "token k1, which is not about that address")
    assert assess(decoded, replace(ANN, token="k1"), SENDER, found)[:2] == elsewhere


def test_why_a_token_does_not_hold_is_said() -> None:
    forged = replace(ANN, token_problem="token expired on 2026-01-31")
    decoded = Decoded("bounce", "dsn", (Report(),))
    said = "nothing of ours in it; token expired on 2026-01-31"
    assert assess(decoded, forged, SENDER, Provenance())[:2] == ("unverified", said)


@pytest.mark.parametrize(
    ("to", "charged_by", "trust"),
    [
        ("b+ann=example.net@news.example.org", "verp", "plausible"),
        ("b+ann=example.net@news.example.org", "final-recipient", "unverified"),
        ("b+ann=example.net@evil.test", "verp", "unverified"),
    ],
)
def test_a_verp_address_of_ours_makes_it_plausible(to: str, charged_by: str, trust: str) -> None:
    decoded = Decoded("bounce", "dsn", (Report(),), header=Original.of((("Delivered-To", to),)))
    identity = replace(ANN, charged_by=charged_by)
    said = "VERP" if trust == "plausible" else "nothing of ours in it"
    assert assess(decoded, identity, SENDER, provenance(b"", decoded, SENDER, NEVER))[:2] == (trust, said)


def test_an_id_in_a_verp_address_of_ours_makes_it_plausible() -> None:
    sender = replace(SENDER, verp=("b-{id}@news.example.org",))
    decoded = Decoded("bounce", "dsn", (Report(),), header=Original.of((("Delivered-To", "b-4711@news.example.org"),)))
    assert assess(decoded, NOBODY, sender, provenance(b"", decoded, sender, NEVER))[:2] == ("plausible", "VERP")
    assert assess(decoded, NOBODY, SENDER, provenance(b"", decoded, SENDER, NEVER))[0] == "unverified"
    elsewhere = replace(decoded, header=Original.of((("Delivered-To", "b-4711@evil.test"),)))
    assert assess(elsewhere, NOBODY, sender, provenance(b"", elsewhere, sender, NEVER))[0] == "unverified"


# signatures


def test_a_signed_original_verifies_the_address_in_its_signed_header() -> None:
    assert judged(dsn(sign(newsletter()))) == ("verified", f"DKIM of {DOMAIN}, To signed")
    quoted = sign(newsletter(b'"Ann, \\"x\\" (A)" <Ann@Example.NET>'))
    assert judged(dsn(quoted)) == ("verified", f"DKIM of {DOMAIN}, To signed")
    assert judged(arf(sign(newsletter()))) == ("verified", f"DKIM of {DOMAIN}, To signed")


def test_encodings_of_the_returned_message_do_not_matter() -> None:
    import base64

    mail = dsn(base64.encodebytes(sign(newsletter()).replace(b"\n", b"\r\n")))
    mail = mail.replace(b"message/rfc822\n", b"message/rfc822\nContent-Transfer-Encoding: base64\n")
    assert judged(mail)[0] == "verified"
    assert judged(dsn(sign(newsletter())).replace(b"\n", b"\r\n"))[0] == "verified"


@pytest.mark.parametrize(
    "to",
    [
        b"attacker@evil.test",
        b'"ann@example.net, Joe" <attacker@evil.test>',
        b'"ann@example.net" <attacker@evil.test>',
        b"ann@example.net <attacker@evil.test>",
        b"attacker@evil.test, ann@example.net",
        b"ann@example.net, Joe <attacker@evil.test>",
        b'"a" "ann@example.net" attacker@evil.test',
        b"attacker@evil.test (ann@example.net)",
        b"<attacker@evil.test> <ann@example.net>",
        b"list: attacker@evil.test, ann@example.net;",
        b"undisclosed-recipients:;",
        b"attacker@evil.test, Ann <ann@example.net>",
        b"list: Ann <ann@example.net>",
        b"(attacker@evil.test) <ann@example.net>",
        b'"x"ann@example.net',
        b'<"x"ann@example.net>',
        b'"ann@example.net"@evil.test',
        b'"ann@example.net".x@evil.test',
        b'"<ann@example.net>"@evil.test',
        b"<ann@example.net>@evil.test",
        b"ann@example.net@evil.test",
        b"IMCEASMTP-ann+40example+2Enet@evil.test",
        b"<IMCEASMTP-ann+40example+2Enet@evil.test>",
        b"'ann@example.net",
        b"*ann@example.net",
        b"<@evil.test:ann@example.net>",
        b"ann%40example.net",
        "a\N{FULLWIDTH LATIN SMALL LETTER N}n@example.net".encode(),
    ],
)
def test_mail_sent_to_the_attacker_proves_nothing_about_a_victim(to: bytes) -> None:
    event = read(dsn(sign(newsletter(to))))
    assert (event.address, event.charged_by, event.trust) == ("ann@example.net", "original-recipient", "plausible")
    assert event.evidence.startswith(f"DKIM of {DOMAIN}, which is not about that address")


def test_a_header_that_was_put_above_the_signed_one_proves_nothing() -> None:
    original = b"To: ann@example.net\nX-Recipient: ann@example.net\n" + sign(newsletter(b"attacker@evil.test"))
    assert judged(dsn(original))[0] == "plausible"
    unsigned = sign(newsletter(), headers=(b"from", b"message-id"))
    assert judged(dsn(unsigned))[0] == "plausible"


def test_the_recipient_header_counts_when_it_is_signed() -> None:
    mail = b"X-Recipient: ann@example.net\n" + newsletter(b"list@news.example.org")
    assert judged(dsn(sign(mail, headers=(b"from", b"x-recipient")))) == (
        "verified",
        f"DKIM of {DOMAIN}, recipient signed",
    )
    assert judged(dsn(sign(mail)))[0] == "plausible"
    named = replace(KEYS, recipient="", header_rules=(HeaderRule("X-Recipient", "recipient", "^to (.*)"),))
    mail = mail.replace(b"X-Recipient: ", b"X-Recipient: to ")
    assert judged(dsn(sign(mail, headers=(b"from", b"x-recipient"))), named)[0] == "verified"


def test_an_id_counts_when_it_is_signed_and_nobody_else_is_named() -> None:
    proved = Signed(DOMAIN, (("x-recipient-id", "4711"),))
    decoded = Decoded("complaint", "arf", (Report(),))
    assert assess(decoded, NOBODY, SENDER, Provenance(proved))[:2] == (
        "verified",
        f"DKIM of {DOMAIN}, recipient id signed",
    )
    assert assess(decoded, replace(NOBODY, recipient_id="1"), SENDER, Provenance(proved))[0] == "plausible"
    assert assess(decoded, replace(ANN, recipient_id="4711"), SENDER, Provenance(proved))[0] == "plausible"


@pytest.mark.parametrize(
    ("type_", "is_blamed"),
    [("message/rfc822", True), ("text/rfc822-headers", False), ("message/rfc822-headers", False)],
)
def test_a_header_alone_is_plausible_at_best(type_: str, is_blamed: bool) -> None:
    """Where it says that it is a header no signature can hold; that is nobody's fault."""
    header = sign(newsletter()).partition(b"\n\n")[0] + b"\n"
    trust, evidence = judged(dsn(header, type_=type_))
    assert trust == "plausible"
    assert evidence.startswith("Message-ID of the original, From of the original, Return-Path of the original")
    assert ("does not verify" in evidence) is is_blamed


def test_why_a_signature_of_ours_proved_nothing_is_said() -> None:
    changed = sign(newsletter()).replace(b"here are", b"here were")
    assert judged(dsn(changed))[1].endswith(f"; DKIM of {DOMAIN}: does not verify")
    assert judged(dsn(sign(newsletter())), SENDER)[1].endswith(f"; DKIM of {DOMAIN}: key not known")


def test_a_forged_original_with_our_name_in_it_is_plausible_at_best() -> None:
    forged = b"From: news@example.org\nTo: ann@example.net\nDKIM-Signature: v=1; d=example.org; s=k1\n\nx"
    assert judged(dsn(forged))[0] == "plausible"


def test_signatures_inside_a_message_in_the_returned_message_are_not_looked_at() -> None:
    nested = b"From: a@evil.test\nContent-Type: message/rfc822\n\n" + sign(newsletter())
    assert judged(dsn(nested)) == ("unverified", "nothing of ours in it")


def test_a_missing_key_is_wanted() -> None:
    wanting = replace(SENDER, anchors=replace(OURS, dkim_dns=True))
    assert parse(dsn(sign(newsletter())), wanting).wants == (NAME,)
    assert parse(dsn(sign(newsletter())), KEYS).wants == ()


# the reporter's side


def test_a_reporter_who_is_forged_is_not_believed() -> None:
    assert judged(dsn(newsletter(), header=FAILED)) == (
        "unverified",
        "Message-ID of the original, From of the original, Return-Path of the original"
        "; the reporter failed: dmarc=fail",
    )
    assert judged(dsn(sign(newsletter()), header=FAILED))[0] == "verified"


def test_a_configured_feedback_loop_is_believed_when_it_is_authenticated() -> None:
    stripped = b"Subject: Monday\n\nx"
    assert judged(arf(stripped, PASSED)) == ("plausible", "complaint of fbl.test")
    assert judged(arf(stripped)) == ("unverified", "nothing of ours in it")
    assert judged(arf(stripped, PASSED.replace(b"fbl.test", b"evil.test")))[0] == "unverified"
    assert judged(dsn(stripped, header=PASSED))[0] == "unverified"


@pytest.mark.parametrize(
    ("sender", "noted"),
    [
        (b"", False),
        (b"Return-Path: <>\n", False),
        (b"Return-Path: <MAILER-DAEMON>\n", False),
        (b"Return-Path: MAILER-DAEMON (Mail Delivery System)\n", False),
        (b"Return-Path: <postmaster@example.net>\n", True),
    ],
)
def test_an_envelope_sender_that_is_not_null_is_noted(sender: bytes, noted: bool) -> None:
    trust, evidence = judged(dsn(newsletter(), header=sender))
    assert (trust, evidence.endswith("; envelope sender not null")) == ("plausible", noted)
    assert "envelope" not in judged(arf(newsletter(), sender))[1]


def test_the_source_is_who_handed_it_to_us() -> None:
    received = b"Received: from mx.example.net (mx.example.net [192.0.2.1])\n\tby mx.example.org with ESMTP\n"
    assert read(dsn(newsletter(), header=received)).source == "192.0.2.1"


@pytest.mark.parametrize(
    ("authors", "trust"),
    [
        ([b"Hotmail <staff@HOTMAIL.com>"], "plausible"),
        ([b"joe@hotmail.com"], "unverified"),  # A26: signed for hotmail.com as staff's is
        ([b'"staff@hotmail.com" <joe@hotmail.com>'], "unverified"),
        ([b"staff@hotmail.com, joe@hotmail.com"], "unverified"),
        ([b"joe@hotmail.com", b"staff@hotmail.com"], "unverified"),
        ([b"staff@hotmail.com", b"joe@hotmail.com"], "unverified"),
        ([b"staff@hotmail.com\nFrom : joe@hotmail.com"], "unverified"),  # as verifiers read it (RFC 5322 4.5.8)
        ([], "unverified"),
    ],
)
def test_a_complaint_of_one_reporter_is_not_one_of_everybody_in_the_domain(authors: list[bytes], trust: str) -> None:
    anchors = replace(OURS, reporters=("staff@hotmail.com",))
    header = PASSED.replace(b"fbl.test", b"hotmail.com") + b"".join(b"From: %b\n" % author for author in authors)
    content = arf(b"Subject: news\n\nx", header).replace(b"From: fbl@fbl.test\n", b"")
    assert judged(content, replace(SENDER, anchors=anchors))[0] == trust
