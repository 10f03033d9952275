"""Mail servers on this machine that take our mail, of aiosmtpd."""

from __future__ import annotations

import email
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session


class Inbox:
    """Takes what it is sent, from whoever knows the password."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []

    async def handle_DATA(self, _: Any, session: Session, envelope: Envelope) -> str:
        assert session.authenticated or session.ssl is None
        assert isinstance(envelope.content, bytes)
        self.messages.append(email.message_from_bytes(envelope.content))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"


def authenticate(*words: Any) -> AuthResult:
    """Whether user and password are right."""
    is_right = (words[-1].login, words[-1].password) == (b"alarms", b"geheimnis")
    return AuthResult(success=is_right, handled=is_right)  # what is not handled is answered with 535


def closed_port() -> int:
    """A port on which nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


@contextmanager
def plain_server(inbox: Inbox) -> Iterator[int]:
    """The port of a mail server on this machine."""
    controller = Controller(inbox, hostname="127.0.0.1", port=closed_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def server_with_login(inbox: Inbox, directory: Path) -> Iterator[int]:
    """The port of one with STARTTLS that wants a login; its authority is ``directory``/ca.pem."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(directory / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=closed_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
