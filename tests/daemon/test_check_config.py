"""`bounced check-config --connect` says in one line what is wrong with a mailbox, and changes nothing there."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import Result

from bounced.errors import EXIT_CONFIG, EXIT_MAILBOX, EXIT_SUCCESS
from tests.support.commands import bounced
from tests.support.daemon import Daemon, secret_file
from tests.support.imap import text
from tests.support.servers import ImapServer, free_port
from tests.support.submission import Inbox


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


MAIL = """
[canary]
to = "canary@sender.test"
sender = "bounces@sender.test"
host = "127.0.0.1"
port = {good}
tls = "none"
[alarms.mail]
host = "127.0.0.1"
port = {good}
tls = "none"
sender = "bounced@sender.test"
to = ["admin@sender.test"]
[alarms.mail.second]
host = "127.0.0.1"
port = {second}
ca_file = "{directory}/ca.pem"
user = "alarms"
password_file = "{directory}/{password}"
"""


def with_mail_servers(directory: Path, server: ImapServer, **facts: object) -> Result:
    """What the command says with a canary, and alarms by mail."""
    daemon = Daemon(directory)
    daemon.configure({"bounces": server})
    secret_file(directory / "token.keys", bounced("token", "new-key").stdout)
    with daemon.config.open("a") as file:
        file.write(MAIL.format(directory=directory, **facts))
    keys = f'[identify]\ntoken_keys = "{directory / "token.keys"}"\n'
    daemon.config.write_text(daemon.config.read_text().replace("[identify]\n", keys))
    return bounced("check-config", "--connect", "--config", str(daemon.config))


def test_each_mail_server_is_a_line_and_gets_nothing(
    tmp_path: Path, mail_devel: ImapServer, inbox: Inbox, plain: int, with_login: int
) -> None:
    secret_file(tmp_path / "right", "geheimnis")
    result = with_mail_servers(tmp_path, mail_devel, good=plain, second=with_login, password="right")
    assert result.exit_code == EXIT_SUCCESS
    assert result.stderr.splitlines()[-3:] == [
        f"{name}: would take mail; nothing was sent" for name in ("canary", "alarms.mail", "alarms.mail.second")
    ]
    assert inbox.messages == []
    words = ("check-config", "--connect", "--json", "--config", str(tmp_path / "bounced.toml"))
    assert json.loads(bounced(*words).stdout)["mail_servers"][0] == {"name": "canary", "problem": ""}


def test_a_mail_server_that_takes_nothing_is_one_line(
    tmp_path: Path, mail_devel: ImapServer, plain: int, with_login: int
) -> None:
    secret_file(tmp_path / "wrong", "falsch")
    result = with_mail_servers(tmp_path, mail_devel, good=plain, second=with_login, password="wrong")
    assert problem(result).startswith(f"alarms.mail.second: 127.0.0.1:{with_login}: (535,")
    assert "falsch" not in result.output
    port = free_port()
    refused = with_mail_servers(tmp_path, mail_devel, good=port, second=with_login, password="wrong")
    assert [line.split(": ")[1] for line in refused.stderr.splitlines() if line.startswith("bounced: ")] == [
        "canary",
        "alarms.mail",
        "alarms.mail.second",
    ]


def test_what_a_mail_server_needs_is_read_without_connecting(tmp_path: Path, mail_devel: ImapServer) -> None:
    facts = {"good": free_port(), "second": free_port(), "password": "nowhere"}
    result = with_mail_servers(tmp_path, mail_devel, **facts)
    assert result.exit_code == EXIT_CONFIG
    assert "alarms.mail.second.ca_file: " in result.stderr
    assert "alarms.mail.second: " in result.stderr
    assert "logged in" not in result.stderr
