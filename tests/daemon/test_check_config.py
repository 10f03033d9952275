"""`bounced check-config --connect` says in one line what is wrong with a mailbox, and changes nothing there."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import Result

from bounced.errors import EXIT_CONFIG, EXIT_MAILBOX, EXIT_SUCCESS
from tests.support.commands import bounced
from tests.support.daemon import Daemon
from tests.support.imap import text
from tests.support.servers import ImapServer, free_port


def checked(directory: Path, server: ImapServer, **settings: Any) -> Result:
    """What the command says about one mailbox."""
    daemon = Daemon(directory)
    daemon.configure({"bounces": server}, **settings)
    return bounced("check-config", "--connect", "--config", str(daemon.config))


def problem(result: Result) -> str:
    """The one problem."""
    assert result.exit_code == EXIT_MAILBOX
    [line] = [line for line in result.stderr.splitlines() if line.startswith("bounced: ")]
    return line.removeprefix("bounced: ")


def test_each_folder_is_a_line_and_nothing_is_changed(tmp_path: Path, dovecot: ImapServer) -> None:
    dovecot.append_all("INBOX", [(text(number), None) for number in range(3)])
    dovecot.append("Elsewhere", text(4))
    result = checked(tmp_path, dovecot, folders=["INBOX", "Elsewhere"], junk=True)
    assert result.exit_code == EXIT_SUCCESS
    assert result.stderr.splitlines()[-3:] == [
        "imap:bounces/INBOX: logged in; 3 messages",
        "imap:bounces/Elsewhere: logged in; 1 message",
        "imap:bounces/\\Junk: no \\Junk folder on this server",
    ]
    assert {flag for stored in dovecot.folder_contents("INBOX") for flag in stored.flags} <= {b"\\Recent"}
    with dovecot.client() as client:
        assert {name for _, _, name in client.list_folders()} <= {"INBOX", "Elsewhere", "Indesirables"}


def test_what_is_wrong_with_the_server_is_one_line(tmp_path: Path, dovecot: ImapServer) -> None:
    plain = dataclasses.replace(dovecot, port=dovecot.plain_port())
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    port = free_port()
    expected = {
        f"127.0.0.1:{plain.port} does not begin with TLS: set tls": checked(tmp_path, plain),
        f"127.0.0.1:{dovecot.port} sent no greeting for 1 s; a port for TLS, such as 993, needs tls": checked(
            tmp_path, dataclasses.replace(dovecot, tls="starttls"), timeout="1s"
        ),
        f"127.0.0.1:{port} refuses connections": checked(tmp_path, dataclasses.replace(dovecot, port=port)),
        f"the certificate of 127.0.0.1:{dovecot.port} is not accepted: ": checked(
            tmp_path, dataclasses.replace(dovecot, ca_file=str(tmp_path / "other.pem"))
        ),
    }
    for words, result in expected.items():
        assert problem(result).startswith(f"imap:bounces: {words}")
    assert "; set ca_file to the certificate of its issuer" in problem(result)
    named = problem(checked(tmp_path, dataclasses.replace(dovecot, host="127.0.0.2")))
    assert named.endswith("is not valid for '127.0.0.2'; set host to a name in the certificate")


def test_a_refused_password_is_one_line_for_all_folders(tmp_path: Path, dovecot: ImapServer) -> None:
    daemon = Daemon(tmp_path)
    daemon.configure({"bounces": dovecot}, folders=["INBOX", "Other"])
    (tmp_path / "password").chmod(0o600)
    (tmp_path / "password").write_text("wrong\n")
    result = bounced("check-config", "--connect", "--config", str(daemon.config))
    assert problem(result).startswith(f"imap:bounces: login refused for {dovecot.user}: [AUTHENTICATIONFAILED]")
    assert "wrong" not in result.output


def test_a_missing_folder_is_a_line_with_those_that_there_are(tmp_path: Path, dovecot: ImapServer) -> None:
    dovecot.append("Entwürfe", text(1))
    result = checked(tmp_path, dovecot, folders=["INBOX", "Gelöscht"])
    assert problem(result) == "imap:bounces/Gelöscht: no such folder; there are: Entwürfe, INBOX"
    assert "imap:bounces/INBOX: logged in; 0 messages" in result.stderr


def test_without_the_credentials_of_the_unit_that_is_a_note(
    tmp_path: Path, dovecot: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    daemon = Daemon(tmp_path)
    daemon.configure({"bounces": dovecot})
    config = daemon.config.read_text().replace(f'password_file = "{tmp_path}/', 'password_credential = "')
    daemon.config.write_text(config)
    words = ("check-config", "--connect", "--config", str(daemon.config))
    outside = bounced(*words)
    assert outside.exit_code == EXIT_SUCCESS
    assert "note: mailbox.bounces: the systemd credential password was not checked: only the unit has it" in (
        outside.stderr
    )
    assert "logged in" not in outside.stderr
    scanned = bounced("scan", "--dry-run", "imap:bounces", "--config", str(daemon.config))
    assert scanned.exit_code == EXIT_CONFIG
    assert "as root, set CREDENTIALS_DIRECTORY to the folder" in scanned.stderr
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "imap:bounces/INBOX: logged in; 0 messages" in bounced(*words).stderr


def test_a_configuration_that_is_refused_is_not_connected_to(tmp_path: Path, dovecot: ImapServer) -> None:
    result = checked(tmp_path, dovecot, on_done="burn")
    assert result.exit_code == EXIT_CONFIG
    assert "logged in" not in result.stderr
