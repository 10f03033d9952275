"""Logins by access token: a real Dovecot that asks the tests' own token endpoint whether a token is good."""

from __future__ import annotations

import logging
import traceback
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from bounced.config import Config
from bounced.errors import FolderMissing, LoginRefused, MailboxError, Unreachable
from bounced.sources import configured
from bounced.sources.imap import Account, ImapMailbox
from bounced.sources.oauth.cache import AccessToken, TokenCache
from tests.conftest import missing
from tests.support import servers, token_endpoint
from tests.support.daemon import secret_file
from tests.support.imap import BODY, SIZE
from tests.support.scripted import CLOSE, ScriptedImap
from tests.support.servers import ImapServer
from tests.support.token_endpoint import CLIENT_SECRET, TokenEndpoint

MAIL = b"Subject: x\r\n\r\nx\r\n"


@pytest.fixture(scope="module")
def pair(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ImapServer, TokenEndpoint]]:
    if servers.dovecot_is_missing():
        missing("Dovecot (Debian: dovecot-imapd)")
    with (
        token_endpoint.running(authority, tmp_path_factory.mktemp("endpoint")) as endpoint,
        servers.running_dovecot(authority, endpoint.introspection_url) as server,
    ):
        yield server, endpoint


@pytest.fixture
def server(pair: tuple[ImapServer, TokenEndpoint]) -> ImapServer:
    """Dovecot with an empty mailbox, which takes the tokens of the endpoint."""
    fresh, endpoint = pair[0].fresh(), pair[1]
    endpoint.reset(fresh.user)
    return fresh


@pytest.fixture
def endpoint(pair: tuple[ImapServer, TokenEndpoint], server: ImapServer) -> TokenEndpoint:
    """The endpoint as it is at first, which knows the user of the mailbox."""
    return pair[1]


def mailboxes(folder: Path, server: ImapServer, login: dict[str, Any]) -> list[ImapMailbox]:
    """The mailboxes of a configuration whose login is ``login``."""
    secret_file(folder / "client-secret", CLIENT_SECRET)
    keys = {key: getattr(server, key) for key in ("host", "port", "tls", "ca_file", "user")}
    config = Config.model_validate(
        {"database": {"path": str(folder / "bounced.db")}, "mailbox": {"office": {**keys, "timeout": "5s", **login}}}
    )
    return [mailbox for mailbox in configured.polled(config, "office", {}) if isinstance(mailbox, ImapMailbox)]


def entra(folder: Path, server: ImapServer, endpoint: TokenEndpoint, **login: Any) -> ImapMailbox:
    """One that logs in by client credentials."""
    return entra_folders(folder, server, endpoint, **login)[0]


def entra_folders(
    folder: Path, server: ImapServer, endpoint: TokenEndpoint, *folders: str, **login: Any
) -> list[ImapMailbox]:
    """Those of an account with several folders."""
    oauth = {
        "provider": "microsoft",
        "tenant": "example.org",
        "client_id": "app",
        "client_secret_file": str(folder / "client-secret"),
        "authority": endpoint.url,
        "ca_file": endpoint.ca_file,
    }
    keys = {"oauth": oauth, "on_done": "leave", "folders": list(folders) or ["INBOX"]}
    return mailboxes(folder, server, {**keys, **login})


def left(account: Account) -> ImapMailbox:
    """The INBOX of ``account``, whose messages stay as they are."""
    return ImapMailbox(account)


def read(found: ImapMailbox) -> list[bytes]:
    """The contents of all messages; the connection is closed after that."""
    with closing(found):
        return [message.content for batch in found.batches(None) for message in batch.messages]


def problem(found: ImapMailbox, kind: type[MailboxError] = LoginRefused) -> str:
    """The line that reading ends with, which never has a secret in it."""
    with pytest.raises(MailboxError) as error:
        read(found)
    assert type(error.value) is kind
    said = "".join(traceback.format_exception(error.value))
    assert "geheimnis" not in said
    return str(error.value)


@pytest.mark.parametrize("mechanism", ["auto", "OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_mailbox_is_read_by_access_token(
    tmp_path: Path, server: ImapServer, endpoint: TokenEndpoint, mechanism: str, tls: Any
) -> None:
    server.append("INBOX", MAIL)
    port = server.plain_port() if tls == "starttls" else server.port
    assert read(entra(tmp_path, server, endpoint, mechanism=mechanism, tls=tls, port=port)) == [MAIL]
    [asked] = endpoint.grants
    assert (asked["grant_type"], asked["client_secret"]) == ("client_credentials", CLIENT_SECRET)
    assert asked["scope"] == "https://outlook.office365.com/.default"


def test_folders_of_an_account_and_their_idlers_share_a_token(
    tmp_path: Path, server: ImapServer, endpoint: TokenEndpoint
) -> None:
    with server.client() as client:
        client.create_folder("Second")
    first, second = entra_folders(tmp_path, server, endpoint, "INBOX", "Second")
    assert first.account is second.account
    assert [read(first), read(second), read(first)] == [[], [], []]
    assert len(endpoint.grants) == 1


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_a_token_that_is_refused_is_replaced_once(
    tmp_path: Path, server: ImapServer, endpoint: TokenEndpoint, mechanism: str
) -> None:
    found = entra(tmp_path, server, endpoint, mechanism=mechanism)
    assert read(found) == []
    endpoint.good.clear()
    assert read(found) == []
    assert len(endpoint.grants) == 2


@pytest.mark.parametrize(("mechanism", "status"), [("OAUTHBEARER", "invalid_token"), ("XOAUTH2", "401")])
def test_when_the_new_token_is_refused_too_that_stands(
    tmp_path: Path, server: ImapServer, endpoint: TokenEndpoint, mechanism: str, status: str
) -> None:
    """Dovecot awaits an answer to the status that it refuses with; without one the login would time out."""
    endpoint.user = "somebody-else"
    said = problem(entra(tmp_path, server, endpoint, mechanism=mechanism))
    assert said.startswith(f"imap:office/INBOX: login refused for {server.user}: ")
    assert said.endswith(f"(status {status})")
    assert len(endpoint.grants) == 2


def test_a_server_without_the_mechanisms_is_one_line(
    tmp_path: Path, mail_devel: ImapServer, endpoint: TokenEndpoint
) -> None:
    said = problem(entra(tmp_path, mail_devel, endpoint))
    assert said.endswith("the server offers neither OAUTHBEARER nor XOAUTH2")
    assert endpoint.grants == []


def test_a_wrong_password_does_not_come_back(server: ImapServer) -> None:
    with closing(left(server.account(password="geheimnis"))) as found:
        assert "login refused" in problem(found)


def plain(password: str) -> str:
    """What PLAIN sends for it (RFC 4616)."""
    return b64encode(f"\0user\0{password}".encode()).decode()


def xoauth2(token: str) -> str:
    """What XOAUTH2 sends for it."""
    return b64encode(f"user=user\1auth=Bearer {token}\1\1".encode()).decode()


def spilt(text: str, said: str) -> list[str]:
    """The pieces of ``text`` that are in ``said``, in any case."""
    pieces = {text[at : at + 8].lower() for at in range(len(text) - 7)}
    return [piece for piece in pieces if piece in said.replace("\\", "").lower()]


@pytest.mark.parametrize(
    "said",
    [
        "TAG NO I do not like {password}\r\n",
        "TAG NO [UNAVAILABLE] " + "x" * 170 + " {password}\r\n",
        "TAG BAD LOGIN user {quoted}\r\n",
        "* BYE bad password {password}\r\n" + CLOSE,
        'LOGIN user "{quoted}"\r\n',
        'it\'s LOGIN user "{quoted}"\r\n',
        "ABCD1 {password} is what you said\r\n",
        "* NO {password}\r\n* BYE {cut}\r\n" + CLOSE,
        "TAG BAD [b'AUTHENTICATE PLAIN {plain}']\r\n",
        "TAG NO " + "x" * 185 + "{plain}\r\n",
    ],
)
@pytest.mark.parametrize("password", ["geheimnis123", "it's\\a\"geheimnis", "grün-ist-geheim"])
@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN"])
def test_a_server_that_repeats_the_password_is_not_quoted(said: str, password: str, mechanism: str) -> None:
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    answer = said.format(password=password, quoted=quoted, cut=password[:-2], plain=plain(password))
    capability = "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" if mechanism == "PLAIN" else "* CAPABILITY IMAP4rev1\r\n"
    answers = {"CAPABILITY": [capability], "LOGIN": [answer], "AUTHENTICATE": ["+ \r\n"], "": [answer]}
    with ScriptedImap(answers) as scripted, pytest.raises(MailboxError) as error:
        read(left(replace(scripted.account(), password=password)))
    shown = "".join(traceback.format_exception(error.value))
    assert [*spilt(password, shown), *spilt(plain(password)[8:], shown)] == []
    assert "imap:test/INBOX: " in shown


@pytest.mark.parametrize(
    "said",
    [
        "TAG NO token {token} is no good\r\n",
        "TAG BAD {sent}\r\n",
        "* BYE {token}\r\n" + CLOSE,
        "{sent}\r\n",
        "+ {status}\r\n",
    ],
)
def test_a_server_that_repeats_the_token_is_not_quoted(said: str) -> None:
    token = "eyJ" + "".join(f"{number}x" for number in range(500))
    status = b64encode(f'{{"status": "{token}"}}'.encode()).decode()
    answer = said.format(token=token, sent=xoauth2(token), status=status)
    answers = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n"],
        "AUTHENTICATE": ["+ \r\n"],
        "": [answer, "TAG NO no\r\n"] if answer.startswith("+") else [answer],
    }
    tokens = TokenCache(lambda: AccessToken(token, 3600))
    with ScriptedImap(answers) as scripted, pytest.raises(MailboxError) as error:
        read(left(replace(scripted.account(), password="", tokens=tokens)))
    shown = "".join(traceback.format_exception(error.value))
    assert [*spilt(token, shown), *spilt(xoauth2(token)[32:], shown)] == []


@pytest.mark.parametrize("name", ["EXAMINE", "UID SEARCH"])
def test_what_a_server_repeats_after_the_login_is_not_quoted(name: str) -> None:
    listed = ["", '* LIST () "/" secret\r\n']  # INBOX is not there, and another folder is
    with ScriptedImap({name: ["TAG NO secret\r\n"], "LIST": listed}) as scripted:
        assert problem(left(scripted.account()), MailboxError if name == "UID SEARCH" else FolderMissing).endswith(
            ": ***"
        )


#: RFC 5530 3. Dovecot says LIMIT when a user has too many connections, UNAVAILABLE when its user database is down.
ANSWERS: dict[str, type[MailboxError]] = {
    "[UNAVAILABLE] Temporary authentication failure.": Unreachable,
    "[LIMIT] Maximum number of connections from user+IP exceeded": Unreachable,
    "[INUSE] later": Unreachable,
    "[SERVERBUG] Internal error occurred": Unreachable,
    "[unavailable] in small letters": Unreachable,
    "[AUTHENTICATIONFAILED] Authentication failed.": LoginRefused,
    "[AUTHORIZATIONFAILED] not yours": LoginRefused,
    "[EXPIRED] change it": LoginRefused,
    "[CONTACTADMIN] blocked": LoginRefused,
    "[PRIVACYREQUIRED] only with TLS": LoginRefused,
    "no": LoginRefused,
    "nobody called [UNAVAILABLE]": LoginRefused,
}


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("words", ANSWERS)
def test_an_unavailable_server_has_not_refused_the_password(words: str, plain: bool) -> None:
    no = f"TAG NO {words}\r\n"
    capability = f"* CAPABILITY IMAP4rev1 {'AUTH=PLAIN' if plain else ''}\r\n"
    answers = {"CAPABILITY": [capability], "AUTHENTICATE": ["+ \r\n"], "": [no], "LOGIN": [no]}
    with ScriptedImap(answers) as scripted:
        said = problem(left(scripted.account()), ANSWERS[words])
    begin = "login refused for user" if ANSWERS[words] is LoginRefused else "login unavailable"
    assert said.lower().rstrip(".") == f"imap:test/INBOX: {begin}: {words}".lower().rstrip(".")


def test_an_unavailable_server_has_not_refused_the_token() -> None:
    texts = iter(["first", "second"])
    tokens = TokenCache(lambda: AccessToken(next(texts), 3600))
    answers = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n"],
        "AUTHENTICATE": ["+ \r\n"],
        "": ["TAG NO [UNAVAILABLE] later\r\n"],
    }
    with ScriptedImap(answers) as scripted:
        problem(left(replace(scripted.account(), password="", tokens=tokens)), Unreachable)
        assert scripted.commands["AUTHENTICATE"] == 1
    assert tokens.current() == "first"


def test_microsofts_second_thoughts_are_a_refused_login() -> None:
    """It answers so to whatever wants the mailbox."""
    refusal = ["TAG BAD User is authenticated but not connected.\r\n"]
    with ScriptedImap({"EXAMINE": refusal, "LIST": refusal}) as scripted:
        assert "authenticated but not connected" in problem(left(scripted.account()))


def test_a_token_is_replaced_after_the_server_hung_up_on_it() -> None:
    texts = iter(["first", "second"])
    tokens = TokenCache(lambda: AccessToken(next(texts), 3600))
    offered = ["* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n"]
    with ScriptedImap({"CAPABILITY": offered, "AUTHENTICATE": [CLOSE]}) as scripted:
        found = left(replace(scripted.account(), password="", tokens=tokens))
        with pytest.raises(MailboxError) as error:
            read(found)
    assert type(error.value) is Unreachable
    assert tokens.current() == "second"


@pytest.mark.parametrize(
    ("challenge", "said"),
    [
        (b'{"status": "400", "schemes": "Bearer"}', "(status 400)"),
        (b'{"status": "a\\u0007' + b"x" * 99 + b'"}', f"(status a{'x' * 38})"),
        (b"[1]", "no"),
        (b"[" * 100_000, "no"),
        (b"\xff", "no"),
    ],
)
def test_the_reason_a_token_was_refused_is_named(challenge: bytes, said: str) -> None:
    refusal = f"+ {b64encode(challenge).decode()}\r\n"
    answers = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n"],
        "AUTHENTICATE": ["+ \r\n"],
        "": [refusal, "TAG NO no\r\n"] * 2,
    }
    tokens = TokenCache(lambda: AccessToken("geheimnis", 3600))
    with ScriptedImap(answers) as scripted:
        account = replace(scripted.account(), password="", tokens=tokens)
        assert problem(left(account)).endswith(said)


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_no_logger_tells_a_token_at_any_level(
    tmp_path: Path, server: ImapServer, endpoint: TokenEndpoint, mechanism: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        read(entra(tmp_path, server, endpoint, mechanism=mechanism))
        endpoint.user = "somebody-else"
        problem(entra(tmp_path, server, endpoint, mechanism=mechanism))
    assert_silent(caplog, *(token for token in endpoint.good), CLIENT_SECRET)


@pytest.mark.parametrize("password", [servers.PASSWORD, "geheimnis"])
@pytest.mark.parametrize("plain", [True, False])
def test_no_logger_tells_a_password_at_any_level(password: str, plain: bool, caplog: pytest.LogCaptureFixture) -> None:
    capability = f"* CAPABILITY IMAP4rev1 {'AUTH=PLAIN' if plain else ''}\r\n"
    refusal = "TAG NO no\r\n"
    answers = {"CAPABILITY": [capability], "AUTHENTICATE": ["+ \r\n"], "": [refusal], "LOGIN": [refusal]}
    with ScriptedImap(answers) as scripted, caplog.at_level(logging.DEBUG):
        account = replace(scripted.account(), password=password)
        with pytest.raises(LoginRefused):
            read(left(account))
        assert scripted.commands["AUTHENTICATE" if plain else "LOGIN"] == 1
    assert_silent(caplog, password, b64encode(f"\0user\0{password}".encode()).decode())


def assert_silent(caplog: pytest.LogCaptureFixture, *secrets: str) -> None:
    """Nothing that was logged, nor anything that came with it, has one of these in it."""
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert [secret for secret in secrets if secret in logged] == []


# Servers that want to be asked in another way.

PLAIN = {"CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"]}


def test_no_password_is_sent_where_logins_are_disabled() -> None:
    """Microsoft 365: MailKit#2016."""
    capability = "* CAPABILITY IMAP4 IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED SASL-IR UIDPLUS MOVE ID\r\n"
    with ScriptedImap({"CAPABILITY": [capability]}) as server:
        line = problem(left(server.account()))
        assert server.commands["LOGIN"] == server.commands["AUTHENTICATE"] == 0
    assert "the server takes no password (LOGINDISABLED, and no AUTH=PLAIN); set oauth or token_command" in line


@pytest.mark.parametrize("refusal", ["TAG NO AUTHENTICATE failed.\r\n", "TAG BAD unknown command\r\n"])
@pytest.mark.parametrize("challenge", [True, False])
def test_login_is_tried_where_plain_is_refused(refusal: str, challenge: bool) -> None:
    """Exchange and its shared mailboxes: thunderbird-android#899; BAD: neomutt#348."""
    answers = {**PLAIN, "AUTHENTICATE": ["+ \r\n" if challenge else refusal], "": [refusal]}
    with ScriptedImap(answers) as scripted:
        account = replace(scripted.account(), user='user@dom\\shared "box"@dom', password='a "b\\')
        assert len(read(left(account))) == 1
        assert 'LOGIN "USER@DOM\\\\SHARED \\"BOX\\"@DOM" "A \\"B\\\\"' in scripted.said


@pytest.mark.parametrize("code", ["[AUTHENTICATIONFAILED]", "[EXPIRED]", "[CONTACTADMIN]"])
def test_a_password_that_was_judged_is_not_sent_again(code: str) -> None:
    with ScriptedImap({**PLAIN, "AUTHENTICATE": ["+ \r\n"], "": [f"TAG NO {code} no\r\n"]}) as scripted:
        assert code in problem(left(scripted.account()))
        assert scripted.commands["LOGIN"] == 0


def test_the_refusal_of_plain_is_the_one_that_is_told() -> None:
    answers = {
        **PLAIN,
        "AUTHENTICATE": ["+ \r\n"],
        "": ["TAG NO locked\r\n"],
        "LOGIN": ["TAG NO LOGIN is disabled\r\n"],
    }
    with ScriptedImap(answers) as scripted:
        assert problem(left(scripted.account())).endswith("login refused for user: locked")


@pytest.mark.parametrize(("user", "password"), [("üser", "secret"), ("user", "gehéim"), ("用户", "密码{3}")])
def test_what_is_not_ascii_is_sent_as_literals(user: str, password: str) -> None:
    """getmail6#244: AliMail, T-Online, QQ and others announce no PLAIN."""
    with ScriptedImap({"LOGIN": ["+ go on\r\n"], "": ["+ \r\n", ""]}) as scripted:
        account = replace(scripted.account(), user=user, password=password)
        assert len(read(left(account))) == 1
        octets = [len(text.encode()) for text in (user, password)]
        at = scripted.said.index(f"LOGIN {{{octets[0]}}}")
        assert scripted.lines[at + 1 : at + 3] == [f"{user} {{{octets[1]}}}", password]


@pytest.mark.parametrize("answer", ["TAG NO no\r\n", "TAG BAD no\r\n", "+ more\r\n"])
def test_no_character_of_a_password_is_told(answer: str, caplog: pytest.LogCaptureFixture) -> None:
    answers = {"LOGIN": ["+ go on\r\n"], "": [answer]}
    with (
        ScriptedImap(answers) as scripted,
        caplog.at_level(logging.DEBUG),
        pytest.raises(MailboxError) as error,
        closing(left(replace(scripted.account(), password="abcéefgh"))) as mailbox,
    ):
        read(mailbox)
    line = str(error.value)
    assert [word for word in ("é", "xe9", "xc3", "position", "is not IMAP") if word in line] == []
    assert_silent(caplog, "é", "\\xe9")


def test_dovecot_takes_literals(dovecot: ImapServer) -> None:
    """It refuses the password, and goes on."""
    with closing(left(replace(plain_account(dovecot), password="gehéimnis"))) as mailbox:
        assert "login refused" in problem(mailbox)


def plain_account(server: ImapServer) -> Account:
    """On 127.0.0.3 there is no AUTH=PLAIN in the capabilities after the login; before it there is."""
    return server.account(host="127.0.0.1", port=server.plain_port(), tls="none")


NETEASE = "TAG NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n"


class NetEase(ScriptedImap):
    """163.com, 126.com, yeah.net: no SELECT before ID (pimalaya/himalaya#651)."""

    def _say(self, name: str, command: str) -> str:
        if name in ("SELECT", "EXAMINE") and not self.commands["ID"]:
            return NETEASE
        return super()._say(name, command)


@pytest.mark.parametrize("id_", [{}, {"name": "bounced", "vendor": 'a "b" \\'}])
def test_a_server_that_wants_id_gets_it(id_: dict[str, str]) -> None:
    answers = {"CAPABILITY": ["* CAPABILITY IMAP4rev1 ID\r\n"], "UID FETCH": [SIZE, BODY]}
    with NetEase(answers) as scripted:
        assert len(read(left(replace(scripted.account(), id=id_)))) == 1
        sent = [line for line in scripted.lines if line.startswith("ID ")]
    assert sent == ['ID ("name" "bounced" "vendor" "a \\"b\\" \\\\")' if id_ else "ID NIL"]


@pytest.mark.parametrize("answer", ["TAG NO no\r\n", "TAG BAD no\r\n", '* ID ("name" "x")\r\n', "* ID NIL\r\n"])
def test_an_id_that_is_refused_is_nothing(answer: str) -> None:
    with ScriptedImap({"CAPABILITY": ["* CAPABILITY IMAP4rev1 ID\r\n"], "ID": [answer]}) as scripted:
        assert len(read(left(scripted.account()))) == 1


def test_a_byte_order_mark_is_no_part_of_a_password(tmp_path: Path) -> None:
    """Notepad writes one."""
    secret_file(tmp_path / "password", "\ufeffsecret\r\n")
    keys = {"host": "imap.example", "user": "u", "password_file": str(tmp_path / "password")}
    config = Config.model_validate({"database": {"path": "x.db"}, "mailbox": {"m": keys}})
    assert configured.account(config, "m", {}).password == "secret"
