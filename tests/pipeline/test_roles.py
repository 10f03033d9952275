"""What a mailbox is for, and the folder for spam."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounced.errors import FolderMissing
from bounced.model import JUNK
from tests.support.daemon import Daemon
from tests.support.polling import DAY0, Open, Polling, contents, report, stored
from tests.support.scripted import ScriptedImap
from tests.support.servers import ImapServer


def test_a_report_in_a_mailbox_of_another_role_is_held(tmp_path: Path, mail_devel: ImapServer) -> None:
    mail_devel.append("INBOX", report(1), DAY0)
    daemon = Daemon(tmp_path)
    daemon.configure({"complaints": mail_devel}, role="complaints")
    result = daemon.bounced("scan", "imap:complaints")
    assert result.returncode == 0, result.stderr
    assert daemon.rows("SELECT address, held FROM events") == [("r1@rcpt.test", "its mailbox is for complaints")]


def test_the_folder_for_spam_is_found_by_its_use(dovecot: ImapServer, polling: Polling, open_mailbox: Open) -> None:
    dovecot.append("Indesirables", report(1), DAY0)
    mailbox = open_mailbox(dovecot, JUNK)
    polling.poll(mailbox)
    assert polling.rows("SELECT mailbox, outcome, settled FROM places") == [("imap:test/\\Junk", "counted", 1)]
    assert contents(dovecot, "Done") == [stored(report(1))]
    assert contents(dovecot, "Indesirables") == []


@pytest.mark.parametrize(
    "capability, answers, expected",
    [
        ("", [r'* LIST () "/" Spam'], "Spam"),
        ("", [r'* LIST () "." INBOX.Junk' + "\r\n" + r'* LIST () "." INBOX.Spam'], "INBOX.Junk"),
        ("", [r'* LIST (\HasNoChildren \JUNK) "/" "B&APY-se"'], "Böse"),
        ("", [r"* LIST (\Junk) NIL {5}" + "\r\nWaste"], "Waste"),
        (" SPECIAL-USE", [r'* LIST () "/" Spam', r'* LIST (\Junk) "/" Wirklich'], "Wirklich"),
        (" SPECIAL-USE", [r'* LIST () "/" Spam', ""], ""),
        ("", [r'* LIST () "/" Spam' + "\r\n" + r'* LIST (\Sent) "/" Sent'], ""),
        ("", [r'* LIST (\Junk) "/" {6}' + "\r\nA\r\nB C"], ""),
        ("", [r'* LIST (\Junk) "/" Done'], ""),
        ("", [""], ""),
    ],
)
def test_the_names_of_the_folder_for_spam(
    capability: str, answers: list[str], expected: str, open_mailbox: Open
) -> None:
    lists = [f"{answer}\r\n" if answer else "" for answer in answers]
    script = {"CAPABILITY": [f"* CAPABILITY IMAP4rev1{capability}\r\n"], "LIST": lists, "UID SEARCH": ["* SEARCH\r\n"]}
    with ScriptedImap(script) as server:
        mailbox = open_mailbox(server, JUNK)
        if expected:
            assert list(mailbox.batches(None)) == []
            encoded = {"Böse": "B&APY-SE"}.get(expected, expected)
            assert f'SELECT "{encoded.upper()}"' in [said.upper() for said in server.said]
        else:
            with pytest.raises(FolderMissing) as caught:
                list(mailbox.batches(None))
            assert caught.value.optional
            assert str(caught.value).startswith("imap:test/\\Junk: ")
            assert server.commands["SELECT"] == 0


def test_an_account_without_a_folder_for_spam_is_no_failure(tmp_path: Path, mail_devel: ImapServer) -> None:
    mail_devel.append("INBOX", report(1), DAY0)
    daemon = Daemon(tmp_path)
    daemon.configure({"bounces": mail_devel}, junk=True)
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 2 FROM polls WHERE polled_at IS NOT NULL")
        status = daemon.bounced("status")
    assert status.returncode == 0, status.stdout
    states = [line.split()[:2] for line in status.stdout.splitlines() if " imap:" in line]
    assert states == [["OK", "imap:bounces/INBOX"], ["OK", "imap:bounces/\\Junk"]]
    assert "no \\Junk folder on this server" in status.stdout


def test_a_missing_configured_folder_raises_folder_missing(dovecot: ImapServer, open_mailbox: Open) -> None:
    with pytest.raises(FolderMissing) as caught:
        list(open_mailbox(dovecot, "Nowhere").batches(None))
    assert not caught.value.optional
