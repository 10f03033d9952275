"""The recipe for Mailman 3, with a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bounced.ledger.ledger import Ledger
from tests.conftest import missing
from tests.support import mailman, sinks
from tests.support.ledger import failed
from tests.support.mailman import Mailman
from tests.support.sinks import release, state, suppress, take

ANNA = "anna@rcpt.test"


@pytest.fixture(scope="module")
def lists() -> Iterator[Mailman]:
    if mailman.is_missing():
        missing("Mailman (`make servers`)")
    with mailman.running("news@lists.test", "talk@lists.test") as running:
        yield running


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, sinks.AT_ONCE) as opened:
        opened.sinks.follow("crm")
        yield opened


def keys(lists: Mailman, **more: str) -> dict[str, str]:
    return {"kind": "mailman", "url": lists.url, "user": "user", **more}


def test_delivery_ends_on_every_list_and_begins_again(ledger: Ledger, lists: Mailman) -> None:
    for address in (ANNA, "carl@rcpt.test", "eve+x@rcpt.test"):
        lists.subscribe("news.lists.test", address)
    lists.subscribe("talk.lists.test", ANNA)
    lists.ask("PATCH", "/addresses/carl@rcpt.test/preferences", {"delivery_status": "by_user"})
    job = sinks.delivery(ledger, sinks.sink(ledger, "geheim", **keys(lists)))
    take(ledger, 1, failed(ANNA))
    suppress(ledger, "eve+x@rcpt.test", "unknown@rcpt.test")
    job.run()
    assert state(ledger) == (0, 0, "")
    assert lists.without_delivery("news@lists.test", "bybounces") == [ANNA, "eve+x@rcpt.test"]
    assert lists.without_delivery("talk@lists.test") == [ANNA]
    release(ledger, ANNA, "eve+x@rcpt.test", "unknown@rcpt.test")
    job.run()
    assert state(ledger) == (0, 0, "")
    assert lists.without_delivery("news@lists.test") == ["carl@rcpt.test"]
    assert lists.without_delivery("talk@lists.test") == []


def test_what_a_member_has_set_stays(ledger: Ledger, lists: Mailman) -> None:
    lists.subscribe("news.lists.test", "fay@rcpt.test")
    lists.ask("PATCH", "/addresses/fay@rcpt.test/preferences", {"delivery_status": "by_user"})
    job = sinks.delivery(ledger, sinks.sink(ledger, "geheim", **keys(lists)))
    suppress(ledger, "fay@rcpt.test")
    release(ledger, "fay@rcpt.test")
    job.run()
    assert state(ledger) == (0, 0, "")
    assert "fay@rcpt.test" in lists.without_delivery("news@lists.test", "byuser")


def test_memberships_end(ledger: Ledger, lists: Mailman) -> None:
    for name in ("news.lists.test", "talk.lists.test"):
        lists.subscribe(name, "gil@rcpt.test")
    job = sinks.delivery(ledger, sinks.sink(ledger, "geheim", **keys(lists, action="unsubscribe")))
    suppress(ledger, "gil@rcpt.test")
    job.run()
    assert state(ledger) == (0, 0, "")
    assert "gil@rcpt.test" not in lists.members("news@lists.test")
    assert "gil@rcpt.test" not in lists.members("talk@lists.test")


def test_a_refused_login_is_tried_again(ledger: Ledger, lists: Mailman) -> None:
    job = sinks.delivery(ledger, sinks.sink(ledger, "wrong", **keys(lists)))
    suppress(ledger, ANNA)
    job.run()
    assert state(ledger)[:2] == (1, 0)
    assert "401" in state(ledger)[2]
