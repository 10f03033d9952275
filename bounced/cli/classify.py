"""The command that says what other tables of phrases and codes would change, and writes tables as a pack."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, read_only
from bounced.cli.help import command
from bounced.cli.replay import changes
from bounced.config import judge_by, read_pack, tables
from bounced.config.pack import written
from bounced.errors import EXIT_CHANGED, EXIT_SUCCESS, UserError
from bounced.ledger import queries
from bounced.ledger.outbox import Change
from bounced.ledger.preview import Preview
from bounced.peer import counted, printable

#: Addresses that are named for people, of those that would be suppressed and of those that would be released.
ADDRESSES_LIMIT = 20


@command(epilog="Example: bounced classify --pack new-pack.toml")
@click.option("--pack", metavar="FILE", help="Tables of this pack. Default: those that are used now.")
@click.option("--pack-out", metavar="FILE", help="Write the tables to FILE as a pack (-: standard output), and exit.")
@json_option
@config_option
def classify(pack: str | None, pack_out: str | None, json_: bool, config_file: str | None) -> None:
    """Show what tables of phrases and codes would change in the recorded failures and suppressions; change nothing.

    Exit status 0: nothing; 1: something. The daemon makes these changes when it is started or reloaded with the pack in
    its configuration.
    """
    config = load(config_file)
    chosen = read_pack(Path(pack)) if pack else tables(config)
    if pack_out is not None:
        _write(pack_out, written(chosen))
        return
    with read_only(config) as db:
        known = queries.tables(db)
    result = changes(config, judge_by(chosen, config), is_whole=False)
    answer = {"tables": chosen.name, "recorded_by": known.get("tables", ""), **_row(result)}
    click.echo(output.as_json(answer) if json_ else "\n".join(_words(answer)))
    sys.exit(EXIT_CHANGED if result.changed else EXIT_SUCCESS)


def _write(path: str, text: str) -> None:
    if path == "-":
        click.echo(text, nl=False)
        return
    try:
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{printable(path)}: exists already") from None


def _row(result: Preview) -> dict[str, Any]:
    changes = [
        {
            "class": class_,
            "reason": reason,
            "new_class": new_class,
            "new_reason": new_reason,
            "failures": number,
            "examples": result.examples[class_, reason, new_class, new_reason],
        }
        for (class_, reason, new_class, new_reason), number in result.changed.most_common()
    ]
    return {
        "judged": result.judged,
        "changed": result.changed.total(),
        "kept": result.kept,
        "changes": changes,
        "newly_suppressed": list(map(_suppression, result.difference.suppressed)),
        "newly_released": list(map(_suppression, result.difference.released)),
        "suppressed": result.difference.began.total(),
        "released": result.difference.ended.total(),
    }


def _suppression(change: Change) -> dict[str, str]:
    address, suppression = change
    facts = asdict(suppression)
    return {"address": address, **{name: facts[name] for name in ("scope", "cause", "reason")}}


def _words(answer: dict[str, Any]) -> Iterator[str]:
    recorded_by = f" (recorded by those of {printable(answer['recorded_by'])})" if answer["recorded_by"] else ""
    yield f"tables of {answer['tables']}{recorded_by}"
    judged = counted(answer["judged"], "recorded failure")
    yield f"{judged}: {answer['changed']} would change; {answer['kept']} more keep their verdict"
    for change in answer["changes"]:
        was, new = (" ".join(filter(None, (change[f"{at}class"], change[f"{at}reason"]))) for at in ("", "new_"))
        yield f"{was} -> {new}: {change['failures']}"
        for example in change["examples"]:
            yield f"    {printable(example['address']) or '(no recipient)'} {example['happened_at']}"
            yield f"        said: {printable(example['diagnostic_code'])}"
            yield f"        rule: {printable(example['rule'])} -> {printable(example['new_rule'])}"
    for name in ("suppressed", "released"):
        yield from _addresses(name, answer[f"newly_{name}"], answer[name])


def _addresses(name: str, rows: list[dict[str, str]], total: int) -> Iterator[str]:
    for row in rows[:ADDRESSES_LIMIT]:
        yield f"would be {name}: {printable(row['address'])} ({row['scope']} mail, {row['cause']}: {row['reason']})"
    if total > ADDRESSES_LIMIT:
        yield f"would be {name}: {total - ADDRESSES_LIMIT:,} more (--json)"
