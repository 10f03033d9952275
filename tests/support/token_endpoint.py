"""A token endpoint on loopback: Entra's discovery and grants, Google's grants, and introspection for Dovecot."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

CLIENT_SECRET = "client-geheimnis"
REFRESH_TOKEN = "refresh-geheimnis"


class TokenEndpoint:
    """Answers as told; what it was asked is in ``grants``. Tokens that it gave out are good until ``revoked``."""

    def __init__(self, url: str, ca_file: str) -> None:
        self.url = url
        self.ca_file = ca_file
        self.reset("")

    def reset(self, user: str) -> None:
        """As it was at first; all tokens are ``user``'s."""
        self.user = user
        self.lifetime: object = 3600  # None: it does not say
        self.refusal: Mapping[str, str] = {}  # what the next grants are answered with, with status 400
        self.status = 200  # of the next grants
        self.raw = b""  # what they are answered with instead of JSON
        self.trickle = 0.0  # seconds between two octets
        self.rotate = False
        self.refresh_lifetime: object = None  # of refresh tokens; None: it does not say
        self.grants: list[dict[str, str]] = []
        self.good: set[str] = set()
        self.refresh_tokens = {REFRESH_TOKEN}
        self.gate = threading.Event()  # grants wait for it
        self.gate.set()
        self.waiting = threading.Event()  # a grant has come as far as that

    @property
    def introspection_url(self) -> str:
        """The address to which Dovecot appends the token that it asks about."""
        return f"{self.url}/introspect?token="

    def discovery(self, path: str) -> dict[str, str]:
        """What Entra says about a tenant."""
        base = f"{self.url}/{path.split('/')[1]}"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
        }

    def grant(self, asked: dict[str, str]) -> tuple[int, dict[str, object]]:
        """A token, or the refusal."""
        self.waiting.set()
        self.gate.wait(30)
        self.grants.append(asked)
        if self.refusal or self.status != 200:
            return self.status if self.status != 200 else 400, dict(self.refusal)
        if asked["grant_type"] == "refresh_token" and asked["refresh_token"] not in self.refresh_tokens:
            return 400, {"error": "invalid_grant", "error_description": "AADSTS70000: it is not valid.\r\nTrace ID: 1"}
        token = f"token-{len(self.grants)}-geheimnis"
        self.good.add(token)
        answer: dict[str, object] = {"access_token": token, "token_type": "Bearer"}
        if self.lifetime is not None:
            answer["expires_in"] = self.lifetime
        if self.refresh_lifetime is not None:
            answer["refresh_token_expires_in"] = self.refresh_lifetime
        if self.rotate and asked["grant_type"] == "refresh_token":
            self.refresh_tokens = {f"{REFRESH_TOKEN}-{len(self.grants)}"}
            answer["refresh_token"] = next(iter(self.refresh_tokens))
        return 200, answer

    def introspection(self, token: str) -> dict[str, object]:
        """What Dovecot learns about a token (RFC 7662)."""
        return {"active": True, "username": self.user} if token in self.good else {"active": False}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    endpoint: TokenEndpoint

    def handle_error(self, *unused: Any) -> None:
        """A client that hangs up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    @property
    def endpoint(self) -> TokenEndpoint:
        """Whom this request is for."""
        return self.server.endpoint

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/introspect":
            self._answer(200, self.endpoint.introspection(parse_qs(parts.query)["token"][0]))
        elif parts.path.endswith("/.well-known/openid-configuration") and "/nobody/" not in parts.path:
            self._answer(200, self.endpoint.discovery(parts.path))
        else:
            self._answer(400, {"error": "invalid_tenant"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(*self.endpoint.grant({key: values[0] for key, values in parse_qs(body).items()}))

    def _answer(self, status: int, answer: Mapping[str, object]) -> None:
        body = self.endpoint.raw if self.endpoint.raw and self.command == "POST" else json.dumps(answer).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"{self.endpoint.url}/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not self.endpoint.trickle:
            self.wfile.write(body)
            return
        with suppress(OSError):  # when nobody wants more of it
            for octet in body:
                self.wfile.write(bytes([octet]))
                self.wfile.flush()
                time.sleep(self.endpoint.trickle)

    def log_message(self, *unused: Any) -> None:
        """Says nothing."""


@contextmanager
def running(authority: trustme.CA | None, folder: Path) -> Iterator[TokenEndpoint]:
    """An endpoint: with TLS and a certificate of ``authority`` whose PEM file is ``folder``/authority.pem, or plain."""
    server = _Server(("127.0.0.1", 0), _Handler)
    ca_file = str(folder / "authority.pem") if authority else ""
    if authority:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        authority.cert_pem.write_to_path(ca_file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if authority else "http"
    server.endpoint = TokenEndpoint(f"{scheme}://127.0.0.1:{server.server_port}", ca_file)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
