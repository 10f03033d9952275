"""Reads the mail logs of the configuration: what was delivered proves something, if nobody contradicts."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from bounced import times
from bounced.config import Config, LogsSection
from bounced.daemon import log
from bounced.ledger.ledger import Ledger
from bounced.peer import printable
from bounced.sent import journal, log_files
from bounced.sent.followed import READERS
from bounced.sent.log_files import FilePosition, LogPiece

#: How long one log is read before others have their turn; the rest is read by the next run.
SECONDS_LIMIT = 20.0


def follow(config: Config, ledger: Ledger) -> None:
    """Reads what was added to each log; one line for each that can't be read any more, or has lost lines."""
    for name, section in config.logs.items():
        position = ledger.mail_logs.follow(name, f"{section.kind} {section.path}")
        try:
            _read(name, section, position, ledger)
        except OSError as error:
            problem = printable(f"{section.path}: {error.strerror}")
            if ledger.mail_logs.failed(name, problem):
                log.fact(logging.WARNING, "log-failed", name=name, problem=problem)


def _read(name: str, section: LogsSection, position: str, ledger: Ledger) -> None:
    """Takes piece after piece. Raises OSError."""
    reader = READERS[section.kind](section.senders, times.now())
    end = time.monotonic() + SECONDS_LIMIT
    with closing(_pieces(section, position)) as pieces:
        for piece in pieces:
            lines = reader.read(piece.lines)
            ledger.mail_logs.read(
                name, lines, piece.position, tenant=section.tenant, skipped=piece.skipped, gap=piece.gap
            )
            if piece.gap:
                log.fact(logging.WARNING, "log-gap", name=name, problem=printable(piece.gap))
            if time.monotonic() > end:
                return


def _pieces(section: LogsSection, position: str) -> Generator[LogPiece[str]]:
    """What was added since ``position``; the positions as text."""
    if section.is_journal:
        yield from journal.pieces(position)
        return
    since = FilePosition(**json.loads(position)) if position else None
    for piece in log_files.pieces(Path(section.path), since):
        yield LogPiece(piece.lines, json.dumps(asdict(piece.position)), piece.skipped, piece.gap)
