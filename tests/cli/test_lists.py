"""`bounced list import`, and the allow list."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced import times
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import bounced

SES = """\
EmailAddress,Reason,LastUpdateTime
anna@rcpt.test,BOUNCE,2023-04-10T21:03:05Z
dora@rcpt.test,COMPLAINT,2023-04-11T21:03:05Z
"""


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


SUPPRESSED = "SELECT address, scope, cause, reason, class, since, detail FROM suppressed ORDER BY address, cause"


def test_an_import_keeps_date_cause_reason_and_origin() -> None:
    Path("ses.csv").write_text(SES)
    result = bounced("list", "import", "--from", "ses", "ses.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "2 rows: 2 imported, 0 known already\n2 suppressions began\n"
    assert rows(SUPPRESSED) == [
        ("anna@rcpt.test", "all", "bounce", "suppressed_upstream", "hard", "2023-04-10T21:03:05Z", ""),
        ("dora@rcpt.test", "marketing", "complaint", "abuse", "", "2023-04-11T21:03:05Z", ""),
    ]
    explained = bounced("explain", "anna@rcpt.test").stdout
    assert "2023-04-10T21:03:05Z suppress hard suppressed_upstream\n    bounced, by the list ses" in explained
    [step] = json.loads(bounced("explain", "--json", "dora@rcpt.test").stdout)["history"]
    assert (step["cause"], step["reason"], step["list"]) == ("complaint", "abuse", "ses")


def test_importing_the_same_again_changes_nothing() -> None:
    text = SES + "emil@rcpt.test,BOUNCE,\nfred@rcpt.test,BOUNCE,2999-01-01\n" + SES.partition("\n")[2]
    before = bounced("list", "import", "--from", "ses", "-", stdin=text.encode())
    assert before.stderr.splitlines()[0] == "6 rows: 4 imported, 2 known already"
    standing, decided = rows(SUPPRESSED), rows("SELECT * FROM decisions")
    again = bounced("list", "import", "--from", "ses", "-", stdin=text.encode())
    assert again.stderr == "6 rows: 0 imported, 6 known already\n0 suppressions began\n"
    assert (rows(SUPPRESSED), rows("SELECT * FROM decisions")) == (standing, decided)


def test_what_was_released_after_its_date_stays_released_until_the_list_has_it_anew() -> None:
    bounced("list", "import", "--from", "ses", "-", stdin=SES.encode())
    bounced("release", "anna@rcpt.test")
    bounced("list", "import", "--from", "ses", "-", stdin=SES.encode())
    bounced("list", "import", "--from", "ses", "--origin", "ses-eu", "-", stdin=SES.encode())
    assert bounced("check", "anna@rcpt.test").exit_code == 0


def test_a_dry_run_counts_the_same_and_changes_nothing() -> None:
    bounced("list", "import", "--from", "ses", "-", stdin=SES.encode())
    before = Path("bounced.db").read_bytes()
    text = f"{SES}emil@rcpt.test,BOUNCE,\nemil@rcpt.test,BOUNCE,\nnobody,BOUNCE,\n"
    result = bounced("list", "import", "--dry-run", "--from", "ses", "-", stdin=text.encode())
    assert result.exit_code == 65
    assert result.stderr.splitlines() == [
        "bounced: -: line 6: 'nobody' is not an email address",
        "5 rows: 1 would be imported, 3 known already",
        "1 row could not be read",
    ]
    assert Path("bounced.db").read_bytes() == before


def test_a_dry_run_needs_no_database_and_makes_none() -> None:
    """It is what people try first, before there is any."""
    result = bounced("list", "import", "--dry-run", "--from", "ses", "-", stdin=(SES + SES.partition("\n")[2]).encode())
    assert (result.exit_code, result.stderr) == (0, "4 rows: 2 would be imported, 2 known already\n")
    assert not Path("bounced.db").exists()


def test_bad_lines_cost_themselves_alone_and_many_are_not_all_named() -> None:
    text = "address,cause\n" + "nobody,manual\n" * 30 + "anna@rcpt.test,manual\n"
    result = bounced("list", "import", "--from", "csv", "-", stdin=text.encode())
    assert result.exit_code == 65
    assert result.stderr.splitlines()[-4:] == [
        "bounced: -: and more",
        "31 rows: 1 imported, 0 known already",
        "30 rows could not be read",
        "1 suppression began",
    ]
    assert bounced("check", "anna@rcpt.test").exit_code == 1


@pytest.mark.parametrize("text", [b"[]", b'{"data": []}', b'{"object": "list", "has_more": false, "data": []}\n'])
def test_an_empty_list_is_no_error(text: bytes) -> None:
    """Of a job of cron that asks each night who has complained, most nights."""
    result = bounced("list", "import", "--from", "resend", "-", stdin=text)
    assert result.exit_code == 0
    assert result.stderr == "0 rows: 0 imported, 0 known already\n0 suppressions began\n"
    assert bounced("list", "import", "--from", "resend", "-", stdin=b'{"name": "other"}').exit_code == 65


def test_the_cause_can_be_said_where_the_list_does_not() -> None:
    text = b"email,created\nanna@rcpt.test,1443651141\n"
    assert bounced("list", "import", "--from", "sendgrid", "-", stdin=text).exit_code == 65
    assert bounced("list", "import", "--from", "sendgrid", "--cause", "unsubscribe", "-", stdin=text).exit_code == 0
    assert [row[2:4] for row in rows(SUPPRESSED)] == [("complaint", "opt-out")]


def test_a_missing_file_is_one_line() -> None:
    result = bounced("list", "import", "--from", "ses", "ses.csv")
    assert (result.exit_code, result.stderr) == (2, "bounced: ses.csv: No such file or directory\n")


def test_suppressing_again_moves_no_date_and_drops_no_reason() -> None:
    bounced("suppress", "--why", "asked by phone", "a@rcpt.test")
    [before] = rows(SUPPRESSED)
    bounced("suppress", "a@rcpt.test")
    assert rows(SUPPRESSED) == [before]
    assert rows("SELECT count(*) FROM decisions") == [(1,)]


@pytest.mark.usefixtures("ledger")
def test_no_bounce_suppresses_what_is_on_the_allow_list() -> None:
    assert bounced("check", "anna@rcpt.test").exit_code == 1
    allowed = bounced("allow", "--why", "ours", "@rcpt.test", "a@b.test")
    assert allowed.stderr == "@rcpt.test: allowed\na@b.test: allowed\n"
    assert bounced("allow", "@rcpt.test").stderr == "@rcpt.test: was already allowed\n"
    assert bounced("check", "anna@rcpt.test").exit_code == 0
    assert bounced("check", "carl@rcpt.test").exit_code == 1, "a complaint stands"
    assert "put on the allow list as @rcpt.test" in bounced("explain", "anna@rcpt.test").stdout
    bounced("suppress", "anna@rcpt.test")
    assert bounced("check", "anna@rcpt.test").exit_code == 1, "a person's word stands"
    bounced("release", "--cause", "manual", "anna@rcpt.test")
    assert bounced("disallow", "@rcpt.test", "x@b.test").stderr == (
        "@rcpt.test: not allowed any more\nx@b.test: was not allowed\n"
    )
    assert bounced("check", "anna@rcpt.test").exit_code == 1


def test_domains_and_the_domains_below_them() -> None:
    said = bounced("suppress", "@Example.com", "*.example.net", "*@straße.example").stderr
    assert said == "@example.com: suppressed\n*.example.net: suppressed\n@xn--strae-oqa.example: suppressed\n"
    answers = {
        "kim@example.com": 1,
        "kim@sub.example.com": 0,
        "kim@example.net": 0,
        "kim@a.b.example.net": 1,
        "kim@straße.example": 1,
        "kim@strasse.example": 0,
    }
    assert {address: bounced("check", address).exit_code for address in answers} == answers
    assert "suppressed (all mail)" in bounced("explain", "kim@a.b.example.net").stdout
    bounced("allow", "kim@example.com", "@a.b.example.net")
    assert bounced("check", "kim@example.com", "kim@a.b.example.net").exit_code == 0
    assert bounced("check", "ann@example.com").exit_code == 1
    bounced("release", "--cause", "manual", "@example.com", "*.example.net")
    assert bounced("check", "ann@example.com", "kim@c.example.net").exit_code == 0
    assert bounced("suppress", "@", "*", "example.com").exit_code == 2


@pytest.mark.usefixtures("ledger")
def test_an_export_is_what_another_import_reads() -> None:
    bounced("suppress", "--why", "=1+1", "@b.test")
    written = bounced("list", "export", "--format", "csv").stdout
    assert bounced("list", "export", "--format", "csv", "--output", "list.csv").stdout == ""
    assert Path("list.csv").read_text("utf-8") == written
    standing = rows(SUPPRESSED)
    Path("bounced.db").rename("before.db")
    assert bounced("list", "import", "--from", "csv", "list.csv").stderr.startswith("3 rows: 3 imported")
    assert rows(SUPPRESSED) == standing


def test_a_delta_since_a_date_that_is_written_as_everywhere() -> None:
    with Ledger("bounced.db", Policy(), clock=lambda: times.now() - timedelta(days=10)) as ledger:
        ledger.decisions.decide(["old@b.test"], "suppress", "all", "")
    bounced("suppress", "new@b.test")

    def addresses(since: str) -> list[str]:
        result = bounced("list", "export", "--format", "txt", "--since", since)
        return result.stdout.split() if result.exit_code == 0 else [result.stderr.splitlines()[-1]]

    for since in ("7d", "yesterday", "36h"):
        assert addresses(since) == ["new@b.test"], since
    for since in ("11d", "2020-01-01", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+02:00"):
        assert addresses(since) == ["new@b.test", "old@b.test"], since
    [problem] = addresses("soon")
    assert "7d (so long ago), today or yesterday" in problem


@pytest.mark.usefixtures("ledger")
def test_an_export_replaces_nothing_but_a_file() -> None:
    """What root exports to /dev/null would be a file there from then on."""
    os.mkfifo("fifo")
    assert bounced("list", "export", "--format", "txt", "--output", "fifo").stderr == (
        "bounced: fifo: can't be written: it is no file that can be replaced\n"
    )
    assert Path("fifo").is_fifo()


@pytest.mark.usefixtures("ledger")
def test_an_export_has_a_part_of_the_suppressions() -> None:
    def addresses(*words: str) -> list[str]:
        return bounced("list", "export", "--format", "txt", *words).stdout.split()

    assert addresses() == ["anna@rcpt.test"], "what forbids all mail"
    assert addresses("--scope", "marketing") == ["anna@rcpt.test", "carl@rcpt.test"]
    assert addresses("--scope", "marketing", "--cause", "complaint") == ["carl@rcpt.test"]
    assert addresses("--since", "2999-01-01") == []
    assert bounced("list", "export", "--format", "cdb").exit_code == 2
    assert bounced("list", "export", "--format", "txt", "--output", "/missing/file").stderr == (
        "bounced: /missing/file: can't be written: No such file or directory\n"
    )
