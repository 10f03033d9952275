"""`bounced restore` of a backup that still has an address which was erased since: it is nowhere, and still refused."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.ledger.test_migrations import DUMPS
from tests.support.commands import bounced, count, directory_of_its_own, failures

ANNA = "anna@rcpt.test"
BEA = "bea@other.test"
DATABASE = "bounced.db"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return directory_of_its_own(tmp_path, monkeypatch)


@pytest.fixture
def copy() -> str:
    """A backup with both addresses."""
    count([*failures(ANNA, 0, 8, 17), *failures(BEA, 0.1, 8.1, 17.1)])
    return backup("before")


def backup(name: str) -> str:
    """A copy of the database as it is now, under a name of its own."""
    made = bounced("backup").stdout.strip()
    return shutil.move(made, f"{name}.db")


def restore(copy: str) -> str:
    """What `bounced restore` says when it succeeds."""
    result = bounced("restore", copy)
    assert result.exit_code == 0, result.stderr
    return result.stderr


def check(address: str, *words: str) -> str:
    return bounced("check", address, *words).stdout


def is_refused(address: str) -> bool:
    """True while an entry stands for the address."""
    return check(address).startswith(f"{address}: no: manual")


def addresses() -> set[str]:
    return {str(address) for (address,) in query("SELECT address FROM events")}


def query(sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


def names(text: str) -> list[str]:
    """The files of the database, and of an unfinished restore, that have ``text``, octet by octet."""
    files = [*Path().glob(f"{DATABASE}*"), *Path().glob(f".{DATABASE}*")]
    return [file.name for file in files if ".replaced-" not in file.name and text.encode() in file.read_bytes().lower()]


def decide(*decisions: tuple[str, str], path: str = DATABASE) -> None:
    with Ledger(path, Policy()) as ledger:
        for address, scope in decisions:
            ledger.decisions.decide([address], "suppress", scope, "")


def test_what_was_erased_since_is_erased_from_it_and_refused(copy: str) -> None:
    bounced("erase", ANNA, "--yes")
    before = check(ANNA)
    assert "1 erased address was in the backup, and erased from it" in restore(copy)
    assert names("anna") == []
    assert addresses() == {BEA}
    assert check(ANNA) == before
    assert is_refused(ANNA)
    assert check(BEA).startswith(f"{BEA}: no")
    assert query("PRAGMA integrity_check") == [("ok",)]
    assert query("PRAGMA foreign_key_check") == []
    assert query("PRAGMA journal_mode") == [("delete",)]
    assert Path(DATABASE).stat().st_mode & 0o777 == 0o640
    assert "anna" in Path(copy).read_bytes().decode("latin-1"), "the backup itself is as it was"


def test_it_survives_a_replay_and_is_the_same_again(copy: str) -> None:
    bounced("erase", ANNA, "--yes")
    restore(copy)
    entries = query("SELECT address, scope, since FROM suppressions ORDER BY 1, 2")
    assert bounced("replay").exit_code == 0
    restore(copy)
    assert query("SELECT address, scope, since FROM suppressions ORDER BY 1, 2") == entries
    assert (names("anna"), addresses()) == ([], {BEA})
    count(failures(ANNA, 0, 8, 17, 25))
    assert (names("anna"), addresses()) == ([], {BEA})
    assert is_refused(ANNA)


def test_a_backup_that_names_it_only_in_what_is_said_of_others() -> None:
    decide((ANNA, "all"))
    bounced("erase", ANNA, "--yes")
    entry = backup("erased")
    Path(DATABASE).unlink()
    count(failures(BEA, 0, 8, 17))
    with closing(sqlite3.connect(DATABASE)) as db, db:
        text = f"forwarded from <{ANNA}>, bounce-bert=rcpt.test@list.test"
        db.execute("UPDATE passages SET text = text || ? WHERE id <> 0", [text])
    copy = backup("mentioned")
    bounced("restore", entry)
    bounced("suppress", "bert@rcpt.test")
    bounced("erase", "bert@rcpt.test", "--yes")
    assert "2 erased addresses were in the backup" in restore(copy)
    assert names("anna") == [] == names("bert")
    assert addresses() == {BEA}
    assert is_refused(ANNA)


def test_scopes_and_releases_are_those_of_the_present(copy: str) -> None:
    decide((ANNA, "marketing"))
    bounced("erase", ANNA, "--yes")
    bounced("release", "--cause", "manual", ANNA)
    decide(("carl@rcpt.test", "news"))
    bounced("erase", "carl@rcpt.test", "--yes")
    restore(copy)
    assert check(ANNA) == f"{ANNA}: yes\n"
    assert names("anna") == []
    assert check("carl@rcpt.test", "--scope", "news").startswith("carl@rcpt.test: no")
    assert check("carl@rcpt.test", "--scope", "receipts") == "carl@rcpt.test: yes\n"


def test_what_was_recorded_after_a_release_stays(copy: str) -> None:
    bounced("erase", ANNA, "--yes")
    bounced("release", "--cause", "manual", ANNA)
    count(failures(ANNA, 0, 8, 17, 31))
    later = backup("later")
    content = Path(later).read_bytes()
    assert "erased from it" not in restore(later)
    assert addresses() == {ANNA, BEA}
    assert Path(DATABASE).read_bytes() == content


def test_a_newer_backup_and_one_of_the_same_state_are_copied_as_they_are(copy: str) -> None:
    bounced("erase", ANNA, "--yes")
    same = backup("same")
    decide((BEA, "marketing"))
    newer = backup("newer")
    for each in (same, newer, same):
        assert "erased from it" not in restore(each)
        assert Path(DATABASE).read_bytes() == Path(each).read_bytes()
        assert is_refused(ANNA)


def test_rows_that_came_after_the_erasure_go_while_it_stands(copy: str) -> None:
    bounced("erase", ANNA, "--yes")
    with closing(sqlite3.connect(DATABASE)) as db, db:
        db.execute("INSERT INTO sends (message_id, address) VALUES ('1@sent', ?)", [ANNA])
    later = backup("later")
    bounced("erase", ANNA, "--yes")
    restore(later)
    assert names("anna") == []


def test_nothing_is_changed_where_nothing_was_erased(copy: str) -> None:
    decide((ANNA, "all"))
    content = Path(copy).read_bytes()
    assert "erased from it" not in restore(copy)
    assert Path(DATABASE).read_bytes() == content


def test_keys_differ(copy: str) -> None:
    """Each database has hashes by a key of its own, and both go on to refuse, and are acted on."""
    bounced("erase", ANNA, "--yes")
    here = backup("here")
    Path(DATABASE).unlink()
    decide((BEA, "all"), (ANNA, "all"), ("carl@rcpt.test", "all"))
    bounced("erase", "carl@rcpt.test", "--yes")
    bounced("erase", ANNA, "--yes")
    there = backup("there")
    restore(here)
    [(keys,)] = query("SELECT value FROM meta WHERE name = 'erasure_key'")
    assert len(str(keys).split()) == 2
    for copy_ in (there, here, there):
        restore(copy_)
        assert all(map(is_refused, (ANNA, "carl@rcpt.test")))
        assert names("anna") == [] == names("carl")
    bounced("erase", BEA, "--yes")
    assert is_refused(BEA)
    assert bounced("release", "--cause", "manual", ANNA).stderr.count(ANNA) <= 1
    assert check(ANNA) == f"{ANNA}: yes\n"
    bounced("erase", "carl@rcpt.test", "--entirely", "--yes")
    assert check("carl@rcpt.test") == "carl@rcpt.test: yes\n"
    assert is_refused(BEA)


def test_of_every_tenant(copy: str) -> None:
    """Suppressed for one of them, it is erased for all, and refused for that one."""
    decide(("(acme)zoe@rcpt.test", "all"), ("(beta)zoe@rcpt.test", "all"), ("zoe@rcpt.test", "all"))
    with_zoe = backup("zoe")
    with Ledger(DATABASE, Policy()) as ledger:
        ledger.decisions.decide(["(beta)zoe@rcpt.test", "zoe@rcpt.test"], "release", "", "")
    bounced("erase", "zoe@rcpt.test", "--yes")
    assert "1 erased address was" in restore(with_zoe)
    assert names("zoe@") == []
    assert [str(address)[:6] for (address,) in query("SELECT address FROM suppressions") if "#" in str(address)] == [
        "(acme)"
    ]


def test_sub_addresses_and_spellings(tmp_path: Path, copy: str) -> None:
    configuration = tmp_path / "one-worker.toml"
    configuration.write_text(f'{configuration.read_text()}[policy]\nsubaddresses = "same"\n')
    words = ["Anna@RCPT.test", "anna+news@rcpt.test"]
    bounced("suppress", *words)
    both = backup("both")
    bounced("erase", ANNA, "--yes")
    restore(both)
    assert names("anna") == []
    assert all(map(is_refused, (ANNA, "anna+other@rcpt.test")))


def test_what_was_erased_entirely_is_not_known(copy: str) -> None:
    bounced("erase", ANNA, "--entirely", "--yes")
    assert "erased from it" not in restore(copy)
    assert addresses() == {ANNA, BEA}


@pytest.mark.parametrize("version", ["m002", "m018", max(DUMPS)])
def test_a_backup_of_an_older_schema(version: str) -> None:
    with closing(sqlite3.connect("old.db")) as db:
        db.executescript(DUMPS[version].read_text())
        [address] = db.execute("SELECT max(address) FROM suppressions").fetchone()
    address = str(address).rpartition(")")[2]
    content = Path("old.db").read_bytes()
    decide((BEA, "all"))
    assert "erased from it" not in restore("old.db")
    assert Path(DATABASE).read_bytes() == content
    Path(DATABASE).unlink()
    decide((address, "all"))
    bounced("erase", address, "--yes")
    assert "erased from it" in restore("old.db")
    assert names(address) == []
    assert is_refused(address)


@pytest.mark.parametrize("lost", ["missing", "rotten", "empty", "damaged", "newer"])
def test_where_the_present_one_cannot_be_read_it_says_so(copy: str, lost: str) -> None:
    bounced("erase", ANNA, "--yes")
    content = Path(DATABASE).read_bytes()
    if lost == "newer":
        with closing(sqlite3.connect(DATABASE)) as db, db:
            db.execute(
                "UPDATE _sqlite_migrations SET name = 'm999' WHERE id = (SELECT max(id) FROM _sqlite_migrations)"
            )
    else:
        Path(DATABASE).unlink()
    if lost not in ("missing", "newer"):
        broken = {"rotten": b"rotten" * 10_000, "empty": b"", "damaged": content[: len(content) // 2]}
        Path(DATABASE).write_bytes(broken[lost])
    [line] = [line for line in restore(copy).splitlines() if "not known" in line]
    assert line.startswith(f"{Path(DATABASE)}: what was erased since the backup was made is not known")
    assert "docs/privacy.md" in line
    assert {BEA} <= addresses()


def test_another_backup_hands_on_what_it_knows(copy: str) -> None:
    bounced("erase", ANNA, "--yes")
    later = backup("later")
    Path(DATABASE).write_bytes(b"rotten" * 10_000)
    assert "not known" in restore(later)
    assert "not known" not in restore(copy)
    assert (names("anna"), addresses()) == ([], {BEA})
    assert is_refused(ANNA)


def test_what_can_be_read_of_a_damaged_one_is_erased_all_the_same(copy: str) -> None:
    bounced("erase", ANNA, "--yes")
    with closing(sqlite3.connect(DATABASE)) as db:
        [(page, size)] = db.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'sends'"
        ).fetchall()
    with Path(DATABASE).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    said = restore(copy)
    assert "not known" in said
    assert "1 erased address was in the backup" in said
    assert (names("anna"), addresses()) == ([], {BEA})
    assert is_refused(ANNA)
