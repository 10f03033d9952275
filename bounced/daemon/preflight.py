"""What is wrong with a configuration, and what whoever runs the daemon should know of it; nothing is connected."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from bounced.config import Config
from bounced.config.file import load, rules, token_keys
from bounced.errors import UserError


def check(path: Path | None, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Every problem of the file that shows without connecting to anything, each naming file and key."""
    from bounced.sources.oauth import configured  # for which a sender's `check` would wait, too

    try:
        found = load(path)
    except UserError as error:
        return list(error.problems)
    problems = []
    if not found.mailbox:
        problems.append(f"{path}: mailbox: there is none; add [mailbox.bounces] with host, user and password_file")
    for name, box in found.mailbox.items():
        found_out = list(box.unready(environment)) or configured.problems(box, environment)
        problems += [f"{path}: mailbox.{name}: {problem}" for problem in found_out]
        if box.ca_file and (problem := _wrong_with_ca_file(box.ca_file)):
            problems.append(f"{path}: mailbox.{name}.ca_file: {box.ca_file} {problem}")
    for read in (rules, token_keys):
        try:
            read(found)
        except UserError as error:
            problems += error.problems
    folder = Path(found.database.path).absolute().parent
    if not folder.is_dir():
        problems.append(f"{path}: database.path: there is no directory {folder}")
    return problems


def _wrong_with_ca_file(path: str) -> str:
    """``""`` when it holds certificates."""
    import ssl  # for which a sender's `check` would wait

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return "holds no certificate in PEM"
    except OSError:
        return "can't be read"
    return ""


def notes(found: Config) -> list[str]:
    """What is allowed, and what whoever runs the daemon should know about it all the same."""
    said = [f"{old}: is now called {new}; the old name still works" for old, new in found.old_keys()]
    if not found.trust.own_domains:
        said.append("trust.own_domains: there is none, so every report counts, whoever sent it; add your domains")
    folder = Path(found.database.path).absolute().parent
    if folder.is_dir() and folder.stat().st_mode & stat.S_IWGRP:
        said.append(
            f"database.path: the group may write to {folder}, so a reader can lock the daemon out: chmod g-w {folder}"
        )
    return said
