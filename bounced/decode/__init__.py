"""What a mail claims, verbatim: the decoders, and the order in which they are asked.

A decoder is a module with ``decode(mail) -> Decoded | None``; ``None`` declines. The first that claims the mail wins,
so the most authoritative stand first. Adding a dialect is one file, one folder of samples and one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bounced import mime
from bounced.decode import (
    arf,
    auto_reply,
    challenge,
    dsn,
    failed_recipients,
    fallback,
    free_text,
    not_a_report,
    qmail,
    unnamed,
)
from bounced.model import Decoded

Decoder = Callable[[mime.Mail], Decoded | None]

DECODERS: tuple[tuple[str, Decoder], ...] = (
    ("arf", arf.decode),  # RFC 5965 complaints
    ("not-a-report", not_a_report.decode),  # receipts, DMARC and TLS reports: nobody failed
    ("challenge", challenge.decode),  # challenge-response, also inside a DSN
    ("dsn", dsn.decode),  # RFC 3464 delivery status notifications
    ("auto-reply", auto_reply.decode),  # RFC 3834 and vacation mails; declines whatever looks like a bounce
    ("failed-recipients", failed_recipients.decode),  # X-Failed-Recipients: Exim, Gmail
    ("qmail", qmail.decode),  # QSBMF: qmail and its descendants
    ("free-text", free_text.decode),  # layouts that many programs share
    ("fallback", fallback.decode),  # flufl.bounce
    ("unnamed", unnamed.decode),  # failed, but for whom only the returned message tells
)


def decode(content: bytes) -> Decoded:
    """What the mail claims; kind ``unreadable`` with the problem when it, or a decoder, can't cope. Never raises."""
    try:
        mail = mime.read(content)
    except mime.Unreadable as error:
        return Decoded("unreadable", "", problem=mime.one_line(str(error), 200))
    claim = next(filter(None, (_asked(name, decoder, mail) for name, decoder in DECODERS)), Decoded("other", ""))
    return replace(claim, header=mail.header, original=mail.original)


def _asked(name: str, decoder: Decoder, mail: mime.Mail) -> Decoded | None:
    """The decoder's claim under its name. What it raises on a mail nobody thought of is recorded, not passed on."""
    try:
        claim = decoder(mail)
    except Exception as error:  # noqa: BLE001
        return Decoded("unreadable", name, problem=mime.one_line(f"{name}: {type(error).__name__}: {error}", 200))
    return claim and replace(claim, decoder=name)
