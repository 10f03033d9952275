"""What envelope addresses say: VERP, in the sender's own patterns and the usual ones."""

from __future__ import annotations

import pytest

from bounced.identify import Sender, is_verp_pattern
from bounced.model import Report
from tests.support.identify import ANN, VERP, charged, decoded, identified


@pytest.mark.parametrize("name", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"])
def test_verp_is_read_off_the_reports_own_recipient(name: str) -> None:
    assert charged(decoded(ANN, header=((name, "<news-bob=example.net@example.org>"),)), VERP) == "bob@example.net"


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("<news-bob=example.net@example.org>", "bob@example.net"),
        ("NEWS-Bob=Example.NET@Example.ORG", "bob@example.net"),
        ("b+bob=example.net@sub.example.org", "bob@example.net"),
        ("news-bob=smith=example.net@example.org", "bob=smith@example.net"),
        ("news-bob+tag=example.net@example.org", "bob+tag@example.net"),
        ("news-bob=example.net@example.com", "ann@example.net"),
        ("other-bob=example.net@example.org", "ann@example.net"),
        ("news-bob@example.org", "ann@example.net"),
        ("news-=example.net@example.org", "ann@example.net"),
        ("news-bob=@example.org", "ann@example.net"),
        ("news-@example.org", "ann@example.net"),
        ("", "ann@example.net"),
    ],
)
def test_a_configured_verp_pattern_beats_what_the_reporter_says(sender: str, address: str) -> None:
    assert charged(decoded(ANN, original=(("Return-Path", sender),)), VERP) == address


def test_the_returned_path_is_believed_before_the_reports_recipient() -> None:
    mail = decoded(
        ANN,
        original=(("Return-Path", "news-bob=example.net@example.org"),),
        header=(("To", "news-carl=example.net@example.org"),),
    )
    assert charged(mail, VERP) == "bob@example.net"


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("bounces+bob=example.net@example.org", "bob@example.net"),
        ("bounces+Bob=Example.net@example.org", "bob@example.net"),
        ("bounces+bob@example.org", ""),
        ("bounces-bob=example.net@example.org", ""),
        ("bounces@example.org", ""),
        ("SRS0+Ab1c=TT=example.net=bob@forwarder.example", ""),
        ("SRS0=Ab1c=TT=example.org=bounces+bob=example.net@forwarder.example", "bob@example.net"),
        ("srs0=ab1c=tt=example.org=bounces+bob=example.net@forwarder.example", "bob@example.net"),
        ("SRS1+Ab1c=first.example==Xy2z=TT=example.org=bob@second.example", ""),
        ("SRS1=Ab1c=first.example==Xy2z=TT=example.org=b+bob=example.net@second.example", "bob@example.net"),
        ("SRS1=Ab1c=first.example=TT=example.org=b+bob=example.net@second.example", ""),
        ("prvs=0123456789=bounces+bob=example.net@example.org", "bob@example.net"),
        ("msprvs1=17421dz0NWDpG=bounces+bob=example.net@example.org", "bob@example.net"),
        ("btv1==0123456789==bounces+bob=example.net@example.org", "bob@example.net"),
        ("prvs=0123456789=SRS0=Ab1c=TT=example.org=b+bob=example.net@forwarder.example", "bob@example.net"),
        ("prvs=0123456789@example.org", ""),
        ("prvs=1=prvs=2=prvs=3=b+bob=example.net@example.org", "bob@example.net"),
        ("prvs=1=prvs=2=prvs=3=prvs=4=prvs=5=b+bob=example.net@example.org", ""),
        ("bounce+bob==a==example.net==news@lists.example.org", "bob@example.net"),
        ("news-return-123-bob=example.net@lists.example.org", "bob@example.net"),
        ("bounce-news=bob=example.net@lists.example.org", "bob@example.net"),
    ],
)
def test_the_usual_verp_is_believed_where_nobody_is_named(sender: str, address: str) -> None:
    nobody = Report(feedback_type="abuse")
    assert charged(decoded(nobody, original=(("Return-Path", sender),), kind="complaint")) == address
    assert charged(decoded(nobody, header=(("Delivered-To", sender),), kind="complaint")) == address
    assert charged(decoded(ANN, header=(("Delivered-To", sender),))) == "ann@example.net"


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("srs0=x=tt=example.net=bob@example.org", "ann@example.net"),
        ("srs0=x=tt=example.org=bob=example.net@forwarder.example", "bob@example.net"),
        ("prvs=0123456789=bob=example.net@example.org", "bob@example.net"),
        ("prvs=bob=example.net@example.org", "ann@example.net"),
    ],
)
def test_a_pattern_is_looked_for_inside_rewritten_senders(sender: str, address: str) -> None:
    everything = Sender(verp=("{user}={domain}@example.org",))
    assert charged(decoded(ANN, original=(("Return-Path", sender),)), everything) == address


@pytest.mark.parametrize(
    ("pattern", "sender", "told"),
    [
        ("b+{id}@s.test", "b+4711@s.test", ("ann@example.net", "4711", "", "")),
        ("B-{campaign}-{id}@S.test", "b-autumn-4711@s.TEST", ("ann@example.net", "4711", "autumn", "")),
        ("{stream}.{id}@{any}", "news.4711@mail.s.test", ("ann@example.net", "4711", "", "news")),
        ("{user}={domain}.{campaign}@s.test", "bob=rcpt.test.autumn@s.test", ("bob@rcpt.test", "", "autumn", "")),
        ("{id}@s.test", f"{'4' * 400}@s.test", ("ann@example.net", "", "", "")),
    ],
)
def test_a_pattern_tells_whatever_it_names(pattern: str, sender: str, told: tuple[str, ...]) -> None:
    mail, report = decoded(ANN, header=(("Delivered-To", sender),))
    found = identified((mail, report), Sender(verp=(pattern,)))
    assert (found.address, found.recipient_id, found.campaign, found.stream) == told


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("b-{user}={domain}@s.test", True),
        ("{any}+{user}==a=={domain}=={any}@{any}", True),
        ("b+{id}@s.test", True),
        ("b+{user}@s.test", False),
        ("b+{campaign}@s.test", False),
        ("b+{user}={domain}={user}@s.test", False),
        ("b+{id}", False),
        ("b+{id}@s@t.test", False),
        ("b+{id}@{", False),
        ("b+{name}{id}@s.test", False),
        ("b+{id}\n@s.test", False),
        ("{any}{any}{any}{any}{any}{id}@s.test", False),
    ],
)
def test_what_is_a_pattern(text: str, good: bool) -> None:
    assert is_verp_pattern(text) == good


def test_only_the_configured_envelope_header_is_read() -> None:
    header = (
        ("Delivered-To", "news-bob=example.net@example.org"),
        ("Delivered-To", "news-carl=example.net@example.org"),
        ("X-Original-To", "news-dan=example.net@example.org"),
    )
    mail = decoded(ANN, header=header)
    assert charged(mail, Sender(verp=VERP.verp, envelope_header="X-Original-To")) == "dan@example.net"
    assert charged(mail, Sender(verp=VERP.verp, envelope_header="Delivered-To")) == "bob@example.net"
    assert charged(mail, Sender(verp=VERP.verp, envelope_header="Envelope-To")) == "ann@example.net"
