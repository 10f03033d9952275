"""Judges recorded failures again, by other tables than those by which they were recorded. Pure.

1. What was judged is the report and our names in its text (``Basis``). They are recorded with the event, so that the
   same tables give the same verdict again. Where an event has not all of its text, its verdict stays.
2. An own rule came before all tables: its verdict stays, and rules that were added later are not applied.
3. Of events without a basis (recorded by earlier versions) the text is judged with the names of now, and what was not
   hard does not become hard: whose address it names is not known for sure.
"""

from __future__ import annotations

from functools import partial

from bounced.classify import OWN_RULE, classify
from bounced.classify.pack import digest
from bounced.classify.tables import Tables
from bounced.model import Event, Judge, Report, Verdict

#: The version of what classify makes of the same tables: raise it if an old report gets another verdict.
VERSION = 1


def judge(tables: Tables, own: frozenset[str] = frozenset()) -> Judge:
    """The judge by ``tables``. ``own`` are addresses and domains of the sender, for events without a basis."""
    return Judge(f"{VERSION} {digest(tables)}", tables.name, partial(judged_again, tables=tables, own=own))


def judged_again(event: Event, tables: Tables, own: frozenset[str]) -> Verdict | None:
    """The verdict of ``tables`` on a recorded failure or delay; ``None`` where the recorded one stays."""
    if event.action not in ("failed", "delayed") or event.rule.startswith(OWN_RULE) or event.words == "partial":
        return None
    if event.words:
        return classify(_report(event, event.stated_status), (), frozenset(event.own_names.split()), tables)
    return _judged_without_basis(event, tables, own)


def _judged_without_basis(event: Event, tables: Tables, own: frozenset[str]) -> Verdict | None:
    if not event.diagnostic_code and event.rule.startswith("text: "):
        return None
    verdict = classify(_report(event, event.status), (), own, tables)
    return None if verdict.class_ == "hard" != event.class_ else verdict


def _report(event: Event, status: str) -> Report:
    return Report(
        action=event.action,
        final_recipient=event.final_recipient,
        original_recipient=event.original_recipient,
        status=status,
        diagnostic_code=event.diagnostic_code,
        reporting_mta=event.reporting_mta,
        remote_mta=event.remote_mta,
        elsewhere=event.words == "elsewhere",
    )
