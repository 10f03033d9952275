"""Bare SMTP dialogs: Postfix to its postmaster ("In:", "Out:") and Trend Micro's InterScan ("Sent", "Received").

A rejection is for the recipient named last, or for all accepted recipients if it comes later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bounced import address
from bounced.mime import Mail, one_line
from bounced.model import Action, Decoded, Report

RECIPIENTS_LIMIT = 500
_LINES_LIMIT = 2000

#: "In:  RCPT TO:<a@b.test>", "Out: 550 words"; "Sent <<< RCPT TO:<a@b.test>", "Received >>> 550 words".
_STATEMENT = re.compile(r"[ \t]{0,4}(?:(?:In|Out):|(?:Sent|Received) (?:<<<|>>>))[ \t]{1,4}(?P<said>.{0,1000})")
_CONTINUED = re.compile(r"[ \t]{4,8}\S.{0,500}")
_RECIPIENT = re.compile(r"RCPT[ ]TO:[ ]?<(?P<name>[^<>\s]{3,320})>", re.IGNORECASE)
_ACCEPTED = re.compile(r"2\d\d[ -]")
_REFUSED = re.compile(r"[45]\d\d[ -]")


def decode(mail: Mail) -> Decoded | None:
    """A report for each rejected recipient of the dialog; ``None`` if there is no dialog."""
    if "RCPT" not in mail.text or not mail.signs.from_server:
        return None
    refusals = dict(_refusals(_statements(mail.text.split("\n", _LINES_LIMIT))))
    action: Action = "delayed" if mail.signs.tells_of_delay else "failed"
    reports = tuple(
        Report(action=action, final_recipient=name, diagnostic_code=one_line(words)) for name, words in refusals.items()
    )
    return Decoded("bounce", "transcript", reports[:RECIPIENTS_LIMIT]) if reports else None


def _statements(lines: Iterable[str]) -> Iterator[str]:
    """The statements in order, each on one line."""
    words = ""
    for line in lines:
        if statement := _STATEMENT.fullmatch(line):
            yield words
            words = statement["said"]
        elif words and _CONTINUED.fullmatch(line):
            words = f"{words} {line.strip()}"
    yield words


def _refusals(statements: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Recipients, each with the reply that rejected it."""
    waiting, accepted = "", list[str]()
    for statement in statements:
        if named := _RECIPIENT.match(statement):
            waiting = address.parse(named["name"])
        elif waiting and _ACCEPTED.match(statement):
            accepted.append(waiting)
            waiting = ""
        elif _REFUSED.match(statement):
            yield from ((name, statement) for name in ([waiting] if waiting else accepted))
            waiting, accepted = "", accepted if waiting else []
