"""`bounced policy` and `bounced replay`: what other numbers and tables would change, before it is done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bounced.classify.tables import BUILT_IN
from bounced.config.pack import written
from tests.support.commands import bounced, count, directory_of_its_own, failures, one_line
from tests.support.packs import pack_file, with_phrase

AT_ONCE = 'workers = 1\n[database]\npath = "bounced.db"\n[policy]\nhard = { bounces = 1, days = 0 }\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    directory_of_its_own(tmp_path, monkeypatch)
    once = [report for n in range(5) for report in failures(f"once{n}@rcpt.test", n / 10)]
    count([*failures("anna@rcpt.test", 0, 8, 17), *once])
    Path("new.toml").write_text(AT_ONCE)
    yield


def suppressed() -> list[str]:
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as db:
        return [row[0] for row in db.execute("SELECT address FROM suppressed ORDER BY address")]


def test_a_preview_says_whom_other_numbers_would_suppress() -> None:
    shown = bounced("policy", "preview", "--config", "new.toml")
    assert shown.exit_code == 1
    assert shown.stdout.splitlines() == [
        "5 more suppressed, 0 fewer",
        "    rcpt.test: 5 suppressed (hard: user_unknown)",
    ]
    assert suppressed() == ["anna@rcpt.test"]
    same = bounced("policy", "preview", "--json")
    assert (same.exit_code, json.loads(same.stdout)["by"]) == (0, [])


def test_a_preview_counts_what_has_lapsed_as_neither() -> None:
    """As following does: what it would begin and end is what is in force by now."""
    lapsing = f'{AT_ONCE}[policy.expire]\nhard = "5d"\n'
    Path("new.toml").write_text(lapsing)
    shown = bounced("policy", "preview", "--config", "new.toml")
    assert shown.stdout.splitlines() == ["0 more suppressed, 1 fewer", "    rcpt.test: 1 released (hard: user_unknown)"]
    done = bounced("replay", "--apply", "--config", "new.toml")
    assert done.stdout.splitlines()[1:] == [*shown.stdout.splitlines(), "done: 0 more suppressed, 1 fewer"]
    assert suppressed() == []


def test_a_scan_with_other_numbers_says_what_they_change() -> None:
    Path("empty").mkdir()
    scanned = bounced("scan", "empty", "--json", "--config", "new.toml")
    assert json.loads(scanned.stdout)["policy_changes"] == {"suppressed": 5, "released": 0, "withheld": 0}
    assert "judged by other numbers than before: 5 more suppressed, 0 fewer" in scanned.stderr
    released = bounced("release", "anna@rcpt.test")
    assert "0 more suppressed, 5 fewer" in released.stderr


def test_too_many_wait_for_a_person() -> None:
    Path("new.toml").write_text(f"{AT_ONCE}[policy.brake]\naddresses = 3\n")
    told = bounced("release", "nobody@rcpt.test", "--config", "new.toml").stderr
    assert "5 more would be suppressed, too many at once" in told
    assert suppressed() == ["anna@rcpt.test"]
    shown = bounced("replay", "--json", "--config", "new.toml")
    assert (shown.exit_code, json.loads(shown.stdout)["suppressed"]) == (1, 5)
    done = bounced("replay", "--apply", "--config", "new.toml")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "done: 5 more suppressed, 0 fewer")
    assert len(suppressed()) == 6
    assert bounced("replay", "--config", "new.toml").exit_code == 0


def test_a_replay_by_other_numbers_or_tables_says_all_that_it_has_done() -> None:
    done = bounced("replay", "--apply", "--config", "new.toml")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "done: 5 more suppressed, 0 fewer")
    blocks = pack_file(Path("pack.toml"), with_phrase("policy", "user unknown"))
    Path("new.toml").write_text(f'{AT_ONCE}[classify]\npack = "{blocks}"\n')
    answer = json.loads(bounced("replay", "--apply", "--json", "--config", "new.toml").stdout)
    assert (answer["is_applied"], answer["suppressed"], answer["released"]) == (True, 0, 6)
    assert suppressed() == []


def test_a_replay_reads_stored_texts_by_other_tables() -> None:
    pack = written(BUILT_IN).replace("user unknown", "never said by anybody")
    Path("pack.toml").write_text(pack)
    shown = json.loads(bounced("replay", "--pack", "pack.toml", "--json").stdout)
    assert (shown["reclassified"], shown["addresses"], shown["event_count"]) == (0, 6, 8)
    assert one_line(bounced("replay", "--pack", "pack.toml", "--apply")).startswith("bounced: --apply takes")


def test_a_replay_shows_whom_other_tables_would_suppress_and_release() -> None:
    others = pack_file(Path("pack.toml"), with_phrase("policy", "user unknown"))  # a block: nobody's fault
    shown = bounced("replay", "--pack", str(others), "--json")
    answer = json.loads(shown.stdout)
    assert (shown.exit_code, answer["reclassified"], answer["suppressed"], answer["released"]) == (1, 8, 0, 1)
    assert [row["reason"] for row in answer["by"]] == ["user_unknown"]
    assert "8 failures are classified differently" in bounced("replay", "--pack", str(others)).stdout
    assert suppressed() == ["anna@rcpt.test"]
    at_once = bounced("replay", "--pack", str(others), "--json", "--config", "new.toml")
    assert json.loads(at_once.stdout)["suppressed"] == 0  # what is a block suppresses nobody, at once neither


def test_a_pack_that_would_suppress_too_many_suppresses_no_more_than_the_brake_allows() -> None:
    blocks = pack_file(Path("pack.toml"), with_phrase("policy", "user unknown"))
    new = f"{AT_ONCE}[policy.brake]\naddresses = 3\n"
    Path("new.toml").write_text(f'{new}[classify]\npack = "{blocks}"\n')
    Path("empty").mkdir()
    assert "8 changed, 0 kept; 0 suppressions began, 1 ended" in bounced("scan", "empty", "--config", "new.toml").stderr
    assert bounced("resume", "--config", "new.toml").exit_code == 0
    assert suppressed() == []
    Path("new.toml").write_text(new)  # the pack is taken back: six addresses have failed after all
    scanned = bounced("scan", "empty", "--json", "--config", "new.toml")
    answer = json.loads(scanned.stdout)
    assert (len(answer["newly_suppressed"]), answer["withheld"], len(suppressed())) == (3, 3, 3)
    assert bounced("resume", "--config", "new.toml").stderr == "newly suppressed: 3 addresses\n"


def test_another_program_with_other_numbers_on_the_same_database_suppresses_nobody_silently() -> None:
    low = "[policy.brake]\naddresses = 3\n"
    Path("other.toml").write_text(f"{AT_ONCE}{low}")
    Path("first.toml").write_text(f'workers = 1\n[database]\npath = "bounced.db"\n{low}')
    Path("empty").mkdir()
    other = json.loads(bounced("scan", "empty", "--json", "--config", "other.toml").stdout)
    assert other["policy_changes"] == {"suppressed": 0, "released": 0, "withheld": 5}
    first = json.loads(bounced("scan", "empty", "--json", "--config", "first.toml").stdout)
    assert "policy_changes" not in first  # nothing was, so there is nothing to take back
    assert (suppressed(), bounced("withheld").stderr) == (["anna@rcpt.test"], "nobody is withheld\n")


def test_an_upgrade_that_judges_otherwise_is_held_by_the_brake(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a new version of the rule does: another number in ``meta``, and histories that come to something else."""
    Path("new.toml").write_text(f"{AT_ONCE}[policy.brake]\naddresses = 3\n")
    with closing(sqlite3.connect("bounced.db")) as db, db:
        db.execute("UPDATE meta SET value = 'of an earlier version' WHERE name = 'policy'")
    told = bounced("release", "nobody@rcpt.test", "--config", "new.toml").stderr
    assert "5 more would be suppressed, too many at once" in told
    assert suppressed() == ["anna@rcpt.test"]


def test_which_numbers_hold_and_why() -> None:
    lines = bounced("policy", "show", "Anna@rcpt.test", "--config", "new.toml").stdout.splitlines()
    assert lines[:2] == ["anna@rcpt.test", "    hard failures: 1, at once (policy.hard)"]
    rows: list[Any] = json.loads(bounced("policy", "show", "anna@rcpt.test", "--json").stdout)["numbers"]
    assert rows[0] == {
        "what": "hard failures",
        "value": "3 over more than 15 days",
        "key": "policy.hard",
        "is_default": True,
    }


def test_a_tenant_asks_as_in_other_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tenants.toml").write_text('[trust]\nown_domains = ["acme.test"]\n[tenant.acme]\ndomains = ["acme.test"]\n')
    monkeypatch.setenv("BOUNCED_CONFIG", "tenants.toml")
    words = ("policy", "show", "Anna@rcpt.test", "--json", "--tenant")
    answer: dict[str, Any] = json.loads(bounced(*words, "acme").stdout)
    assert (answer["tenant"], answer["address"]) == ("acme", "anna@rcpt.test")
    assert "no [tenant.other] in the configuration (acme)" in one_line(bounced(*words, "other"))
