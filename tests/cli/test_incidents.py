"""incidents and incident: an outage, from reports in a folder to what a person decides."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bounced import tokens
from tests.support.commands import DAY0, bounced, one_line, write

CONFIGURATION = """
workers = 1
[database]
path = "bounced.db"
[policy]
hard = { bounces = 1, days = 0 }
"""


def report(address: str, day: float, server: str) -> bytes:
    at = format_datetime(DAY0 + timedelta(days=day))
    return f"""\
Received: from {server} by mx.sender.test with ESMTP id 1; {at}
From: MAILER-DAEMON@mx.sender.test
Message-ID: <{day}.{address}>
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.sender.test

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Remote-MTA: dns; {server}
Diagnostic-Code: smtp; 550 5.1.1 The email account that you tried to reach does not exist
--b--
""".encode()


def reports(day: float, domain: str, name: str, number: int, server: str = "mx.test") -> Iterable[bytes]:
    return [report(f"{name}{n}@{domain}", day + n / 10000, server) for n in range(number)]


def proved(mail: bytes) -> bytes:
    """``mail``, sent to an address with a token for its recipient."""
    [key] = tokens.parse_keys("k2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    recipient = mail.partition(b"Final-Recipient: rfc822; ")[2].partition(b"\n")[0].decode()
    token = tokens.make(key, (DAY0 + timedelta(days=100)).date(), recipient=recipient)
    return mail.replace(b"Subject:", f"To: bounces+{token}@sender.test\nSubject:".encode())


@pytest.fixture
def outage(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six weeks with a few dead, and then forty at companies whose mail Google takes."""
    (here / "bounced.toml").write_text(CONFIGURATION)
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    usual = [
        mail
        for week in range(6)
        for domain in ("gmail.com", "yahoo.com")
        for mail in reports(7 * week, domain, f"dead{week}x", 3)
    ]
    write(here / "usual", usual)
    write(here / "outage", reports(42, "firm.test", "living", 40, "aspmx.l.google.com"))
    bounced("scan", "usual")


@pytest.mark.usefixtures("outage")
def test_an_outage_suppresses_nobody_and_is_told() -> None:
    lines = bounced("scan", "outage").stderr.splitlines()
    assert "incident 1 (provider google): open (see bounced incidents)" in lines
    assert not [line for line in lines if line.startswith("newly suppressed")]
    [row] = map(json.loads, bounced("incidents", "--json").stdout.splitlines())
    assert (row["state"], row["dimension"], row["name"], row["event_count"], row["addresses"]) == (
        *("open", "provider", "google", 40, 40),
    )
    assert bounced("incidents").stdout.splitlines()[1].split()[:3] == ["1", "open", row["since"]]
    assert bounced("check", "living7@firm.test").exit_code == 0
    explained = bounced("explain", "living7@firm.test").stdout.splitlines()
    assert "    held: incident of one provider (bounced incident show 1)" in explained
    header, row_1 = bounced("held", "--limit", "1").stdout.splitlines()
    assert row_1[header.index("incidents") :].split()[0] == "1"
    assert json.loads(bounced("held", "--limit", "1", "--json").stdout)["incidents"] == [1]
    assert ", 1 open incident" in bounced("status").stdout
    shown = bounced("incident", "show", "1", "--limit", "2").stdout.splitlines()
    assert (len(shown), shown[3].split()[2]) == (5, "living39@firm.test")


@pytest.mark.usefixtures("outage")
def test_released_and_discarded() -> None:
    bounced("scan", "outage")
    assert bounced("incident", "release", "1", "--why", "an\x1b old list").stderr == (
        "incident 1: released; 40 more suppressed, 0 fewer\n"
    )
    assert bounced("check", "living7@firm.test").exit_code == 1
    shown = json.loads(bounced("incident", "show", "1", "--json").stdout)
    assert (shown["state"], shown["event_count"], shown["failures"]) == ("released", 0, 40)
    assert bounced("incident", "show", "1").stderr == "it was released: 40 failures of its hours count\n"
    told = json.loads(bounced("incident", "discard", "1", "--json").stdout)
    assert told == {"id": 1, "what": "discard", "suppressed": 0, "released": 40}
    shown = json.loads(bounced("incident", "show", "1", "--json").stdout.splitlines()[0])
    assert (shown["state"], [it["what"] for it in shown["decisions"]]) == ("discarded", ["release", "discard"])
    assert (shown["event_count"], shown["failures"]) == (40, 40)
    told = bounced("incident", "show", "1").stdout
    assert ": an\N{REPLACEMENT CHARACTER} old list\n" in told
    assert "Z discard\n" in told
    assert "\x1b" not in told
    for words in (("show", "9"), ("release", "9")):
        assert one_line(bounced("incident", *words)) == (
            "bounced: 9: no incident has this number; see `bounced incidents`"
        )


@pytest.mark.usefixtures("outage")
def test_without_the_guard_they_are_suppressed(here: Path) -> None:
    (here / "bounced.toml").write_text(f"{CONFIGURATION}[policy.incidents]\naddresses = 0\n")
    assert "newly suppressed: 40 addresses" in bounced("scan", "outage").stderr
    assert bounced("incidents").stderr == "no incidents\n"


@pytest.mark.usefixtures("outage")
def test_it_is_over_when_mail_was_taken_again(here: Path) -> None:
    at = (DAY0 + timedelta(days=43.2)).isoformat()
    rows = [f"list{n}@gmail.com,{at}" for n in range(20)]
    (here / "taken.csv").write_text("\n".join(["address,at", *rows]) + "\n")
    assert bounced("delivered", "import", "taken.csv").exit_code == 0
    bounced("scan", "outage")
    [row] = map(json.loads, bounced("incidents", "--json").stdout.splitlines())
    assert (row["state"], row["until"]) == ("settled", (DAY0 + timedelta(days=43)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert bounced("check", "living7@firm.test").exit_code == 0


def test_a_domain_that_cannot_be_reached_is_due_for_a_probe(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "bounced.toml").write_text(f'{CONFIGURATION}[identify]\ntoken_keys = "token.keys"\n')
    (here / "token.keys").touch(0o600)
    (here / "token.keys").write_text("k2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n")
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    usual = [mail for week in range(6) for mail in reports(7 * week, "yahoo.com", f"dead{week}x", 3)]
    write(here / "usual", map(proved, usual))
    down = [
        proved(
            mail.replace(b"5.1.1", b"5.1.2").replace(b"The email account that you tried to reach does", b"Host does")
        )
        for mail in reports(42, "firm.test", "living", 6)
    ]
    write(here / "down", down)
    bounced("scan", "usual", "down")
    [row] = map(json.loads, bounced("incidents", "--probes", "--json").stdout.splitlines())
    due = DAY0 + timedelta(days=49)
    assert (row["name"], row["probe_at"], row["probe_address"]) == (
        *("firm.test", f"{due:%Y-%m-%dT%H:00:00Z}", "living5@firm.test"),
    )
    assert "living5@firm.test" in bounced("incidents", "--probes").stdout
    status = bounced("status", "--json")
    assert json.loads(status.stdout)["probes_due"] == 1
    assert "1 probe due" in bounced("status").stdout
