"""Spellings of one mailbox have one answer, everywhere, where the option says so; elsewhere they are addresses."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bounced.address import of_tenant
from bounced.config.policy_server import PolicyServerSection
from bounced.config.tenant import SendingTenants
from bounced.daemon.policy_server.protocol import Request
from bounced.daemon.policy_server.recipients import Recipients
from bounced.ledger import spelled
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.lists.entry import Entry
from bounced.model import Cause
from bounced.policy import Limit, Policy
from bounced.policy.mailboxes import mailbox
from bounced.policy.patterns import covering
from tests.support import documents
from tests.support.ledger import NOW, failed, item

APART = Policy({**Policy().limits, "hard": Limit(1, 0)})
SAME = replace(APART, spellings=("google", "proton"))

SPELLINGS = ("kim@gmail.com", "k.im@gmail.com", "kim+a.b@gmail.com", "K.I.M+x@GoogleMail.com", '"k.im"@gmail.com')
OTHERS = ("kima@gmail.com", "ki-m@gmail.com", "k.im@google.com", '"k@im"@gmail.com', "+kim@gmail.com", "k.im@b.test")


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, SAME, clock=lambda: NOW) as ledger:
        yield ledger


def by_sql(path: str, address: str, rule: Policy) -> bool:
    [sql] = [block for block in documents.blocks(documents.DOCS / "readers.md", "sql") if ":covering" in block]
    parameters = {
        "covering": json.dumps(covering(address, rule.delimiters)),
        "mailbox": mailbox(address, rule.spellings) or None,
    }
    with closing(sqlite3.connect(path)) as db:
        return bool(db.execute(sql, parameters).fetchall())


def forbidden(path: str, rule: Policy = SAME, addresses: tuple[str, ...] = SPELLINGS + OTHERS) -> set[str]:
    """Those of ``addresses`` that must not be mailed: one by one, all at once, by SQL, and as Postfix is told."""
    with Suppressions(path) as suppressions:
        single = {address for address in addresses if suppressions.get(address)}
        assert set(suppressions.filter(addresses)) == single
    keys = {address: address.lower().replace('"k.im"', "k.im") for address in addresses}
    assert {address for address, key in keys.items() if by_sql(path, key, rule)} == single
    server = Recipients(path, PolicyServerSection(recipient_delimiter="", scope="all"), {}, SendingTenants.of({}))
    with closing(server):
        asked = {address for address in addresses if server.suppression(Request(address.replace('"', "")))}
    assert asked == single
    return single


@pytest.mark.parametrize("spelling", ["kim@gmail.com", "k.im@gmail.com", "ki.m+news@googlemail.com"])
@pytest.mark.parametrize("cause", ["bounce", "complaint", "manual"])
def test_whatever_one_is_suppressed_for_holds_for_all(ledger: Ledger, path: str, spelling: str, cause: Cause) -> None:
    reason = {"bounce": "user_unknown", "complaint": "abuse", "manual": "manual"}[cause]
    ledger.lists.take([Entry(spelling, cause, reason, "hard" if cause == "bounce" else "", "all", NOW, origin="x")])
    assert forbidden(path) == set(SPELLINGS)
    ledger.decisions.decide(["k.i.m@gmail.com"], "allow", "", "")
    assert forbidden(path) == (set() if cause == "bounce" else set(SPELLINGS))
    ledger.decisions.decide(["k.i.m@gmail.com"], "disallow", "", "")
    assert forbidden(path) == set(SPELLINGS)
    ledger.decisions.decide([spelling], "release", "", "")
    assert forbidden(path) == set()


def test_it_is_off_unless_the_provider_is_named(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, failed("k.im@gmail.com")), item(2, 1, failed("a-b@pm.me"))])
    assert forbidden(path, addresses=("kim@gmail.com", "ab@proton.me")) == {"kim@gmail.com", "ab@proton.me"}
    ledger.adopt(replace(SAME, spellings=("proton",)))
    rule = replace(SAME, spellings=("proton",))
    assert forbidden(path, rule, ("kim@gmail.com", "ab@proton.me")) == {"ab@proton.me"}
    ledger.adopt(APART)
    assert forbidden(path, APART) == {"k.im@gmail.com", '"k.im"@gmail.com'}


def test_what_bounces_is_charged_and_counted_by_itself(ledger: Ledger, path: str) -> None:
    ledger.adopt(replace(SAME, limits={**Policy().limits, "hard": Limit(2, 0)}))
    ledger.take([item(1, 0, failed("kim@gmail.com")), item(2, 1, failed("k.im@gmail.com"))])
    assert forbidden(path) == set()
    ledger.take([item(3, 2, failed("k.im@gmail.com"))])
    assert forbidden(path) == set(SPELLINGS)


def test_an_entry_of_the_allow_list_holds_for_what_bounces_later(ledger: Ledger, path: str) -> None:
    ledger.decisions.decide(["k.im@gmail.com"], "allow", "", "")
    assert ledger.take([item(1, 0, failed("kim+x@googlemail.com"))]).started == ()
    ended = ledger.decisions.decide(["k.im@gmail.com"], "disallow", "", "")
    assert [address for address, _ in ended.started] == ["kim+x@googlemail.com"]
    assert forbidden(path) == set(SPELLINGS)
    again = ledger.decisions.decide(["kim@gmail.com"], "allow", "", "")
    assert [address for address, _ in again.ended] == ["kim+x@googlemail.com"]
    ledger.adopt(APART)
    assert forbidden(path, APART, ("kim+x@googlemail.com",)) == {"kim+x@googlemail.com"}
    ledger.adopt(SAME)
    assert forbidden(path) == set()


def test_an_exception_from_a_suppressed_domain_is_one_for_all_spellings(ledger: Ledger, path: str) -> None:
    ledger.decisions.decide(["@gmail.com"], "suppress", "all", "")
    ledger.decisions.decide(["k.im@googlemail.com"], "allow", "", "")
    assert forbidden(path, addresses=(*SPELLINGS, "ann@gmail.com", "ann@googlemail.com")) == {"ann@gmail.com"}
    ledger.decisions.decide(["ki.m@gmail.com"], "suppress", "all", "")
    assert forbidden(path) == {*SPELLINGS, "kima@gmail.com", "ki-m@gmail.com", '"k@im"@gmail.com', "+kim@gmail.com"}


def test_a_sub_address_by_another_separator_is_one_of_each_spelling(ledger: Ledger, path: str) -> None:
    rule = replace(SAME, delimiters="=")
    ledger.adopt(rule)
    ledger.take([item(1, 0, failed("k.im@googlemail.com"))])
    with Suppressions(path) as suppressions:
        assert suppressions.get("ki.m=x@gmail.com")
    ledger.take([item(2, 1, failed("ann=x@gmail.com"))])
    assert [address for address, _ in ledger.decisions.decide(["a.nn@gmail.com"], "allow", "", "").ended] == [
        "ann=x@gmail.com"
    ]


def test_a_tenant_has_its_own(ledger: Ledger, path: str) -> None:
    ledger.decisions.decide(["(acme)k.im@gmail.com"], "suppress", "all", "")
    with Suppressions(path) as house, Suppressions(path, tenant="acme") as acme:
        assert acme.get("kim@googlemail.com")
        assert house.get("kim@googlemail.com") is None
    sql = "SELECT key FROM tenant_suppressed WHERE key_mailbox = '(acme)kim@gmail.com'"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute(sql).fetchall() == [("(acme)k.im@gmail.com",)]


#: Anything that may be a key, and is near to one of a provider's.
keys = st.builds(
    "{}@{}".format,
    st.text('ab.+-_"@(=)', min_size=1, max_size=9),
    st.sampled_from(["gmail.com", "googlemail.com", "pm.me", "hotmail.com", "b.test", "gmail.com.b.test"]),
)


@given(st.builds(of_tenant, st.sampled_from(["", "acme", "a-b"]), keys))
@example(".(@pm.me")  # without the dot it looks like a tenant's
@example("()(.@pm.me")
def test_sql_and_python_agree_on_what_a_mailbox_is(key: str) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        row = db.execute(f"SELECT coalesce({spelled.spelling('?1')}, ?1)", [key]).fetchone()
    assert row == (mailbox(key) or key,)
