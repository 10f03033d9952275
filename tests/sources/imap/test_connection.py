"""Connecting, logging in, and answers that no client can use: real servers, and a scripted one."""

from __future__ import annotations

import dataclasses
import socket
import ssl
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
import trustme

from bounced.errors import FolderMissing, LoginRefused, MailboxError, UserError
from bounced.sources.imap import Account, Disposition, ImapMailbox
from bounced.sources.imap.connection import HangUp
from tests.support.imap import BODY, SIZE, Open, failure, plain, read, text
from tests.support.scripted import CLOSE, NEXT_TAG, SILENCE, ScriptedImap
from tests.support.servers import ImapServer, free_port

OTHERS = "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2\r\n"


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
    assert words.endswith("; set host to a name in the certificate")


def test_a_certificate_of_an_unknown_authority_is_refused(
    dovecot: ImapServer, open_mailbox: Open, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    words = failure(open_mailbox(dovecot.account(ca_file=str(tmp_path / "other.pem"))))
    assert words.startswith(f"the certificate of 127.0.0.1:{dovecot.port} is not accepted: ")
    assert "; set ca_file to the certificate of its issuer" in words


def test_a_missing_file_of_authorities_is_named(dovecot: ImapServer, open_mailbox: Open) -> None:
    with pytest.raises(MailboxError, match=r"^imap:test: ca_file /missing\.pem: No such file or directory$"):
        read(open_mailbox(dovecot.account(ca_file="/missing.pem")))


@pytest.mark.parametrize("tls", ["starttls", "none"])
def test_a_server_that_logs_us_in_before_tls_is_not_read(tls: Literal["starttls", "none"], open_mailbox: Open) -> None:
    """J5: after PREAUTH no STARTTLS is possible (RFC 3501 6.2.1), and whoever is between may have said it."""
    capability = {"CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS\r\n"]}
    with ScriptedImap(capability, greeting="* PREAUTH welcome\r\n") as server:
        failure(open_mailbox(dataclasses.replace(server.account(), tls=tls)))
        assert server.commands["UID FETCH"] == 0


#: What whoever is between adds to the answer to STARTTLS, before and behind its OK (CVE-2011-0411, CVE-2021-33515).
INJECTED = {
    "another user's capabilities": (OTHERS, OTHERS),
    "the answers to the next commands": ("", f"{OTHERS}{NEXT_TAG} OK done\r\n"),
    "a login": ("* PREAUTH welcome\r\n", "* PREAUTH welcome\r\n"),
    "folders and messages": (
        '* LIST (\\Junk) "/" Evil\r\n* SEARCH 9\r\n* 9 EXISTS\r\n' + SIZE + BODY.replace("z)", "e)"),
        "* SEARCH 9\r\n",
    ),
    "the end": ("", "* BYE\r\n"),
}


@pytest.mark.parametrize("injected", INJECTED.values(), ids=INJECTED)
def test_what_is_said_before_tls_is_forgotten(
    injected: tuple[str, str], authority: trustme.CA, open_mailbox: Open, tmp_path: Path
) -> None:
    before, behind = injected
    answers = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"],
        "STARTTLS": [f"{before}TAG OK begin\r\n{behind}"],
        "AUTHENTICATE": ["+ \r\n"],
        "FETCH": ["* 1 FETCH (UID 1)\r\n"],
        "UID FETCH": [SIZE, BODY],
    }
    with ScriptedImap(answers, starttls=tls_context(authority)) as server:
        mailbox = open_mailbox(starttls_account(server, authority, tmp_path))
        assert [message.content for message in read(mailbox)] == [b"X: y\r\n\r\nz"]
        assert server.said[:3] == ["CAPABILITY", "STARTTLS", "CAPABILITY"]
        assert server.connections == 1


@pytest.mark.parametrize(
    "answer", ["TAG OK begin\r\n", "TAG NO not today\r\n", "TAG BAD what\r\n", "* BYE\r\n" + CLOSE]
)
def test_nothing_secret_is_said_to_a_server_that_begins_no_tls(
    answer: str, authority: trustme.CA, open_mailbox: Open, tmp_path: Path
) -> None:
    with ScriptedImap({"CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS\r\n"], "STARTTLS": [answer]}) as server:
        failure(open_mailbox(dataclasses.replace(starttls_account(server, authority, tmp_path), timeout=0.5)))
        assert not {"LOGIN", "AUTHENTICATE"} & server.commands.keys()


def tls_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def starttls_account(server: ScriptedImap, authority: trustme.CA, folder: Path) -> Account:
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return dataclasses.replace(server.account(), tls="starttls", ca_file=str(folder / "ca.pem"))


def test_tls_with_a_server_that_has_none_is_one_line(mail_devel: ImapServer, open_mailbox: Open) -> None:
    words = failure(open_mailbox(mail_devel.account(tls="implicit")))
    assert words.startswith(f"127.0.0.1:{mail_devel.port} does not begin with TLS: set tls = ")


def test_a_server_for_something_else_is_one_line(open_mailbox: Open) -> None:
    with ScriptedImap({}, greeting="220 mail.test ESMTP \x1b[2J\r\n") as server:
        words = failure(open_mailbox(server.account()))
        port = server.account().port
    greeting = r"220 mail.test ESMTP \x1b[2J"
    assert words == f"127.0.0.1:{port} does not greet like an IMAP server, but with {greeting}: set another port"


def test_plain_text_to_a_server_that_waits_for_tls_is_one_line(dovecot: ImapServer, open_mailbox: Open) -> None:
    words = failure(open_mailbox(dovecot.account(tls="starttls", timeout=0.5)))
    assert words.startswith(f"127.0.0.1:{dovecot.port} sent no greeting for 0.5 s; ")
    assert 'tls = "implicit"' in words


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
    with pytest.raises(MailboxError, match=r"^imap:test/Nowhere: no such folder; there are: INBOX$"):
        read(open_mailbox(dovecot.account(), folder="Nowhere"))


def test_the_folders_that_there_are_are_named(
    imap_server: ImapServer, open_mailbox: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """Also with letters beyond ASCII, which no library reports to the terminal."""
    for name in ("Entwürfe", "Bounces"):
        imap_server.append(name, text(1))
    with pytest.raises(FolderMissing, match=r"imap:test/Gelöscht: no such folder; there are: Bounces, Entwürfe, INBOX"):
        read(open_mailbox(imap_server.account(), folder="Gelöscht"))
    for number in range(30):
        imap_server.append(f"folder{number:02}", text(1))
    with pytest.raises(FolderMissing, match=r"folder15, folder16, …$"):
        read(open_mailbox(imap_server.account(), folder="Gelöscht"))
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["", "INBOX\r\nx DELETE INBOX", "a\nb", "a\0b"])
def test_names_cannot_smuggle_commands(name: str) -> None:
    account = Account("test", "localhost", 993, "user", "secret")
    with pytest.raises(UserError, match="account test: the name of a folder"):
        ImapMailbox(account, name)
    with pytest.raises(UserError, match="account test: the name of a folder"):
        ImapMailbox(account, "INBOX", Disposition("move", "Done", name))
    with pytest.raises(UserError, match="account test: password"):
        dataclasses.replace(account, password=name)


# Servers that misbehave.


@pytest.mark.parametrize(
    "answers, words",
    [
        ({"SELECT": ["* 1 EXISTS\r\n"], "EXAMINE": ["* 1 EXISTS\r\n"]}, "sent something that is not IMAP"),
        ({"UID SEARCH": ["* SEARCH x\r\n"]}, "sent something that is not IMAP"),
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


def test_a_connection_that_is_made_after_its_time_is_not_used() -> None:
    """A host with many addresses that do not answer takes longer than ``within``, and then the server could drip."""
    hang_up, ours = HangUp(), socket.socket()
    end = time.monotonic() + 20
    with closing(ours), pytest.raises(OSError, match=r"longer than 0\.1 s"), hang_up.within(0.1):
        while time.monotonic() < end:
            hang_up.attach(ours)
    with closing(socket.socket()) as another:
        hang_up.attach(another)
        hang_up.detach()
