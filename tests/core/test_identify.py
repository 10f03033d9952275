"""Who is charged and which campaign it was, and what becomes of a mail's words on the way to an event."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bounced.identify import PRESETS, HeaderRule, Identity, Sender, TokenFinding, identify, is_verp_pattern
from bounced.identify.sender import TrustAnchors
from bounced.model import Action, Decoded, Event, Headers, Kind, Original, Parsed, Report
from bounced.parse import parse
from bounced.peer import STORED_LIMIT, storable
from bounced.reasons import REASONS

SAMPLES = Path(__file__).parents[2] / "samples"
MAILS = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.eml"))]

ANN = Report("failed", final_recipient="Ann@Example.net")
NO_MARKS = Sender()
RECIPIENT = Sender(recipient="X-Recipient")
VERP = Sender(verp=("news-{user}={domain}@example.org", "b+{user}={domain}@sub.example.org"))


def decoded(
    *reports: Report, original: Headers = (), header: Headers = (), kind: Kind = "bounce"
) -> tuple[Decoded, Report]:
    """A mail with these reports, and the first of them."""
    return Decoded(kind, "dsn", reports, Original(original), Original(header)), reports[0]


def charged(mail: tuple[Decoded, Report], sender: Sender = NO_MARKS) -> str:
    return identify(*mail, sender, TokenFinding()).address


@pytest.mark.parametrize(
    ("report", "address"),
    [
        (ANN, "ann@example.net"),
        (Report("failed", "box@inner.example.net", "Ann@Example.net"), "ann@example.net"),
        (Report("failed", "ann@example.net", "not an address"), "ann@example.net"),
        (Report("failed"), ""),
    ],
)
def test_the_reporter_names_the_original_recipient_before_the_final_one(report: Report, address: str) -> None:
    assert charged(decoded(report)) == address


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("Bob@Example.net", "bob@example.net"),
        ("<bob@example.net>", "bob@example.net"),
        ("customer 4711", "ann@example.net"),
        ("", "ann@example.net"),
    ],
)
def test_the_recipient_header_of_the_original_comes_before_the_reporter_and_behind_verp(
    value: str, address: str
) -> None:
    mail = decoded(ANN, original=(("x-recipient", value), ("Return-Path", "<news-carl=example.net@example.org>")))
    both = Sender(recipient="X-Recipient", verp=VERP.verp)
    assert charged(mail, RECIPIENT) == address
    assert charged(mail, both) == "carl@example.net"


def test_a_recipient_header_in_the_report_itself_is_not_ours() -> None:
    assert charged(decoded(ANN, header=(("X-Recipient", "bob@example.net"),)), RECIPIENT) == "ann@example.net"


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


def test_several_recipients_are_not_charged_by_marks_that_name_one() -> None:
    dan = Report("failed", final_recipient="dan@example.com")
    original = (("X-Recipient", "bob@example.net"), ("Return-Path", "news-bob=example.net@example.org"))
    mail, _ = decoded(ANN, dan, original=original)
    sender = Sender(recipient="X-Recipient", verp=VERP.verp)
    assert [identify(mail, report, sender, TokenFinding()).address for report in mail.reports] == [
        "ann@example.net",
        "dan@example.com",
    ]


def test_an_auto_reply_proves_the_mailbox_of_who_wrote_it() -> None:
    sender = Sender(recipient="X-Recipient", verp=VERP.verp)
    header = (("To", "news-bob=example.net@example.org"), ("Delivered-To", "b+bob=example.net@example.org"))
    assert charged(decoded(ANN, header=header, kind="auto-reply"), sender) == "ann@example.net"
    assert charged(decoded(Report(), header=header, kind="auto-reply"), sender) == ""


def test_what_the_original_says_of_itself() -> None:
    original = (
        ("Message-ID", " <letter-1@example.org> "),
        ("From", "News <news@Mail.Example.org>"),
        ("X-Campaign", "autumn"),
        ("X-Stream", "news"),
        ("X-Subscriber", " 4711 "),
        ("List-Id", "one"),
        ("list-id", "two"),
        ("X-Recipient", "bob@example.net"),
        ("Subject", "not asked for"),
    )
    sender = Sender(
        "X-Campaign",
        "X-Recipient",
        ("List-Id", "X-Campaign", "X-Missing"),
        recipient_id="X-Subscriber",
        stream="X-Stream",
    )
    kept = (
        ("X-Campaign", "autumn"),
        ("X-Recipient", "bob@example.net"),
        ("X-Subscriber", " 4711 "),
        ("X-Stream", "news"),
        ("List-Id", "one"),
        ("List-Id", "two"),
    )
    assert identify(*decoded(ANN, original=original), sender, TokenFinding()) == Identity(
        address="bob@example.net",
        original_message_id="letter-1@example.org",
        campaign="autumn",
        headers=kept,
        charged_by="header",
        recipient_id="4711",
        stream="news",
        sending_domain="mail.example.org",
    )
    assert identify(*decoded(ANN, original=original), NO_MARKS, TokenFinding()) == Identity(
        address="ann@example.net",
        original_message_id="letter-1@example.org",
        charged_by="final-recipient",
        sending_domain="mail.example.org",
    )
    assert identify(*decoded(ANN), sender, TokenFinding()) == Identity("ann@example.net", charged_by="final-recipient")


@pytest.mark.parametrize(
    ("anchors", "address"),
    [
        (Sender(anchors=TrustAnchors(("example.com",))), "ann@example.net"),
        (Sender(anchors=TrustAnchors(("example.net",))), ""),
        (Sender(anchors=TrustAnchors(("net",))), ""),
        (Sender(anchors=TrustAnchors(("ample.net",))), "ann@example.net"),
        (Sender(own_addresses=("ann@example.net",)), ""),
        (Sender(own_addresses=("bob@example.net",)), "ann@example.net"),
    ],
)
def test_our_own_addresses_are_never_charged(anchors: Sender, address: str) -> None:
    assert charged(decoded(ANN), anchors) == address


def test_our_own_addresses_are_ours_with_any_extension() -> None:
    mail = decoded(Report("failed", final_recipient="bounces+1abc@example.org"))
    assert charged(mail, Sender(own_addresses=("bounces@example.org",))) == ""


def test_the_next_who_is_named_is_charged_instead_of_ourselves() -> None:
    anchors = Sender(verp=VERP.verp, anchors=TrustAnchors(("example.org",)))
    mail = decoded(ANN, original=(("Return-Path", "news-bounces=lists.example.org@example.org"),))
    assert charged(mail, anchors) == "ann@example.net"


def dsn(*groups: str, original: str = "") -> bytes:
    """A delivery status notification with these groups of fields."""
    parts = ["Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n" + "\n\n".join(groups)]
    if original:
        parts.append(f"Content-Type: text/rfc822-headers\n\n{original}")
    body = "".join(f"--x\n{part}\n\n" for part in parts)
    return f'From: MAILER-DAEMON\nSubject: news\nContent-Type: multipart/report; boundary="x"\n\n{body}--x--\n'.encode()


def group(final: str, original: str = "", action: Action = "failed", status: str = "5.1.1") -> str:
    named = f"Original-Recipient: rfc822;{original}\n" if original else ""
    return f"{named}Final-Recipient: rfc822;{final}\nAction: {action}\nStatus: {status}"


def charges(reading: Parsed) -> list[tuple[str, str]]:
    return [(event.address, event.action) for event in reading.events]


def test_one_failure_for_a_recipient_whom_one_mail_names_twice() -> None:
    mail = dsn(
        group("first@inner.example", "ann@example.net"),
        group("second@inner.example", "Ann@Example.net", status="5.2.2"),
        group("third@inner.example", "ann@example.net", "delayed", "4.2.2"),
        group("ann@example.com"),
    )
    reading = parse(mail, NO_MARKS)
    assert charges(reading) == [
        ("ann@example.net", "failed"),
        ("ann@example.net", "delayed"),
        ("ann@example.com", "failed"),
    ]
    assert reading.events[0].final_recipient == "first@inner.example"


def test_recipients_without_a_name_are_not_merged() -> None:
    too_long = "a" * 65 + "@example.net"  # RFC 5321 4.5.3.1.1
    reading = parse(dsn(group(too_long), group(f"b{too_long}"), group("ann@example.net")), NO_MARKS)
    assert charges(reading) == [("", "failed"), ("", "failed"), ("ann@example.net", "failed")]
    assert not reading.recognized


@pytest.mark.parametrize(
    ("action", "status", "reason", "class_"),
    [
        ("failed", "5.1.1", "user_unknown", "hard"),
        ("delayed", "4.4.1", "unreachable", "soft"),
        ("delivered", "2.1.5", "", ""),
        ("relayed", "2.0.0", "", ""),
        ("expanded", "2.0.0", "", ""),
    ],
)
def test_only_what_failed_or_waits_has_a_reason(action: Action, status: str, reason: str, class_: str) -> None:
    (event,) = parse(dsn(group("ann@example.net", "", action, status)), NO_MARKS).events
    assert (event.action, event.status, event.reason, event.class_) == (action, status, reason, class_)
    assert event.reporting_mta == "mx.example.org"


def test_an_event_holds_the_marks_and_the_words_made_fit() -> None:
    original = "Message-ID: <1\x1b@example.org>\nX-Campaign: au\x07tumn\nX-Kept: " + "k" * 2 * STORED_LIMIT
    mail = dsn(group("ann@example.net") + "\nDiagnostic-Code: smtp; 550 5.1.1 no\n such\x1b[2J user", original=original)
    (event,) = parse(mail, Sender(campaign="X-Campaign", headers=("X-Kept",))).events
    assert event.diagnostic_code == "550 5.1.1 no such\ufffd[2J user"
    assert (event.original_message_id, event.campaign) == ("1\ufffd@example.org", "au\ufffdtumn")
    assert event.headers == (("X-Campaign", "au\ufffdtumn"), ("X-Kept", "k" * STORED_LIMIT))


def test_a_mail_that_is_no_report_has_no_events() -> None:
    assert parse(b"From: bob@example.net\nSubject: to\n you\n\nHello\n", NO_MARKS) == Parsed("other", "", "to you")


def test_a_mail_that_cannot_be_read_says_why() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=n%05d\n\n--n%05d\n" % (n, n) for n in range(10_000))
    reading = parse(nested, NO_MARKS)
    assert (reading.kind, reading.events) == ("unreadable", ())
    assert reading.problem.startswith("not readable as MIME: ")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("  two \r\n\t lines  ", "two lines"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("a\0b\x7fc\x9bd", "a\ufffdb\ufffdc\ufffdd"),
        ("evil\u202etxt\u200b\ufeff", "evil\ufffdtxt\ufffd\ufffd"),
        ("half \udc80 character", "half \ufffd character"),
        ("почта für 配信", "почта für 配信"),
        ("x" * 5 * STORED_LIMIT, "x" * STORED_LIMIT),
        (" " * 5 * STORED_LIMIT + "too far", ""),
    ],
)
def test_hostile_text_becomes_one_printable_line(text: str, cleaned: str) -> None:
    assert storable(text) == cleaned


@given(st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    cleaned = storable(text)
    assert cleaned.isprintable()
    assert storable(cleaned) == cleaned


ANY_MARKS = Sender(
    "Subject", "To", ("Received", "X-Recipient"), ("{user}={domain}@", "bounces+{user}={domain}@sender.test")
)


def check(reading: Parsed) -> None:
    """What the ledger relies on, whatever the mail was."""
    addresses = [(event.address, event.action) for event in reading.events if event.address]
    assert len(addresses) == len(set(addresses))
    assert reading.problem == ""
    for event in reading.events:
        assert event.kind == reading.kind
        assert not event.address or "@" in event.address
        check_verdict(event)
        for text in (event.diagnostic_code, event.status, event.campaign, *(value for _, value in event.headers)):
            assert len(text) <= STORED_LIMIT
            assert text.isprintable()


def check_verdict(event: Event) -> None:
    if event.action in ("failed", "delayed"):
        assert event.class_ == REASONS[event.reason][0]
    else:
        assert (event.reason, event.class_, event.rule) == ("", "", "")


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=2000))
def test_nothing_raises_on_any_bytes(content: bytes) -> None:
    assert parse(content, ANY_MARKS).kind in ("other", "unreadable")


@settings(derandomize=True, deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MAILS), st.integers(0, 4000), st.integers(0, 300), st.binary(max_size=30))
def test_nothing_raises_on_damaged_samples(mail: bytes, start: int, length: int, junk: bytes) -> None:
    check(parse(mail[:start] + junk + mail[start + length :], ANY_MARKS))


@settings(derandomize=True, deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MAILS), st.sampled_from(MAILS), st.floats(0, 1), st.floats(0, 1))
def test_nothing_raises_on_samples_grown_together(one: bytes, other: bytes, head: float, tail: float) -> None:
    check(parse(one[: int(head * len(one))] + other[int(tail * len(other)) :], ANY_MARKS))


# patterns


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
    found = identify(mail, report, Sender(verp=(pattern,)), TokenFinding())
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


def test_our_own_delivery_agent_is_believed_alone_where_it_is_configured() -> None:
    header = (
        ("Delivered-To", "news-bob=example.net@example.org"),
        ("Delivered-To", "news-carl=example.net@example.org"),
        ("X-Original-To", "news-dan=example.net@example.org"),
    )
    mail = decoded(ANN, header=header)
    assert charged(mail, Sender(verp=VERP.verp, envelope_header="X-Original-To")) == "dan@example.net"
    assert charged(mail, Sender(verp=VERP.verp, envelope_header="Delivered-To")) == "bob@example.net"
    assert charged(mail, Sender(verp=VERP.verp, envelope_header="Envelope-To")) == "ann@example.net"


# headers


@pytest.mark.parametrize(
    ("mark", "value", "campaign"),
    [
        (HeaderRule("X-Job", "campaign"), " autumn ", "autumn"),
        (HeaderRule("X-Job", "campaign", r"^job-(\d+)"), "job-17 of 20", "17"),
        (HeaderRule("X-Job", "campaign", r"\d+"), "job-17 of 20", "17"),
        (HeaderRule("X-Job", "campaign", r"^job-(\d+)?"), "job-x", ""),
        (HeaderRule("X-Job", "campaign", r"^job-(\d+)"), "task-17", ""),
        (HeaderRule("X-Job", "campaign", r"\d+"), "-" * 1000 + "17", ""),
        (HeaderRule("X-Job", "store"), "autumn", ""),
    ],
)
def test_a_header_tells_what_the_expression_finds(mark: HeaderRule, value: str, campaign: str) -> None:
    mail, report = decoded(ANN, original=(("x-job", value),))
    found = identify(mail, report, Sender(header_rules=(mark,)), TokenFinding())
    assert found.campaign == campaign
    assert found.headers == (("X-Job", value),)


def test_the_first_header_that_tells_something_wins() -> None:
    sender = Sender(
        campaign="X-Campaign",
        header_rules=(HeaderRule("X-Job", "campaign", r"job-(\d+)"), HeaderRule("X-Task", "campaign")),
    )
    original = (("X-Job", "none"), ("X-Job", "job-17"), ("X-Task", "18"))
    assert identify(*decoded(ANN, original=original), sender, TokenFinding()).campaign == "17"
    named = (*original, ("X-Campaign", "autumn"))
    assert identify(*decoded(ANN, original=named), sender, TokenFinding()).campaign == "autumn"


def test_headers_may_tell_the_recipient_and_our_id_of_them() -> None:
    sender = Sender(header_rules=(HeaderRule("X-To", "recipient"), HeaderRule("X-Nr", "recipient_id", r"nr=(\w+)")))
    original = (("X-To", "Bob <bob@rcpt.test>"), ("X-Nr", "list=2 nr=4711"))
    found = identify(*decoded(ANN, original=original), sender, TokenFinding())
    assert (found.address, found.charged_by, found.recipient_id) == ("bob@rcpt.test", "header", "4711")
    several = decoded(ANN, Report("failed", final_recipient="dan@example.com"), original=original)
    assert identify(*several, sender, TokenFinding()).recipient_id == ""


#: Headers as the services write them, with the campaign and the stream in them.
SERVICES = [
    ("campaign", ("X-Campaign-ID", "autumn"), "autumn", ""),
    ("feedback-id", ("Feedback-ID", "autumn:acme:news:sender7"), "autumn", "news"),
    ("feedback-id", ("Feedback-ID", "autumn:sender7"), "autumn", ""),
    (
        "feedback-id",
        ("Feedback-ID", "::1.eu-west-1.uBQGc3ys6NM3VbqPWS6Aoq4DLx0=:AmazonSES"),
        "",
        "",
    ),
    ("feedback-id", ("Feedback-ID", "1.us-east-1.uBQGc3ys6NM3VbqPWS6Aoq4DLx0=:AmazonSES"), "", ""),
    ("feedback-id", ("CFBL-Feedback-ID", "111:222:333:4444"), "111", ""),
    ("list", ("List-Id", "The news <news.example.org>"), "", "news.example.org"),
    ("list", ("List-Id", "news.example.org"), "", "news.example.org"),
    ("mailchimp", ("X-campaignid", "mailchimp0f12c80baf52daf9d9b6c6c52.a6711dd77b"), "a6711dd77b", ""),
    ("mailchimp", ("X-Campaign", "mailchimp0f12c80baf52daf9d9b6c6c52.a6711dd77b"), "a6711dd77b", ""),
    ("mailgun", ("X-Mailgun-Tag", "autumn"), "autumn", ""),
    ("mailgun", ("X-Mailgun-Campaign-Id", "autumn"), "autumn", ""),
    ("mandrill", ("X-MC-Tags", "welcome, shop"), "welcome", ""),
    ("mandrill", ("X-MC-Subaccount", "shop"), "", "shop"),
    ("sendgrid", ("X-SMTPAPI", '{"category": ["newuser"]}'), "newuser", ""),
    ("ses", ("X-SES-MESSAGE-TAGS", "shop=1, campaign=book"), "book", ""),
    ("ses", ("X-SES-CONFIGURATION-SET", "Newsletters"), "", "Newsletters"),
]


@pytest.mark.parametrize(("preset", "header", "campaign", "stream"), SERVICES)
def test_presets_know_the_headers_of_services(preset: str, header: tuple[str, str], campaign: str, stream: str) -> None:
    mail, report = decoded(ANN, original=(header,))
    found = identify(mail, report, Sender(header_rules=PRESETS[preset]), TokenFinding())
    assert (found.campaign, found.stream) == (campaign, stream)
    assert set(found.headers) == {header}


def test_every_preset_was_tried() -> None:
    assert {preset for preset, *_ in SERVICES} == set(PRESETS)


# to whom it was sent


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
def test_the_only_to_is_whom_we_sent_to_unless_the_trace_says_otherwise(original: Headers, address: str) -> None:
    assert charged(decoded(ANN, original=tuple(original))) == address


def test_the_original_recipient_is_believed_before_to() -> None:
    mail = decoded(Report("failed", "box@inner.test", "ann@example.net"), original=(("To", "bob@rcpt.test"),))
    assert charged(mail) == "ann@example.net"


def test_two_reports_about_one_recipient_are_about_one() -> None:
    delayed, failed = (Report(action, "box@inner.test", "ann@example.net") for action in ("delayed", "failed"))
    mail = decoded(delayed, failed, original=(("X-Recipient", "bob@rcpt.test"),))
    assert charged(mail, RECIPIENT) == "bob@rcpt.test"
    nobody = decoded(Report("failed"), Report("failed"), original=(("X-Recipient", "bob@rcpt.test"),))
    assert charged(nobody, RECIPIENT) == ""


# complaints


@pytest.mark.parametrize(
    ("report", "sender", "original", "address"),
    [
        (Report(final_recipient="ann@example.net"), "fbl@provider.test", [("To", "bob@rcpt.test")], "ann@example.net"),
        (Report(final_recipient="fbl@provider.test"), "FBL <fbl@provider.test>", [("To", "x")], ""),
        (
            Report(final_recipient="postmaster@mx.test", reporting_mta="a.mx.test"),
            "fbl@provider.test",
            [("To", "x")],
            "",
        ),
        (
            Report(final_recipient="postmaster@rcpt.test", reporting_mta="mx.test"),
            "f@b.test",
            [("To", "x")],
            "postmaster@rcpt.test",
        ),
        (Report(final_recipient="ann@example.net", feedback_type="opt-out"), "ann@example.net", [], "ann@example.net"),
    ],
)
def test_who_reports_a_complaint_for_others_is_not_charged(
    report: Report, sender: str, original: list[tuple[str, str]], address: str
) -> None:
    mail = decoded(report, original=tuple(original), header=(("From", sender),), kind="complaint")
    assert charged(mail) == address


@pytest.mark.parametrize(
    ("noted", "address"),
    [("bob@rcpt.test", "bob@rcpt.test"), ("redacted@rcpt.test", ""), ("redacted", ""), ("ben@example.org", "")],
)
def test_a_complaint_with_the_address_cut_out_may_have_left_it_in_the_trace(noted: str, address: str) -> None:
    original = (("Received", f"from a by b with SMTP id 7\n\tfor <{noted}>; now"), ("To", "undisclosed"))
    mail = decoded(Report(feedback_type="abuse"), original=original, kind="complaint")
    assert charged(mail, Sender(anchors=TrustAnchors(("example.org",)))) == address
