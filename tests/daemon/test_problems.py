"""What is wrong: each kind of problem, found in figures, and what there is to see of a machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import trustme

from bounced.config import AlarmsSection, Config, Schedule
from bounced.config.alarms import ProblemKind
from bounced.daemon.problems import Disk, Ending, Seen, endings, host, mailboxes, search
from bounced.daemon.problems.kinds import BY_NAME, KINDS
from bounced.ledger.figures import Figures

HOSTILE = "NO \x1b[2J\r\nalarm-recovered kind=mailbox | x=1 \u202e" + "x" * 2**20

NOW = datetime(2026, 9, 17, 12, tzinfo=UTC)
INBOX = "imap:bounces/INBOX"

WELL: dict[str, Any] = {**mailboxes.NEVER_POLLED, "mailbox": INBOX, "polled_at": "2026-09-17T12:00:00Z"}
LIMITS = AlarmsSection(backlog=100, unrecognized=10)
FIGURES = Figures({}, mailboxes=[WELL])
SEEN = Seen(NOW, FIGURES, {INBOX: Schedule(timedelta(minutes=1))}, ("mta",), [], [], [], False, "", LIMITS)
SINK = {"name": "crm", "problem": "", "waiting": 3, "dead": 0}
FAILING = {"failing_since": "2026-09-17T11:59:00Z", "next_try": "2026-09-17T12:05:00Z"}
REFUSED = {**WELL, **FAILING, "problem": "login refused", "login_refused": 1}


def figures(**rows: Any) -> Seen:
    return replace(SEEN, figures=replace(FIGURES, **rows))


def polled(**row: Any) -> Seen:
    return figures(mailboxes=[{**WELL, **row}])


def disk(percent: float) -> Seen:
    return replace(SEEN, disks=[Disk("/var", percent / 100, 3 * 2**20)])


def certificate(days: float) -> Seen:
    return replace(SEEN, certificates=[Ending("/c.pem", "mailbox.x.client_cert", NOW + timedelta(days=days))])


#: What is seen, and what is wrong by that: kind, name, a part of the text, whether it is critical.
FOUND: dict[str, tuple[Seen, list[tuple[str, str, str, bool]]]] = {
    "all is well": (SEEN, []),
    "a mailbox fails": (polled(**FAILING, problem="refuses connections"), [("mailbox", INBOX, "refuses", False)]),
    "its name is said once": (
        polled(**FAILING, problem=f"{INBOX}: refuses connections"),
        [("mailbox", INBOX, "refuses connections", False)],
    ),
    "a login is refused": (figures(mailboxes=[REFUSED]), [("login", INBOX, "login refused", False)]),
    "it has failed for long": (
        figures(mailboxes=[{**REFUSED, "polled_at": "2026-09-17T10:00:00Z"}]),
        [("login", INBOX, "login refused", True)],
    ),
    "never polled": (figures(mailboxes=[]), [("mailbox", INBOX, "never polled", True)]),
    "the clock was set": (polled(polled_at="2026-09-18T12:00:00Z"), [("mailbox", INBOX, "was the clock set?", False)]),
    "not settled": (polled(next_try="2026-09-17T12:05:00Z", problem="quota"), [("mailbox", INBOX, "quota", False)]),
    "a remark": (polled(problem="the folder does not exist yet"), []),
    "a mailbox that is not configured": (figures(mailboxes=[WELL, {**REFUSED, "mailbox": "imap:old/INBOX"}]), []),
    "silent": (
        figures(silences=[{"kind": "feedback-loop", "name": "yahoo", "since": "2026-09-01T00:00:00Z", "hours": 48}]),
        [("silence", "feedback-loop:yahoo", "silent since 2026-09-01T00:00:00Z", False)],
    ),
    "a canary": (
        replace(
            figures(canary={"missed_since": "2026-09-17T11:00:00Z", "returned_at": None, "problem": ""}),
            has_canary=True,
        ),
        [("canary", "canary", "late: none sent since 2026-09-17T11:00:00Z came back, the last one never", False)],
    ),
    "a canary that is well": (
        replace(figures(canary={"missed_since": None, "returned_at": None, "problem": ""}), has_canary=True),
        [],
    ),
    "a backlog": (
        polled(waiting=98, unsettled=1, deferred=1),
        [("backlog", f"backlog:{INBOX}", "100 messages", False)],
    ),
    "less of one": (polled(waiting=97, unsettled=1, deferred=1), []),
    "a disk nearly full": (disk(4.9), [("disk", "disk:/var", "4.9 % free, 3 MiB", False)]),
    "a disk full": (disk(0.9), [("disk", "disk:/var", "0.9 % free", True)]),
    "a disk with room": (disk(5), []),
    "a disk that may be full": (replace(disk(0), limits=AlarmsSection(disk=0)), []),
    "a certificate ends soon": (certificate(13), [("certificate", "certificate:/c.pem", "client_cert: ends 2", False)]),
    "a certificate has ended": (certificate(-1), [("certificate", "certificate:/c.pem", "client_cert: ended", True)]),
    "a certificate ends later": (certificate(14), []),
    "a secret ends soon": (
        replace(SEEN, secrets=[Ending("imap:x", "refresh token", NOW + timedelta(days=2))]),
        [("secret", "secret:imap:x", "refresh token: ends 2026-09-19T12:00:00Z", False)],
    ),
    "a secret ends today": (
        replace(SEEN, secrets=[Ending("imap:x", "refresh token", NOW)]),
        [("secret", "secret:imap:x", "refresh token: ended 2026-09-17T12:00:00Z", True)],
    ),
    "a lock": (replace(SEEN, lock="x holds a lock"), [("database", "writing", "x holds a lock", True)]),
    "jobs fail": (
        figures(
            jobs=[{"job": "backup", "problem": "full"}, {"job": "rates", "problem": "no"}, {"job": "x", "problem": ""}]
        ),
        [("backup", "backup", "full", False), ("job", "rates", "no", False)],
    ),
    "a sink takes nothing": (
        figures(sinks=[{**SINK, "problem": "no connection"}]),
        [("sink", "sink:crm", "no connection; 3 changes wait", False)],
    ),
    "a sink refused": (figures(sinks=[{**SINK, "dead": 2}]), [("sink", "sink:crm", "2 refused", False)]),
    "a sink that is behind": (figures(sinks=[SINK]), []),
    "a mail log": (figures(logs=[{"name": "mta", "problem": "gone"}]), [("log", "log:mta", "gone", False)]),
    "a mail log that is not configured": (figures(logs=[{"name": "old", "problem": "gone"}]), []),
    "the brake": (
        figures(brake={"addresses": 3, "unproved": 2, "since": "2026-09-17T11:00:00Z"}),
        [("brake", "brake", "3 addresses withheld since 2026-09-17T11:00:00Z (2 of them without proof)", False)],
    ),
    "an incident": (
        figures(incidents=[{"id": 4, "dimension": "provider", "name": "gmail", "since": "2026-09-17T11:00:00Z"}]),
        [("incident", "incident:4", "provider gmail: fails since", False)],
    ),
    "unrecognized": (figures(unrecognized_lately=10), [("unrecognized", "unrecognized", "10 unrecognized", False)]),
    "few unrecognized": (figures(unrecognized_lately=9), []),
}


@pytest.mark.parametrize(("seen", "found"), FOUND.values(), ids=FOUND)
def test_a_problem_is_found(seen: Seen, found: list[tuple[str, str, str, bool]]) -> None:
    problems = search.problems(seen)
    assert [(each.kind, each.name, each.is_critical) for each in problems] == [
        (kind, name, is_critical) for kind, name, _, is_critical in found
    ]
    assert not any(each.text.startswith(f"{each.name}: ") for each in problems)
    assert all(text in each.text for each, (_, _, text, _) in zip(problems, found, strict=True))
    assert all(each.advice and each.patience == BY_NAME[each.kind].patience for each in problems)


def test_every_kind_has_a_row_and_is_found_above() -> None:
    found = {kind for _, problems in FOUND.values() for kind, *_ in problems}
    assert [kind.name for kind in KINDS] == list(get_args(ProblemKind))
    assert found == set(get_args(ProblemKind))


def test_a_kind_that_is_switched_off_is_no_problem() -> None:
    seen = replace(figures(unrecognized_lately=10, jobs=[{"job": "x", "problem": "no"}]), limits=AlarmsSection())
    assert [each.kind for each in search.problems(replace(seen, limits=AlarmsSection(off=["unrecognized"])))] == ["job"]


def test_disks_are_those_of_the_database_and_of_its_backups_each_once(tmp_path: Path) -> None:
    config = Config.model_validate({"database": {"path": str(tmp_path / "bounced.db")}})
    config.database.backups.mkdir()
    [disk] = host.disks(config)
    assert disk.path == str(tmp_path)
    assert 0 < disk.share <= 1
    elsewhere = Config.model_validate({"database": {"path": str(tmp_path / "bounced.db"), "backup_folder": "/proc"}})
    assert [disk.path for disk in host.disks(elsewhere)] == [str(tmp_path), "/proc"]


def test_the_end_of_a_certificate_is_read_from_its_file(tmp_path: Path) -> None:
    until = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    trustme.CA().issue_cert("x.test", not_after=until).private_key_and_cert_chain_pem.write_to_path(tmp_path / "c.pem")
    (tmp_path / "none.pem").write_text("no certificate")
    files = [str(tmp_path / name) for name in ("c.pem", "none.pem", "missing.pem")]
    config = Config.model_validate(
        {"trust": {"sns_certificates": files, "sns_topics": ["arn:aws:sns:eu-west-1:123456789012:ses-feedback"]}}
    )
    assert host.certificates(config) == [Ending(files[0], "trust.sns_certificates", until)]


def test_what_ends_is_looked_at_for_what_is_configured() -> None:
    """And the day on which a client secret ends is its end, not the day after."""
    rows = [
        {"source": source, "kind": kind, "name": "x", "ends_at": "2026-09-20T00:00:00Z"}
        for source in ("imap:bounces", "imap:gone", "canary", "alarms.mail", "sink.crm", "sink.gone")
        for kind in ("certificate", "secret")
    ]
    server = {"host": "127.0.0.1", "tls": "none"}
    oauth = {"provider": "microsoft", "tenant": "t", "client_id": "c", "client_secret_env": "S"}
    mailbox = {"host": "x.test", "user": "u", "oauth": {**oauth, "client_secret_ends": date(2026, 9, 20)}}
    config = Config.model_validate(
        {
            "mailbox": {"bounces": mailbox},
            "alarms": {"mail": {**server, "sender": "a@b.test", "to": ["c@d.test"]}},
            "sink": {"crm": {"url": "https://x.test"}},
        }
    )
    seen = search.seen(replace(FIGURES, expirations=rows), config, NOW)
    places = ["imap:bounces", "alarms.mail", "sink.crm"]
    assert [ending.place for ending in seen.certificates] == places
    assert [ending.place for ending in seen.secrets] == ["mailbox.bounces.oauth", *places]
    assert {ending.until for ending in seen.secrets} == {datetime(2026, 9, 20, tzinfo=UTC)}
    assert [finding.name for finding in endings.secrets(seen)] == [
        "secret:mailbox.bounces.oauth",
        *(f"secret:{place}" for place in places),
    ]


@pytest.mark.parametrize("seen", [polled(**FAILING, problem=HOSTILE), figures(sinks=[{**SINK, "problem": HOSTILE}])])
def test_what_a_server_says_is_short_and_has_no_control_characters(seen: Seen) -> None:
    """As it gets into the outbox, and from there to commands, programs and people."""
    [problem] = search.problems(seen)
    assert len(problem.text) <= 1000
    assert problem.text.isprintable()
    assert problem.text.startswith("NO")
