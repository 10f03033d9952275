"""The brake through the command line: nobody is suppressed beyond the limit until a person says so."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import DAY0, bounced, directory_of_its_own, failures
from tests.support.daemon import bounce

CONFIG = """
workers = 1
[database]
path = "bounced.db"
[policy]
hard = { bounces = 1, days = 0 }
[policy.brake]
addresses = 3
learn = "0s"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    directory_of_its_own(tmp_path, monkeypatch)
    Path("bounced.toml").write_text(CONFIG)
    Path("box").mkdir()
    deliver("box", 5)
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    yield


def deliver(folder: str, number: int) -> None:
    """Puts reports about ``number`` addresses into ``folder``."""
    for n in range(number):
        [(content, _)] = failures(f"{folder}{n}@rcpt.test", n / 10)
        Path(folder, f"{n}.eml").write_bytes(content)


def suppressed() -> int:
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM suppressed").fetchone()[0])


def test_a_scan_says_how_many_are_withheld() -> None:
    scanned = bounced("scan", "box", "--json")
    answer = json.loads(scanned.stdout)
    assert (answer["withheld"], len(answer["newly_suppressed"]), suppressed()) == (2, 3, 3)


def test_every_command_knows_who_is_withheld() -> None:
    assert "withheld: 2 addresses: far more than on other days" in bounced("scan", "box").stderr
    rows = [json.loads(row) for row in bounced("withheld", "--json").stdout.splitlines()]
    assert [row["reason"] for row in rows] == ["user_unknown"] * 2
    [address, _] = sorted(row["address"] for row in rows)
    explained = bounced("explain", address).stdout
    assert "would be suppressed (user_unknown); withheld by the brake since" in explained
    assert "next: " not in explained
    assert json.loads(bounced("explain", "--json", address).stdout)["withheld_suppression"]["reason"] == "user_unknown"
    jobs = {row["job"]: row for row in json.loads(bounced("status", "--json").stdout)["jobs"]}
    assert jobs["brake"]["state"] == "WARNING"
    assert jobs["brake"]["problem"].startswith("2 addresses withheld since ")
    assert "2 withheld" in bounced("status").stdout.splitlines()[0]
    health = bounced("health")
    assert (health.exit_code, "2 addresses withheld since" in health.stderr) == (1, True)
    assert bounced("check", address).exit_code == 0


def test_what_would_change_says_that_some_are_withheld_now() -> None:
    bounced("scan", "box")
    note = "note: the brake withholds 2 addresses (see bounced withheld), which are counted here as if it did not\n"
    for command in (["policy", "preview"], ["replay"]):
        shown = bounced(*command)
        assert "2 more suppressed, 0 fewer" in shown.stdout
        assert shown.stderr.startswith(note)
    bounced("resume")
    assert bounced("policy", "preview").stderr == ""


def test_resume_suppresses_them() -> None:
    bounced("scan", "box")
    assert bounced("resume").stderr == "newly suppressed: 2 addresses\n"
    assert suppressed() == 5
    assert json.loads(bounced("resume", "--json").stdout) == {"newly_suppressed": []}
    assert bounced("withheld").stderr == "nobody is withheld\n"
    assert bounced("health").exit_code == 0


def test_yes_scans_without_the_brake() -> None:
    scanned = json.loads(bounced("scan", "box", "--json", "--yes").stdout)
    assert (len(scanned["newly_suppressed"]), "withheld" in scanned, suppressed()) == (5, False, 5)


def test_yes_suppresses_who_was_withheld_before() -> None:
    bounced("scan", "box")
    again = json.loads(bounced("scan", "box", "--json", "--yes").stdout)
    assert (len(again["newly_suppressed"]), again["outcomes"], suppressed()) == (2, {"repeated": 5}, 5)


def test_a_new_installation_is_not_troubled() -> None:
    Path("bounced.toml").write_text(CONFIG.replace('learn = "0s"', ""))
    deliver("box", 40)
    assert "withheld" not in bounced("scan", "box").stderr
    assert suppressed() == 40


def deliver_of_sent(name: str, number: int) -> None:
    """Puts reports into the folder ``name`` about messages that went to ``number`` addresses, as ``sends`` knows."""
    Path(name).mkdir()
    sent = ["message_id,address,sent_at"]
    for n in range(number):
        address = f"{name}{n}@rcpt.test"
        Path(name, f"{n}.eml").write_bytes(bounce(1000 + n, address, DAY0))
        sent.append(f"{1000 + n}@sender.test,{address},2026-09-01T11:00:00+00:00")
    Path("sends.csv").write_text("\n".join(sent))
    assert bounced("sends", "import", "sends.csv").exit_code == 0


def test_strangers_withhold_nobody_who_is_proved_dead() -> None:
    """They report more made-up addresses than the brake allows, of a domain that they know, and come first."""
    Path("bounced.toml").write_text(CONFIG + '[trust]\nown_domains = ["sender.test"]\n')
    deliver("box", 60)
    assert json.loads(bounced("scan", "box", "--json").stdout)["withheld"] == 57
    deliver_of_sent("dead", 3)
    answer = json.loads(bounced("scan", "dead", "--json").stdout)
    assert (answer["newly_suppressed"], "withheld" in answer) == (
        ["dead0@rcpt.test", "dead1@rcpt.test", "dead2@rcpt.test"],
        False,
    )
    rows = [json.loads(row) for row in bounced("withheld", "--json").stdout.splitlines()]
    assert {row["unproved"] for row in rows} == {1}
    assert "no failure of it is verified" in bounced("explain", rows[0]["address"]).stdout
    jobs = {row["job"]: row for row in json.loads(bounced("status", "--json").stdout)["jobs"]}
    assert jobs["brake"]["problem"].startswith("57 addresses withheld since ")
    assert "57 of them without proof" in jobs["brake"]["problem"]


def test_each_tenant_is_resumed_apart() -> None:
    Path("bounced.toml").write_text(CONFIG + '[tenant.acme]\ndomains = ["acme.example"]\n')
    bounced("scan", "--tenant", "acme", "box")
    Path("more").mkdir()
    deliver("more", 5)
    bounced("scan", "more")
    listed = [bounced("withheld", *of, "--json").stdout.count("\n") for of in ((), ("--tenant", "acme"))]
    assert listed == [4, 2]
    assert bounced("resume", "--tenant", "acme").stderr == "newly suppressed: 2 addresses\n"
    rows = [json.loads(row)["address"] for row in bounced("withheld", "--json").stdout.splitlines()]
    assert sorted(rows) == ["more3@rcpt.test", "more4@rcpt.test"]
    assert bounced("resume", "--tenant", "nobody").exit_code == 2
