"""The ledger, as commands that write open it: they say what a migration has changed, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bounced.cli.common import problem
from bounced.config import Config
from bounced.ledger.ledger import Ledger


@contextmanager
def writable(
    config: Config, *, dry_run: bool = False, backups: Path | None = None, brake: bool = True
) -> Iterator[Ledger]:
    """The ledger, for writing; without ``brake`` any number of addresses may be suppressed. Raises LedgerError."""
    with Ledger(config.database.path, config.rule(brake=brake), dry_run=dry_run, backups=backups) as ledger:
        if ledger.news:
            problem(f"{config.database.path}: {ledger.news}")
        _tell_followed(ledger)
        try:
            yield ledger
        finally:
            _tell_followed(ledger)


def _tell_followed(ledger: Ledger) -> None:
    """Says what another policy has changed, if anything."""
    if followed := ledger.followed():
        problem(f"{ledger.path}: {followed.text()}")
