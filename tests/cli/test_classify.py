"""`bounced classify`: what other tables would change, and tables as a pack."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bounced.classify.tables import BUILT_IN, Tables
from bounced.config import read_pack
from bounced.ledger.ledger import Ledger
from bounced.policy import Limit, Policy
from tests.ledger.test_reclassify import BLOCK, failing, take
from tests.support.commands import bounced, one_line
from tests.support.packs import pack_file

CONFIG = '[database]\npath = "bounced.db"\n[policy]\nhard = { bounces = 2, days = 5 }\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own, with a ledger in which one address is suppressed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    (tmp_path / "bounced.toml").write_text(CONFIG)
    with Ledger("bounced.db", Policy({**Policy().limits, "hard": Limit(2, 5)})) as ledger:
        take(ledger, [*failing(0, 8), *failing(3, text="452 4.2.2 \x1b[31mover quota", address="full@b.test")])
    return tmp_path


def use(here: Path, tables: Tables) -> None:
    """Puts ``tables`` into the configuration, as its pack."""
    pack_file(here / "pack.toml", tables)
    (here / "bounced.toml").write_text(f'{CONFIG}[classify]\npack = "pack.toml"\n')


def test_it_says_what_a_pack_would_change_and_changes_nothing(here: Path) -> None:
    pack_file(here / "pack.toml", BLOCK)
    for _ in range(2):
        told = bounced("classify", "--pack", "pack.toml")
        assert (told.exit_code, told.stderr) == (1, "")
        assert told.stdout.splitlines() == [
            "tables of 2099-01-01, version 1",
            "3 recorded failures: 2 would change; 0 more keep their verdict",
            "hard user_unknown -> block policy: 2",
            "    a@b.test 2026-09-01T12:00:00Z",
            "        said: 550 5.1.1 user unknown",
            "        rule: text: user unknown -> text: user unknown",
            "    a@b.test 2026-09-09T12:00:00Z",
            "        said: 550 5.1.1 user unknown",
            "        rule: text: user unknown -> text: user unknown",
            "would be released: a@b.test (all mail, bounce: user_unknown)",
        ]


def test_programs_get_all_of_it(here: Path) -> None:
    pack_file(here / "pack.toml", BLOCK)
    told = bounced("classify", "--pack", "pack.toml", "--json")
    answer = json.loads(told.stdout)
    assert told.exit_code == 1
    assert (answer["tables"], answer["recorded_by"]) == (BLOCK.name, "")
    assert (answer["judged"], answer["changed"], answer["kept"]) == (3, 2, 0)
    [change] = answer["changes"]
    assert len(change.pop("examples")) == 2
    assert change == {
        "class": "hard",
        "reason": "user_unknown",
        "new_class": "block",
        "new_reason": "policy",
        "failures": 2,
    }
    released = {"address": "a@b.test", "scope": "all", "cause": "bounce", "reason": "user_unknown"}
    assert (answer["newly_suppressed"], answer["newly_released"]) == ([], [released])
    assert (answer["suppressed"], answer["released"]) == (0, 1)


def test_the_tables_in_use_change_nothing() -> None:
    told = bounced("classify")
    assert (told.exit_code, told.stdout.splitlines()[1]) == (
        0,
        "3 recorded failures: 0 would change; 0 more keep their verdict",
    )


def test_a_scan_with_a_new_pack_judges_again_first_and_status_tells(here: Path) -> None:
    use(here, BLOCK)
    (here / "empty").mkdir()
    told = (
        "tables of 2099-01-01, version 1: 3 recorded failures judged, 2 changed, 0 kept; 0 suppressions began, 1 ended"
    )
    assert bounced("scan", "--dry-run", "empty").stderr.splitlines()[0] == f"bounced: bounced.db: {told}"
    scanned = bounced("scan", "empty")
    assert (scanned.exit_code, scanned.stderr.splitlines()[0]) == (0, f"bounced: bounced.db: {told}")
    assert "tables" not in bounced("scan", "empty").stderr
    assert bounced("check", "a@b.test").exit_code == 0
    assert told in bounced("status").stdout.splitlines()
    row = json.loads(bounced("status", "--json").stdout)["reclassification"]
    assert (row["tables"], row["changed"], row["released"]) == (BLOCK.name, 2, 1)
    assert bounced("classify").exit_code == 0


def test_explain_shows_the_first_verdict_beside_the_present_one(here: Path) -> None:
    assert "first judged" not in bounced("explain", "a@b.test").stdout
    use(here, BLOCK)
    (here / "empty").mkdir()
    bounced("scan", "empty")
    told = bounced("explain", "a@b.test").stdout
    assert told.count("T12:00:00Z failed block policy") == 2
    assert told.count("    first judged: hard user_unknown (rule: text: user unknown), judged again 20") == 2
    steps = json.loads(bounced("explain", "--json", "a@b.test").stdout)["history"]
    firsts = [step["first_verdict"] for step in steps]
    assert [(first["class"], first["reason"]) for first in firsts] == [("hard", "user_unknown")] * 2
    [other] = json.loads(bounced("explain", "--json", "full@b.test").stdout)["history"]
    assert other["first_verdict"] is None


def test_mail_is_parsed_by_the_pack(here: Path) -> None:
    use(here, BLOCK)
    mail = "From: MAILER-DAEMON@b.test\n\n<anna@b.test>: 550 5.1.1 User unknown\n"
    (here / "mail.eml").write_text(mail)
    told = bounced("parse", "--explain", "mail.eml").stdout
    assert "failed block policy" in told
    assert "        tables: 2099-01-01, version 1\n" in told


def test_tables_are_written_as_a_pack_once(here: Path) -> None:
    assert bounced("classify", "--pack-out", "new.toml").exit_code == 0
    assert read_pack(here / "new.toml") == BUILT_IN
    assert bounced("classify", "--pack-out", "-").stdout == (here / "new.toml").read_text("utf-8")
    again = bounced("classify", "--pack-out", "new.toml")
    assert (again.exit_code, one_line(again)) == (2, "bounced: new.toml: exists already")
    use(here, BLOCK)
    assert bounced("classify", "--pack-out", "block.toml").exit_code == 0
    assert read_pack(here / "block.toml") == BLOCK


def test_a_wrong_pack_is_one_line_and_nothing_happens(here: Path) -> None:
    use(here, replace(BLOCK, version=10_000))
    for arguments in (["classify"], ["classify", "--pack", "pack.toml"], ["scan", "."], ["parse", "."]):
        told = bounced(*arguments)
        problem = "bounced: pack.toml: version: input should be less than or equal to 9999"
        assert (told.exit_code, one_line(told)) == (78, problem)
