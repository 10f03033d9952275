"""What another program looks up by its text has addresses as they are written, whatever else is the same mailbox."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bounced import Suppressions
from bounced.config.export import ExportSection
from bounced.daemon.exports import Export
from bounced.ledger import database, exporting
from bounced.ledger.exporting import Selection
from bounced.ledger.ledger import Ledger
from bounced.lists.formats import FORMATS
from bounced.lists.maps import MAPS
from bounced.policy import Policy

SUPPRESSED, OTHERS = "k.im+news@googlemail.com", ("kim@gmail.com", "kim+news@googlemail.com", "k.im@googlemail.com")


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, Policy(spellings=("google",))) as ledger:
        ledger.decisions.decide([SUPPRESSED], "suppress", "all", "")
        yield ledger


def names(text: str, address: str) -> bool:
    """True when ``address``, or its digest, is in a file."""
    return address in text or hashlib.sha256(address.encode()).hexdigest() in text


@pytest.mark.parametrize("name", [*FORMATS, *MAPS])
def test_an_export_has_the_spelling_that_is_suppressed(ledger: Ledger, path: str, name: str) -> None:
    with Suppressions(path) as suppressions:
        assert suppressions.filter([SUPPRESSED, *OTHERS]).keys() == {SUPPRESSED, *OTHERS}
    with closing(database.open_for_reading(path).conn) as db:
        text = "".join(exporting.lines(db, name, Selection()))
    assert [address for address in (SUPPRESSED, *OTHERS) if names(text, address)] == [SUPPRESSED]


@pytest.mark.parametrize("name", [*FORMATS, *(name for name, map_ in MAPS.items() if not map_.table)])
def test_so_has_the_file_that_the_daemon_keeps_current(ledger: Ledger, tmp_path: Path, name: str) -> None:
    file = tmp_path / "list"
    Export("x", ExportSection(format=name, path=str(file)), None, ledger, {}).run()
    text = file.read_text()
    assert [address for address in (SUPPRESSED, *OTHERS) if names(text, address)] == [SUPPRESSED]


def test_an_exception_from_a_domain_is_the_spelling_that_is_allowed(ledger: Ledger, path: str) -> None:
    ledger.decisions.decide(["@gmail.com"], "suppress", "all", "")
    ledger.decisions.decide(["ann@gmail.com"], "allow", "", "")
    with Suppressions(path) as suppressions:
        assert not suppressions.filter(["ann@gmail.com", "a.nn@gmail.com"])
    with closing(database.open_for_reading(path).conn) as db:
        assert list(exporting.exceptions(db)) == ["ann@gmail.com"]
