"""Packs for tests: the built-in tables with a row that they do not have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bounced.classify.phrases import Phrase, Rank
from bounced.classify.statuses import Codes, Meaning
from bounced.classify.tables import BUILT_IN, Tables
from bounced.config.pack import written
from bounced.model import Event, Report, Verdict
from bounced.peer import storable


def with_phrase(reason: str, text: str) -> Tables:
    """Newer tables than the built-in ones, in which ``text`` means ``reason`` whatever else is there."""
    others = (phrase for phrase in BUILT_IN.phrases if phrase.text != text)
    return replace(BUILT_IN, date="2099-01-01", version=1, phrases=(Phrase(reason, text, rank=Rank.PROVIDER), *others))


def pack_file(path: Path, tables: Tables) -> Path:
    """``path`` with ``tables`` in it."""
    path.write_text(written(tables), "utf-8")
    return path


#: As unlike the built-in ones as tables can be: what was hard is a block, and the other way round.
OTHERS = Tables(
    "2099-01-01",
    1,
    (
        Phrase("policy", "user unknown"),
        Phrase("user_unknown", "spam", rank=Rank.PROVIDER),
        Phrase("virus", "the", rank=Rank.VAGUE),
        Phrase("mailbox_full", "refused", codes=("5.7.1", "550")),
        Phrase("mailbox_disabled", "rejected", of="recipient"),
    ),
    BUILT_IN.nouns,
    Codes({"X.1.1": Meaning("policy", Rank.ADDRESS), "X.7.1": Meaning("user_unknown")}, {}, {"550": "too_large"}, {}),
)


def recorded(report: Report, verdict: Verdict, address: str = "anna@b.example") -> Event:
    """The event that the ledger keeps of ``report``."""
    return Event(
        address,
        "bounce",
        report.action,
        verdict.class_,
        verdict.reason,
        storable(verdict.status),
        storable(verdict.reply_code),
        storable(report.diagnostic_code),
        storable(report.final_recipient),
        storable(report.original_recipient),
        storable(report.reporting_mta),
        storable(report.remote_mta),
        rule=storable(verdict.rule),
        words=verdict.words,
        stated_status=storable(verdict.stated_status),
        own_names=storable(verdict.own_names),
    )
