"""The certificates that servers show, and when they end."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from bounced.model import Expiration

#: Notes when what a server has shown ends.
Note = Callable[[Sequence[Expiration]], None]


def not_noted(_: Sequence[Expiration]) -> None:
    """The Note of whoever needs none."""


def of_server(connected: socket.socket | None, host: str, port: int) -> tuple[Expiration, ...]:
    """The certificate that the server at the other end has shown; nothing without TLS."""
    if not isinstance(connected, ssl.SSLSocket):
        return ()
    until = (connected.getpeercert() or {}).get("notAfter", "")
    with suppress(ValueError, OverflowError):
        ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until)), UTC)
        return (Expiration("certificate", f"{host}:{port}", ends_at),)
    return ()
