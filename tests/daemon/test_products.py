"""The real daemon reads, counts and settles over servers that answer as products do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.model import Intake
from bounced.sources.imap import Disposition, ImapMailbox
from tests.daemon.test_mailbox_faults import HASTY
from tests.support.daemon import Daemon, bounce
from tests.support.imap import read
from tests.support.products import PRODUCTS, Product, ProductImap
from tests.support.products.exchange import EXCHANGE
from tests.support.products.gmail import GMAIL

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)
REPORTS = [bounce(number, f"r{number}@rcpt.test", DAY0).replace(b"\n", b"\r\n") for number in range(3)]

#: Where the product has its folder for spam.
JUNK = {
    "DavMail": "Junk",
    "Exchange": "Junk Email",
    "Gmail": "[Gmail]/&BCEEPwQwBDw-",
    "GoDaddy": "INBOX.Bulk Mail",
    "NetEase": "&V4NXPpCuTvY-",
    "QQ": "Junk",
    "Yahoo": "Bulk",
    "iCloud": "Junk",
}


def davmail(server: ProductImap, _: Daemon) -> None:
    assert server.commands["CREATE"] <= 2, "once for each folder that is read"


def exchange(server: ProductImap, _: Daemon) -> None:
    assert server.commands["AUTHENTICATE"] == server.commands["LOGIN"] > 0


def gmail(server: ProductImap, _: Daemon) -> None:
    assert server.commands["ID"] > 0


def godaddy(_: ProductImap, daemon: Daemon) -> None:
    assert daemon.rows("SELECT DISTINCT substr(happened_at, 1, 10) FROM events") == [("2026-09-01",)]
    assert "server dates messages years before they arrived" in str(daemon.rows("SELECT problem FROM polls"))


def netease(server: ProductImap, _: Daemon) -> None:
    assert server.commands["ID"] == server.commands["LOGIN"] > 0
    assert server.commands["UID SEARCH"] < 40


def qq(server: ProductImap, _: Daemon) -> None:
    assert (server.commands["AUTHENTICATE"], server.commands["UID MOVE"]) == (0, 0)


def yahoo(server: ProductImap, daemon: Daemon) -> None:
    assert server.commands["UID SEARCH"] < 40
    assert daemon.rows("SELECT DISTINCT problem FROM polls") == [("",)]


def icloud(server: ProductImap, _: Daemon) -> None:
    assert (server.commands["UID MOVE"], server.commands["UID COPY"] > 0) == (0, True)


PARTICULAR: dict[str, Callable[[ProductImap, Daemon], None]] = {
    "DavMail": davmail,
    "Exchange": exchange,
    "Gmail": gmail,
    "GoDaddy": godaddy,
    "NetEase": netease,
    "QQ": qq,
    "Yahoo": yahoo,
    "iCloud": icloud,
}


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.name)
def test_the_daemon_reads_counts_and_settles(product: Product, tmp_path: Path) -> None:
    """Also what the product throttles at first, and the folder for spam."""
    daemon = Daemon(tmp_path, program=("-c", HASTY))
    inbox = next(name for name in product.folders if name.upper() == "INBOX")
    with ProductImap(replace(product, placeholder=b"")) as server:
        server.deliver(inbox, *REPORTS[:2])
        server.deliver(JUNK[product.name], REPORTS[2])
        daemon.configure({"bounces": server.mailbox()}, poll="1s", junk=True)
        with daemon.running():
            daemon.wait_for("started")
            daemon.wait_until("SELECT count(*) = 3 FROM messages")
            daemon.wait_until("SELECT count(*) = 0 FROM places WHERE settled = 0")
            daemon.wait_until("SELECT count(*) = 2 FROM polls WHERE polled_at IS NOT NULL")
            assert daemon.stop()[0] == 0
        PARTICULAR[product.name](server, daemon)
        assert sorted(server.contents(f"{product.prefix}Bounced")) == REPORTS
        assert server.contents(inbox) == server.contents(JUNK[product.name]) == []
    assert daemon.rows("SELECT count(*), count(DISTINCT address) FROM events") == [(3, 3)]


def test_every_product_is_one_that_somebody_has_seen() -> None:
    assert all(product.seen_in for product in PRODUCTS)
    assert {product.name for product in PRODUCTS} == PARTICULAR.keys() == JUNK.keys()


def test_exchanges_placeholder_is_withheld_and_the_message_counted_later(tmp_path: Path) -> None:
    product = replace(EXCHANGE, refused_at_first={})
    with ProductImap(product) as server, closing(ImapMailbox(server.account())) as mailbox:
        server.deliver("INBOX", REPORTS[0])
        [withheld] = read(mailbox)
        assert (withheld.withheld, withheld.content) == (True, b"")
        [message] = read(mailbox)
        assert message.content == REPORTS[0]


def test_exchange_keeps_no_keywords_which_is_said() -> None:
    product = replace(EXCHANGE, refused_at_first={}, placeholder=b"")
    with (
        ProductImap(product) as server,
        closing(ImapMailbox(server.account(), "INBOX", Disposition("flag"))) as mailbox,
    ):
        server.deliver("INBOX", REPORTS[0])
        mailbox.settle([Intake(message.origin, "counted", True) for message in read(mailbox)])
        assert mailbox.remark == "server does not accept custom keywords; messages left unflagged"


def test_a_message_cannot_be_moved_out_of_gmails_all_mail_which_is_said() -> None:
    everything = "[Gmail]/Todos os e-mails"
    move = Disposition("move", "Bounced", "Bounced")
    product = replace(GMAIL, refused_at_first={})
    with ProductImap(product) as server, closing(ImapMailbox(server.account(), everything, move)) as mailbox:
        server.deliver(everything, REPORTS[0])
        mailbox.settle([Intake(message.origin, "counted", True) for message in read(mailbox)])
        assert mailbox.remark == "server says that it moved messages, and they are still there"
