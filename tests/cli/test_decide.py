"""suppress and release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import bounced


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
    bounced("release", "--cause", "manual", "--scope", "all", "a@rcpt.test")
    assert (bounced("check", "--scope", "all", "a@rcpt.test").exit_code, bounced("check", "a@rcpt.test").exit_code) == (
        0,
        1,
    )


def test_many_addresses_are_answered_by_their_numbers() -> None:
    bounced("suppress", *(f"u{number}@rcpt.test" for number in range(4)))
    many = "".join(f"u{number}@rcpt.test\n" for number in range(300)).encode()
    told = "296 addresses: suppressed\n4 addresses: was already suppressed\n"
    assert sorted(bounced("suppress", "-", stdin=many).stderr.splitlines()) == sorted(told.splitlines())
    assert bounced("allow", "-", stdin=many).stderr == "300 addresses: allowed\n"
    still = "still suppressed (all mail: manual; --cause manual releases it)"
    assert bounced("release", "-", stdin=many).stderr == f"300 addresses: not released; {still}\n"


@pytest.mark.usefixtures("ledger")
def test_a_release_frees_the_bounce_alone_unless_told_otherwise() -> None:
    bounced("suppress", "--why", "asked by phone", "anna@rcpt.test")
    assert bounced("release", "anna@rcpt.test", "carl@rcpt.test", "bert@rcpt.test").stderr.splitlines() == [
        "anna@rcpt.test: released; still suppressed (all mail: manual; --cause manual releases it)",
        "carl@rcpt.test: not released; still suppressed (marketing mail: complaint; --cause complaint releases it)",
        "bert@rcpt.test: was not suppressed",
    ]
    assert bounced("release", "--cause", "complaint", "anna@rcpt.test", "carl@rcpt.test").stderr.splitlines() == [
        "anna@rcpt.test: not released; still suppressed (all mail: manual; --cause manual releases it)",
        "carl@rcpt.test: released",
    ]
    assert bounced("release", "--cause", "manual", "anna@rcpt.test").stderr == "anna@rcpt.test: released\n"
    decided = [
        step for step in json.loads(bounced("explain", "--json", "anna@rcpt.test").stdout)["history"] if "cause" in step
    ]
    assert [step["cause"] for step in decided] == ["", "bounce", "complaint", "manual"]


@pytest.mark.usefixtures("ledger")
def test_a_release_of_all_causes_frees_of_everything() -> None:
    bounced("suppress", "anna@rcpt.test")
    assert bounced("release", "--cause", "all", "anna@rcpt.test", "carl@rcpt.test").stderr.splitlines() == [
        "anna@rcpt.test: released",
        "carl@rcpt.test: released",
    ]


@pytest.mark.usefixtures("ledger")
def test_a_release_after_which_somebody_is_still_suppressed_exits_1() -> None:
    assert bounced("release", "anna@rcpt.test", "bert@rcpt.test").exit_code == 0
    assert bounced("release", "anna@rcpt.test", "carl@rcpt.test").exit_code == 1
    assert bounced("release", "--json", "carl@rcpt.test").exit_code == 1
    assert bounced("release", "--quiet", "carl@rcpt.test").exit_code == 1
    told = bounced("explain", "carl@rcpt.test").stdout
    assert "release\n    released by hand; no bounce suppressed it\n" in told
    assert bounced("release", "--cause", "complaint", "carl@rcpt.test").exit_code == 0
    bounced("suppress", "carl@rcpt.test")
    bounced("release", "--cause", "all", "--scope", "marketing", "carl@rcpt.test")
    told = bounced("explain", "carl@rcpt.test").stdout
    assert "release\n    released by hand; nothing of scope marketing suppressed it\n" in told


def test_who_is_suppressed_by_what_covers_the_address_is_told_by_what() -> None:
    bounced("suppress", "@rcpt.test")
    entry = "`bounced release --cause manual @rcpt.test`"
    released = bounced("release", "--cause", "manual", "a@rcpt.test")
    still = f"still suppressed (all mail: manual, as @rcpt.test; {entry} releases it)"
    assert (released.exit_code, released.stderr) == (1, f"a@rcpt.test: not released; {still}\n")
    assert bounced("check", "a@rcpt.test").stdout.endswith("Z, as @rcpt.test\n")
    told = bounced("explain", "a@rcpt.test").stdout.splitlines()
    assert told[0].endswith(": manual, as @rcpt.test")
    assert told[-1] == f"next: stays suppressed until {entry}"
    assert bounced("release", "--cause", "manual", "@rcpt.test").exit_code == 0


def test_what_is_said_to_release_an_address_names_the_cause() -> None:
    bounced("suppress", "a@rcpt.test")
    told = bounced("explain", "a@rcpt.test").stdout.splitlines()
    assert told[-1] == "next: stays suppressed until `bounced release --cause manual a@rcpt.test`"


def test_programs_are_told_of_each_address() -> None:
    bounced("suppress", "a@rcpt.test")
    done = [
        json.loads(line) for line in bounced("suppress", "--json", "a@rcpt.test", "b@rcpt.test").stdout.splitlines()
    ]
    assert [(row["address"], row["is_changed"]) for row in done] == [("a@rcpt.test", False), ("b@rcpt.test", True)]
    result = bounced("release", "--json", "--cause", "complaint", "a@rcpt.test")
    (row,) = map(json.loads, result.stdout.splitlines())
    assert (row["is_changed"], [one["cause"] for one in row["suppressions"]]) == (False, ["manual"])
    (row,) = map(json.loads, bounced("allow", "--json", "c@rcpt.test").stdout.splitlines())
    assert row == {"tenant": "", "address": "c@rcpt.test", "is_changed": True}


def test_programs_are_told_what_a_filter_selects() -> None:
    bounced("suppress", "--why", "spring", "a@rcpt.test")
    words = ("release", "--json", "--cause", "manual", "--text", "spring")
    shown, done = bounced(*words), bounced(*words, "--yes")
    assert shown.stderr == "nothing was changed; --yes does it\n"
    assert [json.loads(result.stdout)["is_changed"] for result in (shown, done)] == [False, True]


@pytest.mark.parametrize("command", ["suppress", "release", "allow", "disallow"])
def test_quiet_says_only_what_is_wrong(command: str) -> None:
    result = bounced(command, "--quiet", "-", stdin=b"a@rcpt.test\nb@rcpt.test\n")
    assert (result.exit_code, result.output) == (0, "")
    assert "line 1: a b: is not an email address" in bounced(command, "--quiet", "-", stdin=b"a b\n").stderr


@pytest.mark.parametrize("command", ["suppress", "allow"])
def test_of_a_list_with_a_wrong_line_nothing_is_taken(command: str) -> None:
    result = bounced(command, "-", stdin=b"\xef\xbb\xbfa@rcpt.test\r\na b\n")
    assert (result.exit_code, result.stderr.splitlines()) == (
        2,
        [
            "bounced: line 2: a b: is not an email address",
            "bounced: nothing was changed: correct these lines, or take them out",
        ],
    )
    assert not Path("bounced.db").exists()
