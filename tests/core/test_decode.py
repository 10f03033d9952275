"""What mails claim, beyond what stands beside the samples (test_samples.py), and mails nobody would send."""

from __future__ import annotations

import email
import logging
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from flufl.bounce import all_failures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bounced import address, mime
from bounced.decode import DECODERS, decode, dsn, fallback
from bounced.mime import Words
from bounced.mime.text import without_footers
from bounced.model import Decoded, Original

SAMPLES = Path(__file__).parents[2] / "samples"
MAILS = sorted(SAMPLES.rglob("*.eml"))


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def test_the_header_is_that_of_the_report_itself() -> None:
    for content in (path.read_bytes() for path in MAILS):
        received = email.message_from_bytes(content).get("Received", "")
        assert decode(content).header.get("Received").split() == received.split()


@pytest.mark.parametrize(
    ("name", "message_id"),
    [
        ("not-a-report/read-receipt", "<catalogue-30@example.org>"),
        ("challenge/inside-a-dsn", "<catalogue-41@example.org>"),
        ("unnamed/through-a-list", "<catalogue-81@example.org>"),
        ("not-a-report/dmarc-aggregate", ""),
        ("other/newsletter", ""),
    ],
)
def test_a_mail_without_reports_may_return_a_message(name: str, message_id: str) -> None:
    decoded = decode(sample(name))
    assert decoded.reports == ()
    assert decoded.original.get("Message-ID") == message_id


@pytest.mark.parametrize(
    "name",
    [
        "failed-recipients/exim",
        "free-text/names-without-addresses",
        "free-text/one-sentence",
        "free-text/remote-reply-before",
        "free-text/sendmail-transcript",
        "qmail/copy-without-header",
        "qmail/two-recipients",
    ],
)
def test_a_status_that_only_the_text_has_is_not_in_the_report(name: str) -> None:
    assert {report.status for report in decode(sample(name)).reports} == {""}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "dsn/one-recipient",
            [
                "550 5.1.1 <customer@mailbox.example.net>: Recipient address rejected: "
                "User unknown in virtual mailbox table"
            ],
        ),
        (
            "dsn/three-recipients-text-says-why",
            [
                "<first@example.net>: host mx1.example.net[192.0.2.25] said: 552 5.2.2 "
                "Mailbox full (in reply to RCPT TO command)",
                "<second@example.com>: connect to mx.example.com[192.0.2.26]:25: Connection timed out",
                "",
            ],
        ),
        ("dsn/groups-run-together", ["550 5.7.1 Refused by policy", "67", ""]),
        (
            "failed-recipients/exim",
            [
                "host mx.example.net [192.0.2.25] SMTP error from remote mail server after RCPT "
                "TO:<gone@example.net>: 550 5.1.1 No such user",
                "mailbox is full: retry timeout exceeded",
            ],
        ),
        (
            "qmail/two-recipients",
            [
                "192.0.2.25 does not like recipient. Remote host said: 550 5.1.1 User unknown Giving up on 192.0.2.25.",
                "Sorry, I couldn't find any host named example.invalid. (#5.1.2)",
            ],
        ),
        ("free-text/html-only", ["The mailbox is full."]),
        (
            "free-text/replies-only",
            ["554 <nohost@example.invalid>... 550 Host unknown (Authoritative answer from name server)"],
        ),
        ("free-text/brackets-only", ["<gone@example.net>"]),
        (
            "free-text/remote-reply-before",
            ["550 5.1.1 Mailbox not found 554 <gone@example.net>... Remote protocol error"],
        ),
    ],
)
def test_each_recipient_has_its_own_words(name: str, words: list[str]) -> None:
    assert [report.diagnostic_code for report in decode(sample(name)).reports] == words


def test_hosts_and_original_recipient_are_kept() -> None:
    (report,) = decode(sample("dsn/one-recipient")).reports
    assert (report.reporting_mta, report.remote_mta) == ("mail.example.net", "mx1.example.net")
    assert report.original_recipient == "Customer@example.net"
    (utf8,) = decode(sample("dsn/utf8")).reports
    assert utf8.original_recipient == "почта@example.net"


def test_the_line_ends_make_no_difference() -> None:
    assert decode(sample("dsn/crlf")).reports == decode(sample("dsn/one-recipient")).reports


@pytest.mark.parametrize(
    ("kind", "name"),
    [("abuse", "two-recipients"), ("not-spam", "not-spam"), ("abuse", "redacted"), ("opt-out", "unsubscribe-button")],
)
def test_feedback_type(kind: str, name: str) -> None:
    assert {report.feedback_type for report in decode(sample(f"arf/{name}")).reports} == {kind}


@pytest.mark.parametrize(
    ("recipient", "is_redacted"),
    [
        ("redacted@example.net", True),
        ("redacted-4ac1f9@example.net", True),
        ("xxxxx@example.net", True),
        ("****@example.net", True),
        ("undisclosed-recipients@example.net", True),
        ("redactor@example.net", False),
        ("max@example.net", False),
        ("", False),
    ],
)
def test_redacted(recipient: str, is_redacted: bool) -> None:
    assert address.redacted(recipient) is is_redacted


@pytest.mark.parametrize(
    ("stated", "status", "action"),
    [
        ("failed", "", "failed"),
        ("Failure", "4.0.0", "failed"),
        ("permanent-failure", "", "failed"),
        ("failed (bounce; no retry)", "", "failed"),
        ("delayed", "5.0.0", "delayed"),
        ("deferred", "", "delayed"),
        ("", "2.0.0", "delivered"),
        ("", "4.2.2", "delayed"),
        ("", "5.1.1", "failed"),
        ("", "", "failed"),
        ("?!", "4.0.0", "delayed"),
        ("surprised", "", "failed"),
    ],
)
def test_action_of_a_recipient(stated: str, status: str, action: str) -> None:
    fields = f"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.test\nAction: {stated}\nStatus: {status}\n"
    (report,) = decode(report_mail(fields)).reports
    assert report.action == action


def report_mail(fields: str) -> bytes:
    return (
        "From: MAILER-DAEMON@example.net\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: message/delivery-status\n\n{fields}\n--b--\n"
    ).encode()


def test_recipient_is_found_where_only_its_alias_resolves() -> None:
    (report,) = decode(
        report_mail(
            "Final-Recipient: rfc822; alias\nX-Actual-Recipient: rfc822; a@b.test\nAction: failed\n\n!\nnonsense"
        )
    ).reports
    assert report.final_recipient == "a@b.test"


def test_recipients_without_any_address_are_not_reported() -> None:
    assert decode(report_mail("Final-Recipient: local; joe\nAction: failed\n")).reports == ()


@pytest.mark.parametrize(("cut", "last"), [(0, 1499), (1, 1499), (70, 1498), (85, 1498)])
def test_a_long_report_is_read_up_to_its_last_complete_recipient(cut: int, last: int) -> None:
    """``cut`` octets before the end, in front of which ``Action: failed`` and ``Status: 5.1.1`` take 30."""
    groups = "\n".join(
        f"Final-Recipient: rfc822; user{number}@a-long-name-of-a-host.rcpt.test\nAction: failed\nStatus: 5.1.1\n"
        for number in range(1500)
    )
    mail = (
        "From: MAILER-DAEMON@rcpt.test\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; rcpt.test\n\n{groups}"
    ).encode()
    reports = decode(mail[: len(mail) - cut]).reports
    assert [report.final_recipient for report in reports] == [
        f"user{number}@a-long-name-of-a-host.rcpt.test" for number in range(last + 1)
    ]


def test_no_more_recipients_are_read_than_fit_a_real_report() -> None:
    groups = "".join(f"Final-Recipient: rfc822; {number}@b.c\n\n" for number in range(10_000))
    reports = decode(report_mail(f"Reporting-MTA: dns; b.c\n\n{groups}")).reports
    assert [report.final_recipient for report in reports] == [f"{n}@b.c" for n in range(dsn.RECIPIENTS_LIMIT)]


def test_status_fields_in_a_letter_between_people_are_no_report() -> None:
    letter = b"From: joe@example.net\nSubject: what is this?\n\nReporting-MTA: x\nFinal-Recipient: rfc822; a@b.test\n"
    assert decode(letter).kind == "other"


def test_an_answer_without_sender_names_nobody() -> None:
    vacation = b"From: Joe <>\nSubject: Automatic reply: x\n\nAway.\n"
    assert decode(vacation) == Decoded("auto-reply", "auto-reply", header=mime.read(vacation).header)
    challenge = b"From: boxbe <>\nSubject: [boxbe] verify\n\nWho are you?\n"
    assert decode(challenge).reports == ()


@pytest.mark.parametrize(
    "header",
    [
        "From: MAILER-DAEMON@example.net\nAuto-Submitted: auto-replied\nSubject: hello",
        "From: joe@example.net\nAuto-Submitted: auto-replied\nSubject: Undeliverable: hello",
        "From: joe@example.net\nAuto-Submitted: auto-generated\nSubject: hello",
        "From: joe@example.net\nX-Auto-Response-Suppress: All\nSubject: hello",
    ],
)
def test_no_auto_reply(header: str) -> None:
    assert decode(f"{header}\n\nhello\n".encode()).kind == "other"


@pytest.mark.parametrize(
    ("subject", "action"),
    [("Mail delivery problem", "failed"), ("Warning: could not send message for past 4 hours", "delayed")],
)
def test_action_of_a_mail_that_names_nobody(subject: str, action: str) -> None:
    header = f"From: postmaster@example.net\nSubject: {subject}\n"
    returned = "Original message:\n\nMessage-ID: <1@b.test>\nTo: a@b.test\n"
    (report,) = decode(f"{header}\n{returned}".encode()).reports
    assert (report.action, report.final_recipient) == (action, "a@b.test")


@pytest.mark.parametrize(
    ("headers", "recipient"),
    [
        ((("To", "Joe <joe@example.net>"),), "joe@example.net"),
        ((("To", "list@example.org"), ("X-Envelope-To", "joe@example.net")), "joe@example.net"),
        ((("To", '"joe@work" <joe@example.net>'),), "joe@example.net"),
        ((("To", "joe@example.net, jane@example.net"),), ""),
        ((("To", "joe@example.net"), ("Cc", "jane@example.net")), ""),
        ((("To", "joe@example.net"), ("From", "Joe <joe@example.net>")), ""),
        ((("To", "list@example.net"), ("List-Id", "<list.example.net>")), ""),
        ((), ""),
    ],
)
def test_only_recipient_of_a_returned_message(headers: tuple[tuple[str, str], ...], recipient: str) -> None:
    assert mime.only_recipient(Original.of(headers)) == recipient


@pytest.mark.parametrize("line", ["550 '@b.test: User unknown", "<'@b.test>: User unknown"])
def test_what_only_resembles_an_address_is_no_recipient(line: str) -> None:
    assert decode(f"From: MAILER-DAEMON@example.net\nSubject: failure notice\n\n{line}\n".encode()).reports == ()


def test_flufl_bounce_is_asked_last_and_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    assert DECODERS[-2][0] == "fallback"
    with caplog.at_level(logging.DEBUG):
        assert decode(sample("fallback/screen-name")).decoder == "fallback"
    assert caplog.records == []


def test_flufl_bounce_is_not_asked_about_a_mail_that_makes_it_raise() -> None:
    assert fallback.decode(mime.read(b"Subject: failure notice\n\nnobody knows\n")) is None


def test_flufl_bounce_is_quiet_about_what_it_raises(caplog: pytest.LogCaptureFixture) -> None:
    with suppress(IndexError):  # not from Python 3.11.2, whose parseaddr returns two empty texts
        all_failures(email.message_from_bytes(b"Subject: failure notice\n\nnobody knows\n"))
    assert caplog.records == []


def test_what_flufl_bounce_names_has_the_words_of_the_mail() -> None:
    [report] = decode(sample("fallback/screen-name")).reports
    assert "they are not accepting mail from" in report.diagnostic_code


def test_an_older_report_that_comes_back_is_not_read() -> None:
    """Seen in 4 of 629 bounces: what came back was a report that the recipient's mailbox had been sent."""
    older = report_mail("Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; older@example.net\nAction: failed\n")
    mail = (
        b"From: MAILER-DAEMON@example.net\nSubject: failure notice\nContent-Type: multipart/mixed; boundary=outer\n\n"
        b"--outer\n\n<newer@example.net>: mailbox full\n\n--outer\nContent-Type: message/rfc822\n\n"
    )
    decoded = decode(mail + older + b"\n--outer--\n")
    assert [report.final_recipient for report in decoded.reports] == ["newer@example.net"]


NOTICE = (
    b"From: MAILER-DAEMON@example.net\nSubject: failure notice\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
)
REFUSAL = b"The following addresses did NOT receive a copy of your message:\n\n> older@example.net\n"


@pytest.mark.parametrize(
    ("returned", "recipients"),
    [
        (b"From: anna@example.org\nTo: list@example.org\nSubject: Re: your message\n\n", []),
        (
            b"From: MAILER-DAEMON@example.net\nSubject: failure notice\n\n",
            ["older@example.net"],
        ),  # wrapped by a gateway
    ],
)
def test_flufl_bounce_reads_a_returned_message_only_if_that_is_the_report(
    returned: bytes, recipients: list[str]
) -> None:
    part = b"\n--b\nContent-Type: message/rfc822\n\n" + returned + REFUSAL + b"\n--b--\n"
    claim = fallback.decode(mime.read(NOTICE + b"It failed.\n" + part))
    assert [report.final_recipient for report in (claim.reports if claim else ())] == recipients


def test_warnings_that_flufl_bounce_knows_are_delays() -> None:
    decoded = fallback.decode(
        mime.read(
            b"From: MAILER-DAEMON@example.net\nSubject: warning\n\n   ----- The following addresses had transient "
            b"non-fatal errors -----\n<slow@example.net>\n\n   ----- Transcript of session follows -----\n"
        )
    )
    assert decoded is not None
    assert [(report.action, report.final_recipient) for report in decoded.reports] == [("delayed", "slow@example.net")]


def test_a_decoder_that_raises_is_named_with_its_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(mail: mime.Mail) -> Decoded | None:
        raise ValueError("two\nlines " + "x" * 500)

    monkeypatch.setattr(import_module("bounced.decode"), "DECODERS", (("broken", raising), ("dsn", dsn.decode)))
    decoded = decode(sample("dsn/one-recipient"))
    assert (decoded.kind, decoded.decoder) == ("unreadable", "broken")
    assert decoded.problem.startswith("broken: ValueError: two lines xxx")
    assert len(decoded.problem) == 200
    assert decoded.header.get("Subject") == "Undelivered Mail Returned to Sender"


def test_a_mail_that_cannot_be_read_is_kept_with_the_reason() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=n%05d\n\n--n%05d\n" % (n, n) for n in range(10_000))
    decoded = decode(nested)
    assert (decoded.kind, decoded.decoder) == ("unreadable", "")
    assert decoded.problem.startswith("not readable as MIME")


SERVER = b"From: MAILER-DAEMON@example.net\nSubject: failure notice\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SERVER + b"\n" + b"x\n" * 130_000, id="lines"),
        pytest.param(SERVER + b"\n" + b"\n" * 260_000, id="empty lines"),
        pytest.param(SERVER + b"\n" + b"<" * 260_000, id="angles"),
        pytest.param(SERVER + b"\n" + b"a@" * 130_000, id="ats"),
        pytest.param(SERVER + b"\n" + (b"message to " * 40 + b"\n") * 600, id="announcements"),
        pytest.param(SERVER + b"\nHi. This is the\n" + b"<a@b.test>:\n" * 20_000, id="qmail recipients"),
        pytest.param(
            SERVER + b"\nfollowing addresses failed\n" + b"".join(b"u%d@b.test\n" % n for n in range(20_000)), id="list"
        ),
        pytest.param(
            SERVER + b"X-Failed-Recipients: " + b"u@b.test," * 25_000 + b"\n\nu@b.test\n", id="failed recipients"
        ),
        pytest.param(report_mail("Final-Recipient: rfc822; a@b.test\n" * 8_000), id="status fields"),
        pytest.param(report_mail("Final-Recipient: rfc822; a@b.test\n" + " x\n" * 80_000), id="folded field"),
    ],
)
def test_hostile_mails_take_bounded_time(content: bytes) -> None:
    started = time.perf_counter()
    decoded = decode(content)
    assert time.perf_counter() - started < 5
    assert decoded.kind in ("bounce", "other")
    assert len(decoded.reports) <= 1000


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=1000))
def test_nothing_raises_on_any_bytes(content: bytes) -> None:
    assert decode(content).kind in ("other", "unreadable")


@settings(derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MAILS), st.integers(0, 3000), st.integers(0, 400), st.binary(max_size=30))
def test_nothing_raises_on_damaged_samples(mail: Path, start: int, length: int, junk: bytes) -> None:
    content = mail.read_bytes()
    decoded = decode(content[:start] + junk + content[start + length :])
    assert decoded.problem == ""


@pytest.mark.parametrize("size", range(0, 2000, 83))
def test_truncated_reports_do_not_raise(size: int) -> None:
    for name in ("dsn/base64-status", "dsn/one-recipient", "arf/two-recipients", "failed-recipients/exim"):
        assert decode(sample(name)[:size]).problem == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("User unknown\n\nNo virus found in this message.\n\nend", "User unknown\n\nend"),
        ("User unknown\n-- \nspam is our business", "User unknown\n"),
        ("User unknown\n\nThis message is intended for no virus", "User unknown"),
        ("virus found in the message", "virus found in the message"),
    ],
)
def test_footers_give_no_reason(text: str, left: str) -> None:
    assert without_footers(text) == left


def test_a_line_of_dashes_ends_what_is_said_of_a_recipient() -> None:
    text = "<gone@b.test>: user unknown\n----------\nspam spam spam\n"
    assert Words(text).about("gone@b.test") == "<gone@b.test>: user unknown"


@pytest.mark.parametrize(
    "note",
    [
        "<made@b.test> (expanded from <list@b.test>): no",
        "<made@b.test>\n    (reason: 550 no)\n    (expanded from: <list@b.test>)",
        "  made@b.test\n    (generated from list@b.test)\n    no",
        "  Made@b.test\n    (ultimately generated from list@b.test)",
    ],
)
def test_the_address_that_was_written_to_is_charged(note: str) -> None:
    header = "Return-Path: <>\nFrom: MAILER-DAEMON@b.test\nSubject: Undeliverable mail\n"
    [report] = decode(f"{header}\nThe following addresses failed:\n\n{note}\n".encode()).reports
    assert (report.final_recipient.lower(), report.original_recipient) == ("made@b.test", "list@b.test")


def test_a_stated_original_recipient_stays() -> None:
    fields = "Final-Recipient: rfc822; made@b.test\nOriginal-Recipient: rfc822; us@b.test\nAction: failed\n"
    mail = (
        "Content-Type: multipart/report; boundary=b\n\n--b\n\n<made@b.test> (expanded from <list@b.test>): no\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; b.test\n\n{fields}\n--b--\n"
    )
    [report] = decode(mail.encode()).reports
    assert report.original_recipient == "us@b.test"


ANSWER = "From: anna@b.test\nReturn-Path: <>\nTo: us@a.test\nSubject: Poissa\nIn-Reply-To: <1@a.test>\n\nPoissa.\n"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("", "", "auto-reply"),
        ("<1@a.test>", "<1@mail.a.test>", "auto-reply"),
        ("<1@a.test>", "<1@c.test>", "other"),
        ("Return-Path: <>", "Return-Path: <anna@b.test>", "other"),
        ("To: us@a.test\n", "", "other"),
        ("anna@b.test", "anna", "other"),
        ("anna@b.test", "postmaster@b.test", "other"),
        ("Poissa.", "550 5.1.1 pole", "other"),
        ("\n\n", "\nContent-Type: multipart/report; boundary=b\n\n--b\n\n", "other"),
    ],
)
def test_an_answer_is_one_in_any_language(old: str, new: str, kind: str) -> None:
    mail = ANSWER.replace("Poissa\n", "Xyz\n").replace("Poissa.", new if old == "Poissa." else "Xyz.")
    assert decode(mail.replace(old, new, 1).encode() if old else mail.encode()).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("anna@b.test  Undeliverable: x  2026-09-14  Release", "other"),
        ("anna@b.test\nRelease Permit Block", "other"),
        ("anna@b.test: 550 5.1.1 no\nRelease Permit Block", "bounce"),
        ("anna@b.test: please release it by block", "bounce"),
    ],
)
def test_a_digest_of_held_messages_is_no_report(text: str, kind: str) -> None:
    header = "From: postmaster@a.test\nReturn-Path: <>\nTo: us@a.test\nSubject: Undeliverable\n"
    assert decode(f"{header}\nNot delivered to:\n\n{text}\n".encode()).kind == kind
