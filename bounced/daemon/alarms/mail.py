"""Alarms by mail, through a server and perhaps a second one: the first may be the trouble."""

from __future__ import annotations

from collections.abc import Sequence
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.utils import format_datetime

from bounced import times
from bounced.daemon import smtp
from bounced.daemon.alarms import digest
from bounced.daemon.sinks import Unavailable
from bounced.ledger.sinks import Notice
from bounced.sources.certificates import Note

#: base64, which is its own, can't be read by a pager or in a spool.
UTF_8 = Charset("utf-8")
UTF_8.body_encoding = QP


class Mail:
    """Sends alarms through the first of ``servers`` that takes the message; ``note`` gets what that one shows."""

    def __init__(
        self,
        servers: Sequence[smtp.Server],
        sender: str,
        recipients: Sequence[str],
        note: Note,
    ) -> None:
        self._servers = servers
        self._sender = sender
        self._recipients = recipients
        self._note = note

    def send(self, notices: Sequence[Notice]) -> None:
        """Sends one message about all of ``notices``. Raises Unavailable."""
        mail = message(notices, self._sender, self._recipients)
        try:
            expirations = smtp.submit(self._servers, self._sender, self._recipients, mail)
        except smtp.NotSubmitted as error:
            raise Unavailable(str(error)) from None
        self._note(expirations)


def message(notices: Sequence[Notice], sender: str, recipients: Sequence[str]) -> Message:
    """The message. One that is sent again has the same Message-ID, so that mailboxes can tell."""
    mail = Message()
    mail.set_payload(digest.text(notices))
    mail.set_charset(UTF_8)
    numbers = [notice.id for notice in notices]
    first = min(notices, key=lambda notice: notice.id)
    digits = "".join(filter(str.isdigit, first.written_at))
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(recipients), Header(digest.title(notices)).encode()
    mail["Date"] = format_datetime(times.parse(first.written_at))
    mail["Message-ID"] = f"<alarm.{first.id}-{max(numbers)}.{digits}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's vacation answers it
    return mail
