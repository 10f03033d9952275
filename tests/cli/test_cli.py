"""Asking and deciding: help, check, explain, suppressions, suppress and release, unrecognized."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from bounced.cli import main
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.policy import Policy
from tests.support import documents
from tests.support.commands import DAY0, bounced, count, one_line, process
from tests.support.daemon import bounce, days

#: As in the README.
COMMANDS = [
    "run",
    "scan",
    "parse",
    "check",
    "explain",
    "suppressions",
    "suppress",
    "release",
    "held",
    "accept",
    "unrecognized",
    "reports",
    "sends",
    "recipients",
    "volume",
    "health",
    "token",
    "status",
    "check-config",
]

ODD = b"From: a@b.test\nSubject: hello\nMessage-ID: <odd@b.test>\n\nhow are you?\n"

COMPLAINT = b"""\
Received: from fbl.test by mx.sender.test; Tue, 01 Sep 2026 12:00:00 +0000
From: fbl@fbl.test
Subject: abuse report
Message-ID: <fbl@fbl.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

A complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Junk/1
Version: 1
Original-Rcpt-To: carl@rcpt.test

--b
Content-Type: text/rfc822-headers

Message-ID: <carl@sender.test>

--b--
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own, without any configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOUNCED_CONFIG", raising=False)
    return tmp_path


def failures(address: str, *on: float, first: datetime = DAY0) -> list[tuple[bytes, datetime]]:
    """Reports of different messages that failed on so many days after ``first``."""
    dates = days(first, *on)
    return [(bounce(number, address, when), when) for number, when in enumerate(dates)]


@pytest.fixture
def ledger() -> None:
    """Anna is suppressed by the rule, Bert has failed twice, Carl has complained; one mail was not understood."""
    mails = [*failures("anna@rcpt.test", 0, 8, 16), *failures("bert@rcpt.test", 0.5, 8.5)]
    sender = Sender(campaign="X-Campaign-ID", headers=("Message-ID",))
    count([*mails, (COMPLAINT, DAY0), (ODD, DAY0)], sender=sender)


def test_the_commands_are_those_of_the_readme() -> None:
    assert main.list_commands(click.Context(main)) == COMMANDS


@pytest.mark.parametrize("command", documents.commands())
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = bounced(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"Example: bounced {command}" in result.stdout
    assert result.stderr == ""


def test_what_is_no_command_is_a_usage_error() -> None:
    for words in (["scam"], ["--no-such-option"], ["check"], ["check", "--scope", "", "a@rcpt.test"]):
        result = bounced(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("Usage: bounced")
    assert bounced("--version").stdout.startswith("bounced, version ")


@pytest.mark.usefixtures("ledger")
def test_check_says_no_with_its_reason_and_by_its_exit_code() -> None:
    yes, no = bounced("check", "bert@rcpt.test"), bounced("check", "bert@rcpt.test", "Anna <ANNA@rcpt.test>")
    assert (yes.exit_code, yes.stdout) == (0, "bert@rcpt.test: yes\n")
    assert (no.exit_code, no.stdout.splitlines()) == (
        1,
        ["bert@rcpt.test: yes", "anna@rcpt.test: no: bounce (user_unknown) since 2026-09-17T12:00:00Z"],
    )


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("address", "scope", "exit_code"),
    [("anna", "all", 1), ("anna", "marketing", 1), ("carl", "all", 0), ("carl", "marketing", 1), ("bert", "all", 0)],
)
def test_a_complaint_forbids_marketing_only(address: str, scope: str, exit_code: int) -> None:
    assert bounced("check", "--scope", scope, f"{address}@rcpt.test").exit_code == exit_code


@pytest.mark.usefixtures("ledger")
def test_check_reads_standard_input_and_answers_programs() -> None:
    result = bounced("check", "--json", "-", stdin=b"anna@rcpt.test\r\n\n bert@rcpt.test\n")
    assert result.exit_code == 1
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "address": "anna@rcpt.test",
            "allowed": False,
            "because": ["bounce (user_unknown) since 2026-09-17T12:00:00Z"],
        },
        {"address": "bert@rcpt.test", "allowed": True, "because": []},
    ]


@pytest.mark.usefixtures("ledger")
def test_check_refuses_what_is_no_address_before_it_answers() -> None:
    result = bounced("check", "bert@rcpt.test", "nonsense", "also nonsense", "anna@rcpt.test,bert@rcpt.test")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "bounced: nonsense: is not a mail address",
        "bounced: also nonsense: is not a mail address",
        "bounced: anna@rcpt.test,bert@rcpt.test: is not a mail address",
    ]


@pytest.mark.usefixtures("ledger")
def test_explain_tells_what_counted_and_which_rule_fired() -> None:
    assert bounced("explain", "Anna@rcpt.test").stdout.splitlines() == [
        "anna@rcpt.test: suppressed (all mail) since 2026-09-17T12:00:00Z: bounce, "
        "3 failures from 2026-09-01T12:00:00Z to 2026-09-17T12:00:00Z",
        *[
            line
            for at, number, note in (
                ("2026-09-01", 0, "failure 1 of the streak"),
                ("2026-09-09", 1, "failure 2 of the streak"),
                ("2026-09-17", 2, "failure 3 of the streak: the limit of 3 over more than 15 days is reached"),
            )
            for line in (
                "",
                f"{at}T12:00:00Z failed hard user_unknown 5.1.1 550",
                f"    {note}",
                f"    event {number + 1}: plausible (no own domains configured)",
                "    said: 550 5.1.1 user unknown",
                "    campaign: autumn",
                f"    about: {number}@sender.test",
                "    rule: text: user unknown",
                "    from: 192.0.2.1",
                "    source: file:/mails 1.eml",
                f"    Message-ID: <{number}@sender.test>",
            )
        ],
        "",
        "next: stays suppressed until `bounced release anna@rcpt.test`",
    ]


def test_explain_tells_what_is_missing_and_when_at_the_earliest() -> None:
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
    count(failures("dora@rcpt.test", 0, 8, first=first))
    after, lapses = first + timedelta(days=15), first + timedelta(days=98)
    told = bounced("explain", "dora@rcpt.test").stdout.splitlines()
    assert told[0] == "dora@rcpt.test: may be mailed"
    assert (
        f"next: one more failure of class hard, the last one after {after:%Y-%m-%dT%H:%M:%SZ}, "
        f"if before {lapses:%Y-%m-%dT%H:%M:%SZ}, would suppress it"
    ) in told
    assert any(line.startswith("next: one more failure of class soft") for line in told)
    assert not any("class block" in line for line in told)


def test_explain_tells_what_did_not_count_and_why() -> None:
    delayed = bounce(7, "emil@rcpt.test", DAY0).replace(b"Action: failed", b"Action: delayed")
    again = bounce(1, "emil@rcpt.test", DAY0).replace(b"<1@mx.rcpt.test>", b"<again@mx.rcpt.test>")
    block = bounce(8, "emil@rcpt.test", DAY0).replace(b"5.1.1", b"5.7.1").replace(b"user unknown", b"listed as spam")
    dates = days(DAY0, 0, 1, 2, 3)
    count(zip([delayed, bounce(1, "emil@rcpt.test", DAY0), again, block], dates, strict=True))
    steps = json.loads(bounced("explain", "--json", "emil@rcpt.test").stdout)["history"]
    assert [(step["counted"], step["note"]) for step in steps] == [
        (False, "delayed, not failed"),
        (True, "failure 1 of the streak"),
        (False, "not counted: the same message already failed (2026-09-02)"),
        (False, "not counted: class block is not the recipient's fault"),
    ]


@pytest.mark.usefixtures("ledger")
def test_explain_answers_programs() -> None:
    found = json.loads(bounced("explain", "--json", "bert@rcpt.test").stdout)
    assert found["address"] == "bert@rcpt.test"
    assert found["suppressions"] == []
    assert found["streak"] == {"bounces": 2, "first_at": "2026-09-02T00:00:00Z", "last_at": "2026-09-10T00:00:00Z"}
    assert [step["headers"]["X-Campaign-ID"] for step in found["history"]] == ["autumn", "autumn"]
    assert {row["class"] for row in found["next"]} == {"hard", "soft"}


@pytest.mark.usefixtures("ledger")
def test_explain_tells_of_complaints() -> None:
    told = bounced("explain", "carl@rcpt.test").stdout
    assert "carl@rcpt.test: suppressed (marketing mail) since 2026-09-01T12:00:00Z: complaint" in told
    assert "2026-09-01T12:00:00Z complaint abuse\n    complaint\n" in told


@pytest.mark.usefixtures("ledger")
def test_explain_knows_when_it_knows_nothing() -> None:
    told = bounced("explain", "nobody@rcpt.test")
    assert told.exit_code == 0
    assert told.stdout.startswith(
        "nobody@rcpt.test: may be mailed\nnothing is known about this address\n\nnext: 3 more"
    )


@pytest.mark.usefixtures("ledger")
def test_suppressions_for_people_and_programs() -> None:
    head, *lines = bounced("suppressions").stdout.splitlines()
    assert head.split() == ["address", "scope", "cause", "reason", "since", "until", "bounces", "detail"]
    assert [line.split()[0] for line in lines] == ["anna@rcpt.test", "carl@rcpt.test"]
    rows = [json.loads(line) for line in bounced("suppressions", "--json").stdout.splitlines()]
    assert [(row["address"], row["scope"], row["bounces"]) for row in rows] == [
        ("anna@rcpt.test", "all", 3),
        ("carl@rcpt.test", "marketing", 0),
    ]
    assert bounced("suppressions", "--json", "--csv").exit_code == 2


def test_nobody_suppressed_is_said_and_is_no_data() -> None:
    count([])
    result = bounced("suppressions")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no suppressions\n")
    assert (bounced("suppressions", "--json").stdout, bounced("suppressions", "--csv").stdout.count("\n")) == ("", 1)


def test_a_spreadsheet_runs_nothing() -> None:
    long = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.test"
    addresses = ["=cmd@rcpt.test", "+1@rcpt.test", "-1@rcpt.test", "'x@rcpt.test", long]
    assert bounced("suppress", "--why", '=1+1,"x"', "--", *addresses).exit_code == 0
    rows = list(csv.DictReader(bounced("suppressions", "--csv").stdout.splitlines()))
    assert {row["address"] for row in rows} == {
        "'=cmd@rcpt.test",
        "'+1@rcpt.test",
        "'-1@rcpt.test",
        "x@rcpt.test",
        long,
    }
    assert {row["detail"] for row in rows} == {'\'=1+1,"x"'}
    assert bounced("check", "--", "-1@rcpt.test").exit_code == 1


@pytest.mark.usefixtures("ledger")
def test_a_release_resets_the_streak_and_stays_in_the_history() -> None:
    result = bounced("release", "--why", "mailbox was enlarged", "anna@rcpt.test", "bert@rcpt.test")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "anna@rcpt.test: released\nbert@rcpt.test: was not suppressed\n"
    assert bounced("check", "anna@rcpt.test").exit_code == 0
    told = bounced("explain", "anna@rcpt.test").stdout
    assert "release\n    released by hand\n    why: mailbox was enlarged\n" in told
    assert "next: 3 more failures of class hard" in told
    found = json.loads(bounced("explain", "--json", "bert@rcpt.test").stdout)
    assert found["streak"] is None


def test_suppress_is_by_scope_and_says_when_it_was_so_already() -> None:
    assert bounced("suppress", "--scope", "marketing", "a@rcpt.test").stderr == "a@rcpt.test: suppressed\n"
    assert bounced("check", "--scope", "all", "a@rcpt.test").exit_code == 0
    assert bounced("suppress", "-", stdin=b"a@rcpt.test\nb@rcpt.test\n").stderr == (
        "a@rcpt.test: suppressed\nb@rcpt.test: suppressed\n"
    )
    assert bounced("suppress", "b@rcpt.test").stderr == "b@rcpt.test: was already suppressed\n"
    bounced("release", "--scope", "all", "a@rcpt.test")
    assert (bounced("check", "--scope", "all", "a@rcpt.test").exit_code, bounced("check", "a@rcpt.test").exit_code) == (
        0,
        1,
    )


CAREFUL = """
workers = 1
[database]
path = "bounced.db"
[trust]
own_domains = ["elsewhere.test"]
"""


@pytest.fixture
def held(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three reports about Anna, as if of nobody's mail: two more failures than a third one that counts by itself."""
    (here / "bounced.toml").write_text(CAREFUL)
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    careful, sender = Policy(count={"bounce": "plausible"}), Sender(anchors=TrustAnchors(("elsewhere.test",)))
    count(failures("anna@rcpt.test", 0, 8, 16), sender=sender, policy=careful)


@pytest.mark.usefixtures("held")
def test_what_does_not_count_is_listed_explained_and_counts_once_somebody_has_looked() -> None:
    rows = [json.loads(line) for line in bounced("held", "--json").stdout.splitlines()]
    doubt = "held: trust unverified, plausible required"
    assert [(row["event"], row["address"], row["doubt"]) for row in rows] == [
        (number, "anna@rcpt.test", doubt) for number in (3, 2, 1)
    ]
    assert bounced("held").stdout.splitlines()[1].split()[:3] == ["3", "2026-09-17T12:00:00Z", "anna@rcpt.test"]
    assert (
        f"    {doubt}\n    event 2: unverified (nothing of ours in it)\n" in bounced("explain", "anna@rcpt.test").stdout
    )
    assert bounced("accept", "1", "2", "1").stderr == "accepted: 1, 2\n"
    assert bounced("accept", "--why", "I know them", "3", "1").stderr == (
        "accepted: 3, 1\nanna@rcpt.test: suppressed (bounce)\n"
    )
    assert "    event 2: unverified (nothing of ours in it), accepted 20" in bounced("explain", "anna@rcpt.test").stdout
    assert (bounced("held").stdout, bounced("held").stderr) == ("", "no held events\n")


@pytest.mark.usefixtures("held")
def test_a_number_that_no_event_has_is_not_accepted() -> None:
    ended = bounced("accept", "1", "17")
    assert (ended.exit_code, one_line(ended)) == (
        2,
        "bounced: 17: no event has this number; see `bounced explain` and `bounced held`",
    )
    assert len(bounced("held", "--json").stdout.splitlines()) == 3


GO_TOGETHER = "either --save or --redact needs a message NUMBER: bounced unrecognized --save FILE NUMBER"


@pytest.mark.usefixtures("ledger")
def test_unrecognized_lists_and_saves(here: Path) -> None:
    [row] = [json.loads(line) for line in bounced("unrecognized", "--json").stdout.splitlines()]
    assert (row["kind"], row["subject"], row["kept"]) == ("other", "hello", 1)
    assert "hello" in bounced("unrecognized").stdout
    number = str(row["id"])
    assert bounced("unrecognized", "--save", "saved.eml", number).exit_code == 0
    assert (here / "saved.eml").read_bytes() == ODD
    assert bounced("unrecognized", "--save", "-", number).stdout_bytes == ODD
    assert b"\n\nhow are you?\n" in bounced("unrecognized", "--redact", "-", number).stdout_bytes
    assert b"a@b.test" not in bounced("unrecognized", "--redact", "-", number).stdout_bytes
    for words, said in (
        (["--save", "x.eml", "99"], "99: no such message, or its content is no longer kept"),
        (["--save", "nowhere/x.eml", number], "nowhere/x.eml: No such file or directory"),
        (["--save", "x.eml", "--redact", "y.eml", number], GO_TOGETHER),
        (["--save", "/dev/full", number], "/dev/full: No space left on device"),
        ([number], GO_TOGETHER),
    ):
        result = bounced("unrecognized", *words)
        assert (result.exit_code, one_line(result)) == (2, f"bounced: {said}")


@pytest.mark.usefixtures("ledger")
def test_the_old_name_of_unrecognized_works_and_names_the_new_one() -> None:
    old, new = bounced("unread", "--json"), bounced("unrecognized", "--json")
    assert (old.exit_code, new.exit_code) == (0, 0)
    assert old.stdout == new.stdout != ""
    assert (old.stderr, new.stderr) == ("bounced: `bounced unread` is now `bounced unrecognized`\n", "")
    assert "unread" not in bounced("--help").output


def test_nothing_unrecognized_is_said() -> None:
    count([])
    assert (bounced("unrecognized").stdout, bounced("unrecognized").stderr) == ("", "no unrecognized messages\n")


def test_a_reader_that_goes_away_is_no_problem() -> None:
    bounced("suppress", "-", stdin=b"".join(b"u%d@rcpt.test\n" % number for number in range(1500)))
    ended = process("suppressions", "--csv", before=("sh", "-c", '"$@" | head -1', "sh"))
    assert (ended.stdout.count("\n"), ended.stderr) == (1, "")


def test_a_terminal_that_lacks_the_letters_is_no_problem() -> None:
    count([])
    ended = process("check", "用户@rcpt.test", env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "\\u7528\\u6237@rcpt.test: yes\n", "")


def test_reports_are_listed_by_type_and_by_whom_they_name(ledger: None) -> None:
    auth = COMPLAINT.replace(b"Feedback-Type: abuse", b"Feedback-Type: auth-failure").replace(b"fbl@", b"auth@")
    nobody = COMPLAINT.replace(b"Original-Rcpt-To: carl@rcpt.test\n", b"").replace(b"fbl@", b"nobody@")
    count([(auth, DAY0), (nobody, DAY0)])
    listed = {
        words: [row["feedback_type"] + " " + row["address"] for row in map(json.loads, lines(*words))]
        for words in ((), ("--type", "auth-failure"), ("--unattributed",))
    }
    assert listed == {
        (): ["abuse ", "auth-failure carl@rcpt.test", "abuse carl@rcpt.test"],
        ("--type", "auth-failure"): ["auth-failure carl@rcpt.test"],
        ("--unattributed",): ["abuse "],
    }
    assert bounced("reports").stdout.splitlines()[0].split()[:3] == ["id", "happened_at", "feedback_type"]
    assert bounced("reports", "--type", "virus").stderr == "no matching reports\n"


def lines(*words: str) -> list[str]:
    """What `bounced reports` prints for programs."""
    return bounced("reports", "--json", *words).stdout.splitlines()


def test_check_loads_neither_parser_nor_phrases() -> None:
    """A sender runs it before each message: nothing may load what only reading a message needs."""
    program = "import sys; from bounced.cli import main; main(['check', '--help'], standalone_mode=False); "
    program += "print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = result.stdout.splitlines()[-1].split()
    assert "bounced.config.model" in loaded
    assert {"bounced.mime", "bounced.decode", "bounced.classify", "tabulate", "apscheduler"}.isdisjoint(loaded)
