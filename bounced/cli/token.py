"""Commands that make and read signed tokens (docs/senders.md)."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

import click

from bounced import config, times, tokens
from bounced.cli import output
from bounced.cli.common import config_option, json_option, lasting, load
from bounced.cli.help import Group
from bounced.errors import EXIT_CONFIG, EXIT_INVALID, EXIT_SUCCESS, UserError
from bounced.peer import printable
from bounced.tokens import Key, Token


@click.group(cls=Group, epilog="Example: bounced token make --recipient anna@example.org")
def token() -> None:
    """Signed tokens for your messages that prove later to whom a message was sent."""


@token.command("new-key", epilog="Example: bounced token new-key >> /etc/bounced/token.keys")
@click.option("--id", "key_id", default="", metavar="ID", help="Two characters of a-z and 2-7. Default: random.")
def new_key(key_id: str) -> None:
    """Generate a key-file line: an ID and a new secret."""
    try:
        click.echo(tokens.new_key(os.urandom(tokens.SECRET_OCTETS + 2), key_id))
    except ValueError as error:
        raise UserError(str(error)) from None


@token.command(epilog="Example: bounced token make --recipient-id 4711 --campaign autumn --return-path b@example.org")
@click.option("--recipient", default="", metavar="ADDRESS", help="Recipient address (readable by anyone).")
@click.option("--recipient-id", default="", metavar="ID", help="Your own ID of the recipient (table recipients).")
@click.option("--campaign", default="", metavar="NAME")
@click.option("--stream", default="", metavar="NAME", help="Kind of mail.")
@click.option(
    "--expires",
    callback=lasting,
    default=f"{tokens.LIFE.days}d",
    show_default=True,
    metavar="TIME",
    help="Validity period.",
)
@click.option("--key", "key_id", default="", metavar="ID", help="Key that signs. Default: the first in the file.")
@click.option("--return-path", default="", metavar="ADDRESS", help="Print this address with the token in it (VERP).")
@config_option
def make(expires: timedelta, key_id: str, return_path: str, config_file: str | None, **fields: str) -> None:
    """Print a token for a message to one recipient."""
    keys = _keys(config_file)
    key = next((key for key in keys if key_id in ("", key.id)), None)
    if key is None:
        raise UserError(f"--key: no key {printable(key_id)} in the key file, only {', '.join(key.id for key in keys)}")
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
    """Decode and verify a token (or an address or URL that contains one). Exit status 0: valid; 1: invalid."""
    claimed, problem = _read(text, _keys(config_file), times.now())
    answer = {"verified": not problem, "problem": problem, **_fields(claimed)}
    if json_:
        click.echo(output.as_json(answer))
    else:
        click.echo("\n".join(f"{name}: {printable(str(value))}" for name, value in answer.items() if value != ""))
    sys.exit(EXIT_INVALID if problem else EXIT_SUCCESS)


def _read(text: str, keys: tuple[Key, ...], at: datetime) -> tuple[Token | None, str]:
    """The token in ``text`` and why it is not valid, ``""`` if it is."""
    candidate = next(tokens.candidates(text, keys), text.strip())
    verified = tokens.verify(candidate, keys, at)
    return tokens.parse(candidate), verified if isinstance(verified, str) else ""


def _fields(token: Token | None) -> dict[str, str]:
    names = ("key", "recipient", "recipient_id", "campaign", "stream", "expires")
    return {name: str(getattr(token, name)) for name in names} if token else {}


def _keys(config_file: str | None) -> tuple[Key, ...]:
    keys = config.token_keys(load(config_file))
    if not keys:
        raise UserError("identify.token_keys: no key file configured", exit_code=EXIT_CONFIG)
    return keys
