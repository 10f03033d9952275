"""IMAP against real servers; what those don't do on demand, against a scripted one."""

from __future__ import annotations

import dataclasses
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from bounced.errors import MailboxError, UserError
from bounced.model import JUNK, Batch, Intake, RawMessage
from bounced.retry import Backoff, Pause
from bounced.sources import Mailbox
from bounced.sources.batches import PREFIX
from bounced.sources.imap import TOO_LARGE, Account, Idler, ImapMailbox, LoginRefused, OnDone
from bounced.sources.imap.connection import HangUp, connect, disconnect
from bounced.sources.imap.idle import _SLICE, _idle
from tests.support.scripted import CLOSE, SILENCE, PoisonedImap, ScriptedImap
from tests.support.servers import ImapServer, free_port

Open = Callable[..., ImapMailbox]


@pytest.fixture
def open_mailbox() -> Iterator[Open]:
    """Makes mailboxes that are closed at the end."""
    made: list[ImapMailbox] = []

    def open_(account: Account, on_done: OnDone = "leave", folder: str = "INBOX", **more: Any) -> ImapMailbox:
        made.append(ImapMailbox(account, folder, on_done, "Bounced/Erledigt ü", "Bounced/Unrecognized", **more))
        return made[-1]

    yield open_
    for mailbox in made:
        mailbox.close()


def read(mailbox: Mailbox) -> list[RawMessage]:
    return [message for batch in mailbox.batches(None) for message in batch.messages]


def text(number: int) -> bytes:
    return f"Subject: {number}\r\n\r\nbody\r\n".encode()


def plain(server: ImapServer, host: str) -> Account:
    """Dovecot without TLS, on one of the addresses where it can do less."""
    return server.account(host=host, port=int((server.directory / "plain-port").read_text()), tls="none")


# Connecting.


def failure(mailbox: Mailbox) -> str:
    with pytest.raises(MailboxError) as caught:
        read(mailbox)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("imap:test/INBOX: ")
    return line.removeprefix("imap:test/INBOX: ")


def test_starttls_is_verified_too(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append("INBOX", text(1))
    account = dataclasses.replace(plain(dovecot, "127.0.0.1"), tls="starttls")
    assert [message.content for message in read(open_mailbox(account))] == [text(1)]
    assert "certificate" in failure(open_mailbox(dataclasses.replace(account, ca_file="")))


def test_starttls_does_not_go_on_without(mail_devel: ImapServer, open_mailbox: Open) -> None:
    assert "STARTTLS" in failure(open_mailbox(mail_devel.account(tls="starttls")))


def test_a_certificate_of_another_name_is_refused(dovecot: ImapServer, open_mailbox: Open) -> None:
    words = failure(open_mailbox(dovecot.account(host="127.0.0.2")))
    assert words.startswith(f"the certificate of 127.0.0.2:{dovecot.port} is not accepted: ")
    assert "127.0.0.2" in words.partition("accepted")[2]


def test_a_certificate_of_an_unknown_authority_is_refused(
    dovecot: ImapServer, open_mailbox: Open, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    words = failure(open_mailbox(dovecot.account(ca_file=str(tmp_path / "other.pem"))))
    assert words.startswith(f"the certificate of 127.0.0.1:{dovecot.port} is not accepted: ")


def test_a_missing_file_of_authorities_is_named(dovecot: ImapServer, open_mailbox: Open) -> None:
    with pytest.raises(MailboxError, match=r"^imap:test: ca_file /missing\.pem: No such file or directory$"):
        read(open_mailbox(dovecot.account(ca_file="/missing.pem")))


def test_tls_with_a_server_that_has_none_is_one_line(mail_devel: ImapServer, open_mailbox: Open) -> None:
    assert failure(open_mailbox(mail_devel.account(tls="implicit"))).startswith("TLS with 127.0.0.1:")


def test_plain_text_is_for_loopback_only() -> None:
    with pytest.raises(UserError, match=r"loopback only, not for mail\.example$"):
        Account("test", "mail.example", 143, "user", "secret", tls="none")
    assert Account("test", "::1", 143, "user", "secret", tls="none").host == "::1"


def test_a_wrong_password_is_refused_in_one_line(imap_server: ImapServer, open_mailbox: Open) -> None:
    mailbox = open_mailbox(imap_server.account(password="wrong"))
    assert failure(mailbox).startswith(f"login refused for {imap_server.user}: [AUTHENTICATIONFAILED]")
    with pytest.raises(LoginRefused):
        read(mailbox)


def test_a_password_is_shown_nowhere(imap_server: ImapServer, open_mailbox: Open) -> None:
    account = imap_server.account(password="Zürich-geheim")
    assert "geheim" not in repr(account) + failure(open_mailbox(account))


def test_a_refused_connection_is_one_line(open_mailbox: Open) -> None:
    port = free_port()
    account = Account("test", "127.0.0.1", port, "user", "secret", tls="none")
    assert failure(open_mailbox(account)) == f"127.0.0.1:{port} refuses connections"


def test_a_name_without_address_is_one_line(open_mailbox: Open) -> None:
    account = Account("test", "no..host", 993, "user", "secret")
    assert "no..host" in failure(open_mailbox(account))


def test_a_folder_that_is_not_there_is_one_line(dovecot: ImapServer, open_mailbox: Open) -> None:
    with pytest.raises(MailboxError, match=r"^imap:test/Nowhere: .*doesn't exist"):
        read(open_mailbox(dovecot.account(), folder="Nowhere"))


@pytest.mark.parametrize("name", ["", "INBOX\r\nx DELETE INBOX", "a\nb", "a\0b"])
def test_names_cannot_smuggle_commands(name: str) -> None:
    account = Account("test", "localhost", 993, "user", "secret")
    with pytest.raises(UserError, match="account test: the name of a folder"):
        ImapMailbox(account, name, "leave")
    with pytest.raises(UserError, match="account test: the name of a folder"):
        ImapMailbox(account, "INBOX", "move", done_folder="Done", unrecognized_folder=name)
    with pytest.raises(UserError, match="account test: password"):
        dataclasses.replace(account, password=name)


# Reading.


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
    dovecot.append_all("Box", [(text(number), None) for number in range(201)])
    mailbox = open_mailbox(dovecot.account(), "move", folder="Box")
    batches = mailbox.batches(None)
    first = next(batches).messages[0]
    with dovecot.client() as client:
        client.delete_folder("Box")
    dovecot.append("Box", text(1000))
    mailbox.settle([Intake(first.origin, "counted", recognized=True)])
    with pytest.raises(MailboxError, match="replaced while it was read"):
        next(batches)
    assert bodies(dovecot, "Box") == [text(1000)]


def test_mail_that_goes_between_list_and_fetch_is_left_out(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(text(number), None) for number in range(210)])
    batches = open_mailbox(dovecot.account()).batches(None)
    names = [message.origin.uid for message in next(batches).messages]
    dovecot.remove("INBOX", [205, 210])
    last = next(batches)
    names += [message.origin.uid for message in last.messages]
    assert names == [uid for uid in range(1, 211) if uid not in (205, 210)]
    assert last.cursor is not None
    assert last.cursor.uid == 210


@pytest.mark.parametrize("on_done", ["leave", "move"])
def test_reading_leaves_no_trace(imap_server: ImapServer, open_mailbox: Open, on_done: OnDone) -> None:
    """What is to be moved later is not opened read-only."""
    imap_server.append("INBOX", text(1))
    read(open_mailbox(imap_server.account(), on_done))
    assert imap_server.folder_contents("INBOX")[0].flags <= {rb"\Recent"}


def test_a_mail_over_25_mib_is_not_fetched(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(text(1) + b"x" * TOO_LARGE, None), (text(2), None)])
    large, small = read(open_mailbox(dovecot.account()))
    assert (large.content, large.size) == (b"", TOO_LARGE + len(text(1)))
    assert small.content == text(2)


def test_a_folder_whose_name_is_not_ascii_is_read(imap_server: ImapServer, open_mailbox: Open) -> None:
    imap_server.append("Zurückgewiesen & mehr", text(1), datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))
    (message,) = read(open_mailbox(imap_server.account(), folder="Zurückgewiesen & mehr"))
    assert message.origin.mailbox == "imap:test/Zurückgewiesen & mehr"
    assert message.arrived_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


# Settling.


def settle_both(server: ImapServer, mailbox: ImapMailbox) -> None:
    """Delivers three messages; settles the first as understood, the second as not, the third not at all."""
    server.append_all("INBOX", [(text(number), None) for number in (1, 2, 3)])
    first, second, _ = read(mailbox)
    mailbox.settle([Intake(first.origin, "counted", True), Intake(second.origin, "not-a-report", False)])


def bodies(server: ImapServer, folder: str) -> list[bytes]:
    return [message.content for message in server.folder_contents(folder)]


def test_move_puts_messages_into_their_folders(imap_server: ImapServer, open_mailbox: Open) -> None:
    settle_both(imap_server, open_mailbox(imap_server.account(), "move"))
    assert bodies(imap_server, "INBOX") == [text(3)]
    assert bodies(imap_server, "Bounced/Erledigt ü") == [text(1)]
    assert bodies(imap_server, "Bounced/Unrecognized") == [text(2)]
    with imap_server.client() as client:
        assert "Bounced/Erledigt ü" in [name for _, _, name in client.list_sub_folders()]


def test_two_that_make_the_same_folder_at_once_both_move(dovecot: ImapServer, open_mailbox: Open) -> None:
    """As the polls of two folders do when the daemon is new."""
    start = threading.Barrier(4)
    problems: list[MailboxError] = []

    def settle(mailbox: ImapMailbox) -> None:
        intakes = [Intake(message.origin, "counted", True) for message in read(mailbox)]
        start.wait()
        try:
            mailbox.settle(intakes)
        except MailboxError as problem:
            problems.append(problem)

    for folder in "ABCD":
        dovecot.append(folder, text(1))
    threads = [
        threading.Thread(target=settle, args=[open_mailbox(dovecot.account(), "move", folder)]) for folder in "ABCD"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(bodies(dovecot, "Bounced/Erledigt ü")) == 4


def test_move_without_move_expunges_only_its_own(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append("INBOX", text(0))
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.delete_messages([1])
    mailbox = open_mailbox(plain(dovecot, "127.0.0.2"), "move")
    dovecot.append_all("INBOX", [(text(1), None), (text(2), None)])
    mailbox.settle([Intake(message.origin, "counted", True) for message in read(mailbox)[1:2]])
    assert bodies(dovecot, "INBOX") == [text(0), text(2)]
    assert bodies(dovecot, "Bounced/Erledigt ü") == [text(1)]


def test_move_on_a_server_that_cannot_flags_and_says_so_once(
    dovecot: ImapServer, open_mailbox: Open, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox = open_mailbox(plain(dovecot, "127.0.0.3"), "move")
    settle_both(dovecot, mailbox)
    assert [message.flags - {rb"\Recent"} for message in dovecot.folder_contents("INBOX")] == [
        {b"$Bounced", rb"\Seen"},
        {b"$BouncedUnrecognized"},
        set(),
    ]
    assert [record.levelname for record in caplog.records if "flagging instead" in record.message] == ["WARNING"]


def test_flag_marks_messages_where_they_are(dovecot: ImapServer, open_mailbox: Open) -> None:
    settle_both(dovecot, open_mailbox(dovecot.account(), "flag"))
    assert [message.flags - {rb"\Recent"} for message in dovecot.folder_contents("INBOX")] == [
        {b"$Bounced", rb"\Seen"},
        {b"$BouncedUnrecognized"},
        set(),
    ]


def test_leave_changes_nothing(imap_server: ImapServer, open_mailbox: Open) -> None:
    settle_both(imap_server, open_mailbox(imap_server.account(), "leave"))
    assert [message.flags - {rb"\Recent"} for message in imap_server.folder_contents("INBOX")] == [set(), set(), set()]


def test_what_a_crash_left_is_settled_later(imap_server: ImapServer, open_mailbox: Open) -> None:
    imap_server.append_all("INBOX", [(text(1), None), (text(2), None)])
    first, second = read(open_mailbox(imap_server.account(), "leave"))
    intakes = [
        Intake(first.origin, "counted", True),
        Intake(dataclasses.replace(second.origin, uidvalidity=1), "counted", True),
        Intake(dataclasses.replace(second.origin, mailbox="imap:other/INBOX"), "counted", True),
        Intake(dataclasses.replace(second.origin, uid=99_999), "repeated", True),
    ]
    for _ in range(2):
        open_mailbox(imap_server.account(), "move").settle(intakes)
    assert bodies(imap_server, "INBOX") == [text(2)]
    assert bodies(imap_server, "Bounced/Erledigt ü") == [text(1)]


def test_more_messages_than_fit_one_command_are_settled(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(text(number), None) for number in range(250)])
    mailbox = open_mailbox(dovecot.account(), "move")
    mailbox.settle([Intake(message.origin, "counted", True) for message in read(mailbox)])
    assert bodies(dovecot, "INBOX") == []
    assert len(bodies(dovecot, "Bounced/Erledigt ü")) == 250


def test_no_command_is_longer_than_a_server_takes(dovecot: ImapServer, open_mailbox: Open) -> None:
    """As many UIDs of ten digits as were left unsettled by a long outage; all but one have gone."""
    dovecot.append("INBOX", text(1))
    mailbox = open_mailbox(dovecot.account(), "move")
    [found] = [message.origin for message in read(mailbox)]
    origins = [found, *(dataclasses.replace(found, uid=2**32 - number) for number in range(1, 7000))]
    batches = list(mailbox.only(origins))
    assert [message.content for batch in batches for message in batch.messages] == [text(1)]
    assert sum(len(batch.vanished) for batch in batches) == 6999
    mailbox.settle([Intake(origin, "counted", True) for origin in origins])
    assert bodies(dovecot, "Bounced/Erledigt ü") == [text(1)]


# Servers that misbehave.

SIZE = '* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE " 1-Jan-2026 00:00:00 +0000")\r\n'
BODY = "* 1 FETCH (UID 1 BODY[]<0> {9}\r\nX: y\r\n\r\nz)\r\n"


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


def test_a_connection_that_died_between_polls_is_made_anew(open_mailbox: Open) -> None:
    selected = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 2] .\r\n"
    fetches = [SIZE, BODY, SIZE, BODY]
    with ScriptedImap({"EXAMINE": [selected, CLOSE, selected], "UID FETCH": fetches}) as server:
        mailbox = open_mailbox(server.account())
        assert read(mailbox)[0].content == read(mailbox)[0].content == b"X: y\r\n\r\nz"
        assert server.connections == 2


def test_a_literal_larger_than_was_asked_for_is_not_read(open_mailbox: Open) -> None:
    with ScriptedImap({"UID FETCH": [SIZE, "* 1 FETCH (UID 1 BODY[]<0> {999999999}\r\n"]}) as server:
        assert "the server sends a literal of 999999999 octets" in failure(open_mailbox(server.account()))


def test_a_server_that_ignores_the_limit_is_cut_off(open_mailbox: Open) -> None:
    body = f"* 1 FETCH (UID 1 BODY[] {{{PREFIX + 1}}}\r\n{'x' * (PREFIX + 1)})\r\n"
    with ScriptedImap({"UID FETCH": [SIZE, body]}) as server:
        (message,) = read(open_mailbox(server.account()))
    assert (len(message.content), message.size) == (PREFIX, PREFIX)


@pytest.mark.parametrize("announced", [0, 1, 10_000_000])
def test_a_size_that_is_not_true_changes_nothing(announced: int, open_mailbox: Open) -> None:
    """RFC822.SIZE is a hint."""
    size = f"* 1 FETCH (UID 1 RFC822.SIZE {announced})\r\n"
    with ScriptedImap({"UID FETCH": [size, BODY]}) as server:
        [message] = read(open_mailbox(server.account()))
    assert (message.content, message.withheld, message.too_large) == (b"X: y\r\n\r\nz", False, False)
    assert message.size == max(announced, len(message.content))


def test_an_answer_without_end_is_cut_off(open_mailbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bounced.sources.imap.connection._ANSWER_LIMIT", 100_000)
    with ScriptedImap({"UID FETCH": [SIZE, "* 1 EXISTS\r\n" * 10_000 + BODY]}) as server:
        assert "the server's answer has more than 100000 octets" in failure(open_mailbox(server.account()))


def test_what_comes_behind_a_refusal_is_no_answer(open_mailbox: Open) -> None:
    searches = ["TAG NO [UNAVAILABLE] later\r\n* SEARCH 99\r\n", "* SEARCH 1\r\n"]
    with ScriptedImap({"UID SEARCH": searches, "UID FETCH": [SIZE, BODY]}) as server:
        mailbox = open_mailbox(server.account())
        assert "later" in failure(mailbox)
        assert [message.origin.uid for message in read(mailbox)] == [1]
        assert server.connections == 2


def test_lines_are_not_formatted_for_a_log_that_nobody_reads(
    open_mailbox: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """imapclient's default halves the rate of reading."""
    with ScriptedImap({"UID FETCH": [SIZE, BODY]}) as server, caplog.at_level("DEBUG"):
        assert len(read(open_mailbox(server.account()))) == 1
    assert [record for record in caplog.records if record.name == "imapclient.imaplib"] == []


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


def test_a_server_that_says_nothing_of_a_message_is_asked_for_it_all_the_same(open_mailbox: Open) -> None:
    with ScriptedImap({"UID FETCH": ["", "", BODY]}) as server:
        [message] = read(open_mailbox(server.account()))
    assert (message.content, message.withheld) == (b"X: y\r\n\r\nz", False)


@pytest.mark.parametrize("failure", [CLOSE, "TAG NO [SERVERBUG] no\r\n", "* 1 FETCH (UID 1 BODY[]<0> {5}\r\nX" + CLOSE])
def test_a_message_over_which_the_server_fails_is_found_and_the_others_are_read(
    failure: str, open_mailbox: Open
) -> None:
    with PoisonedImap(range(1, 21), poison={7, 20}, failure=failure) as server:
        [batch] = open_mailbox(server.account()).batches(None)
    assert [message.origin.uid for message in batch.messages] == list(range(1, 21))
    assert [message.origin.uid for message in batch.messages if message.withheld] == [7, 20]
    assert batch.cursor is not None
    assert batch.cursor.uid == 20


@pytest.mark.parametrize("uids", [range(1, 2), range(1, 3), range(1, 21)])
def test_a_server_that_fails_over_everything_says_nothing_about_the_messages(uids: range, open_mailbox: Open) -> None:
    with PoisonedImap(uids, poison=set(uids), failure=CLOSE) as server:
        assert "EOF" in failure(open_mailbox(server.account()))
        assert server.commands["UID FETCH"] <= 11


def test_a_message_with_no_sensible_date_arrived_now(open_mailbox: Open) -> None:
    size = '* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "99-Foo-2026 00:00:00 +9999")\r\n'
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with ScriptedImap({"UID FETCH": [size, BODY]}) as server:
        (message,) = read(open_mailbox(server.account(), now=lambda: now))
    assert message.arrived_at == now


def test_old_uids_that_a_server_names_all_the_same_are_left_out(open_mailbox: Open) -> None:
    with ScriptedImap({"UID SEARCH": ["* SEARCH 4294967295 1 0\r\n"], "UID FETCH": [SIZE, BODY]}) as server:
        assert [message.origin.uid for message in read(open_mailbox(server.account()))] == [1]


@pytest.mark.parametrize(
    "answers, words",
    [
        ({"SELECT": ["* 1 EXISTS\r\n"], "EXAMINE": ["* 1 EXISTS\r\n"]}, "sent what is not IMAP"),
        ({"UID SEARCH": ["* SEARCH x\r\n"]}, "sent what is not IMAP"),
        ({"UID SEARCH": ["* SEARCH 1\r\n* SEARCH 2\r\n"]}, "sent what is not IMAP"),
        ({"LOGIN": [CLOSE]}, "EOF"),
        ({"LOGIN": ["* BYE \x1b[31mbusy\r\n"]}, "busy"),
        ({"CAPABILITY": ["* CAPABILITY IMAP9\r\n"]}, "not IMAP4 compliant"),
    ],
)
def test_nonsense_is_one_line(answers: dict[str, list[str]], words: str, open_mailbox: Open) -> None:
    with ScriptedImap(answers) as server:
        mailbox = open_mailbox(server.account())
        line = failure(mailbox)
        assert words in line
        assert line.isprintable()
        with pytest.raises(MailboxError) as caught:
            read(mailbox)
        assert not isinstance(caught.value, LoginRefused)


def test_a_machine_without_another_thread_is_one_line(open_mailbox: Open) -> None:
    """A stack that no memory holds stands for systemd's TasksMax=."""
    with ScriptedImap({"UID SEARCH": ["* SEARCH\r\n"]}) as server:
        account = server.account()
        mailbox = open_mailbox(account)
        before = threading.stack_size(2**46)
        try:
            assert failure(mailbox) == f"connection to 127.0.0.1:{account.port} failed: can't start new thread"
        finally:
            threading.stack_size(before)
        assert read(mailbox) == []


def test_a_server_that_does_not_answer_is_given_up_on(open_mailbox: Open) -> None:
    with ScriptedImap({"UID SEARCH": [SILENCE]}) as server:
        account = dataclasses.replace(server.account(), timeout=0.2)
        assert failure(open_mailbox(account)) == f"127.0.0.1:{account.port} did not answer for 0.2 s"


@pytest.mark.parametrize("answers, greeting", [({}, ""), ({"UID SEARCH": [SILENCE]}, "* OK ready\r\n")])
def test_interrupt_ends_waiting_at_once(answers: dict[str, list[str]], greeting: str, open_mailbox: Open) -> None:
    with ScriptedImap(answers, greeting) as server:
        mailbox = open_mailbox(dataclasses.replace(server.account(), timeout=60))
        timer = threading.Timer(0.1, mailbox.interrupt)
        timer.start()
        begun = time.monotonic()
        failure(mailbox)
        assert time.monotonic() - begun < 2
        timer.join()
        assert "stopped" in failure(mailbox)


# IDLE.


@pytest.fixture
def idle() -> Iterator[Callable[[Account], tuple[Idler, threading.Event]]]:
    """Starts an Idler, and gives it with the event that it sets; stopped at the end."""
    made: list[Idler] = []

    def start(account: Account) -> tuple[Idler, threading.Event]:
        woken = threading.Event()
        made.append(Idler(account, "INBOX", woken.set, Pause(Backoff(random.uniform))))
        made[-1].start()
        made[-1].found()
        return made[-1], woken

    yield start
    for idler in made:
        idler.stop()
        assert not idler.is_alive()


Start = Callable[[Account], tuple[Idler, threading.Event]]


def gave_up(idler: Idler) -> bool:
    """Whether it leaves the server alone now, or does so soon."""
    end = time.monotonic() + 5
    while not idler._left() and time.monotonic() < end:
        time.sleep(0.01)
    return idler._left() > 0


def test_idle_wakes_when_mail_arrives(imap_server: ImapServer, idle: Start) -> None:
    _, woken = idle(imap_server.account())
    assert woken.wait(5)
    for number in range(3):
        woken.clear()
        imap_server.append("INBOX", text(number))
        assert woken.wait(1)


@pytest.mark.parametrize("greeting", ["", "* OK ready\r\n"])
def test_idle_stops_within_a_second_though_nobody_answers(greeting: str, idle: Start) -> None:
    with ScriptedImap({"IDLE": ["+ idling\r\n"], "DONE": [SILENCE]}, greeting) as server:
        idler, woken = idle(dataclasses.replace(server.account(), timeout=60))
        woken.wait(5 if greeting else 0.2)
        begun = time.monotonic()
        idler.stop()
        assert time.monotonic() - begun < 1
        assert not idler.is_alive()


@pytest.mark.parametrize("command", ["DONE", "NOOP"])
def test_idle_wakes_for_mail_that_came_between_two_slices(
    command: str, idle: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE", 0.2)
    with ScriptedImap({"IDLE": ["+ idling\r\n"], command: ["* 2 EXISTS\r\n"]}) as server:
        _, woken = idle(server.account())
        assert woken.wait(5)
        woken.clear()
        assert woken.wait(5)


def test_idle_notices_a_server_that_has_died_in_silence(idle: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of a slice, which is never longer than a minute: routers forget connections that say nothing."""
    assert _SLICE <= 60
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE", 0.1)
    with ScriptedImap({"IDLE": ["+ idling\r\n"], "DONE": [SILENCE]}) as server:
        idler, woken = idle(dataclasses.replace(server.account(), timeout=0.2))
        assert woken.wait(5)
        woken.clear()
        assert gave_up(idler)
        assert not woken.is_set()


class DrippingImap(ScriptedImap):
    """Answers one command with a line that never ends."""

    def __init__(self, command: str) -> None:
        super().__init__({"IDLE": ["+ idling\r\n"]})
        self._endless = command

    def _answer(self, peer: socket.socket, tag: str, command: str) -> bool:
        if command.split()[0] != self._endless:
            return super()._answer(peer, tag, command)
        peer.sendall(b"* OK ")
        while True:
            peer.sendall(b".")
            time.sleep(0.02)


@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "IDLE", "DONE"])
def test_idle_gives_up_an_answer_that_never_ends(
    command: str, idle: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bounced")
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE", 0)
    with DrippingImap(command) as server:
        idler, _ = idle(dataclasses.replace(server.account(), timeout=0.3))
        assert gave_up(idler)
        idler.stop()
    assert "an answer took longer than 1.5 s" in caplog.text


def test_idle_keeps_nothing_of_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A soak grew by 75 octets a mail."""
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE", 0)
    with ScriptedImap({"IDLE": ["+ idling\r\n* 2 EXISTS\r\n"], "DONE": ["* 1 EXPUNGE\r\nTAG OK done\r\n"]}) as server:
        line = HangUp()
        client = connect(server.account(), line)
        for _ in range(3):
            _idle(client, nullcontext, lambda: None, threading.Event())
            assert client._imap.untagged_responses == {}
        disconnect(client, line)


def test_idle_does_not_spin_when_the_server_always_has_something_to_say(
    idle: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE", 0)
    with ScriptedImap({"IDLE": ["+ idling\r\n"]}) as server:
        begun = time.monotonic()
        idler, woken = idle(server.account())
        assert woken.wait(5)
        threading.Event().wait(0.5)
        assert 2 <= server.commands["IDLE"] <= 1 + (time.monotonic() - begun) / 0.1
        idler.stop()


@pytest.mark.parametrize("answer", ["+ idling\r\n" + CLOSE, CLOSE, "TAG NO not now\r\n"])
def test_idle_does_not_spin_when_the_server_closes(answer: str, idle: Start) -> None:
    with ScriptedImap({"IDLE": [answer]}) as server:
        idler, woken = idle(server.account())
        assert woken.wait(5)
        woken.clear()
        assert gave_up(idler)
        assert not woken.wait(0.5)
        assert (server.connections, server.commands["IDLE"]) == (1, 1)


REFUSED = "TAG NO [AUTHENTICATIONFAILED] no\r\n"


class Clock:
    """Time that passes when the test says so, and the longest pause each time."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self) -> Pause:
        return Pause(Backoff(lambda _, longest: longest), lambda: self.now)


def test_no_idler_logs_in_before_a_poll_has_found_its_folder() -> None:
    with ScriptedImap({"IDLE": ["+ idling\r\n"]}) as server:
        woken = threading.Event()
        idler = Idler(server.account(), "INBOX", woken.set, Clock().pause())
        idler.start()
        assert not woken.wait(0.3)
        assert server.connections == 0
        idler.found()
        assert woken.wait(5)
        idler.stop()
        assert not idler.is_alive()


def test_a_refused_login_is_not_tried_by_each_folders_idler_and_a_recovery_ends_the_wait() -> None:
    """Polls that go through as before do not end it: the account may have too many connections."""
    with ScriptedImap({"LOGIN": [REFUSED, ""], "IDLE": ["+ idling\r\n"]}) as server:
        pause = Clock().pause()
        woken = [threading.Event() for _ in range(3)]
        idlers = [Idler(server.account(), f"F{n}", event.set, pause) for n, event in enumerate(woken)]
        for idler in idlers:
            idler.start()
        idlers[0].found()
        assert gave_up(idlers[0])
        for idler in idlers:
            idler.found()
        assert not woken[1].wait(0.3)
        assert (server.commands["LOGIN"], pause.left()) == (1, 600)
        for idler in idlers:
            idler.found(recovered=True)
        assert all(event.wait(5) for event in woken)
        for idler in idlers:
            idler.stop()


def test_idle_that_fails_again_and_again_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The pauses are over at once, and polls go through between them."""
    caplog.set_level("INFO", "bounced")
    with ScriptedImap({"LOGIN": [REFUSED, REFUSED, REFUSED, ""], "IDLE": ["+ idling\r\n"]}) as server:
        woken = threading.Event()
        idler = Idler(server.account(), "INBOX", woken.set, Pause(Backoff(lambda *_: 0.0)))
        idler.start()
        while not woken.is_set():
            idler.found()
            woken.wait(0.01)
        idler.stop()
        assert server.commands["LOGIN"] == 4
    begun, over = caplog.messages
    assert begun.startswith("imap:test/INBOX: login refused for user")
    assert over == "imap:test/INBOX: IDLE again"


def test_after_a_pause_the_poll_is_asked_whether_all_is_well() -> None:
    """The server has hung up; nothing is tried until a poll has gone through."""
    with ScriptedImap({"IDLE": ["+ idling\r\n" + CLOSE, "+ idling\r\n"]}) as server:
        woken = threading.Semaphore(0)
        idler = Idler(server.account(), "INBOX", woken.release, Pause(Backoff(max)))
        idler._idling = Pause(Backoff(lambda *_: 0.2))
        idler.start()
        idler.found()
        assert woken.acquire(timeout=5)  # the slice
        assert woken.acquire(timeout=5)  # the pause is over
        assert not woken.acquire(timeout=0.3)
        assert server.connections == 1
        idler.found()
        assert woken.acquire(timeout=5)
        assert server.connections == 2
        idler.stop()


def test_a_folder_that_appears_later_is_watched_from_then_on(dovecot: ImapServer) -> None:
    woken = threading.Event()
    idler = Idler(dovecot.account(), JUNK, woken.set, Clock().pause())
    idler.start()
    idler.found()  # it has gone since
    assert not woken.wait(0.3)
    assert idler.is_alive()
    with dovecot.client() as client:
        client.create_folder("Indesirables")
    idler.found()
    assert woken.wait(5)
    idler.stop()


def test_idle_ends_quietly_where_there_is_none(dovecot: ImapServer, idle: Start) -> None:
    idler, woken = idle(plain(dovecot, "127.0.0.3"))
    idler.join(5)
    assert not idler.is_alive()
    assert not woken.is_set()


def test_idle_stops_though_it_was_never_started() -> None:
    Idler(Account("test", "localhost", 993, "user", "secret"), "INBOX", lambda: None, Pause(Backoff(max))).stop()
