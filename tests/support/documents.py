"""The documentation as the tests see it: its code blocks, its tables, and the parts that are written by programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from click.testing import CliRunner
from pydantic.fields import FieldInfo

from bounced.classify.fixes import BLOCKLISTS, BY_REASON, CODES, PROVIDERS, Fix
from bounced.cli import main
from bounced.config import Config, Schedule
from bounced.config.policy import LimitSection
from bounced.config.section import Section
from bounced.daemon.api.description import MEANINGS
from bounced.daemon.api.endpoints import ENDPOINTS
from bounced.daemon.problems import kinds as problems
from bounced.errors import EXIT_CODES
from bounced.identify import PRESETS
from bounced.lists.formats import FORMATS
from bounced.lists.maps import MAPS
from bounced.lists.recipes import RECIPES
from bounced.model import Class
from bounced.policy import Policy
from tests.test_imports import MAY_IMPORT

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
SAMPLE = ROOT / "bounced.toml.sample"
TRANSLATIONS = (ROOT / "README.zh-CN.md", ROOT / "README.ru.md")
PAGES = (
    README,
    *TRANSLATIONS,
    ROOT / "CHANGELOG.md",
    *sorted(DOCS.glob("*.md")),
    *(ROOT / name / "README.md" for name in ("benchmarks", "contrib", "samples", "systemd")),
)

#: The test that runs each endpoint from end to end.
ENDPOINT_TESTS = {
    "check": "test_answers.py::test_one_address_is_checked_as_the_library_does",
    "check_many": "test_answers.py::test_many_addresses_are_checked_as_the_library_does",
    "list": "test_answers.py::test_pages_are_the_list",
    "explain": "test_answers.py::test_explain_and_rates_are_what_the_commands_print",
    "outbox": "test_answers.py::test_a_list_and_the_changes_since_are_the_list_of_now",
    "rates": "test_answers.py::test_explain_and_rates_are_what_the_commands_print",
    "health": "test_server.py::test_without_a_database_the_answer_is_to_come_again",
}

_BLOCK = re.compile(r"^```([a-z]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_GENERATED = re.compile(r"(<!-- generated: ([a-z]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_TYPES = {
    str: "text",
    int: "number",
    float: "number",
    bool: "true or false",
    timedelta: "duration",
    Schedule: "schedule",
    timedelta | Literal["usual"]: 'duration or `"usual"`',
    timedelta | Literal["forever"]: 'duration or `"forever"`',
}


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of ``page`` in ``language``."""
    return code_blocks(page.read_text("utf-8"), language)


def code_blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page, or of a part of one, in ``language``."""
    return [found[2] for found in _BLOCK.finditer(text) if found[1] == language]


def table(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table behind ``heading``, without its head; code marks removed."""
    lines = iter(page.read_text("utf-8").partition(f"\n{heading}\n")[2].splitlines())
    rows = []
    for line in lines:
        if line.startswith("|"):
            rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


def regenerated(text: str) -> str:
    """``text`` with its generated parts as they should be."""
    return _GENERATED.sub(lambda found: f"{found[1]}\n{TEXTS[found[2]]()}\n{found[3]}", text)


def sections() -> dict[str, type[Section]]:
    """The tables of the configuration under their heads; "" is what stands before the first one."""
    found: dict[str, type[Section]] = {"": Config}
    for name, field in Config.model_fields.items():
        if section := _section(field):
            head = f"{name}.NAME" if get_origin(field.annotation) is dict else name
            found[f"[{head}]"] = section
            found |= dict(_opened(head, section))
    return found


def _opened(head: str, section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    """The tables inside ``section`` and inside those, under their heads."""
    for name, inner in _inner(section):
        yield f"[{head}.{name}]", inner
        yield from _opened(f"{head}.{name}", inner)


def _inner(section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    """The tables inside ``section`` that have a head of their own, with their names."""
    for name, field in section.model_fields.items() if section is not Config else ():
        first, *rest = get_args(field.annotation) or (field.annotation, type(None))
        is_section = isinstance(first, type) and issubclass(first, Section)
        if rest == [type(None)] and is_section and first is not LimitSection:
            yield name, first


def keys(section: type[Section]) -> Iterator[tuple[str, FieldInfo]]:
    """The keys of a table, without those that open another one of ``sections``."""
    opened = dict(_inner(section))
    return (
        (name, field)
        for name, field in section.model_fields.items()
        if name not in opened and (section is not Config or not _section(field))
    )


def default(name: str, field: FieldInfo) -> Any:
    """What holds when the key is missing, as TOML would say it; ``None`` when it must be there."""
    if field.is_required():
        return None
    limits: Mapping[str, Any] = {str(class_): limit for class_, limit in Policy().limits.items()}
    if name in limits:
        return {"bounces": limits[name].bounces, "days": limits[name].days}
    found = field.default
    if isinstance(found, Schedule):
        return found.cron or _duration(found.every)
    return _duration(found) if isinstance(found, timedelta) else found


def as_toml(value: Any) -> str:
    """``value`` as the configuration file writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {as_toml(item)}" for key, item in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def commands() -> dict[str, click.Command]:
    """The commands under their names, those of groups too: "token make"."""
    found: dict[str, click.Command] = {}
    for name, command in main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {}
        found |= {name: command, **{f"{name} {inner_name}": inner[inner_name] for inner_name in inner}}
    return found


def command_table() -> str:
    """The commands with what each does."""
    rows = [
        f"| [`{usage(name, command)}`](#{name.replace(' ', '-')}) | {_first_paragraph(command)} |"
        for name, command in commands().items()
        if not isinstance(command, click.Group)
    ]
    return "\n".join(["| command | does |", "|---|---|", *rows, ""])


def exit_table() -> str:
    """The exit codes, with their names in sysexits.h."""
    rows = [f"| {code.number} | {code.sysexits} | {code.meaning} | {code.commands} |" for code in EXIT_CODES]
    return "\n".join(["| code | sysexits.h | meaning | commands |", "|---|---|---|---|", *rows, ""])


def help_texts() -> str:
    """The help of every command, as the terminal shows it."""
    return "\n".join(f"## {name}\n\n```text\n{_help(name)}```\n" for name in commands())


def key_tables() -> str:
    """The keys of the configuration, a table for each section."""
    tables: dict[str, type[Section]] = {"Before the first table": Config, **sections(), "A limit": LimitSection}
    return "\n".join(key_table(title, section) for title, section in tables.items() if title)


def renamed_keys() -> str:
    """The keys that had another name before."""
    rows = [
        f"| `{head}` | `{old}` | `{new}` |"
        for head, section in sections().items()
        for old, new in section.old_names().items()
    ]
    return "\n".join(["| table | old key | new key |", "|---|---|---|", *rows, ""])


def preset_table() -> str:
    """The presets of [identify] with what each header gives."""
    rows = [
        f"| `{preset}` | `{name}` | {', '.join(dict.fromkeys(rule.field for rule in rules if rule.name == name))} |"
        for preset, rules in PRESETS.items()
        for name in dict.fromkeys(rule.name for rule in rules)
    ]
    return "\n".join(["| preset | header | gives |", "|---|---|---|", *rows, ""])


def room_table() -> str:
    """The rooms from the top down, each with those that it may import."""
    rows = [f"| `{room}` | {' '.join(f'`{name}`' for name in row.split())} |" for room, row in MAY_IMPORT.items()]
    return "\n".join(["| room | may import |", "|---|---|", *reversed(rows), ""])


def format_table() -> str:
    """The formats of lists, with what each is read from and the samples that the tests read."""
    rows = ["| `--from` | program | columns or members | samples | test |", "|---|---|---|---|---|"]
    test = "`tests/cli/test_list_formats.py::test_each_format_goes_in_and_out_by_the_commands`"
    for name, format in FORMATS.items():
        names = dict.fromkeys((*format.address[:1], *format.kind, *format.kind_by_column, *format.date, *format.detail))
        samples = sorted((ROOT / "samples" / "lists").glob(f"{name}[.-]*"))
        files = ", ".join(f"`{path.name}`" for path in samples if path.suffix != ".expected")
        rows.append(f"| `{name}` | {format.program} | {', '.join(f'`{name}`' for name in names)} | {files} | {test} |")
    return "\n".join(rows)


def map_table() -> str:
    """The maps and lists that are only written."""
    rows = ["| `--format` | read by | test |", "|---|---|---|"]
    tests = {"postfix": "test_postfix_answers_as_check_does", "cdb": "test_postfix_answers_as_check_does"}
    for name, format in MAPS.items():
        test = tests.get(name.partition("-")[0], "test_plain_and_hashed_lists")
        test = "test_exim_answers_as_check_does" if name.startswith("exim") else test
        rows.append(f"| `{name}` | {format.program} | `tests/lists/test_maps.py::{test}` |")
    return "\n".join(rows)


def block_table() -> str:
    """What to do about blocks: what names a list, a provider or a code, and by reason."""
    return "\n".join(_fixes(title, rows) for title, rows in BLOCK_TABLES.items())


BLOCK_TABLES: Mapping[str, Iterable[Fix]] = {
    "Public blocklists": BLOCKLISTS,
    "Providers and products": PROVIDERS,
    "Anybody's codes": CODES,
    "By reason": BY_REASON.values(),
}


def _fixes(title: str, fixes: Iterable[Fix]) -> str:
    rows = [f"| {fix.code} | {fix.meaning} | {fix.fix} | <{fix.source}> |" for fix in fixes]
    return "\n".join([f"## {title}", "", "| code | means | what to do | source |", "|---|---|---|---|", *rows, ""])


def problem_table() -> str:
    """The kinds of problems."""
    rows = [
        f"| `{kind.name}` | {kind.meaning} | {_patience(kind.patience)} | {kind.advice} |" for kind in problems.KINDS
    ]
    return "\n".join(["| kind | what | told | what to do |", "|---|---|---|---|", *rows, ""])


def _patience(patience: timedelta) -> str:
    return f"after {patience // timedelta(minutes=1)} minutes" if patience else "at once"


def recipe_table() -> str:
    """A row for each action of each recipe."""
    rows = [
        f"| `{name}` | {recipe.program} | `{action}` | {actions.does} | {actions.undoes} |"
        for name, recipe in RECIPES.items()
        for action, actions in recipe.actions.items()
    ]
    head = "| `kind` | program | `action` | what it does about a suppressed address | when it is released |"
    return "\n".join(["", head, "|---|---|---|---|---|", *rows])


def endpoint_table() -> str:
    """The endpoints of the HTTP interface."""
    rows = ["| request | parameters | answer | scope of the token | test |", "|---|---|---|---|---|"]
    for endpoint in ENDPOINTS:
        names = ", ".join(f"`{name}`" for name in endpoint.asked.model_fields)
        where = "in a JSON body: " if endpoint.method == "POST" else ""
        scope = f"`{endpoint.scope}`" if endpoint.scope else "none needed"
        test = f"`tests/daemon/api/{ENDPOINT_TESTS[endpoint.name]}`"
        rows.append(f"| `{endpoint.method} {endpoint.path}` | {where}{names} | {endpoint.summary} | {scope} | {test} |")
    return "\n".join([*rows, ""])


def status_table() -> str:
    """What the errors of the HTTP interface mean."""
    rows = [f"| {status} | {meaning} |" for status, meaning in MEANINGS.items()]
    return "\n".join(["| status | meaning |", "|---|---|", *rows, ""])


TEXTS: Mapping[str, Callable[[], str]] = {
    "blocks": block_table,
    "commands": command_table,
    "endpoints": endpoint_table,
    "exits": exit_table,
    "formats": format_table,
    "help": help_texts,
    "keys": key_tables,
    "maps": map_table,
    "presets": preset_table,
    "problems": problem_table,
    "recipes": recipe_table,
    "renamed": renamed_keys,
    "rooms": room_table,
    "statuses": status_table,
}


def usage(name: str, command: click.Command) -> str:
    """How the command is called."""
    # Commands remember the names of the help option from the first context that they meet.
    context = click.Context(command, parent=click.Context(main, **main.context_settings))
    arguments = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    return " ".join(["bounced", name, *arguments])


def _first_paragraph(command: click.Command) -> str:
    return " ".join((command.help or "").partition("\n\n")[0].split())


def _help(name: str) -> str:
    return CliRunner().invoke(main, [*name.split(), "--help"], prog_name="bounced", terminal_width=100).output


def key_table(title: str, section: type[Section]) -> str:
    """The keys of one table of the configuration."""
    rows = []
    for name, field in keys(section):
        value = default(name, field)
        stands_for = "must be set" if value is None else f"`{as_toml(value)}`"
        rows.append(f"| `{name}` | {_type(field)} | {stands_for} | {_meaning(name, field)} |")
    return "\n".join([f"### {title}", "", "| key | value | default | meaning |", "|---|---|---|---|", *rows, ""])


def _meaning(name: str, field: FieldInfo) -> str:
    classes: tuple[str, ...] = get_args(Class)
    return field.description or (f"the limit for failures of class `{name}`" if name in classes else "")


def _type(field: FieldInfo) -> str:
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return " or ".join(f'`"{value}"`' for value in get_args(annotation))
    if get_origin(annotation) is list:
        return "list of tables" if _section(field) else "list of texts"
    if get_origin(annotation) is dict:
        return "table"
    return _TYPES.get(annotation, "limit")  # type: ignore[arg-type]


def _section(field: FieldInfo) -> type[Section] | None:
    """The table, or the kind of tables, that a key of the whole file opens."""
    inner = [part for part in get_args(field.annotation) if part is not type(None)][-1:] or [field.annotation]
    return inner[0] if isinstance(inner[0], type) and issubclass(inner[0], Section) else None


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
