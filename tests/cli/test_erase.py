"""`bounced erase` shows what it would do, does it, and says what it can't reach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bounced.errors import EXIT_USAGE
from tests.support.commands import bounced, count, directory_of_its_own, failures, one_line

ANNA = "anna@rcpt.test"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory_of_its_own(tmp_path, monkeypatch)
    count([*failures(ANNA, 0, 8, 17), *failures("bea@other.test", 0.1, 8.1, 17.1)])
    bounced("backup")


def left() -> set[str]:
    """The files that name her."""
    files = (file for file in Path().rglob("*") if file.is_file())
    return {file.name for file in files if ANNA.encode() in file.read_bytes()}


def test_without_yes_nothing_is_changed() -> None:
    before = Path("bounced.db").read_bytes()
    result = bounced("erase", ANNA)
    assert "would erase" in result.stdout
    assert "3 from event_rows" in result.stdout
    assert "nothing was changed" in result.stderr
    assert Path("bounced.db").read_bytes() == before


def test_it_is_erased_and_refused() -> None:
    assert left() > {"bounced.db"}
    result = bounced("erase", "Anna@RCPT.test", "--yes")
    assert "stays suppressed: 1 suppression" in result.stdout
    assert "1 backup made before" in result.stdout
    assert "bounced.db" not in left()
    assert bounced("check", ANNA).stdout == f"{ANNA}: no: manual (manual) since 2026-09-18T12:00:00Z, erased\n"
    told = bounced("explain", ANNA).stdout.splitlines()
    assert told[0] == f"{ANNA}: suppressed (all mail) since 2026-09-18T12:00:00Z: manual, erased"
    assert told[-1] == f"next: stays suppressed until `bounced release --cause manual {ANNA}`"
    assert "bea@other.test" in bounced("suppressions").stdout
    assert ANNA not in bounced("list", "export").stdout


def test_with_its_backups() -> None:
    result = bounced("erase", ANNA, "--backups", "--yes")
    assert "backup" not in result.stdout
    assert left() == set()
    assert len(list(Path("backups").glob("*.db"))) == 1


def test_entirely() -> None:
    answer = json.loads(bounced("erase", ANNA, "--entirely", "--yes", "--json").stdout)
    assert (answer["erased"], answer["kept"], answer["rows"]["event_rows"]) == (True, 0, 3)
    assert bounced("check", ANNA).stdout == f"{ANNA}: yes\n"


def test_a_released_one_may_be_mailed() -> None:
    bounced("erase", ANNA, "--yes")
    assert "released" in bounced("release", "--cause", "manual", ANNA).stderr
    assert bounced("check", ANNA).stdout == f"{ANNA}: yes\n"


@pytest.mark.parametrize("address", ["@rcpt.test", "anna", ""])
def test_only_an_address_is_erased(address: str) -> None:
    result = bounced("erase", address, "--yes")
    assert result.exit_code == EXIT_USAGE
    assert "is not an email address" in one_line(result)
