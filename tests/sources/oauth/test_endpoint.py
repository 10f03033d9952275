"""An endpoint that refuses, misbehaves or is not there."""

from __future__ import annotations

import socket
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bounced.errors import MailboxError, Unreachable, UserError
from bounced.sources.oauth import https
from tests.support import token_endpoint
from tests.support.oauth import (
    WAYS,
    by,
    checked,
    problem,
)
from tests.support.servers import free_port
from tests.support.token_endpoint import CLIENT_SECRET, REFRESH_TOKEN, TokenEndpoint


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


def test_an_endpoint_that_echoes_the_request_is_not_quoted() -> None:
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
