"""Who may import whom: the dependency table, read off the source files with ``ast``.

A module without a row fails here: whoever adds one decides where it belongs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "bounced"

#: Modules (patterns, the first that fits counts) and the modules of this package that they may import.
MAY_IMPORT = {
    # Leaves: they know the records at most.
    "model": "",
    "times": "",
    "hosts": "",
    "secrecy": "",
    "address": "",
    "arrival": "",
    "backoff": "",
    "episode": "",
    "fingerprint": "",
    "statuses": "",
    "schema": "schema.*",
    "schema.*": "",
    "show": "",
    "notify": "",
    "ours": "",
    "vocabulary": "",
    "batching": "model",
    "mbox": "arrival batching",
    # The core: from bytes to events, and from events to suppressions.
    "mime": "mime.*",
    "mime.*": "mime.* address model",
    "decode": "decode.* mime model",
    "decode.*": "mime address model",
    "redaction": "redaction.mail",
    "redaction.*": "redaction.* mime.* model phrases",
    "phrases": "phrases.*",
    "phrases.find": "",
    "phrases.row": "",
    "phrases.*": "phrases.row",
    "smtp_text": "statuses",
    "rules": "smtp_text",
    "classify": "model phrases phrases.find rules smtp_text statuses",
    "tokens": "address",
    "identify": "identify.* address model ours tokens",
    "identify.*": "identify.* address mime model ours tokens",
    "policy": "policy.*",
    "policy.*": "policy.* model",
    "source": "model",
    "authentication": "address ours",
    "returned_dkim": "model ours",
    "trust": "address authentication identify identify.* model ours returned_dkim source",
    "understand": "classify decode identify model rules trust",
    # The edges: configuration, the SQLite file, the mailboxes, the worker processes.
    "settings": "settings.* model address identify policy",
    "settings.*": "settings.* address hosts identify model ours policy rules",
    "access_token": "model",
    "oauth": "access_token imap_account model",
    "oauth.web": "hosts imap_account",
    "oauth.rotation": "",
    "oauth.*": "access_token imap_account oauth oauth.rotation oauth.web",
    "config": "identify model rules settings settings.secrets token_sources tokens",
    "database": "model schema",
    "backup": "database model times",
    "holders": "",
    "trials": "",
    "writer": "backup database holders model",
    "history": "model policy times",
    "places": "database model",
    "withheld": "model times trials",
    "crowds": "",
    "acceptance": "model",
    "retention": "model",
    "folding": "database history policy times",
    "desk": "times",
    "folders": "desk model places retention times withheld",
    "upkeep": "desk folding history places rates sent times trials",
    "ledger": (
        "acceptance appending attribution crowds database desk folders folding model places policy rates retention"
        " times trials upkeep withheld writer"
    ),
    "appending": "database model times",
    "attribution": "database model ours",
    "rates": "",
    "sent": "address times",
    "mail_log": "address",
    "volume": "mail_log",
    "pause": "backoff episode",
    "queries": "history model policy times",
    "files": "arrival batching mbox model",
    "imap_account": "access_token hosts model secrecy",
    "imap_login": "access_token imap_account",
    "imap_connection": "batching imap_account imap_login model",
    "imap_folder": "model",
    "imap_session": "imap_account imap_connection imap_folder model",
    "imap_fetch": "imap_session model",
    "imap_read": "arrival batching imap_fetch imap_session model",
    "imap_idle": "backoff imap_account imap_connection imap_folder model pause",
    "imap_retain": "imap_folder imap_read imap_session model",
    "imap_settle": "batching imap_session model",
    "imap": "imap_account imap_folder imap_idle imap_read imap_retain imap_session imap_settle model",
    "token_sources": "access_token imap_account model oauth oauth.* settings",
    "sources": "access_token imap model settings settings.secrets token_sources",
    "dkim_keys": "",
    "worker": "identify model rules understand",
    "pool": "identify model rules worker",
    "workers": "dkim_keys identify model pool rules worker",
    # What drives them.
    "reading": "ledger model workers",
    "pipeline": "fingerprint ledger model reading workers",
    "log_line": "",
    "log_output": "log_line times",
    "log": "episode ledger log_line log_output model pipeline policy times",
    "timetable": "backoff settings",
    "poller": "backoff imap ledger log model pause pipeline pool times workers",
    "accounts": "backoff config imap ledger pause pipeline poller settings sources timetable workers",
    "jobs": "backup imap ledger log model pipeline poller settings times timetable upkeep",
    "health": "ledger model poller timetable workers",
    "once": "accounts config jobs ledger log poller settings timetable workers",
    "service": (
        "accounts config episode health jobs ledger log model notify oauth.command pool settings times timetable"
        " upkeep workers"
    ),
    "cli": "cli.* model __init__",
    "cli.*": (
        "cli.common address config database files imap ledger log model once pipeline queries redaction"
        " mail_log sent service settings show sources"
        " times tokens vocabulary volume workers"
    ),
    "__main__": "cli",
    "__init__": "",
}

#: Pure: bytes and records in, records out.
CORE = (
    "model address ours statuses smtp_text rules vocabulary fingerprint"
    " mime mime.* decode decode.* phrases phrases.* classify mail_log policy policy.* understand backoff"
    " source authentication returned_dkim tokens trust identify identify.*"
)

#: What the core may use of the standard library: nothing here reads, writes, waits, logs or knows the time.
PURE_LIBRARY = (
    "__future__ base64 binascii codecs collections dataclasses datetime email functools"
    " hashlib hmac html ipaddress itertools json re typing unicodedata"
)
#: Methods of ``datetime`` that ask the clock, and builtins that touch files and terminals.
CLOCKS = frozenset(("now", "utcnow", "today"))
IO_BUILTINS = frozenset(("open", "print", "input", "__import__", "exec", "eval"))

#: Who may import what others wrote.
THIRD_PARTY = {
    "click": "cli cli.*",
    "sqlite_utils": (
        "acceptance appending attribution crowds database desk folding ledger history places queries rates retention"
        " schema sent trials volume withheld cli.common"
    ),
    "imapclient": "imap imap_*",
    "msal": "oauth.microsoft",
    "google": "oauth.google",
    "apscheduler": "timetable settings.schedule",
    "pebble": "pool workers",
    "pydantic": "config settings settings.*",
    "tabulate": "show",
    "fast_mail_parser": "mime.tree",
    "dkim": "returned_dkim",
    "dns": "dkim_keys",
    "authres": "authentication",
    "flufl": "decode.fallback",
}


def module_name(path: Path) -> str:
    """``decode.dsn`` for bounced/decode/dsn.py, ``decode`` for its ``__init__``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


TREES = {module_name(path): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def is_one_of(name: str, patterns: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.split())


def imported(module: str) -> Iterator[str]:
    """Everything that ``module`` imports, with the package's own modules as ``bounced.NAME``."""
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


def row(module: str) -> str:
    return next((row for row in MAY_IMPORT if fnmatchcase(module, row)), "")


@pytest.mark.parametrize("module", TREES)
def test_modules_import_what_their_row_allows(module: str) -> None:
    assert row(module), "has no row"
    assert [name for name in own(module) if not is_one_of(name, MAY_IMPORT[row(module)])] == []


def test_every_row_has_a_module_and_names_modules() -> None:
    named = [*MAY_IMPORT, *CORE.split(), *" ".join((*MAY_IMPORT.values(), *THIRD_PARTY.values())).split()]
    assert {name for name in named if not any(fnmatchcase(module, name) for module in TREES)} == set()


def test_nothing_imports_in_a_circle() -> None:
    """Raises CycleError, which names the circle, when there is one."""
    order = TopologicalSorter({module: own(module) for module in TREES}).static_order()
    assert set(order) == set(TREES)


@pytest.mark.parametrize("module", [module for module in TREES if is_one_of(module, CORE)])
def test_the_core_is_pure(module: str) -> None:
    assert [name for name in own(module) if not is_one_of(name, CORE)] == []
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
