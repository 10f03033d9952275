"""Commands about the numbers of the rule: what others would change, and which hold for an address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from bounced.cli import output
from bounced.cli.common import address_keys, config_option, json_option, known_tenant, load, tenant_option
from bounced.cli.difference import difference_row, words
from bounced.cli.help import Group
from bounced.cli.replay import changes
from bounced.config import Config
from bounced.config.numbers import Number, numbers
from bounced.errors import EXIT_CHANGED, EXIT_SUCCESS
from bounced.peer import printable


@click.group("policy", cls=Group, epilog="Example: bounced policy show anna@example.org")
def policy_group() -> None:
    """Show the numbers of the rule, and what other numbers would change."""


@policy_group.command("preview", epilog="Example: bounced policy preview --config new.toml")
@json_option
@config_option
def preview(json_: bool, config_file: str | None) -> None:
    """Show whom a configuration would suppress and release in its database, by provider and reason; change nothing.

    Exit status 0: nobody; 1: somebody.
    """
    difference = changes(load(config_file)).difference
    click.echo(output.as_json(difference_row(difference)) if json_ else "\n".join(words(difference)))
    sys.exit(EXIT_CHANGED if difference.began or difference.ended else EXIT_SUCCESS)


@policy_group.command("show", epilog="Example: bounced policy show anna@example.org")
@click.argument("address", metavar="ADDRESS")
@tenant_option
@json_option
@config_option
def show(address: str, tenant: str, json_: bool, config_file: str | None) -> None:
    """Show which numbers hold for an address, and which key of the configuration sets each.

    They are the same for all tenants.
    """
    [key], config = address_keys((address,)), load(config_file)
    known_tenant(tenant, config.tenant)
    rows = [_row(number) for number in numbers(config, key)]
    if json_:
        click.echo(output.as_json({"tenant": tenant, "address": key, "numbers": rows}))
        return
    click.echo("\n".join(_words(key, config)))


def _row(number: Number) -> dict[str, Any]:
    return {"what": number.what, "value": number.value, "key": number.key, "is_default": number.is_default}


def _words(key: str, config: Config) -> Iterator[str]:
    yield printable(key)
    for number in numbers(config, key):
        origin = "default of " if number.is_default else ""
        yield printable(f"    {number.what}: {number.value} ({origin}{number.key})")
