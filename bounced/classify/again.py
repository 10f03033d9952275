"""Judges recorded failures again, by other tables than those by which they were recorded. Pure.

1. What was judged is the report and our names in its text (``Basis``). They are recorded with the event, so that the
   same tables give the same verdict again. Where an event has not all of its text, its verdict stays.
2. An own rule came before all tables: its verdict stays, and rules that were added later are not applied.
3. Of events without a basis (recorded by earlier versions) the text is judged with the names of now, and what was not
   hard does not become hard: whose address it names is not known for sure.
4. The latest verdicts are kept for what is said of other recipients, too: of these, classification reads the domain,
   and whether they are the sender's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from bounced.classify import OWN_RULE, classify
from bounced.classify.pack import digest
from bounced.classify.tables import Tables
from bounced.model import Event, Judge, Report, Verdict

#: The version of what classify makes of the same tables: raise it if an old report gets another verdict.
VERSION = 1

#: Verdicts that are kept, of texts of at most bounced.peer.STORED_LIMIT characters.
KEPT_LIMIT = 1024

#: The verdict on a report, by the names of the sender.
Classified = Callable[[Report, frozenset[str]], Verdict]


def judge(tables: Tables, own: frozenset[str] = frozenset()) -> Judge:
    """The judge by ``tables``. ``own`` are addresses and domains of the sender, for events without a basis."""
    classified = lru_cache(KEPT_LIMIT)(lambda report, ours: classify(report, (), ours, tables))
    return Judge(f"{VERSION} {digest(tables)}", tables.name, partial(_verdict, classified=classified, own=own))


def _verdict(event: Event, classified: Classified, own: frozenset[str]) -> Verdict | None:
    """The verdict on a recorded failure or delay; ``None`` where the recorded one stays."""
    if event.action not in ("failed", "delayed") or event.rule.startswith(OWN_RULE) or event.words == "partial":
        return None
    if event.words:
        ours = frozenset(event.own_names.split())
        return classified(_report(event, event.stated_status, ours), ours)
    return _verdict_without_basis(event, classified, own)


def _verdict_without_basis(event: Event, classified: Classified, own: frozenset[str]) -> Verdict | None:
    if not event.diagnostic_code and event.rule.startswith("text: "):
        return None
    verdict = classified(_report(event, event.status, own), own)
    return None if verdict.class_ == "hard" != event.class_ else verdict


def _report(event: Event, status: str, ours: frozenset[str]) -> Report:
    return Report(
        action=event.action,
        final_recipient=_any_of_domain(event.final_recipient, ours),
        original_recipient=_any_of_domain(event.original_recipient, ours),
        status=status,
        diagnostic_code=event.diagnostic_code,
        reporting_mta=event.reporting_mta,
        remote_mta=event.remote_mta,
        elsewhere=event.words == "elsewhere",
    )


def _any_of_domain(recipient: str, ours: frozenset[str]) -> str:
    """``recipient`` without its local part, unless it is one of ``ours``."""
    if ours and recipient.lower() in ours:
        return recipient
    return recipient[max(recipient.rfind("@"), 0) :]
