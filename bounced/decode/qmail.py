"""QSBMF, the qmail-send bounce message format (D. J. Bernstein, 1996), and its variants by Yahoo, GMX and others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bounced import address
from bounced.mime import Mail, one_line
from bounced.model import Action, Decoded, Report

RECIPIENTS_LIMIT = 1000
_INTRODUCTION = re.compile(
    r"\n[ \t]{0,4}(?:Hi\. (?:This is|The)|.{0,80}\bqmail-send\b|This is the mail delivery agent at|"
    r"Sorry, (?:we were|it|I was|I wasn't)|We are sorry|I'm (?:sorry|afraid)|"
    r"This is the .{1,80} program|Message from \S{1,80}|Unable to deliver message to the following|"
    r"This message was created automatically by (?:the )?mail)",
    re.IGNORECASE,
)
#: Opens a recipient's paragraph: "<a@b.test>:", also without brackets or with the reason on the same line.
_OPENING = re.compile(r"[ \t]{0,4}<(?P<address>[^<>\s]{3,320})>[ \t]{0,4}:(?P<rest>.{0,1000})")


def decode(mail: Mail) -> Decoded | None:
    """A report for each ``<address>:`` paragraph below the introduction; ``None`` if there is no such text."""
    opening = _INTRODUCTION.search(f"\n{mail.text}") if mail.signs.returns_mail else None
    if not opening:
        return None
    action: Action = "delayed" if mail.signs.tells_of_delay else "failed"  # patches add delay notices
    paragraphs = _paragraphs(mail.text[opening.start() :].split("\n"))
    reports = tuple(
        Report(action=action, final_recipient=name, diagnostic_code=one_line(" ".join(words)))
        for recipient, words in paragraphs
        if (name := address.parse(f"<{recipient}>"))
    )
    return Decoded("bounce", "qmail", reports[:RECIPIENTS_LIMIT]) if reports else None


def _paragraphs(lines: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Each recipient as written, with the lines of its reason, to the line that ends the notice."""
    paragraphs: list[tuple[str, list[str]]] = []
    for line in lines:
        opened = _OPENING.match(line)
        if opened and not (
            paragraphs and paragraphs[-1][0] == opened["address"]
        ):  # rejections name the recipient again
            paragraphs.append((opened["address"], [opened["rest"]]))
        elif paragraphs and line.startswith("---"):
            break
        elif paragraphs:
            paragraphs[-1][1].append(line)
    return paragraphs
