"""Packs for tests: the built-in tables with a row that they do not have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bounced.classify.phrases import Phrase, Rank
from bounced.classify.tables import BUILT_IN, Tables
from bounced.config.pack import written


def with_phrase(reason: str, text: str) -> Tables:
    """Newer tables than the built-in ones, in which ``text`` means ``reason`` whatever else is there."""
    return replace(BUILT_IN, date="2099-01-01", phrases=(Phrase(reason, text, rank=Rank.PROVIDER), *BUILT_IN.phrases))


def pack_file(path: Path, tables: Tables) -> Path:
    """``path`` with ``tables`` in it."""
    path.write_text(written(tables), "utf-8")
    return path
