"""What comes back to the newsletter's sender: collected by its mail server, named after the sends."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from internet import DOMAINS
from newsletter import Send


class Returns:
    """The mails that came back and were not taken yet (aiosmtpd's handler)."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self.latest = time.monotonic()

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        """Keeps the mail as a mailbox would."""
        content = (envelope.original_content or b"").replace(b"\r\n", b"\n")
        return_path = (envelope.mail_from or "").strip("<>")
        self.contents.append(f"Return-Path: <{return_path}>\n".encode() + content)
        self.latest = time.monotonic()
        return "250 2.0.0 Ok"

    def take(self, quiet: float) -> Sequence[bytes]:
        """What came back, once nothing has come for ``quiet`` seconds."""
        self.latest = time.monotonic()
        while (left := self.latest + quiet - time.monotonic()) > 0:
            time.sleep(left)
        taken, self.contents = self.contents, []
        return taken


@contextmanager
def returning() -> Iterator[Returns]:
    """The server for the sender's own domain, until left."""
    host, address = DOMAINS["sender.test"]
    returns = Returns()
    server = Controller(returns, hostname=address, port=25, server_hostname=host, ident="ESMTP", enable_SMTPUTF8=True)
    server.start()
    try:
        yield returns
    finally:
        server.stop()


def is_about(content: bytes, mail: Send) -> bool:
    """True when the report returns this mail."""
    return mail.message_id.encode() in content


def named(contents: Sequence[bytes], sends: Sequence[Send], suffix: str) -> dict[str, bytes]:
    """The mails by file name: that of the send with the suffix, and a number from the second on."""
    files: dict[str, bytes] = {}
    for mail in sends:
        about = [content for content in contents if is_about(content, mail)]
        for number, content in enumerate(about, start=1):
            files[f"{mail.name}{suffix}{f'-{number}' if number > 1 else ''}.eml"] = content
    return files
