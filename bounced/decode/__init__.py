"""What a message claims, verbatim: the decoders, and the order in which they are asked.

A decoder is a module with ``decode(mail) -> Decoded | None``; ``None`` declines. The first to claim the message wins,
so the most authoritative come first. Adding a dialect is one file, one folder of samples and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bounced import mime
from bounced.decode import (
    answer,
    arf,
    auto_reply,
    challenge,
    dma,
    dsn,
    exchange,
    failed_recipients,
    fallback,
    free_text,
    intermail,
    list_manager,
    messaging_server,
    not_a_report,
    qmail,
    sns,
    transcript,
    unnamed,
    x_arf,
)
from bounced.model import Decoded, Report

Decoder = Callable[[mime.Mail], Decoded | None]

DECODERS: tuple[tuple[str, Decoder], ...] = (
    ("x-arf", x_arf.decode),  # complaints in the format of network operators, also inside RFC 5965
    ("arf", arf.decode),  # RFC 5965 complaints
    ("sns", sns.decode),  # Amazon SES: bounces, complaints and deliveries as JSON
    ("not-a-report", not_a_report.decode),  # receipts, DMARC and TLS reports: no failures
    ("challenge", challenge.decode),  # challenge-response, also inside a DSN
    ("dsn", dsn.decode),  # RFC 3464 delivery status notifications
    ("list-manager", list_manager.decode),  # posts rejected or held by Mailman, ezmlm, fml or Sympa
    ("auto-reply", auto_reply.decode),  # RFC 3834 and vacation messages; declines anything that looks like a bounce
    ("failed-recipients", failed_recipients.decode),  # X-Failed-Recipients: Exim, Gmail
    ("qmail", qmail.decode),  # QSBMF: qmail and its descendants
    ("dma", dma.decode),  # the DragonFly Mail Agent
    ("exchange", exchange.decode),  # its coded lines, in any language
    ("messaging-server", messaging_server.decode),  # iPlanet, Sun, Oracle, PMDF
    ("intermail", intermail.decode),  # InterMail, Post.Office
    ("transcript", transcript.decode),  # nothing but an SMTP dialog: Postfix to its postmaster, InterScan
    ("free-text", free_text.decode),  # layouts shared by many programs
    ("answer", answer.decode),  # what a program answered to a message of ours, in whatever language
    ("fallback", fallback.decode),  # flufl.bounce
    ("unnamed", unnamed.decode),  # a failure whose recipient only the returned message names
)


def decode(content: bytes, *, with_text: bool = False) -> Decoded:
    """What a message, in octets, claims, verbatim: a report for each recipient (RFC 3464, RFC 5965, and DECODERS).

    The kind is ``unreadable``, with the problem, when the message can't be read or a decoder fails; ``other`` when no
    decoder claims it. ``with_text`` adds the whole text of the message. Never raises.
    """
    try:
        mail = mime.read(content)
    except mime.Unreadable as error:
        return Decoded("unreadable", "", problem=mime.one_line(str(error), 200))
    asked = ((name, claim) for name, decoder in DECODERS if (claim := _asked(name, decoder, mail)))
    name, claim = next(asked, ("", Decoded("other", "")))
    text = mail.everything() if with_text else ""
    return Decoded(
        claim.kind,
        name,
        _written_to(claim.reports, mime.written_to(mail.text)),
        claim.original if claim.original.fields else mail.original,
        mail.header,
        mail.returned,
        claim.problem,
        text,
        claim.notification,
        claim.envelope_sender,
    )


def _written_to(reports: tuple[Report, ...], aliases: Mapping[str, str]) -> tuple[Report, ...]:
    """The reports with the address that was written to, where the text says of which one theirs was made."""
    return tuple(_aliased(report, aliases) for report in reports) if aliases else reports


def _aliased(report: Report, aliases: Mapping[str, str]) -> Report:
    alias = "" if report.original_recipient else aliases.get(report.final_recipient.lower(), "")
    return replace(report, original_recipient=alias) if alias else report


def _asked(name: str, decoder: Decoder, mail: mime.Mail) -> Decoded | None:
    """The decoder's claim. An exception of a decoder is recorded, not passed on."""
    try:
        return decoder(mail)
    except Exception as error:  # noqa: BLE001
        return Decoded("unreadable", name, problem=mime.one_line(f"{name}: {type(error).__name__}: {error}", 200))
