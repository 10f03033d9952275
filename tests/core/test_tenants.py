"""Whose mail a report is about, and how that stands in the ledger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.address import by_tenant, key, of_tenant
from bounced.config import Config
from bounced.config.tenant import SendingTenants
from bounced.identify import Identity, Sender
from bounced.identify.sender import Tenants, TrustAnchors
from bounced.identify.tenants import of_tenant as named
from bounced.parse import parse
from bounced.policy import patterns
from bounced.sent.tenants import ranges
from tests.support.tokens import K2, X7, made

TENANTS = Tenants(
    keys={"k2": "acme"},
    domains={"acme.test": "acme", "globex.test": "globex", "lab.globex.test": "lab"},
    streams={"invoices": "globex"},
)


@given(st.sampled_from(["", "acme", "globex"]), st.text())
def test_a_text_is_of_one_tenant(tenant: str, text: str) -> None:
    assert by_tenant(of_tenant(tenant, text)) == (tenant, text)


def test_what_is_nobodys_is_as_it_was() -> None:
    assert of_tenant("", "kim@example.org") == "kim@example.org"
    assert of_tenant("acme", "kim@example.org") == "(acme)kim@example.org"
    assert of_tenant("", "(acme)spring") == "()(acme)spring"


@pytest.mark.parametrize("text", ["(acme)kim@example.org", "()kim@example.org", "kim(acme)@example.org", "(a@b.test"])
def test_no_address_names_a_tenant(text: str) -> None:
    with pytest.raises(ValueError, match="is not an email address"):
        key(text)


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (Identity(), ("", "")),
        (Identity(token="x7"), ("", "")),
        (Identity(sending_domain="other.test", sending_domain_by="dkim"), ("", "")),
        (Identity(sending_domain="notacme.test", sending_domain_by="dkim"), ("", "")),
        (Identity(sending_domain="news.ACME.test", sending_domain_by="header"), ("acme", "header")),
        (Identity(sending_domain="x.lab.globex.test", sending_domain_by="dkim"), ("lab", "dkim")),
        (Identity(stream="invoices", stream_by="verp"), ("globex", "verp")),
        # A token of one tenant in a message that names another one.
        (Identity(token="k2", sending_domain="globex.test", sending_domain_by="dkim"), ("acme", "token")),
        # What is proved comes before what anybody can write.
        (
            Identity(sending_domain="acme.test", sending_domain_by="header", stream="invoices", stream_by="token"),
            ("globex", "token"),
        ),
        (
            Identity(sending_domain="acme.test", sending_domain_by="dkim", stream="invoices", stream_by="token"),
            ("acme", "dkim"),
        ),
    ],
)
def test_what_names_a_tenant(identity: Identity, expected: tuple[str, str]) -> None:
    found = named(identity, TENANTS)
    assert (found.tenant, found.tenant_by) == expected


def test_without_tenants_nothing_does() -> None:
    identity = Identity(token="k2", sending_domain="acme.test", sending_domain_by="dkim")
    assert named(identity, Tenants()) is identity


RETURNED = b"""\
From: mailer-daemon@mx.test
Message-ID: <r@mx.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; kim@rcpt.test
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

From: news@globex.test
To: kim@rcpt.test
Message-ID: <m@globex.test>
X-Bounced-Token: %s

--b--
"""


@pytest.mark.parametrize(("key_", "tenant"), [(K2, ("acme", "token")), (X7, ("globex", "header"))])
def test_a_report_has_the_tenant_of_its_token(key_: object, tenant: tuple[str, str]) -> None:
    sender = Sender(keys=(K2, X7), tenants=TENANTS, anchors=TrustAnchors(own_domains=("globex.test", "acme.test")))
    token = made(key_, recipient="kim@rcpt.test")  # type: ignore[arg-type]
    [event] = parse(RETURNED % token.encode(), sender).events
    assert ((event.tenant, event.tenant_by), event.address, event.trust) == (tenant, "kim@rcpt.test", "verified")


def test_entries_cover_what_is_the_same_tenants() -> None:
    assert patterns.covering("(acme)kim+x@a.b.test", "+") == (
        *("(acme)kim+x@a.b.test", "(acme)kim@a.b.test", "(acme)@a.b.test", "(acme)*.b.test", "(acme)*.test"),
    )
    assert patterns.is_pattern("(acme)@b.test")
    assert not patterns.is_pattern("(acme)kim@b.test")
    assert patterns.covering("(acme)*.b.test") == ("(acme)*.b.test",)
    assert patterns.covered("(acme)@b.test") == ("(acme)%@b.test",)
    assert patterns.covered("(a_b)*.b.test") == (r"(a\_b)%@%.b.test",)
    assert patterns.covered("(acme)kim@b.test", "+") == ("(acme)kim+%@b.test",)


def test_who_is_sending() -> None:
    sections = {"acme": {"domains": ["acme.test"], "logins": ["Shop", "acme.test"]}, "globex": {"domains": ["g.test"]}}
    sending = SendingTenants.of(Config.model_validate({"tenant": sections}).tenant)
    assert sending.tenant("shop", "x@g.test") == "acme"
    assert sending.tenant("kim@acme.test", "") == "acme"
    assert sending.tenant("kim@other.test", "x@news.g.test") == "globex"
    assert sending.tenant("", "kim@acme.test") == "acme"
    assert sending.tenant("", "") == sending.tenant("nobody", "a@b.test") == ""


@pytest.mark.parametrize("sender", ["kim@straße.test", "kim@STRASSE-x.straße.test", "kim@xn--strae-oqa.test"])
def test_a_sender_may_have_a_domain_in_unicode(sender: str) -> None:
    sending = SendingTenants.of(Config.model_validate({"tenant": {"acme": {"domains": ["straße.test"]}}}).tenant)
    assert sending.tenant("", sender) == "acme"


@pytest.mark.parametrize(
    ("tenant", "mine"), [("acme", "(acme)a@b.test"), ("", "a@b.test"), ("", "+a@b.test"), ("", "!a@b.test")]
)
def test_a_key_is_in_the_ranges_of_its_tenant_alone(tenant: str, mine: str) -> None:
    def is_in(other: str) -> bool:
        return any(first <= mine < end for first, end in ranges(other))

    assert [other for other in ("", "acme", "acm", "acmes") if is_in(other)] == [tenant]
