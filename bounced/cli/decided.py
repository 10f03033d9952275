"""What commands say of decisions by hand: a line for each address, or their numbers, or JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import click

from bounced.address import by_tenant
from bounced.cli import output
from bounced.cli.common import json_option
from bounced.peer import counted, printable

Function = TypeVar("Function", bound=Any)

#: Addresses that are shown one by one: of those that a filter has selected, and of what became of them.
SHOWN_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an address, and the ``suppressions`` in force for it now, where that was asked."""

    key: str
    text: str
    is_changed: bool
    suppressions: Sequence[output.Row] | None = None

    def line(self) -> str:
        """For people."""
        return f"{printable(by_tenant(self.key)[1])}: {self.text}"

    def facts(self) -> output.Row:
        """For programs."""
        tenant, address = by_tenant(self.key)
        row: output.Row = {"tenant": tenant, "address": address, "is_changed": self.is_changed}
        return row if self.suppressions is None else {**row, "suppressions": list(self.suppressions)}


class Printing(NamedTuple):
    """How it is said."""

    json: bool
    quiet: bool

    def tell(self, answers: Sequence[Answer]) -> None:
        """Says what became of each address, or, where there are many, of how many; programs are told of each."""
        if self.json:
            for answer in answers:
                click.echo(output.as_json(answer.facts()))
        elif not self.quiet:
            for line in _lines(answers):
                click.echo(line, err=True)

    def tell_selected(self, keys: Sequence[str], verb: str, *, yes: bool) -> bool:
        """Says what a filter has selected; true if that is to be done."""
        if not (self.json or self.quiet):
            click.echo(f"{'' if yes else 'would '}{verb} {counted(len(keys), 'address', 'es')}")
        if not yes:
            if self.json:
                self.tell([Answer(key, "", is_changed=False) for key in keys])
            elif not self.quiet:
                _tell_some(keys)
            click.echo("nothing was changed; --yes does it", err=True)
        return yes and bool(keys)


def printing_options(function: Function) -> Function:
    """Adds ``--json`` and ``--quiet``."""
    option: Function = click.option(
        "-q", "--quiet", is_flag=True, help="Print only what is wrong, not what became of the addresses."
    )(json_option(function))
    return option


def _lines(answers: Sequence[Answer]) -> list[str]:
    if len(answers) <= SHOWN_LIMIT:
        return [answer.line() for answer in answers]
    numbers: Mapping[str, int] = Counter(answer.text for answer in answers)
    return [f"{counted(number, 'address', 'es')}: {text}" for text, number in numbers.items()]


def _tell_some(keys: Sequence[str]) -> None:
    for key in keys[:SHOWN_LIMIT]:
        click.echo(f"    {printable(by_tenant(key)[1])}")
    if len(keys) > SHOWN_LIMIT:
        click.echo(f"    and {len(keys) - SHOWN_LIMIT:,} more")
