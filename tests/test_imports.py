"""Who may import whom: the dependency table, read off the source files with ``ast``.

A module without a row fails here: whoever adds one decides where it belongs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "bounced"

#: Rooms, from the ground up, and the rooms that each may import. Inside a room anybody may import anybody, but not in a
#: circle; decoders and phrase tables know no sibling.
MAY_IMPORT = {
    "errors": "",
    "times": "",
    "address": "",
    "peer": "",
    "model": "",
    "reasons": "model",
    "tokens": "address",
    "mime": "peer address model",
    "decode": "mime address model",
    "identify": "mime tokens address peer model",
    "trust": "identify mime address model",
    "classify": "reasons peer model",
    "policy": "address model",
    "lists": "policy classify reasons peer address times model errors",
    "parse": "decode identify trust classify peer model",
    "redaction": "mime classify reasons",
    "sent": "address peer times",
    "config": "identify policy lists classify tokens reasons peer address model errors",
    "ledger": "policy identify mime lists sent address times model errors",
    "sources": "config mime peer model errors",
    "workers": "parse identify classify trust mime peer times model errors",
    "pipeline": "sources ledger workers model errors",
    "daemon": "pipeline workers ledger sources config lists sent policy address peer times model errors __init__",
    "cli": (
        "daemon pipeline workers ledger sources lists sent config classify redaction tokens reasons address peer times"
        " model errors __init__"
    ),
    "__main__": "cli",
    "__init__": "parse decode classify policy identify ledger tokens reasons model errors",
}

#: Pure: bytes and records in, records out.
CORE = "peer model address reasons tokens mime decode identify trust classify policy parse"

#: What the core may use of the standard library: nothing here reads, writes, waits, logs or knows the time.
PURE_LIBRARY = (
    "__future__ base64 binascii bisect codecs collections dataclasses datetime email enum functools"
    " hashlib heapq hmac html ipaddress itertools json operator re string typing unicodedata"
)
#: Methods of ``datetime`` that ask the clock, and builtins that touch files and terminals.
CLOCKS = frozenset(("now", "utcnow", "today"))
IO_BUILTINS = frozenset(("open", "print", "input", "__import__", "exec", "eval"))

#: Who may import what others wrote.
THIRD_PARTY = {
    "click": "cli cli.*",
    "sqlite_utils": "ledger ledger.* sent.* cli.common daemon.api.reader cli.status",
    "imapclient": "sources.imap sources.imap.*",
    "python_socks": "sources.imap.sockets",
    "msal": "sources.oauth.microsoft",
    "google": "sources.oauth.google",
    "apscheduler": "daemon.scheduler config.schedule",
    "pebble": "workers workers.pool",
    "dask": "workers.cluster",
    "distributed": "workers.cluster",
    "pydantic": "config.* daemon.api.* ledger.states",
    "wcwidth": "cli.terminal",
    "rich": "cli.report.terminal cli.top",
    "apprise": "daemon.alarms.push",
    "altair": "cli.report.charts",
    "vl_convert": "cli.report.charts",
    "starlette": "daemon.api.*",
    "datasette": "cli.web.*",
    "uvicorn": "cli.web.server daemon.api.protocol daemon.api.server",
    "fast_mail_parser": "mime.parts",
    "dkim": "trust.returned_dkim trust.sns",
    "cryptography": "config.certificates",
    "dns": "workers.dkim_keys",
    "idna": "address",
    "authres": "trust.authentication_results",
    "flufl": "decode.fallback",
    "chardet": "mime.charset",
    "ahocorasick": "classify.phrases.find mime.phrase_table",
}


def module_name(path: Path) -> str:
    """``decode.dsn`` for bounced/decode/dsn.py, ``decode`` for its ``__init__``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


TREES = {module_name(path): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def is_one_of(name: str, patterns: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.split())


@cache
def imported(module: str) -> tuple[str, ...]:
    """Everything that ``module`` imports, with the package's own modules as ``bounced.NAME``."""
    return tuple(_imported(module))


def _imported(module: str) -> Iterator[str]:
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (_target(node, alias.name) for alias in node.names)


def _target(node: ast.ImportFrom, name: str) -> str:
    """``from bounced.decode import dsn`` imports a module, ``from bounced.decode import decode`` a name from one."""
    source = node.module or ""
    assert node.level == 0, "imports are absolute"
    if source == "bounced":
        return f"bounced.{name}" if name in TREES else "bounced.__init__"
    inner = f"{source}.{name}"
    return inner if inner.removeprefix("bounced.") in TREES else source


def own(module: str) -> set[str]:
    return {name.removeprefix("bounced.") for name in imported(module) if name.startswith("bounced.")}


def foreign(module: str) -> set[str]:
    return {name.partition(".")[0] for name in imported(module)} - {"bounced"}


def room(module: str) -> str:
    return module.partition(".")[0]


@pytest.mark.parametrize("module", TREES)
def test_modules_import_what_their_room_may(module: str) -> None:
    assert room(module) in MAY_IMPORT, "is no room"
    assert {room(name) for name in own(module)} - {room(module)} <= set(MAY_IMPORT[room(module)].split())


def test_no_room_imports_in_a_circle() -> None:
    """Raises CycleError, which names the circle, when there is one."""
    TopologicalSorter({name: row.split() for name, row in MAY_IMPORT.items()}).prepare()


def test_every_room_is_there_and_every_name_is_one() -> None:
    rooms = {room(module) for module in TREES}
    assert rooms == MAY_IMPORT.keys()
    assert {name for row in MAY_IMPORT.values() for name in row.split()} <= rooms
    named = " ".join(THIRD_PARTY.values()).split()
    assert {name for name in named if not any(fnmatchcase(module, name) for module in TREES)} == set()


def test_nothing_imports_in_a_circle() -> None:
    """Raises CycleError, which names the circle, when there is one."""
    order = TopologicalSorter({module: own(module) for module in TREES}).static_order()
    assert set(order) == set(TREES)


@pytest.mark.parametrize("module", [module for module in TREES if room(module) in CORE.split()])
def test_the_core_is_pure(module: str) -> None:
    assert {room(name) for name in own(module)} <= set(CORE.split())
    # The decoder that wraps flufl.bounce silences its logger; that is no logging.
    silenced = {"logging"} if module == "decode.fallback" else set()
    assert foreign(module) - {*PURE_LIBRARY.split(), *THIRD_PARTY} == silenced
    nodes = list(ast.walk(TREES[module]))
    assert CLOCKS.isdisjoint(node.attr for node in nodes if isinstance(node, ast.Attribute))
    assert IO_BUILTINS.isdisjoint(node.id for node in nodes if isinstance(node, ast.Name))


@pytest.mark.parametrize("module", [module for module in TREES if module.startswith("decode.")])
def test_a_decoder_knows_no_other_decoder(module: str) -> None:
    assert own(module) <= {"mime", "address", "model"}


@pytest.mark.parametrize("package", THIRD_PARTY)
def test_a_package_is_imported_where_it_belongs(package: str) -> None:
    importers = [module for module in TREES if package in foreign(module)]
    assert [module for module in importers if not is_one_of(module, THIRD_PARTY[package])] == []
    assert importers != []


def test_rows_are_written_by_sql_only() -> None:
    """What sqlite-utils inserts makes a table, or a column, wherever there is none of that name."""
    calls = [ast.unparse(node.func) for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    inserting = {call for call in calls if call.rpartition(".")[2] in ("insert", "insert_all", "upsert", "upsert_all")}
    assert inserting == {"database.insert"}


@pytest.mark.parametrize("module", [module for module in TREES if "email" in foreign(module)])
def test_nobody_reads_mail_by_another_policy_of_email(module: str) -> None:
    """By default it is compat32; policy.default takes seconds and gigabytes for one hostile Subject."""
    nodes = list(ast.walk(TREES[module]))
    named = {alias.name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
    assert named.isdisjoint(("policy", "email.policy", "EmailMessage", "MIMEPart"))
    assert "policy" not in {node.arg for node in nodes if isinstance(node, ast.keyword)}
    assert "policy" not in {node.attr for node in nodes if isinstance(node, ast.Attribute)}
