"""From which host a report reached us: forms of Received that servers write, and what clients put into them."""

from __future__ import annotations

import pytest

from bounced.identify.sender import TrustAnchors, networks
from bounced.model import Original
from bounced.trust.received import source

LOCAL = (
    "from localhost (localhost [127.0.0.1]) by mx.example.org (Postfix) with LMTP id 1; Mon, 7 Sep 2026 12:00:00 +0000"
)
FORGED = "from forged.test (forged.test [198.51.100.1]) by mx.example.org (Postfix) with ESMTP id 1"


def read(*received: str) -> str:
    return source(Original.of(tuple(("Received", value) for value in received)), TrustAnchors().trusted_relays)


@pytest.mark.parametrize(
    ("received", "host"),
    [
        ("from mail.test (mail.test [192.0.2.1]) by mx.example.org (Postfix) with ESMTPS id 1 for <b@x>", "192.0.2.1"),
        ("from mail.test ([192.0.2.1]:2525 helo=mail.test) by mx.example.org with esmtps (Exim 4.96)", "192.0.2.1"),
        ("from [192.0.2.1] (port=25 helo=mail.test) by mx.example.org with esmtp (Exim 4.80)", "192.0.2.1"),
        ("from unknown (HELO mail.test) (192.0.2.1) by mx.example.org with SMTP", "192.0.2.1"),
        ("from 10.1.2.3  (EHLO mail.test) (192.0.2.1) by mta1.example.org with SMTP", "192.0.2.1"),
        ("from mail.test (192.0.2.1) by AM0PR01.example.org (2603:10a6::1) with Microsoft SMTP Server", "192.0.2.1"),
        ("from mail.test (mail.test [IPv6:2001:db8:1:2:3::4]) by mx.example.org (Postfix)", "2001:db8:1:2::/64"),
        ("from mail.test (mail.test [2001:db8:1:2:9::9]) by mx.example.org (Postfix)", "2001:db8:1:2::/64"),
        ("from mail.test (mail.test [::ffff:192.0.2.1]) by mx.example.org (Postfix)", "192.0.2.1"),
        ("from Mail.test by mx.example.org with local (Exim 4.88) id 1", "mail.test"),
        ("from mail.test (mail.test [999.1.2.3]) by mx.example.org", "mail.test"),
        ("by mx.example.org (Postfix) id FA704; Thu, 29 Apr 2018 23:34:45 +0900", ""),
        ("(qmail 3019 invoked by alias); 25 Jun 2024 10:36:44 -0000", ""),
        ("", ""),
    ],
)
def test_the_address_that_our_server_saw(received: str, host: str) -> None:
    assert read(received) == host


@pytest.mark.parametrize(
    "received",
    [
        "from [10.0.0.1] (unknown [192.0.2.1]) by mx.example.org (Postfix)",
        "from [192.0.2.1] (helo=[10.0.0.1]) by mx.example.org with esmtp (Exim 4.96)",
        "from mail.test ([192.0.2.1] ident=[10.0.0.1]) by mx.example.org with esmtp (Exim 4.96)",
        "from unknown (HELO [10.0.0.1]) (192.0.2.1) by mx.example.org with SMTP",
        "from mail.test (mail.test [192.0.2.1]) (using TLSv1.3 with cipher X (256/256 bits))"
        ' (Client CN "10.9.9.9", Issuer "[10.9.9.9]" (not verified)) by mx.example.org (Postfix)',
        'from mail.test (mail.test [192.0.2.1]) (Client CN "a" 10.9.9.9", Issuer "b" (not verified)) by mx.example.org',
    ],
)
def test_a_helo_name_makes_no_client_ours(received: str) -> None:
    assert read(received, FORGED) == "192.0.2.1"


def test_hosts_of_ours_in_between_are_passed_over() -> None:
    assert read(LOCAL, FORGED) == "198.51.100.1"
    assert read("by 10.216.178.78 with SMTP id e56", LOCAL, FORGED) == "198.51.100.1"
    assert read(LOCAL, "from app.example.org by mx.example.org with local") == "app.example.org"
    assert read(*[LOCAL] * 20, FORGED) == ""
    assert read() == ""


def test_a_long_one_costs_nothing() -> None:
    assert read("from " + "[1." * 300_000) == "[1." * 85


MICROSOFT = (
    "from DB5EUR03FT035.eop-EUR03.prod.protection.outlook.com (2603:10a6:20b:4e4:cafe::9)"
    " by AM6PR03CA0012.outlook.office365.com (2603:10a6:20b:4e4::9) with Microsoft SMTP Server id 15.20.1"
)
GOOGLE = "from mx.google.com (mx.google.com. [2002:a05:6a10:9d84::1]) by gmail.example.org with SMTP id 1"


@pytest.mark.parametrize("hop", [MICROSOFT, GOOGLE, MICROSOFT.replace("2603:10a6", "2603:10b6")])
def test_hops_within_a_provider_of_mailboxes_are_passed_over(hop: str) -> None:
    """B15: each of them is the same for all mail."""
    assert read(hop, hop, FORGED) == "198.51.100.1"


def test_behind_an_address_translation_the_gateway_is_the_source() -> None:
    """B16: what is below is the forger's own line, where the administrator says so."""
    gateway = "from mail.test (gateway [172.17.0.1]) by mx.example.org (Postfix) with ESMTP id 1"
    header = Original.of((("Received", LOCAL), ("Received", gateway), ("Received", FORGED)))
    assert source(header, networks("127.0.0.0/8")) == "172.17.0.1"
    assert source(header, networks("127.0.0.0/8", "172.17.0.0/16")) == "198.51.100.1"
    assert source(header, ()) == "127.0.0.1"
