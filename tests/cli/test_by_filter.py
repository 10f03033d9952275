"""Decisions by filter: shown first, done with --yes, undone by their opposite."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.policy import Policy
from tests.support.commands import COMPLAINT, DAY0, bounced, count, failures

NOTHING = "nothing was changed; --yes does it\n"


@pytest.fixture(autouse=True)
def ledger() -> None:
    """Two addresses are suppressed for bounces, at two providers, and one for a complaint."""
    count([*failures("anna@rcpt.test", 0, 8, 17), *failures("bea@other.test", 0.1, 8.1, 17.1), (COMPLAINT, DAY0)])


def rows(sql: str) -> list[Any]:
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


def suppressed() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = rows("SELECT address, cause FROM suppressed ORDER BY address, cause")
    return found


BEFORE = [("anna@rcpt.test", "bounce"), ("bea@other.test", "bounce"), ("carl@rcpt.test", "complaint")]


def test_a_release_by_filter() -> None:
    shown = bounced("release", "--provider", "rcpt.test")
    assert (shown.stdout, shown.stderr) == ("would release 1 address\n    anna@rcpt.test\n", NOTHING)
    assert suppressed() == BEFORE
    done = bounced("release", "--provider", "rcpt.test", "--cause", "all", "--yes")
    assert (done.stdout, done.exit_code) == ("release 2 addresses\n", 0)
    assert suppressed() == [("bea@other.test", "bounce")]
    assert bounced("release", "--since", "2026-09-01", "--until", "2026-09-02").stdout == "would release 0 addresses\n"
    assert bounced("release", "--reason", "user_unknown", "--yes").stdout == "release 1 address\n"
    assert suppressed() == []


def test_a_suppression_by_filter_and_its_opposite() -> None:
    words = ("--since", "2026-09-09", "--until", "2026-09-10", "--scope", "marketing")
    assert bounced("suppress", *words).stdout == "would suppress 2 addresses\n    anna@rcpt.test\n    bea@other.test\n"
    bounced("suppress", *words, "--why", "by hand", "--yes")
    assert [row for row in suppressed() if row[1] == "manual"] == [
        ("anna@rcpt.test", "manual"),
        ("bea@other.test", "manual"),
    ]
    assert bounced("release", "--cause", "manual", "--text", "HAND", "--yes").stdout == "release 2 addresses\n"
    assert suppressed() == BEFORE
    assert "carl@rcpt.test" in bounced("suppress", "--cause", "complaint").stdout


def test_what_counted_is_rejected_and_counts_again() -> None:
    [[number]] = rows("SELECT id FROM events WHERE kind = 'complaint'")
    done = bounced("reject", str(number), "--why", "forged")
    assert done.stdout == "reject 1 event\n"
    assert done.stderr == ("decision 1; `bounced redo 1` has them count again\ncarl@rcpt.test: released (complaint)\n")
    assert suppressed() == BEFORE[:2]
    assert bounced("reject", str(number)).stderr == (
        "bounced: no failure or complaint to reject: none has these numbers, or they were rejected before\n"
    )
    bounced("redo", "1")
    assert suppressed() == BEFORE


def test_a_rejection_by_filter() -> None:
    assert bounced("reject", "--cause", "complaint").stdout == "would reject 1 event\n"
    assert bounced("reject", "--provider", "other.test").stdout == "would reject 3 events\n"
    assert suppressed() == BEFORE
    assert bounced("reject", "--provider", "other.test", "--yes").exit_code == 0
    assert suppressed() == [BEFORE[0], BEFORE[2]]


def test_held_events_are_accepted_by_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("bounced.toml").write_text('[database]\npath = "bounced.db"\n[trust]\nown_domains = ["elsewhere.test"]\n')
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    Path("bounced.db").unlink()
    careful, sender = Policy(count={"bounce": "plausible"}), Sender(anchors=TrustAnchors(("elsewhere.test",)))
    mails = [*failures("anna@rcpt.test", 0, 8, 17), *failures("bea@other.test", 0.1, 8.1, 17.1)]
    count(mails, sender=sender, policy=careful)
    assert suppressed() == []
    bounced("reject", "1")
    assert bounced("accept", "--provider", "rcpt.test").stdout == "would accept 2 held events\n"
    assert bounced("accept", "--provider", "rcpt.test", "--yes").exit_code == 0
    assert bounced("accept", "--provider", "other.test").stdout == "would accept 3 held events\n"
    accepted = json.loads(bounced("accept", "--provider", "other.test", "--yes", "--json").stdout)
    assert accepted == {"event_count": 3, "suppressed": 1, "released": 0}
    assert suppressed() == [("bea@other.test", "bounce")]
    assert bounced("accept", "--provider", "other.test").stdout == "would accept 0 held events\n"


def test_programs_are_told_what_was_rejected_and_accepted() -> None:
    """By filter, by number, and where nothing is selected."""
    anna, _, carl = (str(number) for [number] in rows("SELECT max(id) FROM events GROUP BY address ORDER BY address"))
    none, three = {"event_count": 0}, {"event_count": 3}
    calls: list[tuple[tuple[str, ...], dict[str, int]]] = [
        (("reject", "--provider", "other.test"), three),
        (("reject", "--provider", "other.test", "--yes"), {**three, "decision": 1, "suppressed": 0, "released": 1}),
        (("reject", carl), {"event_count": 1, "decision": 2, "suppressed": 0, "released": 1}),
        (("accept", anna, anna), {"event_count": 1, "suppressed": 0, "released": 0}),
        (("accept", "--reason", "virus"), none),
        (("accept", "--reason", "virus", "--yes"), none),
    ]
    answers = [bounced(*words, "--json") for words, _ in calls]
    assert [json.loads(answer.stdout) for answer in answers] == [expected for _, expected in calls]
    assert [answer.stderr for answer in answers] == [NOTHING, "", "", "", NOTHING, ""]


@pytest.mark.parametrize("command", ["release", "suppress", "accept", "reject"])
def test_names_or_a_filter(command: str) -> None:
    name = "1" if command in ("accept", "reject") else "a@b.test"
    for words in ((), (name, "--provider", "b.test")):
        assert bounced(command, *words).exit_code == 2
    assert suppressed() == BEFORE
