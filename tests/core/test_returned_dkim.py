"""What the DKIM signature of a returned message proves: made with real keys, then forged in every way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.identify.sender import TrustAnchors
from bounced.mime import parse_headers
from bounced.trust.returned_dkim import NOT_OURS, Signed, signed
from tests.support.signing import DOMAIN, NAME, newsletter, record, sign, sign_without_time

ARRIVED = datetime(2026, 9, 7, 12, tzinfo=UTC)
OURS = TrustAnchors(own_domains=("example.org",), dkim_keys={NAME: record()})
DNS = TrustAnchors(own_domains=("example.org",), dkim_dns=True)
MAIL = sign(newsletter())


def read(mail: bytes, anchors: TrustAnchors = OURS, arrived_at: datetime = ARRIVED) -> Signed:
    return signed(mail, parse_headers(mail), anchors, arrived_at)


def tagged(mail: bytes, tag: bytes) -> bytes:
    """The mail with ``tag`` put into its signature, which does not verify then."""
    return mail.replace(b"DKIM-Signature: ", b"DKIM-Signature: " + tag + b"; ", 1)


@pytest.mark.parametrize(
    "form", [(header, body) for header in (b"simple", b"relaxed") for body in (b"simple", b"relaxed")]
)
def test_a_mail_of_ours_is_known_by_its_signature(form: tuple[bytes, bytes]) -> None:
    mail = sign(newsletter(), canonicalisation=form)
    for returned in (mail, mail.replace(b"\n", b"\r\n"), b"Received: from mx.test\n\tby b.test\n" + mail):
        found = read(returned)
        assert found.domain == DOMAIN
        assert ("to", "ann@example.net") in found.headers
        assert "x-recipient-id" not in dict(found.headers)


def test_the_signature_may_be_of_the_domain_itself_and_one_among_others() -> None:
    keys = {"k1._domainkey.example.org": record()}
    mail = sign(sign(newsletter(), domain="strangers.test"), domain="example.org")
    assert read(mail, replace(OURS, dkim_keys=keys)).domain == "example.org"
    assert read(sign(mail, domain="strangers.test"), replace(OURS, dkim_keys=keys)).domain == "example.org"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda mail: mail.replace(b"here are", b"here were"), "does not verify"),
        (lambda mail: mail.replace(b"To: ann@", b"To: victim@"), "does not verify"),
        (lambda mail: mail.replace(b"From: News", b"From: Spam"), "does not verify"),
        (lambda mail: b"From: other@news.example.org\n" + mail, "does not verify"),
        (lambda mail: mail.partition(b"\n\n")[0] + b"\n\n", "does not verify"),
        (lambda mail: mail[:-8], "does not verify"),
        (lambda mail: tagged(mail, b"l=10"), "l= leaves the end of the body to anybody"),
        (lambda mail: tagged(mail, b"x=%d" % (ARRIVED.timestamp() - 1)), "expired"),
        (lambda mail: tagged(mail, b"x=never"), "expired"),
        (lambda mail: tagged(mail, b"x=%d" % (ARRIVED.timestamp() + 1)), "does not verify"),
        (lambda mail: mail.replace(b"h=from : ", b"h="), "From is not signed"),
        (lambda mail: mail.replace(b"h=from", b"h=from : " + b"a:" * 100), "too many headers"),
        (lambda mail: mail.replace(b"a=rsa-sha256", b"a=rsa-sha1"), "algorithm not accepted"),
        (lambda mail: mail.replace(b" s=k1;", b""), "incomplete"),
        (lambda mail: mail.replace(b"s=k1;", b"s=k 1;"), "incomplete"),
        (lambda mail: mail.replace(b"s=k1;", b"s=k2;"), "key not known"),
        (lambda mail: re.sub(rb" bh=[^;]*;", b" bh=\xff\xff\xff\xff;", mail), "does not verify"),
        (lambda mail: mail.replace(b"c=relaxed/relaxed", b"c=a/b/c"), "does not verify"),
    ],
)
def test_a_changed_one_proves_nothing_and_says_why(change: Callable[[bytes], bytes], problem: str) -> None:
    forged = change(MAIL)
    assert forged != MAIL
    assert read(forged) == Signed(problem=f"DKIM of {DOMAIN}: {problem}")


def test_signatures_that_are_made_like_that_prove_nothing() -> None:
    assert read(sign(newsletter(), length=True)).problem.endswith("to anybody")
    assert read(sign(newsletter(), algorithm=b"rsa-sha1")).problem.endswith("not accepted")


def test_an_expired_signature_counted_when_the_report_arrived() -> None:
    expiring = tagged(MAIL, b"x=%d" % ARRIVED.timestamp())
    assert read(expiring).problem.endswith("does not verify")
    assert read(expiring, arrived_at=datetime.fromtimestamp(ARRIVED.timestamp() + 1, UTC)).problem.endswith("expired")
    assert read(expiring, arrived_at=datetime.min.replace(tzinfo=UTC)).problem.endswith("does not verify")


@pytest.mark.parametrize(
    "key",
    [
        "v=DKIM1; k=rsa; p=",  # revoked
        "v=DKIM1; k=rsa; p=AAAA",
        "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A",
        "v=DKIM1; k=rsa",
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "v=DKIM1; k=other; p=AAAA",
        "v=DKIM1; s=tlsrpt; " + record().partition(" ")[2],
        "v=DKIM2; " + record().partition(" ")[2],
        "nonsense",
        "é",
    ],
)
def test_a_key_that_is_none_proves_nothing(key: str) -> None:
    assert read(MAIL, replace(OURS, dkim_keys={NAME: key})) == Signed(problem=f"DKIM of {DOMAIN}: does not verify")


def test_a_short_key_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter ones than 1024 bits can't be made any more, so the limit is raised."""
    mail, anchors = sign(newsletter(), bits=1024), replace(OURS, dkim_keys={NAME: record(1024)})
    assert read(mail, anchors).domain == DOMAIN
    monkeypatch.setattr("bounced.trust.returned_dkim.KEY_BITS", 1025)
    assert read(mail, anchors) == Signed(problem=f"DKIM of {DOMAIN}: does not verify")


def test_a_key_of_somebody_else_proves_nothing() -> None:
    anchors = replace(OURS, dkim_keys={NAME: record(1024)})
    assert read(MAIL, anchors) == Signed(problem=f"DKIM of {DOMAIN}: does not verify")


@pytest.mark.parametrize(
    ("returned", "anchors"),
    [
        (b"", OURS),
        (newsletter(), OURS),
        (MAIL, TrustAnchors()),
        (MAIL, TrustAnchors(own_domains=("example.com",), dkim_keys={NAME: record()})),
        (sign(newsletter(), domain="example.org.evil.test"), OURS),
    ],
)
def test_what_is_not_signed_by_us_is_not_looked_at(returned: bytes, anchors: TrustAnchors) -> None:
    assert read(returned, anchors) is NOT_OURS


def test_a_key_that_is_not_known_is_wanted_where_the_dns_may_be_asked() -> None:
    assert read(MAIL, DNS) == Signed(problem=f"DKIM of {DOMAIN}: key not known", wants=(NAME,))
    assert read(MAIL, replace(DNS, dkim_keys={NAME: ""})).wants == ()  # the DNS was asked, and there is none
    assert read(MAIL, replace(DNS, dkim_dns=False)).wants == ()
    long = b"s=" + b".".join([b"s" * 60] * 4) + b";"
    assert read(MAIL.replace(b"s=k1;", long), DNS) == Signed(problem=f"DKIM of {DOMAIN}: key not known")
    assert read(sign(MAIL), replace(DNS, dkim_keys={NAME: record()})).wants == ()


def test_only_three_signatures_are_tried() -> None:
    field = b"DKIM-Signature: v=1; d=example.org; s=s%d; a=rsa-sha256; h=from; b=; bh=\n"
    forged = [field % number for number in range(9)]
    assert read(b"".join(forged) + MAIL, DNS).wants == tuple(f"s{n}._domainkey.example.org" for n in range(3))
    assert read(b"".join(forged) + MAIL).domain == DOMAIN  # D11: those with a known key are tried first
    unknown = [field % 1, *(b"DKIM-Signature: v=1; d=news.example.org; s=k1; a=rsa-sha256; h=from; b=; bh=\n",) * 3]
    assert read(b"".join(unknown) + MAIL).domain == ""


@pytest.mark.parametrize(("days", "domain"), [(-90, DOMAIN), (0, DOMAIN), (179, DOMAIN), (181, ""), (4000, "")])
def test_a_leaked_message_does_not_prove_for_ever(days: int, domain: str) -> None:
    """D9: no x= is needed for that; what arrived before it was signed is only a matter of clocks."""
    assert read(MAIL, arrived_at=datetime.now(UTC) + timedelta(days=days)).domain == domain


DATED = newsletter().replace(b"Subject:", b"Date: Mon, 07 Sep 2026 10:00:00 +0000\nSubject:")


@pytest.mark.parametrize(
    ("mail", "domain"),
    [
        (sign_without_time(DATED, b"from", b"date"), DOMAIN),
        (sign_without_time(DATED.replace(b"2026", b"2024"), b"from", b"date"), ""),
        (sign_without_time(DATED.replace(b"07 Sep", b"soon"), b"from", b"date"), ""),
        (sign_without_time(DATED, b"from", b"to"), ""),
        (b"Date: Mon, 07 Sep 2026 10:00:00 +0000\n" + sign_without_time(newsletter(), b"from"), ""),
        (sign_without_time(DATED, b"from", tags=b"t=%d; " % ARRIVED.timestamp()), DOMAIN),
        (sign_without_time(DATED, b"from", tags=b"t=999999999999; "), DOMAIN),
        (sign_without_time(DATED, b"from", tags=b"t=1; "), ""),
    ],
)
def test_a_signature_without_time_is_as_old_as_the_date_that_it_covers(mail: bytes, domain: str) -> None:
    assert read(mail).domain == domain


@pytest.mark.parametrize(
    ("flags", "identity", "domain"),
    [
        ("h=sha256", "", DOMAIN),
        ("h = sha1 : sha256", "", DOMAIN),
        ("h=sha1", "", ""),
        ("t=s", "", DOMAIN),
        ("t=y:s", f"@{DOMAIN}", DOMAIN),
        ("t=s", f"@lists.{DOMAIN}", ""),
        ("t=y", f"@lists.{DOMAIN}", DOMAIN),
    ],
)
def test_a_key_is_for_what_its_flags_say(flags: str, identity: str, domain: str) -> None:
    """D10; RFC 6376 3.6.1."""
    tags = f"t={int(ARRIVED.timestamp())}; " + (f"i={identity}; " if identity else "")
    mail = sign_without_time(newsletter(), b"from", b"to", tags=tags.encode())
    assert read(mail, replace(OURS, dkim_keys={NAME: f"{flags}; {record()}"})).domain == domain


HOSTILE = {
    "10,000 signatures": b"DKIM-Signature: d=example.org\n" * 10_000 + MAIL,
    "10,000 signatures of others": b"DKIM-Signature: d=example.com\n" * 10_000 + MAIL,
    "a header of one line after the other": MAIL.replace(b"\nTo:", b"\nX: a" + b"\n " * 100_000 + b"\nTo:"),
    "a header that is long": MAIL.replace(b"\nTo:", b"\nX: " + b"a" * 200_000 + b"\nTo:"),
    "a body of blanks": MAIL + b" " * 200_000,
    "a body of short blanks": MAIL + (b" " * 199 + b"a") * 1000,
    "a body of empty lines": MAIL + b"\n" * 200_000 + b"x",
    "a signature of blanks": MAIL.replace(b" b=", b" b" + b" \n" * 900 + b" ="),
    "a signature that is long": MAIL.replace(b" b=", b" b=" + b"1" * 60_000),
    "a signature of tags": MAIL.replace(b" b=", b";b" * 20_000 + b" b="),
    "a header that is none": MAIL.replace(b"\nTo:", b"\nno header\nTo:"),
    "nothing before a fold": b" x\n" + MAIL,
    "a duplicate tag": tagged(MAIL, b"d=example.org"),
    "no tags": b"DKIM-Signature: d=example.org; =\n" + newsletter(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_ones_cost_little_and_raise_nothing(name: str) -> None:
    mail = HOSTILE[name]
    original = parse_headers(MAIL)  # the parser of MIME has limits of its own
    start = time.process_time()
    assert signed(mail, original, OURS, ARRIVED).domain == ""
    assert time.process_time() - start < 2.0


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_no_damage_makes_it_raise_or_proves_anything(data: st.DataObject) -> None:
    header, _, body = MAIL.partition(b"\nReturn-Path")
    field = bytearray(header)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(16, len(field)))
        field[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=4) | st.sampled_from((b"=", b";")))
    read(bytes(field) + b"\nReturn-Path" + body)
