"""Domains, the allow list and sub-addresses: one answer for `check`, for lists, for programs and for SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.lists.entry import Entry
from bounced.model import Cause
from bounced.policy import Policy
from bounced.policy.patterns import covered, covering, is_pattern
from tests.support import documents
from tests.support.ledger import NOW, failed, item

AT_ONCE = Policy(count={}, delimiters="+")


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, AT_ONCE, clock=lambda: NOW) as ledger:
        yield ledger


def bounces(ledger: Ledger, address: str) -> None:
    """Three failures, enough to suppress."""
    day = {0: 0, 1: 8, 2: 16}
    number = sum(map(ord, address)) * 10
    ledger.take([item(number + n, day[n], failed(address, original_message_id=f"{n}@{address}")) for n in day])


def forbidden(path: str, *addresses: str) -> set[str]:
    """Those of ``addresses`` that must not be mailed: one by one, as a list, and by the SQL of docs/readers.md."""
    [sql] = [block for block in documents.blocks(documents.DOCS / "readers.md", "sql") if ":covering" in block]
    with Suppressions(path) as suppressions, closing(sqlite3.connect(path)) as db:
        single = {address for address in addresses if suppressions.get(address)}
        assert set(suppressions.filter(addresses)) == single
        for address in addresses:
            parameters = {"covering": json.dumps(covering(address, AT_ONCE.delimiters)), "mailbox": None}
            rows = db.execute(sql, parameters).fetchall()
            assert bool(rows) == (address in single), (address, rows)
    return single


def test_a_sub_address_is_the_same_as_its_address(ledger: Ledger, path: str) -> None:
    bounces(ledger, "kim@b.test")
    bounces(ledger, "ann+news@b.test")
    assert forbidden(path, "kim@b.test", "kim+news@b.test", "ann@b.test", "ann+news@b.test", "kimmy@b.test") == {
        "kim@b.test",
        "kim+news@b.test",
        "ann+news@b.test",
    }
    ledger.decisions.decide(["ann@b.test", "kim+news@b.test"], "allow", "", "")
    assert forbidden(path, "kim@b.test", "kim+news@b.test", "ann+news@b.test") == {"kim@b.test"}
    ledger.adopt(Policy())
    assert forbidden_apart(path, "kim@b.test", "kim+x@b.test", "ann+news@b.test") == {"kim@b.test", "ann+news@b.test"}


def forbidden_apart(path: str, *addresses: str) -> set[str]:
    with Suppressions(path) as suppressions:
        return set(suppressions.filter(addresses))


@pytest.mark.parametrize("cause", ["bounce", "complaint", "manual"])
def test_what_the_allow_list_leaves_in_force(ledger: Ledger, path: str, cause: Cause) -> None:
    reason = {"bounce": "user_unknown", "complaint": "abuse", "manual": "manual"}[cause]
    listed = ("kim@a.b.test", "@a.b.test", "*.b.test")
    for number, entry in enumerate(listed):
        ledger.lists.take([Entry(entry, cause, reason, "hard" if cause == "bounce" else "", "all", NOW, origin="x")])
        assert forbidden(path, "kim@a.b.test") == {"kim@a.b.test"}
        ledger.decisions.decide(["kim@a.b.test"], "allow", "", "")
        stands = cause == "complaint" or (cause == "manual" and number == 0)
        assert forbidden(path, "kim@a.b.test") == ({"kim@a.b.test"} if stands else set()), entry
        ledger.decisions.decide(["kim@a.b.test"], "disallow", "", "")
        ledger.decisions.decide([entry], "release", "", "")
    assert forbidden(path, "kim@a.b.test") == set()


def test_a_domain_on_the_allow_list_covers_what_bounces_later_too(ledger: Ledger, path: str) -> None:
    ledger.decisions.decide(["*.test"], "allow", "", "")
    bounces(ledger, "kim@b.test")
    assert forbidden(path, "kim@b.test") == set()
    assert ledger.decisions.decide(["*.test"], "disallow", "", "").started[0][0] == "kim@b.test"
    assert forbidden(path, "kim@b.test") == {"kim@b.test"}


@pytest.mark.parametrize(
    ("address", "delimiters", "entries"),
    [
        ("kim+x@a.b.test", "+", ("kim+x@a.b.test", "kim@a.b.test", "@a.b.test", "*.b.test", "*.test")),
        ("kim@[192.0.2.1]", "", ("kim@[192.0.2.1]", "@[192.0.2.1]")),
        ('"k+x y"@b.test', "+", ('"k+x y"@b.test', "@b.test", "*.test")),
        ("@b.test", "+", ("@b.test",)),
        ("*.test", "+", ("*.test",)),
    ],
)
def test_what_covers_an_address(address: str, delimiters: str, entries: tuple[str, ...]) -> None:
    assert covering(address, delimiters) == entries
    assert [is_pattern(entry) for entry in entries] == [entry[0] in "@*" for entry in entries]


@pytest.mark.parametrize("entry", ["@a_b.test", "*.b.test", "k%m@a_b.test"])
def test_the_patterns_of_sql_find_what_an_entry_covers(entry: str) -> None:
    addresses = ("kim@a_b.test", "kim@axb.test", "kim@x.b.test", "k%m+y@a_b.test", "kom+y@a_b.test")
    with closing(sqlite3.connect(":memory:")) as db:
        liked = {
            address
            for address in addresses
            for pattern in covered(entry, "+")
            if db.execute(r"SELECT ? LIKE ? ESCAPE '\'", [address, pattern]).fetchone()[0]
        }
    assert liked == {address for address in addresses if entry in covering(address, "+")[1:]}
