"""Reading a folder: UIDs, sizes and messages, from real servers and from one that misbehaves."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from bounced.errors import MailboxError
from bounced.model import Batch, Intake, OnDone
from bounced.sources.batches import CONTENT_LIMIT, MAX_MESSAGES
from bounced.sources.imap import FETCH_SIZE_LIMIT
from tests.support.imap import BODY, SIZE, Open, bodies, failure, read, text
from tests.support.scripted import CLOSE, PoisonedImap, ScriptedImap
from tests.support.servers import ImapServer


def test_a_new_epoch_of_uids_begins_from_nothing(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(text(1), None), (text(2), None)])
    mailbox = open_mailbox(dovecot.account())
    (old,) = mailbox.batches(None)
    dovecot.set_uidvalidity("INBOX", 4711)
    (new,) = mailbox.batches(old.cursor)
    assert new.cursor is not None
    assert new.cursor.uidvalidity == 4711
    assert [message.content for message in new.messages] == [text(1), text(2)]


def test_a_cursor_that_the_server_has_not_reached_is_void(imap_server: ImapServer, open_mailbox: Open) -> None:
    """Restored from a backup, the server gives new mail UIDs that were read before."""
    imap_server.append_all("INBOX", [(text(1), None), (text(2), None)])
    mailbox = open_mailbox(imap_server.account())
    [batch] = mailbox.batches(None)
    assert batch.cursor is not None
    ahead = dataclasses.replace(batch.cursor, uid=batch.cursor.uid + 1)
    assert list(mailbox.batches(batch.cursor)) == []
    assert list(mailbox.batches(ahead)) == [Batch((), dataclasses.replace(ahead, uid=0)), batch]


def test_a_folder_that_is_replaced_while_it_is_read_is_left(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append_all("Box", [(text(number), None) for number in range(MAX_MESSAGES + 1)])
    mailbox = open_mailbox(dovecot.account(), "move", folder="Box")
    batches = mailbox.batches(None)
    first = next(batches).messages[0]
    with dovecot.client() as client:
        client.delete_folder("Box")
    dovecot.append("Box", text(1000))
    mailbox.settle([Intake(first.origin, "counted", recognized=True)])
    with pytest.raises(MailboxError, match="replaced while it was being read"):
        next(batches)
    assert bodies(dovecot, "Box") == [text(1000)]


def test_mail_that_goes_between_list_and_fetch_is_left_out(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(text(number), None) for number in range(MAX_MESSAGES + 10)])
    batches = open_mailbox(dovecot.account()).batches(None)
    names = [message.origin.uid for message in next(batches).messages]
    gone = [MAX_MESSAGES + 5, MAX_MESSAGES + 10]
    dovecot.remove("INBOX", gone)
    last = next(batches)
    names += [message.origin.uid for message in last.messages]
    assert names == [uid for uid in range(1, MAX_MESSAGES + 11) if uid not in gone]
    assert last.cursor is not None
    assert last.cursor.uid == MAX_MESSAGES + 10


@pytest.mark.parametrize("on_done", ["leave", "move"])
def test_reading_leaves_no_trace(imap_server: ImapServer, open_mailbox: Open, on_done: OnDone) -> None:
    """What is to be moved later is not opened read-only."""
    imap_server.append("INBOX", text(1))
    read(open_mailbox(imap_server.account(), on_done))
    assert imap_server.folder_contents("INBOX")[0].flags <= {rb"\Recent"}


def test_a_mail_over_25_mib_is_not_fetched(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(text(1) + b"x" * FETCH_SIZE_LIMIT, None), (text(2), None)])
    large, small = read(open_mailbox(dovecot.account()))
    assert (large.content, large.size) == (b"", FETCH_SIZE_LIMIT + len(text(1)))
    assert small.content == text(2)


def test_a_folder_whose_name_is_not_ascii_is_read(imap_server: ImapServer, open_mailbox: Open) -> None:
    imap_server.append("Zurückgewiesen & mehr", text(1), datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))
    (message,) = read(open_mailbox(imap_server.account(), folder="Zurückgewiesen & mehr"))
    assert message.origin.mailbox == "imap:test/Zurückgewiesen & mehr"
    assert message.arrived_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


# Servers that misbehave.


@pytest.mark.parametrize(
    "answers",
    [
        [SIZE, "", BODY],
        [SIZE, "TAG NO [SERVERBUG] not now\r\n", BODY],
        [SIZE, CLOSE, BODY],
        [SIZE, "* 1 FETCH (UID 1 BODY[]<0> {999999999}\r\n", BODY],
        [SIZE, "* 1 FETCH (FLAGS ())\r\n", BODY],
        [SIZE, "* 1 FETCH (UID 1 BODY[]<0> {9}\r\nX: y\r\n\r\nz\r\n", BODY],
        ["* 1 FETCH (UID 1 FLAGS (x))\r\n", SIZE, BODY],
        [SIZE, "* 1 FETCH " + "(" * 100_000 + "\r\n", BODY],
        [SIZE, "* 1 FETCH (UID 1 BODY[]<0> {5}\r\nX: y\r\n\r\nz)\r\n", BODY],
        [SIZE, "* 1 FETCH (UID 1 BODY[]<0> {12}\r\nX: y\r\n\r\nz)\r\n" + CLOSE, BODY],
        [SIZE, "TAG BAD what?\r\n", BODY],
        [SIZE, "* BYE going down\r\n" + CLOSE, BODY],
        [SIZE, "* 1 EXPUNGE 5\r\n* 7 FETCH (UID 70 BODY[]<0> NIL)\r\n" + BODY],
    ],
)
def test_a_fetch_that_fails_is_done_once_more_on_a_new_connection(answers: list[str], open_mailbox: Open) -> None:
    with ScriptedImap({"UID FETCH": answers}) as server:
        assert [message.content for message in read(open_mailbox(server.account()))] == [b"X: y\r\n\r\nz"]
        assert server.connections == len(answers) - 1


#: RFC 3501 9: all alphabetic characters are case-insensitive; 7.4.2: FETCH data come in any order.
ODD = {
    "CAPABILITY": ["* capability imap4rev1 move\r\nTAG ok done\r\n"],
    "LOGIN": ["* 5 exists\r\nTAG Ok done\r\n"],
    "SELECT": [
        "* flags (\\seen)\r\n* ok [uidnext 4] .\r\n* 2 exists\r\n* Ok [UidValidity 7] .\r\nTAG ok [read-write] .\r\n"
    ],
    "UID SEARCH": ["* flags (x)\r\n* search 3 1\r\nTAG ok done\r\n"],
    "UID FETCH": [
        '* 2 fetch (internaldate " 1-jan-2026 00:00:00 +0000" rfc822.size 9 uid 3)\r\n'
        "* 1 Fetch (Uid 1 RFC822.Size 9)\r\n* 1 expunge\r\nTAG ok done\r\n",
        "* 2 fetch (body[]<0> {9}\r\nX: y\r\n\r\nb uid 3)\r\n* 3 exists\r\n* 1 fetch (flags (\\seen) uid 1)\r\n"
        "* 1 Fetch (Uid 1 Body[]<0> {9}\r\nX: y\r\n\r\na)\r\n* 9 fetch (uid 9 flags ())\r\nTAG ok done\r\n",
    ],
    "UID MOVE": ["* ok [copyuid 7 1,3 1:2] .\r\n* 2 expunge\r\nTAG ok done\r\n"],
}


def test_answers_in_odd_case_and_order(open_mailbox: Open) -> None:
    with ScriptedImap(ODD) as server:
        mailbox = open_mailbox(server.account(), on_done="move")
        messages = read(mailbox)
        assert [(found.origin.uid, found.content[-1:]) for found in messages] == [(1, b"a"), (3, b"b")]
        mailbox.settle([Intake(found.origin, "counted", True) for found in messages])
        assert server.commands["UID MOVE"] == 1
        assert server.connections == 1


def test_a_server_that_ignores_the_limit_is_cut_off(open_mailbox: Open) -> None:
    body = f"* 1 FETCH (UID 1 BODY[] {{{CONTENT_LIMIT + 1}}}\r\n{'x' * (CONTENT_LIMIT + 1)})\r\n"
    with ScriptedImap({"UID FETCH": [SIZE, body]}) as server:
        (message,) = read(open_mailbox(server.account()))
    assert (len(message.content), message.size) == (CONTENT_LIMIT, CONTENT_LIMIT)


@pytest.mark.parametrize("announced", [0, 1, 10_000_000])
def test_a_size_that_is_not_true_changes_nothing(announced: int, open_mailbox: Open) -> None:
    """RFC822.SIZE is a hint."""
    size = f"* 1 FETCH (UID 1 RFC822.SIZE {announced})\r\n"
    with ScriptedImap({"UID FETCH": [size, BODY]}) as server:
        [message] = read(open_mailbox(server.account()))
    assert (message.content, message.withheld, message.too_large) == (b"X: y\r\n\r\nz", False, False)
    assert message.size == max(announced, len(message.content))


def test_a_large_folder_is_searched_in_windows(open_mailbox: Open) -> None:
    selected = "* 60000 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 100001] .\r\n"
    searches = ["* SEARCH 1\r\n", "* SEARCH\r\n"]
    with ScriptedImap({"EXAMINE": [selected], "UID SEARCH": searches, "UID FETCH": [SIZE, BODY]}) as server:
        assert [message.origin.uid for message in read(open_mailbox(server.account()))] == [1]
        assert server.commands["UID SEARCH"] == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "* 1 FETCH (UID 1 BODY[]<0> NIL)\r\n",
        "* 1 FETCH (UID 1 BODY[]<0> {0}\r\n)\r\n",
        "* 1 FETCH (BODY[]<0> {9}\r\nX: y\r\n\r\nz)\r\n",
        "* 1 FETCH (UID 1 FLAGS ())\r\n",
    ],
)
def test_a_message_that_the_server_withholds_is_told_apart(body: str, open_mailbox: Open) -> None:
    with ScriptedImap({"UID FETCH": [SIZE, body]}) as server:
        [message] = read(open_mailbox(server.account()))
    assert (message.withheld, message.too_large, message.origin.uid, message.size) == (True, False, 1, 9)


def test_a_message_without_a_size_is_fetched_anyway(open_mailbox: Open) -> None:
    with ScriptedImap({"UID FETCH": ["", "", BODY]}) as server:
        [message] = read(open_mailbox(server.account()))
    assert (message.content, message.withheld) == (b"X: y\r\n\r\nz", False)


@pytest.mark.parametrize("failure", [CLOSE, "TAG NO [SERVERBUG] no\r\n", "* 1 FETCH (UID 1 BODY[]<0> {5}\r\nX" + CLOSE])
def test_the_message_that_breaks_the_server_is_isolated(failure: str, open_mailbox: Open) -> None:
    with PoisonedImap(range(1, 21), poison={7, 20}, failure=failure) as server:
        [batch] = open_mailbox(server.account()).batches(None)
    assert [message.origin.uid for message in batch.messages] == list(range(1, 21))
    assert [message.origin.uid for message in batch.messages if message.withheld] == [7, 20]
    assert batch.cursor is not None
    assert batch.cursor.uid == 20


@pytest.mark.parametrize("uids", [range(1, 2), range(1, 3), range(1, 21)])
def test_a_server_that_always_fails_isolates_no_message(uids: range, open_mailbox: Open) -> None:
    with PoisonedImap(uids, poison=set(uids), failure=CLOSE) as server:
        assert "EOF" in failure(open_mailbox(server.account()))
        assert server.commands["UID FETCH"] <= 11


@pytest.mark.parametrize(
    "date",
    [
        "99-Foo-2026 00:00:00 +9999",
        "17-Sep-2026 12:00:00 +2400",
        "17-Sep-2026 12:00:00 +9959",
        "31-Dec-9999 23:59:59 -0800",
        "00-Jan-0000 00:00:00 +0000",
        "17-Sep-2099 12:00:00 +0000",  # the clock of the server
    ],
)
def test_a_message_with_no_sensible_date_arrived_now(date: str, open_mailbox: Open) -> None:
    size = f'* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "{date}")\r\n'
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with ScriptedImap({"UID FETCH": [size, BODY]}) as server:
        (message,) = read(open_mailbox(server.account(), now=lambda: now))
    assert (message.arrived_at, message.stored_at) == (now, now)


def test_old_uids_that_a_server_names_all_the_same_are_left_out(open_mailbox: Open) -> None:
    with ScriptedImap({"UID SEARCH": ["* SEARCH 4294967295 1 0\r\n"], "UID FETCH": [SIZE, BODY]}) as server:
        assert [message.origin.uid for message in read(open_mailbox(server.account()))] == [1]
