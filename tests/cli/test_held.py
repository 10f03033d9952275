"""held, accept and unrecognized."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import DAY0, ODD, bounced, count, failures, one_line
from tests.support.ledger import failed, item

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
def test_held_events_are_listed_and_count_once_accepted() -> None:
    rows = [json.loads(line) for line in bounced("held", "--json").stdout.splitlines()]
    doubt = "held: trust unverified, plausible required"
    assert [(row["id"], row["address"], row["doubt"]) for row in rows] == [
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
def test_the_report_says_once_that_they_are_held() -> None:
    told = " ".join(bounced("report", "--since", "2026-09-01").stdout.split())
    assert "Waits for you" in told
    assert " 3 held: trust unverified, plausible required (bounced held)" in told


@pytest.mark.usefixtures("held")
def test_what_was_held_for_long_is_told() -> None:
    with Ledger("bounced.db", Policy(count={"bounce": "plausible"})) as ledger:
        ledger.write(lambda db: db.execute("UPDATE doubt_rows SET since = '2026-01-01' WHERE event < 3"))
        ledger.upkeep.drop_held(timedelta(days=1))
    deleted = "2 events were held for longer than keep_held, and are deleted"
    assert bounced("held").stderr == f"{deleted}\n"
    assert bounced("explain", "anna@rcpt.test").stdout.splitlines()[-1] == deleted
    assert json.loads(bounced("status", "--json").stdout)["expired"] == 2


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
        (["--redact", "y.eml"], GO_TOGETHER),
        (["99"], "99: no such message, or its content is no longer kept"),
    ):
        result = bounced("unrecognized", *words)
        assert (result.exit_code, one_line(result)) == (2, f"bounced: {said}")


@pytest.mark.usefixtures("ledger")
def test_what_is_ticked_off_is_listed_and_counted_no_more() -> None:
    def unrecognized(*words: str) -> list[Any]:
        return [json.loads(line) for line in bounced("unrecognized", "--json", *words).stdout.splitlines()]

    count([(ODD.replace(b"odd@", b"other@").replace(b"how", b"who"), DAY0)])
    number = str(unrecognized()[-1]["id"])
    before = json.loads(bounced("status", "--json").stdout)["unrecognized"]
    for _ in range(2):  # safe to repeat
        result = bounced("unrecognized", "--done", number)
        assert (result.exit_code, result.stderr) == (0, f"{number}: done\n")
    assert json.loads(bounced("status", "--json").stdout)["unrecognized"] == before - 1
    assert number not in [str(row["id"]) for row in unrecognized()]
    [done] = [row for row in unrecognized("--all") if row["done_at"]]
    assert str(done["id"]) == number
    assert "are you?" in bounced("unrecognized", number).stdout, "it can still be read"
    assert (
        json.loads(bounced("report", "--since", "2020-01-01", "--json").stdout)["volumes"]["unrecognized"] == before - 1
    )


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--done", "1"], "1: no unrecognized message has this number"),  # it was recognized
        (["--done", "99"], "99: no unrecognized message has this number"),
        (["--done"], "--done needs a message NUMBER: bounced unrecognized --done NUMBER"),
    ],
)
def test_what_cannot_be_ticked_off(words: list[str], problem: str) -> None:
    result = bounced("unrecognized", *words)
    assert (result.exit_code, one_line(result)) == (2, f"bounced: {problem}")


@pytest.mark.usefixtures("ledger")
def test_unrecognized_prints_a_message_without_what_a_terminal_would_act_on(here: Path) -> None:
    count([(b"Subject: \xfc \x1b[31m\nMessage-ID: <evil@b.test>\n\n\x1b]0;title\x07 text\r\n" + b"x" * 5000, DAY0)])
    [number] = [
        str(row["id"])
        for row in map(json.loads, bounced("unrecognized", "--json").stdout.splitlines())
        if "hello" not in row["subject"]
    ]
    shown = bounced("unrecognized", number)
    assert shown.exit_code == 0
    subject, _, empty, text, long = shown.stdout.splitlines()
    assert (subject, empty, text) == ("Subject: \ufffd \ufffd[31m", "", "\ufffd]0;title\ufffd text")
    assert (len(long), long[-1]) == (1000, "…")


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


def test_what_is_only_counted_is_named_by_source(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood in ``held`` and ``status``: the sources with the most events, and how many others there are."""
    (here / "bounced.toml").write_text(CAREFUL)
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    hosts = [("192.0.2.\x1b", 4), *((f"198.51.100.{n}", 2) for n in range(6))]
    forged = [
        item(100 * n + number, 0, failed(f"{number}@made-up.test", trust="unverified", source=host))
        for n, (host, reports) in enumerate(hosts)
        for number in range(reports)
    ]
    with Ledger("bounced.db", Policy(count={"bounce": "plausible"}, unverified_per_source=1)) as ledger:
        ledger.take(forged)
    told = bounced("held")
    assert len(told.stdout.splitlines()) == 1 + len(hosts)
    assert told.stderr.splitlines() == [
        "192.0.2.\N{REPLACEMENT CHARACTER}: 3 unverified events are not stored, the latest of 2026-09-01",
        *(f"198.51.100.{n}: 1 unverified event is not stored, the latest of 2026-09-01" for n in range(4)),
        "and those of 2 more sources",
    ]
    assert "7 held (0 in 24 h), 9 not stored (0 today)" in bounced("status").stdout
    assert [json.loads(bounced("status", "--json").stdout)[key] for key in ("not_stored", "not_stored_today")] == [9, 0]
