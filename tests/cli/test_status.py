"""`bounced status`: what a Nagios-like check sees, from polls of every age and kind."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bounced.errors import MailboxError
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Cursor, Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Policy
from bounced.sources.imap import ImapMailbox
from tests.support.commands import bounced, one_line
from tests.support.scripted import ScriptedImap

CONFIG = """
[database]
path = "bounced.db"
[mailbox.bounces]
host = "imap.example.org"
user = "bounces"
password_env = "PASSWORD"
poll = "1m"
"""

NOTE = "trust.own_domains: not set: every report counts, forged ones too; add your domains"

Poll = Mapping[int, str]

#: Minutes ago at which the mailbox was polled, with the problem that it had (none: it went through).
POLLS: dict[str, tuple[Poll, int, str]] = {
    "just now": ({0: ""}, 0, "BOUNCED OK - 1 mailbox, backlog 5,"),
    "within its time": ({3: ""}, 0, "BOUNCED OK"),
    "overdue": ({6: ""}, 1, "no poll for"),
    "overdue for long": ({90: ""}, 2, "is the daemon running?"),
    "failing": ({5: "", 0: "refuses connections"}, 1, "refuses connections"),
    "failing for long": ({90: "", 0: "login refused"}, 2, "login refused"),
    "recovered": ({90: "", 50: "login refused", 0: ""}, 0, "BOUNCED OK"),
    "never went through": ({0: "login refused"}, 2, "login refused"),
    "never polled": ({}, 2, "never polled: is the daemon running?"),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own with one mailbox configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    (tmp_path / "bounced.toml").write_text(CONFIG)
    return tmp_path


def write(polls: Poll) -> None:
    """Writes what the daemon would have written about these polls; the mailbox has 12 mails, 7 of them taken."""
    for minutes, problem in polls.items():
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        with Ledger("bounced.db", Policy(), clock=lambda at=at: at) as ledger:  # type: ignore[misc]
            ledger.take([], Cursor("imap:bounces/INBOX", 1, 7))
            ledger.folders.polled("imap:bounces/INBOX", 12, problem)
    Ledger("bounced.db", Policy()).close()


@pytest.mark.parametrize(("polls", "exit_code", "says"), POLLS.values(), ids=POLLS)
def test_the_exit_code_tells_how_it_goes(polls: Poll, exit_code: int, says: str) -> None:
    write(polls)
    result = bounced("status")
    assert (result.exit_code, result.stderr) == (exit_code, "")
    assert says in result.stdout
    states = [line.split()[0] for line in result.stdout.splitlines()[:3]]
    assert states == ["BOUNCED", "state", ("OK", "WARNING", "CRITICAL")[exit_code]]


def test_programs_get_the_same() -> None:
    write({5: "", 0: "refuses\x1b connections"})
    told = json.loads(bounced("status", "--json").stdout)
    [mailbox] = told.pop("mailboxes")
    [job] = told.pop("jobs")
    assert told.pop("reclassification") == {}
    assert told.pop("alarms") == []
    assert told.pop("daemons") == []
    assert [(problem["kind"], problem["name"]) for problem in told.pop("open_problems")] == [
        ("mailbox", mailbox["mailbox"])
    ]
    assert told.pop("notes") == [NOTE]
    assert told == {
        "state": "WARNING",
        "messages": 0,
        "open_incidents": 0,
        "probes_due": 0,
        "withheld": 0,
        "event_count": 0,
        "unrecognized": 0,
        "suppressed": 0,
        "unattributed": 0,
        "held": 0,
        "held_today": 0,
        "not_stored": 0,
        "not_stored_today": 0,
        "expired": 0,
        "blocked_today": 0,
    }
    assert (job["state"], job["job"], job["problem"]) == ("OK", "checkpoint", "")
    assert (mailbox["state"], mailbox["mailbox"], mailbox["waiting"]) == ("WARNING", "imap:bounces/INBOX", 5)


def test_status_reports_held_events_or_that_everything_counts(here: Path) -> None:
    write({0: ""})
    assert bounced("status").stdout.splitlines()[-1] == f"note: {NOTE}"
    (here / "bounced.toml").write_text(f'{CONFIG}\n[trust]\nown_domains = ["sender.test"]\n')
    with Ledger("bounced.db", Policy(count={"bounce": "plausible"})) as ledger:
        events = (Event("a@rcpt.test", "bounce", "failed", "hard"), Event("b@rcpt.test", "bounce", "failed", "hard"))
        messages = (RawMessage(Origin("-"), datetime.now(UTC) - timedelta(days=day), b"x", 1) for day in (0, 2))
        for event, message in zip(events, messages, strict=True):
            parsed = Parsed("bounce", events=(event,))
            ledger.take([Item(message, fingerprint(f"\n\n{event.address}".encode()), parsed)])
    told = bounced("status").stdout
    assert "2 held (1 in 24 h)" in told
    assert "note:" not in told


def test_the_backlog_is_0_when_the_server_sends_no_uidnext(tmp_path: Path) -> None:
    """UIDNEXT is not everybody's; RFC 3501 (6.3.1) has the client find out then."""
    selected = "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n"
    with ScriptedImap({"EXAMINE": [selected], "SELECT": [selected], "UID SEARCH": ["TAG NO not now\r\n"]}) as server:
        mailbox = ImapMailbox(replace(server.account(), name="bounces"))
        with pytest.raises(MailboxError) as failed:
            list(mailbox.batches(None))
        mailbox.close()
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.folders.polled(mailbox.name, mailbox.last_uid, str(failed.value))
    assert "backlog 0," in bounced("status").stdout


def test_a_failing_mailbox_says_when_it_is_tried_again() -> None:
    at = datetime(2026, 9, 1, 12, tzinfo=UTC)
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.folders.polled("imap:bounces/INBOX", 0, "refuses connections", at)
    assert "2026-09-01T12:00:00Z" in bounced("status").stdout
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.folders.polled("imap:bounces/INBOX", 0)
    assert "2026-09-01T12:00:00Z" not in bounced("status").stdout


def test_what_is_silent_is_a_warning() -> None:
    for minutes in (180, 0):
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        with Ledger("bounced.db", Policy(), clock=lambda at=at: at) as ledger:  # type: ignore[misc]
            ledger.folders.polled("imap:bounces/INBOX", 0)
            ledger.arrivals.read()
            ledger.arrivals.judge({"imap:bounces/INBOX": timedelta(hours=1)})
    result = bounced("status")
    assert result.exit_code == 1
    assert "BOUNCED WARNING - mailbox:imap:bounces/INBOX: silent since 20" in result.stdout
    assert "at least one message in 1 hour is expected" in result.stdout


def test_a_mailbox_that_is_read_and_can_not_be_settled_is_a_warning() -> None:
    write({0: ""})
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.folders.polled("imap:bounces/INBOX", 12, "create failed", datetime.now(UTC), failing=False)
    result = bounced("status")
    assert (result.exit_code, "create failed" in result.stdout) == (1, True)


def test_jobs_are_told_and_one_that_failed_is_a_warning() -> None:
    write({0: ""})
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.upkeep.ran("optimize")
        ledger.upkeep.ran("backup", "the disk is full")
    result = bounced("status")
    assert result.exit_code == 1
    told = [line.split()[:2] for line in result.stdout.splitlines()[3:-1]]
    assert told == [["state", "job"], ["WARNING", "backup"], ["OK", "checkpoint"], ["OK", "optimize"]]
    assert "the disk is full" in result.stdout
    assert [job["state"] for job in json.loads(bounced("status", "--json").stdout)["jobs"]] == ["WARNING", "OK", "OK"]


@pytest.mark.parametrize(("minutes", "exit_code"), [(9, 0), (11, 0), (40, 1), (90, 2)])
def test_a_cron_expression_says_when_a_poll_is_overdue(here: Path, minutes: int, exit_code: int) -> None:
    (here / "bounced.toml").write_text(CONFIG.replace('"1m"', '"*/5 * * * *"'))
    write({minutes: ""})
    assert bounced("status").exit_code == exit_code


def test_a_poll_in_the_future_is_a_warning_as_the_clock_was_wrong() -> None:
    write({-60 * 24 * 365: ""})
    result = bounced("status")
    assert (result.exit_code, "was the clock set?" in result.stdout) == (1, True)


def test_a_problem_reaches_no_terminal_raw() -> None:
    write({0: "\x1b[31m"})
    assert "\x1b" not in bounced("status").stdout


def test_the_worst_mailbox_decides(here: Path) -> None:
    write({0: ""})
    second = CONFIG.partition("[mailbox.bounces]")[2].replace('user = "', 'user = "other-')
    (here / "bounced.toml").write_text(f"{CONFIG}[mailbox.complaints]{second}")
    result = bounced("status")
    assert result.exit_code == 2
    begin = "BOUNCED CRITICAL - imap:complaints/INBOX: never polled: is the daemon running?; 2 mailboxes, backlog"
    assert result.stdout.startswith(begin)


def test_the_first_line_says_what_is_wrong_and_has_figures() -> None:
    write({90: "", 0: "login | refused"})
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.upkeep.ran("backup", "the disk is full")
        ledger.decisions.decide(["anna@rcpt.test"], "suppress", "all", "")
    said, _, figures = bounced("status").stdout.splitlines()[0].partition(" | ")
    begin = "BOUNCED CRITICAL - imap:bounces/INBOX: login / refused; backup: the disk is full; 1 mailbox, backlog 5, "
    assert said.startswith(begin)
    assert re.fullmatch(r"([a-z_]+=[0-9]+c?;;;0 ?)+", figures)
    assert {"backlog=5;;;0", "suppressed=1;;;0", "messages=0c;;;0", "blocked_today=0;;;0"} <= set(figures.split())


def test_many_problems_are_counted_in_the_first_line() -> None:
    write({0: ""})
    with Ledger("bounced.db", Policy()) as ledger:
        for number in range(5):
            ledger.upkeep.ran(f"job{number}", "x" * 500)
    line = bounced("status").stdout.splitlines()[0]
    assert "; 2 more; 1 mailbox" in line
    assert len(line) < 1200


def test_without_a_mailbox_nothing_is_known(here: Path) -> None:
    write({0: ""})
    (here / "bounced.toml").write_text('[database]\npath = "bounced.db"\n')
    result = bounced("status")
    assert result.exit_code == 3
    assert result.stdout.startswith("BOUNCED UNKNOWN - no mailbox is configured, backlog")


def test_without_a_database_the_check_says_so_where_nagios_looks() -> None:
    result = bounced("status")
    assert (result.exit_code, result.stderr) == (2, "")
    assert result.stdout == (
        "BOUNCED CRITICAL - bounced.db: no such database; `bounced run` and `bounced scan` create it\n"
    )
    assert json.loads(bounced("status", "--json").stdout)["state"] == "CRITICAL"


def test_a_bad_configuration_is_no_state(here: Path) -> None:
    (here / "bounced.toml").write_text("polici = 3\n")
    result = bounced("status")
    assert result.exit_code == 78
    assert "did you mean" in one_line(result)
