"""The commands that make and read signed tokens (docs/senders.md)."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

import click

from bounced import config, times, tokens
from bounced.cli import output
from bounced.cli.common import config_option, json_option, load
from bounced.config.values import duration
from bounced.errors import EXIT_CONFIG, EXIT_INVALID, EXIT_SUCCESS, UserError
from bounced.peer import printable
from bounced.tokens import Key, Token


def _life(_context: click.Context, _option: click.Parameter, value: str) -> timedelta:
    try:
        return duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.group(epilog="Example: bounced token make --recipient anna@example.org")
def token() -> None:
    """Signed tokens for your mails, which tell later, beyond doubt, to whom a mail was sent."""


@token.command("new-key", epilog="Example: bounced token new-key >> /etc/bounced/token.keys")
@click.option("--id", "key_id", default="", metavar="ID", help="Two characters of a-z and 2-7. Default: random.")
def new_key(key_id: str) -> None:
    """Print a line for the file of keys: an id, and a new secret."""
    try:
        click.echo(tokens.new_key(os.urandom(tokens.SECRET_OCTETS + 2), key_id))
    except ValueError as error:
        raise UserError(str(error)) from None


@token.command(epilog="Example: bounced token make --recipient-id 4711 --campaign autumn --return-path b@example.org")
@click.option("--recipient", default="", metavar="ADDRESS", help="The address, for everybody to read.")
@click.option("--recipient-id", default="", metavar="ID", help="Your own id of the recipient (table recipients).")
@click.option("--campaign", default="", metavar="NAME")
@click.option("--stream", default="", metavar="NAME", help="The kind of mail.")
@click.option(
    "--expires",
    callback=_life,
    default=f"{tokens.LIFE.days}d",
    show_default=True,
    metavar="TIME",
    help="How long it holds.",
)
@click.option("--key", "key_id", default="", metavar="ID", help="The key that signs. Default: the first of the file.")
@click.option("--return-path", default="", metavar="ADDRESS", help="Print this address with the token in it (VERP).")
@config_option
def make(expires: timedelta, key_id: str, return_path: str, config_file: str | None, **fields: str) -> None:
    """Print a token for one recipient's mail."""
    keys = _keys(config_file)
    key = next((key for key in keys if key_id in ("", key.id)), None)
    if key is None:
        raise UserError(f"--key: there is no key {printable(key_id)}; there are {', '.join(key.id for key in keys)}")
    try:
        made = tokens.make(key, (times.now() + expires).date(), **fields)
        click.echo(tokens.return_path(return_path, made) if return_path else made)
    except ValueError as error:
        raise UserError(str(error)) from None


@token.command("show", epilog="Example: bounced token show 1k2kfjdinzrgeagc5luovww4ljsgyag4zlxomn5xyz2eoang7m6ga")
@click.argument("text", metavar="TOKEN")
@json_option
@config_option
def show_token(text: str, json_: bool, config_file: str | None) -> None:
    """Say what a token, or an address or URL with one in it, says. Exit status 0: it holds; 1: it does not."""
    claimed, problem = _read(text, _keys(config_file), times.now())
    answer = {"verified": not problem, "problem": problem, **_said(claimed)}
    if json_:
        click.echo(output.as_json(answer))
    else:
        click.echo("\n".join(f"{name}: {printable(str(value))}" for name, value in answer.items() if value != ""))
    sys.exit(EXIT_INVALID if problem else EXIT_SUCCESS)


def _read(text: str, keys: tuple[Key, ...], at: datetime) -> tuple[Token | None, str]:
    """What the token in ``text`` claims, and why it does not hold, ``""`` when it does."""
    found = next(tokens.candidates(text, keys), text.strip())
    held = tokens.verify(found, keys, at)
    return tokens.parse(found), held if isinstance(held, str) else ""


def _said(claimed: Token | None) -> dict[str, str]:
    names = ("key", "recipient", "recipient_id", "campaign", "stream", "expires")
    return {name: str(getattr(claimed, name)) for name in names} if claimed else {}


def _keys(config_file: str | None) -> tuple[Key, ...]:
    keys = config.token_keys(load(config_file))
    if not keys:
        raise UserError("identify.token_keys: the configuration names no file of keys", exit_code=EXIT_CONFIG)
    return keys
