"""Access tokens by msal, google-auth and commands, from a token endpoint on loopback with a certificate of its own."""

from __future__ import annotations

import json
import logging
import os
import socket
import stat
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bounced import config
from bounced.config import Config
from bounced.daemon import preflight
from bounced.errors import LoginRefused, MailboxError, Unreachable, UserError
from bounced.sources import configured
from bounced.sources.oauth import command, https
from bounced.sources.oauth.cache import TokenCache
from tests.support import token_endpoint
from tests.support.commands import bounced
from tests.support.daemon import secret_file
from tests.support.scripted import ScriptedImap
from tests.support.servers import free_port
from tests.support.token_endpoint import CLIENT_SECRET, REFRESH_TOKEN, TokenEndpoint

WAYS = ("client credentials", "microsoft's refresh token", "google's refresh token", "service account")
BY_REFRESH_TOKEN = WAYS[1:3]


@pytest.fixture(scope="module")
def running(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenEndpoint]:
    with token_endpoint.running(authority, tmp_path_factory.mktemp("endpoint")) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: TokenEndpoint) -> TokenEndpoint:
    """The endpoint as it is at first."""
    running.reset("bounces")
    return running


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own in which the secrets lie."""
    monkeypatch.chdir(tmp_path)
    secret_file(tmp_path / "client-secret", CLIENT_SECRET)
    secret_file(tmp_path / "refresh-token", REFRESH_TOKEN)
    secret_file(tmp_path / "service-account", service_account(rsa_key()))
    return tmp_path


@cache
def rsa_key() -> str:
    return pem(rsa.generate_private_key(65537, 2048))


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account(key: str) -> str:
    """A key as Google's console hands it out."""
    return json.dumps(
        {"type": "service_account", "client_email": "bounced@project", "private_key": key, "token_uri": "https://else"}
    )


def oauth(endpoint: TokenEndpoint, way: str) -> dict[str, str]:
    """The table by which tokens come this way."""
    microsoft = {
        "provider": "microsoft",
        "tenant": "example.org",
        "client_id": "app",
        "client_secret_file": "client-secret",
        "authority": endpoint.url,
    }
    google = {"provider": "google", "token_url": f"{endpoint.url}/token"}
    keys: Mapping[str, dict[str, str]] = {
        WAYS[0]: microsoft,
        WAYS[1]: {**microsoft, "refresh_token_file": "refresh-token"},
        WAYS[2]: {
            **google,
            "client_id": "app",
            "client_secret_file": "client-secret",
            "refresh_token_file": "refresh-token",
        },
        WAYS[3]: {**google, "service_account_file": "service-account"},
    }
    return {**keys[way], "ca_file": endpoint.ca_file}


def tokens(login: dict[str, Any], environment: Mapping[str, str] = os.environ) -> TokenCache:
    """Those of a mailbox with this login."""
    box = {"host": "127.0.0.1", "user": "bounces", **login}
    found = Config.model_validate({"database": {"path": "bounced.db"}, "mailbox": {"office": box}})
    made = configured.account(found, "office", environment).tokens
    assert made is not None
    return made


def by(endpoint: TokenEndpoint, way: str, **changes: str) -> TokenCache:
    """Those that come this way."""
    return tokens({"oauth": {**oauth(endpoint, way), **changes}})


def problem(found: TokenCache, kind: type[MailboxError] = LoginRefused) -> str:
    """The line that asking ends with; there is no secret in it, nor in its traceback."""
    with pytest.raises(MailboxError) as error:
        found.current()
    assert type(error.value) is kind
    assert "geheimnis" not in "".join(traceback.format_exception(error.value))
    [line] = str(error.value).splitlines()
    return line.removeprefix("imap:office: ")


# the ways


@pytest.mark.parametrize(
    ("way", "asked"),
    [
        (WAYS[0], {"grant_type": "client_credentials", "scope": "https://outlook.office365.com/.default"}),
        (WAYS[1], {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}),
        (WAYS[2], {"grant_type": "refresh_token", "scope": "https://mail.google.com/"}),
        (WAYS[3], {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}),
    ],
)
def test_a_token_is_fetched_and_kept(endpoint: TokenEndpoint, way: str, asked: dict[str, str]) -> None:
    found = by(endpoint, way)
    assert [found.current(), found.current()] == ["token-1-geheimnis"] * 2
    assert asked.items() <= endpoint.grants[0].items()
    assert len(endpoint.grants) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("lifetime", [1, "1", None, -5])
def test_the_endpoint_says_how_long_a_token_is_good(endpoint: TokenEndpoint, way: str, lifetime: object) -> None:
    """Whatever it says, it is taken for a lifetime or for none; a token that is refused is always replaced."""
    endpoint.lifetime = lifetime
    found = by(endpoint, way)
    assert found.current() == "token-1-geheimnis"
    found.refused("token-1-geheimnis")
    assert found.current() == "token-2-geheimnis"


def test_microsofts_scopes_are_imap_and_what_the_cloud_calls_it(endpoint: TokenEndpoint) -> None:
    by(endpoint, WAYS[1]).current()
    by(endpoint, WAYS[0], scope="https://outlook.office365.us/.default").current()
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" in endpoint.grants[0]["scope"].split()
    assert endpoint.grants[1]["scope"] == "https://outlook.office365.us/.default"


def test_a_public_client_has_no_secret(endpoint: TokenEndpoint) -> None:
    login = {key: value for key, value in oauth(endpoint, WAYS[1]).items() if key != "client_secret_file"}
    assert tokens({"oauth": login}).current() == "token-1-geheimnis"
    assert "client_secret" not in endpoint.grants[0]


def test_secrets_are_read_when_they_are_needed(endpoint: TokenEndpoint, here: Path) -> None:
    found = by(endpoint, WAYS[0])
    secret_file(here / "client-secret", "another")
    found.current()
    assert endpoint.grants[0]["client_secret"] == "another"
    (here / "client-secret").unlink()
    found.refused("token-1-geheimnis")
    assert problem(found, Unreachable) == "no token: client-secret: No such file or directory"


#: Keys that are not RSA's, the first of a kind that cryptography has never heard of.
NO_KEYS = {
    "unknown": "-----BEGIN PRIVATE KEY-----\nMA4CAQAwBQYDKgMEBAIEAA==\n-----END PRIVATE KEY-----\n",
    "an elliptic curve's": pem(ec.generate_private_key(ec.SECP256R1())),
    "none": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("kind", NO_KEYS)
def test_a_key_of_another_kind_is_one_line(endpoint: TokenEndpoint, here: Path, kind: str) -> None:
    secret_file(here / "service-account", service_account(NO_KEYS[kind]))
    said = "no token: the key of the service account is not valid"
    assert problem(by(endpoint, WAYS[3])) == said
    (here / "bounced.toml").write_text(
        '[mailbox.office]\nhost = "127.0.0.1"\nuser = "bounces"\n'
        '[mailbox.office.oauth]\nprovider = "google"\nservice_account_file = "service-account"\n'
    )
    assert f"bounced.toml: mailbox.office: oauth: {said}" in preflight.check(Path("bounced.toml"))


@pytest.mark.parametrize("way", WAYS)
def test_whatever_the_libraries_raise_is_one_line(
    endpoint: TokenEndpoint, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that was taken away since the start stands for what nobody has thought of."""
    found = by(endpoint, way)
    for package in ("msal", "google.oauth2"):
        monkeypatch.setitem(sys.modules, package, None)
    assert problem(found).startswith("no token: ")


# refresh tokens that are replaced


@pytest.mark.parametrize("way", BY_REFRESH_TOKEN)
def test_a_new_refresh_token_is_kept_for_its_owner_alone(endpoint: TokenEndpoint, here: Path, way: str) -> None:
    endpoint.rotate = True
    by(endpoint, way).current()
    by(endpoint, way).current()  # as after a restart
    assert [asked["refresh_token"] for asked in endpoint.grants] == [REFRESH_TOKEN, f"{REFRESH_TOKEN}-1"]
    [kept] = here.glob("*.refresh-token*")
    assert kept.name == "office.refresh-token"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_another_configured_refresh_token_holds(endpoint: TokenEndpoint, here: Path) -> None:
    endpoint.rotate = True
    found = by(endpoint, WAYS[1])
    found.current()
    secret_file(here / "refresh-token", "consented-anew")
    endpoint.refresh_tokens.add("consented-anew")
    found.refused("token-1-geheimnis")
    found.current()
    assert endpoint.grants[1]["refresh_token"] == "consented-anew"


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}"])
def test_what_a_broken_file_says_does_not_hold(endpoint: TokenEndpoint, here: Path, content: str) -> None:
    (here / "office.refresh-token").write_text(content)
    assert by(endpoint, WAYS[1]).current() == "token-1-geheimnis"


def test_a_refresh_token_that_cannot_be_stored_holds_until_the_end(
    endpoint: TokenEndpoint, here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder in its place stands for a disk that is full."""
    endpoint.rotate = True
    (here / "office.refresh-token").mkdir()
    found = by(endpoint, WAYS[1])
    for number in (1, 2):
        found.refused(found.current())
        assert endpoint.grants[-1]["refresh_token"] == (REFRESH_TOKEN if number == 1 else f"{REFRESH_TOKEN}-1")
    assert "can't be stored" in caplog.text
    assert "geheimnis" not in caplog.text
    (here / "office.refresh-token").rmdir()
    found.current()
    by(endpoint, WAYS[1]).current()
    assert [asked["refresh_token"][-2:] for asked in endpoint.grants[2:]] == ["-2", "-3"]
    assert [path.name for path in here.glob(".office*")] == []


# refusals and worse


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_one_line_without_secrets(endpoint: TokenEndpoint, way: str) -> None:
    told = {WAYS[0]: CLIENT_SECRET, WAYS[1]: REFRESH_TOKEN, WAYS[2]: REFRESH_TOKEN, WAYS[3]: "nothing"}
    endpoint.refusal = {"error": "invalid_client", "error_description": f"not {told[way]}\x1b[2J\r\nTrace: 1"}
    said = problem(by(endpoint, way))
    assert said.startswith("no token: invalid_client: not ***" if way != WAYS[3] else "no token: invalid_client: not n")
    assert said.isprintable()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "raw",
    [
        b"<html>",
        b"[]",
        b'"x"',
        b"{}",
        b'{"access_token": 5, "expires_in": 3600}',
        b'{"access_token": "x", "expires_in": "soon"}',
    ],
)
def test_an_answer_that_is_not_oauth_is_one_line(endpoint: TokenEndpoint, way: str, raw: bytes) -> None:
    endpoint.raw = raw
    assert problem(by(endpoint, way)).startswith("no token: ")


@pytest.mark.parametrize("text", ["a b\\u0000", "a\\r\\nb", "\\u00fc", ""])
def test_a_token_that_is_none_goes_into_no_login(endpoint: TokenEndpoint, text: str) -> None:
    endpoint.raw = f'{{"access_token": "{text}", "expires_in": 3600}}'.encode()
    assert problem(by(endpoint, WAYS[0])).startswith("no token: ")


@pytest.mark.parametrize("way", WAYS)
def test_trouble_at_the_endpoint_passes(endpoint: TokenEndpoint, way: str) -> None:
    """Another kind of problem than a refusal: it is tried again sooner. And nobody tries again behind our back."""
    endpoint.status = 503
    found = by(endpoint, way)
    assert problem(found, Unreachable) == "no token: 127.0.0.1 answered with HTTP status 503"
    assert len(endpoint.grants) == 1
    endpoint.status = 200
    assert found.current() == "token-2-geheimnis"


def test_an_unknown_tenant_is_one_line(endpoint: TokenEndpoint) -> None:
    assert "tenant" in problem(by(endpoint, WAYS[0], tenant="nobody"))


@pytest.mark.parametrize("way", WAYS)
def test_nobody_follows_a_redirect(endpoint: TokenEndpoint, way: str) -> None:
    endpoint.status = 307
    assert problem(by(endpoint, way)).startswith("no token: ")
    assert len(endpoint.grants) == 1


def test_a_server_that_repeats_what_it_was_asked_and_does_not_speak_http_is_not_quoted() -> None:
    """It repeats the secrets as a form has them (HTML 4.01 17.13.4.1)."""
    secret = "geheim/nis+geheim"
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        threads.submit(repeat, listener)
        asking = https.Web("imap:office", "")
        body = urlencode({"client_secret": secret}).encode()
        with pytest.raises(Unreachable) as error:
            asking.send("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/token", {}, body)
    assert str(error.value).rstrip().endswith("failed: ***")
    assert secret[-8:] not in "".join(traceback.format_exception(error.value))


def repeat(listener: socket.socket) -> None:
    """Answers one request with its body."""
    with listener.accept()[0] as peer, peer.makefile("rwb") as lines:
        heads = dict(line.split(b": ", 1) for line in iter(lines.readline, b"\r\n") if b": " in line)
        lines.write(lines.read(int(heads[b"Content-Length"])) + b"\r\n")


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_without_end_is_cut_off(endpoint: TokenEndpoint, way: str) -> None:
    endpoint.raw = b" " * (https.ANSWER_LIMIT + 1)
    assert problem(by(endpoint, way), Unreachable).endswith(f"an answer of more than {https.ANSWER_LIMIT} octets")


@pytest.mark.parametrize("way", WAYS)
def test_an_endpoint_that_does_not_answer_is_given_up(
    endpoint: TokenEndpoint, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https, "TOKEN_TIMEOUT", 0.5)
    endpoint.gate.clear()
    said = problem(by(endpoint, way), Unreachable)
    endpoint.gate.set()
    assert said == "no token: asking 127.0.0.1 failed: no answer for 0.5 s"


def test_an_endpoint_that_answers_a_byte_at_a_time_is_given_up(
    endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https, "TOKEN_TIMEOUT", 0.5)
    endpoint.trickle = 0.05
    said = problem(by(endpoint, WAYS[2]), Unreachable)
    assert said == "no token: asking 127.0.0.1 failed: no answer for 0.5 s"


@pytest.mark.parametrize("way", WAYS)
def test_an_endpoint_that_is_not_there_is_one_line(endpoint: TokenEndpoint, way: str) -> None:
    nowhere = f"https://127.0.0.1:{free_port()}"
    found = by(endpoint, way, **{"authority" if way in WAYS[:2] else "token_url": nowhere})
    assert problem(found, Unreachable) == "no token: asking 127.0.0.1 failed: Connection refused"


@pytest.mark.parametrize("way", WAYS)
def test_a_certificate_that_nobody_knows_is_not_accepted(endpoint: TokenEndpoint, way: str) -> None:
    found = by(endpoint, way, ca_file="")
    assert "asking 127.0.0.1 failed: " in problem(found, Unreachable)
    assert endpoint.grants == []


def test_a_token_is_asked_for_without_tls_on_this_machine_only(here: Path) -> None:
    with token_endpoint.running(None, here) as plain:
        assert by(plain, WAYS[2]).current() == "token-1-geheimnis"
    asking = https.Web("imap:office", "")
    with pytest.raises(MailboxError, match=r"no token: refusing to ask login\.example\.org without TLS"):
        asking.send("POST", "http://login.example.org/token", {}, b"")
    with pytest.raises(UserError, match=r"mailbox\.office\.oauth\.authority: must begin with https://"):
        checked(here, 'provider = "microsoft"\nauthority = "http://login.example.org"\n')


# commands


def script(here: Path, text: str) -> list[str]:
    """A command that runs ``text``."""
    (here / "token.py").write_text(text)
    return [sys.executable, str(here / "token.py")]


def test_a_command_prints_the_token(here: Path) -> None:
    words = script(here, "import sys; print(sys.argv[1]); print('more')")
    assert tokens({"token_command": [*words, "a;$HOME"]}).current() == "a;$HOME"


def test_a_command_is_asked_again_when_its_token_is_refused(here: Path) -> None:
    found = tokens({"token_command": script(here, "import os; print(os.getpid())")})
    first = found.current()
    assert found.current() == first
    found.refused(first)
    assert found.current() != first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; print('geheimnis'); sys.exit('geheimnis')", "failed with status 1; run it by hand to see why"),
        ("import os; os.kill(os.getpid(), 9)", "failed with status -9; run it by hand to see why"),
    ],
)
def test_a_command_that_fails_is_one_line(here: Path, text: str, said: str) -> None:
    assert problem(tokens({"token_command": script(here, text)}), Unreachable) == f"token_command: {said}"


@pytest.mark.parametrize("text", ["", "print()", "print('\\x00')", "print('ü')", "print('x' * 20_000)"])
def test_a_command_that_prints_no_token_is_one_line(here: Path, text: str) -> None:
    assert problem(tokens({"token_command": script(here, text)}), Unreachable) == "token_command: printed no token"


STUCK = "imap:office: token_command: took longer than 1 s, or printed over 64 KiB"


@pytest.mark.parametrize(
    "text",
    [
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; print(1); time.sleep(600)'])",
        "import os, time\nos.fork() or os.setsid()\nprint(1, flush=True)\ntime.sleep(20)",
        "print('x\\n' * 100_000)",
    ],
    ids=["with a child", "with a child in a session of its own", "prints too much"],
)
def test_a_command_that_does_not_end_is_killed_in_time_with_all_that_it_started(here: Path, text: str) -> None:
    before = time.monotonic()
    with pytest.raises(MailboxError) as error:
        command.by_command("imap:office", script(here, text), os.environ, 1.0)
    assert str(error.value) == STUCK
    assert time.monotonic() - before < 15


def test_a_command_that_leaves_a_daemon_behind_prints_the_token_all_the_same(here: Path) -> None:
    """As those do that start an agent: it keeps the pipe open."""
    text = "import os, sys, time\nprint('tok', flush=True)\nif os.fork() == 0: os.setsid(); time.sleep(20)"
    before = time.monotonic()
    assert tokens({"token_command": script(here, text)}).current() == "tok"
    assert time.monotonic() - before < 15


def test_a_command_that_cannot_be_started_is_one_line(here: Path) -> None:
    program = here / "program"
    with pytest.raises(UserError, match=f"token_command: program {program} not found$"):
        tokens({"token_command": [str(program)]})
    program.touch(0o755)
    found = tokens({"token_command": [str(program)]})
    program.unlink()
    assert problem(found, Unreachable) == f"token_command: {program}: No such file or directory"


def test_a_command_sees_no_secrets(here: Path) -> None:
    words = script(here, "import os; print(','.join(sorted(name for name in os.environ if name.startswith('B_'))))")
    other = {"host": "127.0.0.1"}
    found = Config.model_validate(
        {
            "mailbox": {
                "office": {**other, "user": "office", "token_command": words},
                "second": {**other, "user": "second", "password_env": "B_PASSWORD"},
                "third": {
                    **other,
                    "user": "third",
                    "oauth": {
                        "provider": "microsoft",
                        "tenant": "t",
                        "client_id": "c",
                        "client_secret_env": "B_CLIENT",
                    },
                },
            }
        }
    )
    environment = {**os.environ, "B_PASSWORD": "geheimnis", "B_CLIENT": "geheimnis", "B_HOME": "/"}
    made = configured.account(found, "office", environment).tokens
    assert made is not None
    assert made.current() == "B_HOME"


# configuration


def checked(here: Path, table: str) -> list[str]:
    """What is wrong with a mailbox that has this [oauth] table."""
    text = f'[mailbox.office]\nhost = "127.0.0.1"\nuser = "bounces"\n[mailbox.office.oauth]\n{table}'
    (here / "bounced.toml").write_text(text)
    found = config.load(here / "bounced.toml")
    return list(found.mailbox["office"].login_problems({}))


def test_check_config_tells_which_secrets_are_missing(here: Path) -> None:
    table = 'provider = "google"\nclient_id = "c"\nclient_secret_env = "B_CLIENT"\nrefresh_token_file = "nowhere"\n'
    assert checked(here, table) == [
        "the environment variable B_CLIENT is not set",
        "nowhere: No such file or directory",
    ]
    (here / "service-account").chmod(0o644)
    assert checked(here, 'provider = "google"\nservice_account_file = "service-account"\n') == [
        "service-account: is accessible to others (mode 0644): chmod o= service-account"
    ]


def test_a_mailbox_without_a_token_is_one_line_for_whoever_scans_it(here: Path) -> None:
    words = json.dumps(script(here, "raise SystemExit('geheimnis')"))
    mailbox = f'[mailbox.office]\nhost = "127.0.0.1"\nport = {{}}\ntls = "none"\nuser = "x"\ntoken_command = {words}\n'
    with ScriptedImap({"CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n"]}) as scripted:
        text = 'workers = 1\n[database]\npath = "bounced.db"\n' + mailbox.format(scripted.account().port)
        (here / "bounced.toml").write_text(text)
        result = bounced("scan", "imap:office", "--config", "bounced.toml")
    assert result.exit_code == 75
    said = "imap:office: token_command: failed with status 1; run it by hand to see why"
    assert result.stderr.splitlines()[-1] == f"bounced: {said}"
    assert "geheimnis" not in result.output


def test_who_logs_in_with_a_password_loads_none_of_it() -> None:
    code = (
        "import sys, bounced.daemon.service; print(*{'msal', 'google', 'requests', 'cryptography'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout == "\n"


# what is logged


@pytest.mark.parametrize("way", WAYS)
def test_no_logger_tells_a_secret_at_any_level(
    endpoint: TokenEndpoint, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.rotate = True
    with caplog.at_level(logging.DEBUG):
        by(endpoint, way).current()
        endpoint.refresh_tokens = {"none"}
        endpoint.refusal = {"error": "invalid_grant", "error_description": REFRESH_TOKEN}
        with pytest.raises(MailboxError):
            by(endpoint, way).current()
    assert "geheimnis" not in caplog.text
    assert "PRIVATE KEY" not in caplog.text
