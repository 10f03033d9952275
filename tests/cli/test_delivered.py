"""Proof of delivery, by the commands: what is imported, what nobody contradicts, and what `explain` says of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bounced import times
from tests.support.commands import bounced

START = times.now() - timedelta(days=60)

REPORT = """From MAILER-DAEMON Thu Jan  1 00:00:00 1970
Received: from mx.example.org by mail.example.net; {date}
From: Mail Delivery System <MAILER-DAEMON@example.org>
To: bounces@news.example.net
Subject: Undelivered Mail
Date: {date}
Message-ID: <{number}@example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; anna@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {text}

--b
Content-Type: message/rfc822

From: news@example.net
Message-ID: <{message}>
Subject: News

--b--

"""

FULL = ("failed", "4.2.2", "452 4.2.2 mailbox full")
UNKNOWN = ("failed", "5.1.1", "550 5.1.1 user unknown")
DELIVERED = ("delivered", "2.0.0", "250 2.0.0 ok")
EXPANDED = ("expanded", "2.0.0", "250 2.0.0 ok")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def scan(number: float, what: tuple[str, str, str] = FULL, message: str = "") -> None:
    assert bounced("scan", write(number, what, message)).exit_code == 0


def write(number: float, what: tuple[str, str, str], message: str = "") -> str:
    action, status, text = what
    name = f"{number}-{action}"
    report = REPORT.format(
        date=format_datetime(day(number)),
        number=name,
        action=action,
        status=status,
        text=text,
        message=message or f"{number}@news.example.net",
    )
    Path(f"{name}.mbox").write_text(report)
    return f"{name}.mbox"


def suppress(what: tuple[str, str, str] = FULL) -> None:
    for number in (0, 8, 16):
        scan(number, what)
    assert bounced("check", "anna@example.org").exit_code == 1


def is_suppressed() -> bool:
    return bounced("check", "anna@example.org").exit_code == 1


def imported(command: str, head: str, *rows: str) -> str:
    Path("rows.csv").write_text("\n".join((head, *rows)) + "\n")
    result = bounced(command, "import", "rows.csv")
    assert result.exit_code == 0, result.stderr
    return result.stderr


def test_what_was_sent_and_not_contradicted_lifts_a_suppression(here: Path) -> None:
    suppress()
    imported("sends", "message_id,address,sent_at", f"20@news.example.net,anna@example.org,{times.iso(day(20))}")
    assert bounced("scan", "0-failed.mbox").exit_code == 0  # settles what was sent
    assert not is_suppressed()
    said = bounced("explain", "anna@example.org").stdout
    assert "sent, and no report came within 6 days: the streak of 3 is broken, the suppression is lifted" in said
    assert "    about: 20@news.example.net\n" in said
    scan(40, message="20@news.example.net")
    assert is_suppressed()
    assert "no report came" not in bounced("explain", "anna@example.org").stdout


def test_what_was_sent_lately_proves_nothing_yet(here: Path) -> None:
    suppress()
    imported("sends", "message_id,address,sent_at", f"59@news.example.net,anna@example.org,{times.iso(day(59))}")
    assert bounced("scan", "0-failed.mbox").exit_code == 0
    assert is_suppressed()


@pytest.mark.parametrize("kind", ["", "delivered", "engaged"])
def test_an_imported_proof_lifts_a_suppression(here: Path, kind: str) -> None:
    suppress()
    rows = ["address,at,kind", f"Anna@example.org,{times.iso(day(20))},{kind}"]
    lines = ["1 row, 1 new or changed", "no longer suppressed: 1 address"]
    assert imported("delivered", *rows).splitlines() == lines
    assert imported("delivered", *rows).splitlines() == ["1 row, 0 new or changed"]
    assert not is_suppressed()
    assert f"{kind or 'delivered'}: the streak of 3 is broken, the suppression is lifted" in (
        bounced("explain", "anna@example.org").stdout
    )


@pytest.mark.parametrize("column", ["confirmed_at", "engaged_at"])
def test_whoever_confirms_or_opens_has_a_mailbox(here: Path, column: str) -> None:
    suppress()
    imported("recipients", f"id,address,{column}", f"1,anna@example.org,{times.iso(day(10))}")
    assert not is_suppressed()
    imported("recipients", "id,address", "1,anna@example.org")
    scan(24)
    assert not is_suppressed()


def test_the_proofs_that_lift_hard_failures_are_configured(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suppress(UNKNOWN)
    dates = [times.iso(day(number)) for number in (20, 30)]
    imported("delivered", "address,at", *(f"anna@example.org,{at}" for at in dates))
    assert is_suppressed()
    Path("bounced.toml").write_text('[database]\npath = "bounced.db"\n[policy.lift]\nhard = 2\n')
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    assert bounced("scan", "0-failed.mbox").exit_code == 0
    assert not is_suppressed()


@pytest.mark.parametrize(("what", "is_proof"), [(DELIVERED, True), (EXPANDED, False)])
def test_a_success_report_proves_delivery_where_it_ended(
    here: Path, what: tuple[str, str, str], is_proof: bool
) -> None:
    suppress()
    scan(20, what)
    assert is_suppressed() != is_proof


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["address,at,kind", "anna@example.org,,opened"], "line 2: kind must be delivered or engaged"),
        (["address,at", "anna@example.org,yesterday"], "line 2: at must look like 2026-09-01T12:00:00Z"),
        (["at", "2026-09-01"], "line 1: must be a header row with address at least, of: address,at,kind,message_id"),
    ],
)
def test_a_wrong_proof_is_named(here: Path, rows: list[str], says: str) -> None:
    Path("rows.csv").write_text("\n".join(rows) + "\n")
    result = bounced("delivered", "import", "rows.csv")
    assert (result.exit_code, result.stderr) == (2, f"bounced: rows.csv: {says}\n")


@pytest.mark.parametrize(("delivered", "is_proof"), [(22, True), (20, False)])
def test_what_was_delayed_is_delivered_later(here: Path, delivered: float, is_proof: bool) -> None:
    """The delay says nothing of the end; what was recorded before it may still be in a queue."""
    suppress()
    scan(21, ("delayed", "4.4.1", "connect to mx.example.org: Connection timed out"), "20@news.example.net")
    imported("delivered", "address,at,message_id", f"anna@example.org,{times.iso(day(delivered))},20@news.example.net")
    assert is_suppressed() != is_proof


REPLY = """From anna Thu Jan  1 00:00:00 1970
Return-Path: <>
Received: from mx.example.org by mail.example.net; {date}
From: {author}
To: bounces@news.example.net
Subject: Automatic reply: News
Date: {date}
Message-ID: <reply-{number}@example.org>
In-Reply-To: <{message}>
Auto-Submitted: auto-replied

{text}

"""

OWN = 'workers = 1\n[database]\npath = "bounced.db"\n[trust]\nown_domains = ["news.example.net"]\ncount = "verified"\n'


def answer(number: float, author: str, message: str, text: str = "I am on holiday.") -> None:
    path = Path(f"{number}-reply.mbox")
    path.write_text(
        REPLY.format(date=format_datetime(day(number)), number=number, author=author, message=message, text=text)
    )
    assert bounced("scan", str(path)).exit_code == 0


@pytest.mark.parametrize(
    ("author", "message", "text", "is_proof"),
    [
        ("anna@elsewhere.example", "20@news.example.net", "I am on holiday.", True),
        ("anna.smith@example.org", "20@news.example.net", "I am on holiday.", True),
        ("anna@example.org", "20@news.example.net", "I am on holiday.", True),
        ("bob@example.org", "20@news.example.net", "I am on holiday.", False),  # a member, if anna@ is a list
        ("boss@elsewhere.example", "20@news.example.net", "Anna no longer works here.", False),
        ("anna@example.org", "20@news.example.net", "This mailbox is not monitored.", False),
        ("anna@example.org", "forged@news.example.net", "I am on holiday.", False),  # anybody can write this
        ("forger@elsewhere.example", "forged@news.example.net", "I am on holiday.", False),
        ("forger@elsewhere.example", "19@news.example.net", "I am on holiday.", False),  # it was sent to others, too
        ("anna@example.org", "", "I am on holiday.", False),
    ],
)
def test_an_automatic_reply_proves_that_its_message_was_delivered(
    here: Path, monkeypatch: pytest.MonkeyPatch, author: str, message: str, text: str, is_proof: bool
) -> None:
    Path("bounced.toml").write_text(OWN + '[policy]\nsettles = "never"\n[policy.lift]\nhard = 1\n')
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    rows = [f"{number}@news.example.net,anna@example.org,{times.iso(day(number))}" for number in (0, 8, 16, 19, 20)]
    rows.append(f"19@news.example.net,carl@example.org,{times.iso(day(19))}")
    imported("sends", "message_id,address,sent_at", *rows)
    for number in (0, 8, 16):
        write(number, UNKNOWN)
    Path("all.mbox").write_text("".join(Path(f"{number}-failed.mbox").read_text() for number in (0, 8, 16)))
    assert bounced("scan", "all.mbox").exit_code == 0
    assert is_suppressed()
    answer(21, author, message, text)
    assert is_suppressed() != is_proof
    if "no longer" in text or "monitored" in text:
        said = bounced("explain", "anna@example.org").stdout
        assert "auto-reply: the person or the address is gone, proves nothing" in said
