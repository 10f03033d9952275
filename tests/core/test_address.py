"""Addresses as reports claim them, and as the ledger keys them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bounced import address


@pytest.mark.parametrize(
    ("claimed", "bare"),
    [
        ("rfc822; <Joe@Example.net>", "Joe@Example.net"),
        ("RFC822;joe@example.net", "joe@example.net"),
        ("<joe@example.net>", "joe@example.net"),
        ("Joe Doe <joe@example.net>", "joe@example.net"),
        ('"Doe, Joe" <joe@example.net>', "joe@example.net"),
        ('"joe doe"@example.net', '"joe doe"@example.net'),
        (r'"joe \" doe"@example.net', r'"joe \" doe"@example.net'),
        ("joe@example.net (expanded from: <list@example.org>)", "joe@example.net"),
        ("<@relay.example.org,@mx.example.com:joe@example.net>", "joe@example.net"),
        ("mailto:joe@example.net", "joe@example.net"),
        ("joe@example.net.", "joe@example.net"),
        ("'joe@example.net'", "joe@example.net"),
        ("joe@[192.0.2.1]", "joe@[192.0.2.1]"),
        ("utf-8; почта@пример.example", "почта@пример.example"),
        (r"utf-8-addr; \x{43F}\x{448}@example.net", "пш@example.net"),
        (r"utf-8-addr; \x{D800}x\x{110000}@example.net", "\ufffdx\ufffd@example.net"),
        ("rfc822;list+3Dtag+2Bx@example.net", "list=tag+x@example.net"),
        ("user+20@example.net", "user+20@example.net"),
        ("rfc822;list+2Bx+40example.net", "list+x@example.net"),
        ("rfc822; joe%40example.net", "joe@example.net"),
        ("rfc822; IMCEASMTP-joe+2Edoe+40example+2Enet@relay.example.org", "joe.doe@example.net"),
        ("x400; /DDA:RFC-822=joe(a)example.net/O=Example/C=DE/", "joe@example.net"),
        ("x400; /C=DE/O=Example/DD.RFC-822=joe(u)doe(A)example.net/", "joe_doe@example.net"),
        ("nyaan%example.net@relay.example.org", "nyaan%example.net@relay.example.org"),
        ("joe@localhost", "joe@localhost"),
        ("<no address> joe@example.net", "joe@example.net"),
        ("local; joe", ""),
        ("x400; /G=Joe/S=Doe/O=Example/", ""),
        ("'@example.net", ""),
        ("@", ""),
        ("", ""),
    ],
)
def test_bare_address_of_a_claim(claimed: str, bare: str) -> None:
    assert address.parse(claimed) == bare


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Joe <JOE@Example.NET>", "joe@example.net"),
        ("joe@münchen.example", "joe@xn--mnchen-3ya.example"),
        ("JOE@MU\u0308NCHEN.example", "joe@xn--mnchen-3ya.example"),
        ("joe@" + "ü" * 70 + ".example", ""),
        ('"joe.doe"@example.net', "joe.doe@example.net"),
        ('"joe;doe"@example.net', '"joe;doe"@example.net'),
        ("a" * 64 + "@example.net", "a" * 64 + "@example.net"),
        ("a" * 65 + "@example.net", ""),
        ("ü" * 33 + "@example.net", ""),
        ("joe@" + "a" * 255, "joe@" + "a" * 255),
        ('"joe doe"@example.net', ""),
        ("jo\x07e@example.net", ""),
        ("jo\ud800e@example.net", ""),
        ("joe", ""),
        ("joe@", ""),
        ("", ""),
    ],
)
def test_key_of_a_claim(text: str, key: str) -> None:
    assert address.claimed(text) == key


def test_domain_that_is_too_long_is_no_key() -> None:
    assert address.claimed("joe@" + "ü" * 60 + ".example." + "b." * 100) == ""


@pytest.mark.parametrize(
    ("text", "domain"),
    [("joe@Example.NET", "example.net"), ('"a@b"@example.org', "example.org"), ("joe", ""), ("", "")],
)
def test_domain(text: str, domain: str) -> None:
    assert address.domain(text) == domain


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    key = address.claimed(text)
    assert key == "" or address.claimed(key) == key


#: Texts that claim an address, or seem to, and are none by themselves. The ids are the rows of the survey.
AMBIGUOUS = {
    "A5": "IMCEASMTP-victim+40example+2Enet@evil.example",
    "A5 lower": "imceasmtp-victim+40example+2enet@evil.example",
    "A5 within": "x.IMCEASMTP-victim+40example+2Enet@evil.example",
    "A5 quoted": '"IMCEASMTP-victim+40example+2Enet"@evil.example',
    "A7": "victim@example.net@evil.example",
    "A8": '"victim@example.net".x@evil.example',
    "A8 angled": '"<victim@example.net>"@evil.example',
    "A8 in a literal": "joe@[<victim@example.net>]",
    "apostrophe": "'victim@example.net",
    "asterisk": "*victim@example.net",
    "dot behind": "victim@example.net.",
    "exclamation mark": "victim@example.net!",
    "ideographic full stop": "victim@example\N{IDEOGRAPHIC FULL STOP}net",
    "type": "rfc822;victim@example.net",
    "display name": "Victim <victim@example.net>",
    "angles": "<victim@example.net>",
    "source route": "@relay.example.org:victim@example.net",
    "expanded": "victim@example.net (expanded from: list)",
    "comment": "vic(x)tim@example.net",
    "two": "victim@example.net joe@example.net",
    "comma": "victim@example.net,joe@example.net",
    "blank before": " victim@example.net",
    "blank behind": "victim@example.net ",
    "line": "victim@example.net\n",
    "CR": "victim@example.net\r",
    "BOM": "\ufeffvictim@example.net",
    "no-break space": "victim@example.net\u00a0",
    "X.400": "/DDA:RFC-822=victim(a)example.net/O=Example/",
    "encoded": "victim%40example.net",
    "empty": "",
    "no local part": "@example.net",
    "no domain": "victim@",
    "at": "@",
    "long": "a" * 65 + "@example.net",
    "long domain": "joe@" + "a" * 256,
    "blank in quotes": '"joe doe"@example.net',
    "at in a literal": "joe@[a@b]",
    "NUL": "jo\0e@example.net",
    "surrogate": "jo\udcffe@example.net",
}

#: Characters that are others in disguise, or nothing to the eye (A27, H12).
DISGUISED = {
    "full width": "\N{FULLWIDTH LATIN SMALL LETTER J}oe@example.net",
    "full width host": "joe@\N{FULLWIDTH LATIN SMALL LETTER E}xample.net",
    "full stop": "joe@example\N{FULLWIDTH FULL STOP}net",
    "small at": "joe@evil\N{SMALL COMMERCIAL AT}example.net",
    "small at in the local part": "joe\N{SMALL COMMERCIAL AT}evil@example.net",
    "small comma": "joe\N{SMALL COMMA}x@example.net",
    "vertical comma": "joe\N{PRESENTATION FORM FOR VERTICAL IDEOGRAPHIC COMMA}x@example.net",
    "small less-than": "joe\N{SMALL LESS-THAN SIGN}x@example.net",
    "Hangul filler": "joe\N{HANGUL FILLER}@example.net",
    "Hangul jungseong filler": "joe\N{HANGUL JUNGSEONG FILLER}@example.net",
    "variation selector": "joe\N{VARIATION SELECTOR-16}@example.net",
    "grapheme joiner": "joe\N{COMBINING GRAPHEME JOINER}@example.net",
    "soft hyphen": "jo\N{SOFT HYPHEN}e@example.net",
    "soft hyphen in the host": "joe@exam\N{SOFT HYPHEN}ple.net",
    "zero width space": "joe@exam\N{ZERO WIDTH SPACE}ple.net",
    "joiner out of context": "joe@exam\N{ZERO WIDTH JOINER}ple.net",
    "non-joiner in the local part": "jo\N{ZERO WIDTH NON-JOINER}e@example.net",
    "right-to-left override": "joe@\N{RIGHT-TO-LEFT OVERRIDE}elpmaxe.net",
    "Kelvin": "\N{KELVIN SIGN}ay@example.net",
    "Kelvin in the host": "joe@\N{KELVIN SIGN}ay.example",
    "long s": "joe\N{LATIN SMALL LETTER LONG S}@example.net",
    "long s in the host": "joe@\N{LATIN SMALL LETTER LONG S}ample.net",
    "ligature": "\N{LATIN SMALL LIGATURE FI}n@example.net",
    "superscript": "joe\N{SUPERSCRIPT TWO}@example.net",
    "circled": "joe@\N{CIRCLED LATIN SMALL LETTER A}.example",
    "emoji in the host": "joe@\N{PILE OF POO}.example",
    "long label": "joe@" + "ü" * 70 + ".example",
    "no A-label beside one": "joe@ü.xn--zzzzzz.example",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in (AMBIGUOUS | DISGUISED).items()])
def test_an_ambiguous_address_is_no_key(text: str) -> None:
    for function in (address.key, address.provable):
        with pytest.raises(ValueError, match="is not an email address"):
            function(text)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in DISGUISED.items()])
def test_what_is_in_disguise_charges_nobody(text: str) -> None:
    assert address.claimed(text) == ""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("joe@example.net", "joe@example.net"),
        ("JOE@Example.NET", "joe@example.net"),
        ('"joe.doe"@example.net', "joe.doe@example.net"),
        ('"joe;doe"@example.net', '"joe;doe"@example.net'),
        ('"victim@example.net"@example.org', '"victim@example.net"@example.org'),
        ('"\'joe"@example.net', '"\'joe"@example.net'),
        ("nyaan%example.net@relay.example.org", "nyaan%example.net@relay.example.org"),
        ("o'hara+news@example.net", "o'hara+news@example.net"),
        ("joe@[192.0.2.1]", "joe@[192.0.2.1]"),
        ("joe@[IPv6:2001:DB8::1]", "joe@[ipv6:2001:db8::1]"),
        ("joe@localhost", "joe@localhost"),
        ("recipient@#example.net", "recipient@#example.net"),
        ("JOE@MU\u0308NCHEN.example", "joe@xn--mnchen-3ya.example"),
        ("joe@straße.example", "joe@xn--strae-oqa.example"),
        ("joe@STRASSE.example", "joe@strasse.example"),
        ("joe@STRAẞE.example", "joe@xn--strae-oqa.example"),
        ("joe@xn--strae-oqa.example", "joe@xn--strae-oqa.example"),
        ("joe@XN--i-7iq.example", "joe@xn--i-7iq.example"),
        ("анна@ПРИМЕР.рф", "анна@xn--e1afmkfd.xn--p1ai"),
        ("joe@ΟΔΟΣ.example", "joe@xn--pxavbq.example"),
        ("joe@οδος.example", "joe@xn--pxavbm.example"),
        ("joe@क्\u200dष.example", "joe@xn--11b2ezcw70k.example"),
        ("joe@क्ष.example", "joe@xn--11b2ezc.example"),
        ("weiß@example.net", "weiß@example.net"),
        ("\N{PILE OF POO}@example.net", "\N{PILE OF POO}@example.net"),
    ],
)
def test_key_of_an_address(text: str, key: str) -> None:
    assert address.key(text) == key
    assert address.key(key) == key
    assert address.claimed(text) == key


def test_a_quoted_local_part_proves_nothing() -> None:
    for text in ('"joe;doe"@example.net', '"victim@example.net"@example.org', '"\'joe"@example.net'):
        with pytest.raises(ValueError, match="is not an email address"):
            address.provable(text)
    assert address.provable('"Joe"@example.net') == "joe@example.net"


ADDRESSES = st.one_of(
    st.text(),
    st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20)),
    st.builds(
        "{}@{}".format,
        st.text("abSK\N{KELVIN SIGN}ßςΣ'`*\"\\+%40.-_!<>@ü\u0308\u0323İIMCEASMTP-", max_size=20),
        st.text("abZ.-ßςΣ\u00ad\u200d@[]:'*!xn", max_size=20),
    ),
)


@given(ADDRESSES)
def test_a_key_is_read_as_itself_whoever_reads_it(text: str) -> None:
    try:
        key = address.key(text)
    except ValueError:
        return
    assert address.key(key) == address.claimed(key) == address.claimed(text) == key
    assert address.in_unicode(key).isprintable()
    assert address.key(address.in_unicode(key)) == key


@given(st.from_regex(address._PLAIN, fullmatch=True), st.sampled_from((str, str.upper, str.title)))
@example("imceasmtp-victim+40example+2enet@evil.example", str)
@example("x.imceasmtp-victim+40example+2enet@evil.example", str.upper)
@example("joe@" + "a" * 63 + ("." + "a" * 63) * 4, str)
def test_both_ways_to_a_key_agree(plain: str, written: Callable[[str], str]) -> None:
    text = written(plain)
    assert key_or_nothing(text) == key_or_nothing(text, short_way=False)


def key_or_nothing(text: str, short_way: bool = True) -> str:
    with pytest.MonkeyPatch.context() as patch:
        if not short_way:
            patch.setattr(address, "_PLAIN", re.compile("(?!)"))
        try:
            return address.key(text)
        except ValueError:
            return ""


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("joe@example.net", "joe@example.net"),
        ("анна@xn--e1afmkfd.xn--p1ai", "анна@пример.рф"),
        ("joe@xn--strae-oqa.example", "joe@straße.example"),
        ("joe@xn--i-7iq.example", "joe@xn--i-7iq.example"),
        ("joe@xn--.example", "joe@xn--.example"),
        ("joe@xn--zzzzzz.xn--e1afmkfd.example", "joe@xn--zzzzzz.xn--e1afmkfd.example"),
    ],
)
def test_u_labels_of_a_key(key: str, shown: str) -> None:
    assert address.in_unicode(key) == shown


@pytest.mark.parametrize(
    ("text", "key"),
    [("Example.ORG", "example.org"), ("пример.рф", "xn--e1afmkfd.xn--p1ai"), ("_dmarc.a", "_dmarc.a")],
)
def test_key_of_a_domain(text: str, key: str) -> None:
    assert address.domain_key(text) == key


@pytest.mark.parametrize("text", ["", "a b", "x@b", "*.b", "a..b", "[192.0.2.1]", "b.", "\N{PILE OF POO}.b", "b\n"])
def test_no_domain(text: str) -> None:
    with pytest.raises(ValueError, match="is not a domain"):
        address.domain_key(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Kim@Example.com", "kim@example.com"),
        ("@Example.com", "@example.com"),
        ("*@Example.com", "@example.com"),
        ("*.Example.com", "*.example.com"),
        ("@*.example.com", "*.example.com"),
        ("@Bücher.example", "@xn--bcher-kva.example"),
    ],
)
def test_an_entry_of_a_list_is_an_address_or_a_domain(text: str, key: str) -> None:
    assert address.entry_key(text) == key


@pytest.mark.parametrize("text", ["", "*", "@", "*.", "*@", "@exa mple.com", "kim"])
def test_what_is_no_entry_of_a_list(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|domain"):
        address.entry_key(text)
