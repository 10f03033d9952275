"""Every place that a token can be in × every shape in which a mail comes back × every way in which it may not hold."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import product

import pytest

from bounced import tokens
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Event
from bounced.parse import parse
from bounced.tokens import Key

KEY, STRANGER = Key("k2", b"k" * 32), Key("k2", b"s" * 32)
RETIRED = Key("zz", b"z" * 32)
ARRIVED = datetime(2026, 11, 22, tzinfo=UTC)
LAST = date(2026, 12, 31)
SENDER = Sender(anchors=TrustAnchors(("sender.test",)), keys=(Key("k7", b"o" * 32), KEY))

FIELDS = {"recipient": "anna@rcpt.test", "campaign": "autumn"}
GOOD = tokens.make(KEY, LAST, **FIELDS)


def tampered(token: str) -> str:
    """The token with one character of its tag changed."""
    return f"{token[:-6]}{'a' if token[-6] != 'a' else 'b'}{token[-5:]}"


#: Tokens that hold nothing, with what the evidence says of them; "" where they are not recognised as tokens of ours.
BAD = {
    "forged": (tokens.make(STRANGER, LAST, **FIELDS), "token with invalid signature"),
    "tampered": (tampered(GOOD), "token with invalid signature"),
    "expired": (tokens.make(KEY, date(2026, 11, 1), **FIELDS), "token expired on 2026-11-01"),
    "wrong key": (tokens.make(RETIRED, LAST, **FIELDS), ""),
    "missing": ("none", ""),
}

HEADER_PLACES: dict[str, str] = {
    "header": "X-Bounced-Token: {}",
    "return path": "Return-Path: <bounces+{}@sender.test>",
    "Message-ID": "Message-ID: <{}.17@sender.test>",
    "List-Unsubscribe": "List-Unsubscribe: <https://sender.test/u?t={}>,\n <mailto:u@sender.test>",
}
PLACES = (*HEADER_PLACES, "body", "envelope")

ORDINARY = (
    "Return-Path: <bounces@sender.test>",
    "Message-ID: <17@sender.test>",
    "List-Unsubscribe: <https://sender.test/u>",
)


def original(place: str, token: str, encoding: str = "") -> str:
    """A mail of ours with the token there."""
    header = [line for line in ORDINARY if not HEADER_PLACES.get(place, "-").startswith(line.partition(":")[0])]
    if place in HEADER_PLACES:
        header.append(HEADER_PLACES[place].format(token))
    url = f"https://sender.test/leave?who={token}" if place == "body" else "https://sender.test/leave"
    body = f"Hello,\n\nsomething new this autumn in the shop, for everybody.\n\nTo leave: {url}\n"
    if encoding == "base64":
        body = base64.encodebytes(body.encode()).decode()
    elif encoding == "quoted-printable":
        body = quopri.encodestring(body.encode()).decode()
    header += ["From: News <news@sender.test>", "To: undisclosed-recipients:;", "Subject: Autumn"]
    header += [f"Content-Transfer-Encoding: {encoding}"] if encoding else []
    return "\n".join(header) + f"\n\n{body}"


def multipart(part: str, place: str, token: str) -> str:
    """A delivery status notification with that third part."""
    to = f"bounces+{token}@sender.test" if place == "envelope" else "bounces@sender.test"
    status = (
        "Reporting-MTA: dns; mx.rcpt.test\n\nFinal-Recipient: rfc822; box7@inner.test\nAction: failed\nStatus: 5.1.1"
    )
    return (
        f"Delivered-To: {to}\nFrom: MAILER-DAEMON@mx.rcpt.test\nTo: bounces@sender.test\nSubject: Undelivered\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\n\n'
        f"--x\n\nIt failed.\n--x\nContent-Type: message/delivery-status\n\n{status}\n\n--x\n{part}\n--x--\n"
    )


def free_text(quoted: str, place: str, token: str) -> str:
    """A bounce without any MIME parts, as qmail writes them."""
    to = f"bounces+{token}@sender.test" if place == "envelope" else "bounces@sender.test"
    return (
        f"Delivered-To: {to}\nFrom: MAILER-DAEMON@mx.rcpt.test\nTo: bounces@sender.test\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at mx.rcpt.test.\nI'm afraid I wasn't able to deliver your message to the "
        "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<box7@inner.test>:\nno such user\n\n--- Below this line is a copy of the message.\n\n{quoted}"
    )


def complaint(place: str, token: str) -> str:
    """A feedback report with the recipient cut out."""
    to = f"fbl+{token}@sender.test" if place == "envelope" else "fbl@sender.test"
    return (
        f"Delivered-To: {to}\nFrom: fbl@mx.rcpt.test\nTo: fbl@sender.test\nSubject: complaint\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="x"\n\n'
        "--x\n\nA complaint.\n--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\n"
        f"--x\nContent-Type: message/rfc822\n\n{original(place, token)}\n--x--\n"
    )


def whole(place: str, token: str, encoding: str = "") -> str:
    return multipart(f"Content-Type: message/rfc822\n\n{original(place, token, encoding)}", place, token)


def header_of(place: str, token: str) -> str:
    return original(place, token).partition("\n\n")[0]


def encoded(place: str, token: str) -> str:
    """The returned message as a part that is itself base64, as gateways make it against RFC 2046 5.2.1."""
    source = base64.encodebytes(original(place, token).encode()).decode()
    return multipart(f"Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n{source}", place, token)


def cut(place: str, token: str, encoding: str = "") -> str:
    """The report, cut by its writer soon behind the last place that may hold the token."""
    report = whole(place, token, encoding)
    return report[: -len("\n\n--x--\n")]


SHAPES: dict[str, Callable[[str, str], str]] = {
    "whole": whole,
    "whole, base64": lambda place, token: whole(place, token, "base64"),
    "whole, quoted-printable": lambda place, token: whole(place, token, "quoted-printable"),
    "headers only": lambda place, token: multipart(
        f"Content-Type: text/rfc822-headers\n\n{header_of(place, token)}\n", place, token
    ),
    "in base64": encoded,
    "quoted text": lambda place, token: free_text(original(place, token), place, token),
    "quoted text, base64": lambda place, token: free_text(original(place, token, "base64"), place, token),
    "quoted text, quoted-printable": lambda place, token: free_text(
        original(place, token, "quoted-printable"), place, token
    ),
    "quoted text, marked": lambda place, token: free_text(
        "".join(f"> {line}\n" for line in original(place, token).splitlines()), place, token
    ),
    "headers quoted": lambda place, token: free_text(f"{header_of(place, token)}\n", place, token),
    "truncated": cut,
    "truncated, base64": lambda place, token: cut(place, token, "base64"),
    "complaint": complaint,
}
#: What can't come back so.
LOST = {("headers only", "body"), ("headers quoted", "body")}

#: Each place in each shape.
CELLS = [cell for cell in product(SHAPES, PLACES) if cell not in LOST]


def read(shape: str, place: str, token: str, crlf: bool = False) -> Event:
    report = SHAPES[shape](place, token)
    [event] = parse((report.replace("\n", "\r\n") if crlf else report).encode(), SENDER, (), ARRIVED).events
    return event


@pytest.mark.parametrize("crlf", [False, True], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("shape", "place"), CELLS)
def test_a_token_names_the_recipient_wherever_it_comes_back(shape: str, place: str, crlf: bool) -> None:
    for token in (GOOD, GOOD.upper()):
        event = read(shape, place, token, crlf)
        assert (event.address, event.charged_by, event.campaign) == ("anna@rcpt.test", "token", "autumn")
        assert (event.trust, event.evidence) == ("verified", "token k2")


@pytest.mark.parametrize("variant", BAD)
@pytest.mark.parametrize(("shape", "place"), CELLS)
def test_a_token_that_does_not_hold_names_nobody(shape: str, place: str, variant: str) -> None:
    token, reason = BAD[variant]
    event = read(shape, place, token)
    assert event.address == ("" if shape == "complaint" else "box7@inner.test")
    assert (event.trust, event.charged_by) == ("plausible", "" if shape == "complaint" else "final-recipient")
    assert reason in event.evidence
    assert event.campaign == ""
    assert bool(reason) == ("token" in event.evidence) or (place == "header")


@pytest.mark.parametrize(
    ("variant", "reason"), [("wrong key", "token with unknown key zz"), ("missing", "token damaged or truncated")]
)
def test_the_header_for_tokens_says_what_is_wrong_with_it(variant: str, reason: str) -> None:
    assert reason in read("whole", "header", BAD[variant][0]).evidence


@pytest.mark.parametrize(("shape", "place"), sorted(LOST))
def test_what_does_not_come_back_names_nobody(shape: str, place: str) -> None:
    event = read(shape, place, GOOD)
    assert (event.address, event.charged_by) == ("box7@inner.test", "final-recipient")


@pytest.mark.parametrize("place", [*HEADER_PLACES, "body"])
def test_a_report_that_was_cut_within_the_token(place: str) -> None:
    report = whole(place, GOOD)
    [event] = parse(report[: report.index(GOOD) + 30].encode(), SENDER, (), ARRIVED).events
    assert (event.address, event.charged_by) == ("box7@inner.test", "final-recipient")
    assert event.trust != "verified"


# what else a mail may hold


def test_a_good_token_counts_beside_a_bad_one() -> None:
    both = whole("return path", GOOD).replace("Subject: Autumn", f"X-Bounced-Token: {BAD['expired'][0]}")
    [event] = parse(both.encode(), SENDER, (), ARRIVED).events
    assert (event.address, event.evidence) == ("anna@rcpt.test", "token k2")


def test_tokens_of_several_recipients_in_one_place_name_nobody() -> None:
    other = tokens.make(KEY, LAST, recipient="ben@rcpt.test")
    [event] = parse(whole("body", f"{GOOD} {other}").encode(), SENDER, (), ARRIVED).events
    assert (event.address, event.charged_by) == ("box7@inner.test", "final-recipient")
    assert "tokens of several recipients" in event.evidence


def test_the_original_names_its_recipient_before_what_it_quotes() -> None:
    other = tokens.make(KEY, LAST, recipient="ben@rcpt.test")
    report = whole("return path", GOOD).replace("something new", f"https://sender.test/{other} something new")
    [event] = parse(report.encode(), SENDER, (), ARRIVED).events
    assert event.address == "anna@rcpt.test"


def test_a_hundred_false_tokens_do_not_hide_the_real_one() -> None:
    false = " ".join(tokens.make(STRANGER, LAST, recipient_id=str(number)) for number in range(300))
    report = whole("header", GOOD).replace("something new", false)
    [event] = parse(report.encode(), SENDER, (), ARRIVED).events
    assert event.charged_by == "token"


def test_a_token_with_an_id_leaves_it_to_the_table_who_that_is() -> None:
    token = tokens.make(KEY, LAST, recipient_id="4711", stream="news")
    event = read("whole", "return path", token)
    assert (event.address, event.charged_by, event.recipient_id, event.stream) == ("", "token", "4711", "news")
    assert (event.trust, event.final_recipient) == ("verified", "box7@inner.test")


def test_of_several_recipients_a_token_names_its_own() -> None:
    group = "Final-Recipient: rfc822; {}\nAction: failed\nStatus: 5.1.1"
    one = group.format("box7@inner.test")
    report = whole("header", GOOD).replace(one, f"{one}\n\n{group.format('Anna@rcpt.test')}")
    events = parse(report.encode(), SENDER, (), ARRIVED).events
    assert [(event.address, event.charged_by, event.trust) for event in events] == [
        ("box7@inner.test", "final-recipient", "plausible"),
        ("anna@rcpt.test", "token", "verified"),
    ]


@pytest.mark.parametrize("stated", ["{0}", "{0}\nOriginal-Recipient: rfc822; {1}"])
def test_of_several_recipients_a_token_with_an_id_names_nobody(stated: str) -> None:
    group = "Final-Recipient: rfc822; {}\nAction: failed\nStatus: 5.1.1"
    one = group.format("box7@inner.test")
    two = [stated.format(group.format(who), who) for who in ("box7@inner.test", "ben@rcpt.test")]
    token = tokens.make(KEY, LAST, recipient_id="4711")
    report = whole("header", token).replace(one, "\n\n".join(two))
    events = parse(report.encode(), SENDER, (), ARRIVED).events
    assert [(event.address, event.recipient_id, event.trust) for event in events] == [
        ("box7@inner.test", "", "plausible"),
        ("ben@rcpt.test", "", "plausible"),
    ]


def test_a_recipient_who_is_named_twice_and_known_by_an_id_failed_once() -> None:
    group = "Final-Recipient: rfc822; box7@inner.test\nAction: failed\nStatus: 5.1.1"
    first = f"Original-Recipient: rfc822; anna@rcpt.test\n{group}"
    token = tokens.make(KEY, LAST, recipient_id="4711")
    report = whole("header", token).replace(group, f"{first}\n\n{first.replace('box7', 'box8')}")
    events = parse(report.encode(), SENDER, (), ARRIVED).events
    assert [(event.address, event.recipient_id, event.trust) for event in events] == [("", "4711", "verified")]


def test_an_automatic_answer_is_known_by_what_it_answers() -> None:
    answer = (
        "From: Bea <bea@elsewhere.test>\nTo: news@sender.test\nSubject: Out of office\nAuto-Submitted: auto-replied\n"
        f"In-Reply-To: <{GOOD}@sender.test>\n\nI am away until Monday.\n"
    )
    [event] = parse(answer.encode(), SENDER, (), ARRIVED).events
    assert (event.kind, event.address, event.charged_by) == ("auto-reply", "anna@rcpt.test", "token")


def test_a_configured_envelope_header_is_read_from_its_topmost_line_only() -> None:
    theirs = tokens.make(KEY, LAST, recipient="ben@rcpt.test")
    below = f"Delivered-To: bounces+{theirs}@sender.test\nX-Original-To: bounces+{theirs}@sender.test\n"
    report = multipart(f"Content-Type: text/rfc822-headers\n\n{header_of('', '')}", "envelope", GOOD)
    mail = report.replace("From: MAILER-DAEMON", f"{below}From: MAILER-DAEMON").encode()
    sender = Sender(anchors=SENDER.anchors, keys=SENDER.keys, envelope_header="Delivered-To")
    [event] = parse(mail, sender, (), ARRIVED).events
    assert event.address == "anna@rcpt.test"


def test_without_keys_nobody_looks_for_tokens() -> None:
    [event] = parse(whole("header", GOOD).encode(), Sender(), (), ARRIVED).events
    assert (event.address, event.charged_by) == ("box7@inner.test", "final-recipient")
    assert "token" not in event.evidence


def test_a_token_that_names_ourselves_charges_nobody() -> None:
    token = tokens.make(KEY, LAST, recipient="news@sender.test")
    event = read("whole", "header", token)
    assert (event.address, event.charged_by, event.trust == "verified") == ("", "token", False)


def test_a_returned_source_that_cannot_be_read_hides_nothing_else() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=n{n:05}\n\n--n{n:05}\n" for n in range(2000))
    report = multipart(f"Content-Type: text/rfc822-headers\n\n{nested}", "envelope", GOOD)
    [event] = parse(report.encode(), SENDER, (), ARRIVED).events
    assert event.address == "anna@rcpt.test"
