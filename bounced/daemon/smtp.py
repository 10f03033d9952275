"""Submits a message to a mail server, within a time that no server can stretch."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.message import Message
from typing import NamedTuple

from bounced.config.smtp import SmtpSection
from bounced.model import Expiration
from bounced.peer import said
from bounced.sources.certificates import of_server
from bounced.sources.imap.connection import HangUp

#: What smtplib raises, of which SMTPException is an OSError; ValueError for what is not ASCII.
ERRORS = (OSError, ValueError)


class NotSubmitted(Exception):
    """No server has taken the message. The text is for people."""


class Server(NamedTuple):
    """A mail server, and the password of the login there."""

    section: SmtpSection
    password: str

    @property
    def name(self) -> str:
        """Host and port, for people."""
        host, port = self.section.service
        return f"{host}:{port}"


def server(section: SmtpSection, environment: Mapping[str, str]) -> Server:
    """The server with its password. Raises UserError for one that can't be read."""
    return Server(section, section.password.read(environment) if section.password else "")


def submit(
    servers: Sequence[Server], sender: str, recipients: Sequence[str], message: Message
) -> tuple[Expiration, ...]:
    """Has the first of ``servers`` that can take ``message``; when the certificate ends that it has shown.

    Raises NotSubmitted with what each of them said.
    """
    content, problems = message.as_bytes().replace(b"\n", b"\r\n"), []
    for each in servers:
        try:
            with _session(each) as client:
                client.sendmail(sender, recipients, content)
                return of_server(client.sock, *each.section.service)
        except ERRORS as error:
            problems.append(f"{each.name}: {said(error, each.password)}")
    raise NotSubmitted("; ".join(problems))


def problem(server: Server) -> str:
    """Why nothing could be submitted to ``server``, ``""`` when it can: up to the login, nothing is sent."""
    try:
        with _session(server) as client:
            client.ehlo_or_helo_if_needed()
    except ERRORS as error:
        return f"{server.name}: {said(error, server.password)}"
    return ""


@contextmanager
def _session(server: Server) -> Iterator[_Client]:
    """A session, logged in, that ends within the timeout of ``server``, whatever it sends."""
    section, seconds, hang_up = server.section, server.section.timeout.total_seconds(), HangUp()
    context = ssl.create_default_context(cafile=section.ca_file or None)
    host, port = section.service
    client = _Client(host, seconds, hang_up, context if section.tls == "implicit" else None)
    try:
        with hang_up.within(seconds):
            client.connect(host, port)
            if section.tls == "starttls":
                client.starttls(context=context)
            if section.user:
                client.login(section.user, server.password)
            yield client
    finally:
        hang_up.detach()
        client.close()


class _Client(smtplib.SMTP):
    """smtplib, not connected yet, with a socket that can be shut down at any time; with a context TLS is implicit."""

    def __init__(self, host: str, seconds: float, hang_up: HangUp, context: ssl.SSLContext | None) -> None:
        super().__init__(timeout=seconds)
        self._host = host  # which the certificate must have
        self._hang_up = hang_up
        self._context = context

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        try:
            self._hang_up.attach(plain)
            return self._context.wrap_socket(plain, server_hostname=host) if self._context else plain
        except BaseException:
            plain.close()
            raise
