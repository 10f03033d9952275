"""Exchange's lines for administrators, below its text for people: in English, whatever the language of that text.

Exchange 2000 and 2003 write "<host #5.1.1>" below a recipient, 2007 and later "#550 5.1.1 NAME; words", Exchange
Online "Remote Server returned '550 5.1.1 words'". With a status part these messages are read by RFC 3464.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bounced import address
from bounced.mime import Mail, one_line
from bounced.model import Action, Decoded, Report

RECIPIENTS_LIMIT = 500
_LINES_LIMIT = 2000
_REACH_LINES = 8  # lines between a recipient and its code

_NAME = rf"{address.ATOM}{{1,256}}@{address.ATOM}{{1,255}}"
#: "a@b.test", "a@b.test<mailto:a@b.test>", "'a@b.test' on 6/1/2026 9:00 AM"
_RECIPIENT = re.compile(rf"[ \t]{{0,12}}['\"<]?(?P<name>{_NAME})(?:['\">< ,].{{0,200}})?")
#: The code, in the forms above; "#< #5.1.1 SMTP; 550 words> #SMTP#" is 2007's if another server rejected it.
_CODED = re.compile(
    r"[ \t]{0,20}(?:<[\w.-]{1,255} #[45]\.|#<.{0,255}?#[45]\.|(?:[\w.-]{1,255} )?#[45]\d\d[ -]|"
    r".{0,80}\breturned ['‘\"](?:<.{0,255}?#)?[45])"
)


def decode(mail: Mail) -> Decoded | None:
    """A report for each recipient followed by a coded line; ``None`` if there is none."""
    if not mail.signs.returns_mail:
        return None
    action: Action = "delayed" if mail.signs.tells_of_delay else "failed"
    coded = dict(_coded(mail.text.split("\n", _LINES_LIMIT)[:_LINES_LIMIT]))
    reports = tuple(
        Report(action=action, final_recipient=name, diagnostic_code=one_line(words)) for name, words in coded.items()
    )
    return Decoded("bounce", "exchange", reports[:RECIPIENTS_LIMIT]) if reports else None


def _coded(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Recipients, each with the lines below it to the end of the paragraph with the code."""
    name, start = "", 0
    for number, line in enumerate(lines):
        if name and number - start < _REACH_LINES and _CODED.match(line):
            yield name, " ".join(lines[start + 1 : _paragraph_end(lines, number)])
            name = ""
        elif opened := _RECIPIENT.fullmatch(line):
            name, start = address.parse(opened["name"]), number


def _paragraph_end(lines: Sequence[str], start: int) -> int:
    last = min(start + _REACH_LINES, len(lines))
    return next((number for number in range(start, last) if not lines[number].strip()), last)
