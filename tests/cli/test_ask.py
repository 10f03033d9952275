"""check, explain, suppressions and reports."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced import config
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import COMPLAINT, DAY0, bounced, count, failures
from tests.support.daemon import bounce, days
from tests.support.ledger import failed, item


@pytest.mark.usefixtures("ledger")
def test_check_says_no_with_its_reason_and_by_its_exit_code() -> None:
    yes, no = bounced("check", "bert@rcpt.test"), bounced("check", "bert@rcpt.test", "ANNA@rcpt.test")
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
    result = bounced("check", "--json", "-", stdin=b"anna@rcpt.test\nbert@rcpt.test")
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
        "bounced: nonsense: is not an email address",
        "bounced: also nonsense: is not an email address",
        "bounced: anna@rcpt.test,bert@rcpt.test: is not an email address",
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
                ("2026-09-17", 2, "failure 3 of the streak: the hard limit of 3 over more than 15 days is reached"),
            )
            for line in (
                "",
                f"{at}T12:00:00Z failed hard user_unknown 5.1.1 550",
                f"    {note}",
                f"    event {number + 1}: plausible (no own domains configured)",
                "    said: 550 5.1.1 user unknown",
                "    charged by: final-recipient",
                f"    about: {number}@sender.test",
                "    rule: text: user unknown",
                "    from: 192.0.2.1",
                "    source: file:/mails 1.eml",
                "    campaign: autumn (not proved)",
                f"    Message-ID: <{number}@sender.test>",
            )
        ],
        "",
        "next: stays suppressed until `bounced release anna@rcpt.test`",
    ]


def test_explain_tells_who_runs_the_mailbox_where_that_is_not_its_domain(here: Path) -> None:
    with Ledger(str(here / "bounced.db"), Policy()) as ledger:
        for number, remote in enumerate(("gmail-smtp-in.l.google.com", "")):
            event = failed("anna@rcpt.test", remote_mta=remote, original_message_id=f"{number}@s")
            ledger.take([item(number + 1, number, event)])
    lines = bounced("explain", "anna@rcpt.test").stdout.splitlines()
    assert [line for line in lines if "provider" in line] == ["    provider: google"]


def test_explain_tells_what_the_level_and_the_names_rest_on(here: Path) -> None:
    """I5: a token proves the address, and only the campaign that is in it."""
    known: Any = {"trust": "verified", "evidence": "token k2", "charged_by": "token", "stream": "news"}
    names = (("spring", "header", "verp"), ("autumn", "token", "sends"), ("summer", "dkim", ""))
    events = [
        failed("a@rcpt.test", campaign=campaign, campaign_by=by, stream_by=stream_by, **known)
        for campaign, by, stream_by in names
    ]
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.take([item(number, number, event) for number, event in enumerate(events)])
    told = [line.strip() for line in bounced("explain", "a@rcpt.test").stdout.splitlines()]
    assert [line for line in told if line.startswith("event ")] == [
        f"event {n}: verified (token k2)" for n in (1, 2, 3)
    ]
    assert [line for line in told if line.startswith(("charged", "campaign", "stream"))] == [
        *("charged by: token", "campaign: spring (not proved)", "stream: news (not proved)"),
        *("charged by: token", "campaign: autumn (in the token)", "stream: news (in the table sends)"),
        *("charged by: token", "campaign: summer (in a signed header)", "stream: news (not proved)"),
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


def test_explain_names_step_and_probation(here: Path) -> None:
    expire, scope = '[policy.expire]\nhard = ["30d", "90d", "never"]', '[policy.scope]\nhard = "marketing"'
    (here / "ladder.toml").write_text(f'[database]\npath = "bounced.db"\n{expire}\n{scope}\n')
    options = ["--config", "ladder.toml"]
    policy = config.load(here / "ladder.toml").rule()
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(days=60)

    def day(number: float) -> str:
        return f"{first + timedelta(days=number):%Y-%m-%dT%H:%M:%SZ}"

    *earlier, last = failures("dora@rcpt.test", 0, 8, 16, 50, first=first)
    count(earlier, policy=policy)
    told = bounced("explain", *options, "dora@rcpt.test").stdout.splitlines()
    assert told[0] == "dora@rcpt.test: may be mailed"
    assert (
        f"next: on probation from {day(46)} to {day(136)}: one failure of class hard suppresses it for 90 days "
        "(step 2 of 3)"
    ) in told
    assert not any(line.endswith("would suppress it") and "class hard" in line for line in told)
    count([last], policy=policy)
    told = bounced("explain", *options, "dora@rcpt.test").stdout.splitlines()
    assert told[0].startswith(f"dora@rcpt.test: suppressed (marketing mail) since {day(50)} until {day(140)}: bounce")
    assert f"1 failure from {day(50)}" in told[0]
    expired = "failure 1 of the streak (new streak: the suppression had expired)"
    assert f"    {expired}; on probation: suppressed until {day(140)[:10]}" in told
    known = json.loads(bounced("explain", *options, "--json", "dora@rcpt.test").stdout)["probation"]
    assert (known["kind"], known["step"], known["steps"], known["lifetime_days"]) == ("hard", 3, 3, None)
    listed = [bounced("suppressions", *options, "--lapsing", within).stdout for within in ("79d", "81d")]
    assert ["dora" in text for text in listed] == [False, True]


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
    addresses = ["=cmd@rcpt.test", "+1@rcpt.test", "-1@rcpt.test", "x@rcpt.test", long]
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
