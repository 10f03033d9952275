"""What `bounced setup` has to know: each question, its option, and what is taken when nobody answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import click

from bounced.cli.common import stdin
from bounced.errors import UserError

#: The mail servers that can ask (docs/readers.md).
MTAS = ("postfix", "exim", "none")

#: Octets of a password from standard input.
PASSWORD_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Question:
    """A row of QUESTIONS."""

    name: str
    option: str
    text: str
    default: str = ""  # "" if there is none; {domain} is that of the login name
    choices: tuple[str, ...] = ()


QUESTIONS = (
    Question("host", "--host", "IMAP server of the bounce mailbox"),
    Question("user", "--user", "Login name"),
    Question("password", "the password as the first line of standard input", "Password"),
    Question("own_domains", "--own-domains", "Domains that you send from, separated by commas", "{domain}"),
    Question("mta", "--mta", "Mail server here that should refuse suppressed recipients", "none", MTAS),
)


def answers(given: Mapping[str, str | None]) -> dict[str, str]:
    """An answer to each question: as ``given``, else from the terminal. Raises UserError for what is missing."""
    is_terminal = sys.stdin.isatty()
    found = {name: value for name, value in given.items() if value is not None}
    if not is_terminal:
        found["password"] = _password()
    for question in QUESTIONS:
        if question.name not in found:
            _, _, domain = found.get("user", "").partition("@")
            default = question.default.format(domain=domain)
            found[question.name] = _asked(question, default) if is_terminal else default
    if missing := [question.option for question in QUESTIONS if question.default == "" and not found[question.name]]:
        raise UserError(f"missing: {', '.join(missing)}; on a terminal, `bounced setup` asks for what is missing")
    return found


def _asked(question: Question, default: str) -> str:
    kind = click.Choice(question.choices) if question.choices else str
    answer: str = click.prompt(question.text, default or None, question.name == "password", type=kind, err=True)
    return answer


def _password() -> str:
    """The first line of standard input. Raises UserError."""
    try:
        # As in a file of a password (config/secrets.py), a byte order mark, of a Windows editor, is none of it.
        return stdin().readline(PASSWORD_LIMIT).decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UserError("the password on standard input is not UTF-8") from None
