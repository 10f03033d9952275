"""Maps of mail servers: a real Postfix and a real Exim read what is written."""

from __future__ import annotations

import hashlib
import shutil
import stat
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.address import in_unicode
from bounced.errors import UserError
from bounced.ledger import database, exporting
from bounced.ledger.exporting import Selection
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.lists import target
from bounced.lists.entry import Entry
from bounced.lists.maps import MAPS
from bounced.policy import Policy
from tests.conftest import missing
from tests.docs.test_exim import EXIM

AT = datetime(2026, 9, 17, 12, tzinfo=UTC)
REFUSED = "550 5.7.1 suppressed: manual since 2026-09-17T12:00:00Z"

SUPPRESSED = (
    "kim@b.test",
    "kim+news@c.test",
    '"k:m"@c.test',
    "jürgen@xn--strae-oqa.test",
    "#hash@c.test",
    "@d.test",
    "*.e.test",
    "@xn--strae-oqa.example",
)
ALLOWED = ("kim@d.test", "@a.e.test", "nobody@f.test")

#: Addresses to ask for, the keys of Postfix: it folds case, and its domains come one by one.
ASKED = (
    *("kim@b.test", "ann@b.test", "kim+news@c.test", "kim@c.test", "ann@d.test", "kim@d.test", "x@s.d.test"),
    *(
        "x@e.test",
        "x@b.e.test",
        "x@a.e.test",
        "x@c.b.e.test",
        "nobody@f.test",
        "jürgen@straße.test",
        "x@straße.example",
    ),
)


@pytest.fixture
def path(path: str) -> str:
    """A ledger with all that a map may have to tell."""
    with Ledger(path, Policy(), clock=lambda: AT) as ledger:
        ledger.decisions.decide(SUPPRESSED, "suppress", "all", "")
        ledger.decisions.decide(["news@b.test"], "suppress", "marketing", "")
        ledger.decisions.decide(ALLOWED, "allow", "", "")
    return path


def lines(path: str, name: str) -> list[str]:
    with closing(database.open_for_reading(path).conn) as db:
        entries = exporting.entries(db, Selection(("all",)))
        return list(MAPS[name].lines(entries, exporting.exceptions(db)))


def forbidden(path: str) -> set[str]:
    with Suppressions(path) as suppressions:
        return set(suppressions.filter(ASKED, "all"))


def postfix_keys(address: str) -> list[str]:
    """What Postfix looks for, in this order (access(5)), when parents do not match subdomains by themselves."""
    domain = address.rpartition("@")[2]
    labels = domain.split(".")
    return [address, domain, *(f".{'.'.join(labels[n:])}" for n in range(1, len(labels)))]


@pytest.mark.parametrize("name", ["postfix-texthash", "postfix-lmdb", "cdb"])
def test_postfix_answers_as_check_does(path: str, tmp_path: Path, name: str) -> None:
    postmap = shutil.which("postmap", path=target.SYSTEM_PATH)
    if not postmap:
        missing("postfix")
    map_ = tmp_path / "suppressed"
    try:
        target.write(map_, lines(path, name), Path(path), MAPS[name].table)
    except UserError as error:
        missing(str(error))
    kind = MAPS[name].table or "texthash"

    def answer(address: str) -> str:
        asked = "\n".join(postfix_keys(address)) + "\n"
        found = subprocess.run(
            [postmap or "", "-q", "-", f"{kind}:{map_}"], input=asked.encode(), capture_output=True, timeout=60
        )
        return found.stdout.decode().partition("\n")[0].partition("\t")[2]

    answers = {address: answer(address) for address in ASKED}
    assert {address for address, text in answers.items() if text == REFUSED} == forbidden(path)
    assert {answers["kim@d.test"], answers["x@a.e.test"]} == {"DUNNO"}


def test_exim_answers_as_check_does(path: str, tmp_path: Path) -> None:
    if not EXIM:
        missing("exim4 (make servers)")
    map_ = tmp_path / "suppressed"
    target.write(map_, lines(path, "exim-lsearch"), Path(path))
    tmp_path.chmod(0o755)
    map_.chmod(0o644)

    def answer(address: str) -> str:
        found = subprocess.run(
            [EXIM or "", "-C", "/dev/null", "-be", f"${{lookup{{{address}}}nwildlsearch{{{map_}}}}}"],
            capture_output=True,
            timeout=60,
        )
        return found.stdout.decode().strip()

    answers = {address: answer(address) for address in (*ASKED, '"k:m"@c.test', "#hash@c.test")}
    assert {address for address, text in answers.items() if text == REFUSED} == {
        *forbidden(path),
        '"k:m"@c.test',
        "#hash@c.test",
    }


def test_plain_and_hashed_lists(path: str) -> None:
    assert {line.rstrip("\n") for line in lines(path, "txt")} == set(SUPPRESSED)
    addresses = [entry for entry in SUPPRESSED if entry[0] not in "@*"]
    assert {line.rstrip("\n") for line in lines(path, "hashed")} == {
        hashlib.sha256(address.encode()).hexdigest() for address in addresses
    }


def test_what_a_map_cannot_say_is_left_out(path: str) -> None:
    text = "".join(lines(path, "postfix-texthash"))
    assert "#" not in text
    assert f'"k:m"@c.test {REFUSED}\n' in text
    assert in_unicode("jürgen@xn--strae-oqa.test") in text


def test_a_file_is_replaced_in_one_step_and_a_failure_leaves_the_old_one(path: str, tmp_path: Path) -> None:
    map_ = tmp_path / "out" / "list.txt"
    map_.parent.mkdir()
    map_.write_text("old\n")

    def failing() -> list[str]:
        raise UserError("in the middle")

    with pytest.raises(UserError):
        target.write(map_, (line for _ in "x" for line in ["new\n", *failing()]), Path(path))
    assert (map_.read_text(), [file.name for file in map_.parent.iterdir()]) == ("old\n", ["list.txt"])
    before = map_.stat().st_ino
    target.write(map_, ["new\n"], Path(path))
    assert (map_.read_text(), [file.name for file in map_.parent.iterdir()]) == ("new\n", ["list.txt"])
    assert map_.stat().st_ino != before
    assert (stat.S_IMODE(map_.stat().st_mode), map_.stat().st_gid) == (0o640, Path(path).stat().st_gid)
    with pytest.raises(UserError, match="can't be written: No such file or directory"):
        target.write(tmp_path / "missing" / "x", [], Path(path))


def test_only_what_became_known_since_then(path: str) -> None:
    later = datetime(2026, 10, 1, tzinfo=UTC)
    with Ledger(path, Policy(), clock=lambda: later) as ledger:
        old = datetime(2020, 1, 1, tzinfo=UTC)
        ledger.lists.take([Entry("old@b.test", "manual", "manual", scope="all", at=old, origin="x")])
        ledger.decisions.decide(["new@b.test"], "suppress", "all", "")
    with closing(database.open_for_reading(path).conn) as db:
        found = [entry.address for entry in exporting.entries(db, Selection(since=later))]
        assert found == ["new@b.test", "old@b.test"]
        assert [e.address for e in exporting.entries(db, Selection(("marketing",)))] == ["news@b.test"]
        assert list(exporting.entries(db, Selection(cause="bounce"))) == []
