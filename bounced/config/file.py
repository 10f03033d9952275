"""Finds, reads and checks the configuration file; reports all problems at once, each with file, key and fix."""

from __future__ import annotations

import difflib
import grp
import tomllib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import ValidationError

from bounced import tokens
from bounced.config.certificates import signing_key
from bounced.config.classify import RulesFile
from bounced.config.database import DatabaseSection
from bounced.config.mailbox import MailboxSection
from bounced.config.model import Config
from bounced.config.path import LOCAL_DATABASE, content
from bounced.config.secrets import Secret
from bounced.config.section import Section
from bounced.errors import EXIT_CONFIG, UserError
from bounced.identify import Sender
from bounced.model import Judge
from bounced.tokens import Key

if TYPE_CHECKING:
    from bounced.classify.rules import Rule
    from bounced.classify.tables import Tables

Model = TypeVar("Model", bound=Section)


def load(path: Path | None) -> Config:
    """The configuration in ``path``; for ``None`` the defaults and ./bounced.db. Raises UserError with all problems."""
    if path is None:
        return Config(database=DatabaseSection(path=LOCAL_DATABASE))
    return _validated(path, Config)


def rules(config: Config) -> tuple[Rule, ...]:
    """The admin's own rules, from the file that [classify] names. Raises UserError with every problem."""
    path = config.classify.rules
    return _validated(Path(path), RulesFile).rules(path) if path else ()


def tables(config: Config) -> Tables:
    """The tables of the pack that [classify] names, the built-in ones where these are newer. Raises UserError."""
    from bounced.classify.tables import BUILT_IN  # for which `check` would wait

    if not config.classify.pack:
        return BUILT_IN
    return max(read_pack(Path(config.classify.pack)), BUILT_IN, key=lambda tables: tables.made)


def judge_by(tables: Tables, config: Config) -> Judge:
    """Who judges recorded failures again by ``tables``."""
    from bounced.classify import again  # for which `check` would wait

    own = config.sender().own()
    return again.judge(tables, frozenset((*own, *(name.rpartition("@")[2] for name in own))))


def read_pack(path: Path) -> Tables:
    """The tables in the pack ``path``. Raises UserError with every problem."""
    from bounced.config.pack import OCTETS_LIMIT, PackFile  # for which `check` would wait

    return _validated(path, PackFile, OCTETS_LIMIT).tables()


def sender(config: Config) -> Sender:
    """What [identify] and [trust] say about the sender, with the keys in the files that they name. Raises UserError."""
    said = config.sender()
    with _named("trust.sns_certificates"):
        anchors = replace(said.anchors, sns_keys=tuple(map(signing_key, config.trust.sns_certificates)))
    return replace(said, keys=token_keys(config), anchors=anchors)


def token_keys(config: Config) -> tuple[Key, ...]:
    """The keys of tokens, from the file that [identify] names. Raises UserError, which never contains a key."""
    path = config.identify.token_keys
    if not path:
        return ()
    with _named("identify.token_keys"):
        try:
            keys = tokens.parse_keys(Secret("key", file=path, whole=True).read({}))
        except ValueError as error:
            raise UserError(f"{path}: {error}", exit_code=EXIT_CONFIG) from None
        if not keys:
            raise UserError(f"{path}: contains no key; `bounced token new-key` prints one", exit_code=EXIT_CONFIG)
    return keys


def canary_token(config: Config, number: str, expires: date) -> str:
    """The token of the canary with ``number``, valid until the end of ``expires``. Raises UserError without a key."""
    key, *_ = token_keys(config)
    return tokens.make(key, expires, recipient_id=f"{tokens.CANARY_PREFIX}{number}")


def chosen(config: Config, names: Collection[str]) -> list[str]:
    """The mailboxes of ``names``, or all if there are no names. Raises UserError for an unknown one, or without any."""
    if not config.mailbox:
        raise UserError("no mailbox configured; add [mailbox.bounces]", exit_code=EXIT_CONFIG)
    known = ", ".join(config.mailbox)
    if unknown := [name for name in names if name not in config.mailbox]:
        problems = (f"{name}: no [mailbox.{name}] in the configuration ({known})" for name in unknown)
        raise UserError(*problems, exit_code=EXIT_CONFIG)
    return [name for name in config.mailbox if name in names or not names]


@contextmanager
def _named(key: str) -> Iterator[None]:
    """Names the key of the configuration in what is wrong with the file that it names."""
    try:
        yield
    except UserError as error:
        raise UserError(*(f"{key}: {problem}" for problem in error.problems), exit_code=EXIT_CONFIG) from None


def _validated(path: Path, model: type[Model], limit: int = -1) -> Model:
    try:
        data = tomllib.loads(content(path, limit).decode("utf-8-sig"))  # Windows editors begin with a byte order mark
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}{_permitted(path, error)}", exit_code=EXIT_CONFIG) from None
    except (ValueError, RecursionError) as error:  # numbers of over 4300 digits are a plain ValueError
        raise UserError(f"{path}: is not TOML: {error}", exit_code=EXIT_CONFIG) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise UserError(*(f"{path}: {line}" for line in problems(error, model)), exit_code=EXIT_CONFIG) from None


def problems(error: ValidationError, model: type[Section] = Config) -> list[str]:
    """Every problem, in the words of the file, which is a ``model``."""
    return [line for details in error.errors() for line in _explain(details, model)]


def _permitted(path: Path, error: OSError) -> str:
    """Who may read what this user may not: the group of the file, or of the first folder on its way that is closed."""
    if not isinstance(error, PermissionError):
        return ""
    for place in (path, *path.absolute().parents):
        with suppress(OSError, KeyError):
            return f"; its group, {grp.getgrgid(place.stat().st_gid).gr_name}, may read it"
    return ""


def _explain(details: Any, model: type[Section]) -> Iterator[str]:
    """One error of pydantic, in the words of the file."""
    where = [str(part) for part in details["loc"] if part != "[key]"]
    key = ".".join(where)
    section = _section(where[:-1], model)
    if details["type"] == "extra_forbidden" and section and (new := section.old_names().get(where[-1])):
        yield f"{key}: is now called {new}, which is set too; remove the old key"
        return
    if details["type"] == "extra_forbidden":
        close = difflib.get_close_matches(where[-1], section.model_fields if section else (), 1)
        hint = f'; did you mean "{close[0]}"?' if close else "; remove it"
        if any(word in where[-1] for word in ("password", "secret", "token")):
            place = f"{where[-1]}_file" if section and f"{where[-1]}_file" in section.model_fields else "password_file"
            hint = f"; secrets do not belong here: put it in a file and set {place}"
        yield f"{key}: unknown key{hint}"
        return
    example = _example(section, where[-1] if where else "")
    if details["type"] == "missing":
        yield f"{key}: missing; add {where[-1]} = {example or '…'}"
        return
    if details["type"] in ("model_type", "dict_type"):
        yield f"{key}: must be a table: {_header(where)}"
        return
    text = str(details["msg"]).removeprefix("Value error, ")
    for line in text.splitlines():
        yield (
            (f"{key}: " if key else "")
            + f"{line[:1].lower()}{line[1:]}"
            + (f"; for example {where[-1]} = {example}" if example else "")
        )


def _header(where: list[str]) -> str:
    """The header of the table at ``where``; keys directly in [mailbox] belong in a mailbox that has a name."""
    unnamed = where[0] == "mailbox" and (len(where) == 1 or where[1] in MailboxSection.model_fields)
    return "[mailbox.bounces]" if unnamed else f"[{'.'.join(where)}]"


def _section(where: list[str], section: type[Section]) -> type[Section] | None:
    """The model of the table at ``where`` in ``section``; the place may contain names and numbers of the user's."""
    inside = False  # a table whose keys are names that the user chose
    for name in where:
        if name in section.model_fields:
            inner, inside = _opened_by(section.model_fields[name].annotation), True
            if inner is None:
                return None
            section = inner
        elif not inside:
            return None
    return section


def _opened_by(annotation: Any) -> type[Section] | None:
    """The table that a value of this type is, or contains under names or numbers."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next(filter(None, map(_opened_by, get_args(annotation))), None)


def _example(section: type[Section] | None, name: str) -> str:
    """An example value of a key as TOML, ``""`` if there is none."""
    field = section.model_fields.get(name) if section else None
    if field is None or not field.examples:
        return ""
    value = field.examples[0]
    return f'"{value}"' if isinstance(value, str) else str(value)
