"""Why a delivery failed or was delayed, from the status and the words of its report together.

0. An admin's own rules come before everything (bounced.classify.rules).
1. Clear words beat every number: 5.0.0 and 5.7.1 come with anything, and 5.1.1 with "over quota".
2. A precise status beats vague words ("rejected"), vague words beat a vague status (5.0.0).
3. A reply code alone comes last; REASONS gives every reason its class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

from bounced.classify.phrases import CLEAR, VAGUE, WEAK, Phrase
from bounced.classify.phrases.find import PhraseFinder
from bounced.classify.replies import TEXT_LIMIT, Reply, fold, replies, statuses
from bounced.classify.rules import Rule
from bounced.classify.statuses import EXIT_STATUSES, REPLY_CODES, meaning
from bounced.model import Report, Verdict
from bounced.peer import single_spaced
from bounced.reasons import REASONS

_ROWS = (*CLEAR, *VAGUE, *WEAK)
_FIRST_VAGUE = len(CLEAR)
_FIRST_WEAK = len(CLEAR) + len(VAGUE)


@cache
def _finder() -> PhraseFinder:
    """Built when it is first needed: commands that classify nothing start without it."""
    return PhraseFinder(row.text for row in _ROWS)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The text and codes of a report, prepared for the tables."""

    text: str  # on one line
    folded: str
    status: str
    reply_code: str
    codes: frozenset[str]  # the stated status and every code in the text
    hosts: tuple[str, ...]  # the recipient's domain and the MTAs, each with a dot before it


def classify(report: Report, rules: Sequence[Rule] = ()) -> Verdict:
    """Why ``report``, of a failure or delay, failed: a reason of REASONS with its class, and the rule that chose it.

    Reads the status (RFC 3463), the words and reply codes (RFC 5321 4.2) of ``diagnostic_code``, and the hosts.
    ``rules`` come before the built-in ones. Never raises; a report that says nothing is ``unknown``.
    """
    evidence = _gather(report)
    reason, rule = next((reason, rule) for reason, rule in _decisions(evidence, rules) if reason)
    return Verdict(reason, REASONS[reason][0], evidence.status, evidence.reply_code, rule)


def _gather(report: Report) -> _Evidence:
    text = single_spaced(report.diagnostic_code, TEXT_LIMIT)
    in_replies = tuple(replies(text))
    in_text = tuple(statuses(text))
    status = _best_status(report.status, (*(reply.status for reply in in_replies), *in_text))
    reply_code = _best_reply_code(status, in_replies)
    codes = frozenset((report.status, *in_text, *(reply.code for reply in in_replies)))
    return _Evidence(text.lower(), fold(text), status, reply_code, codes, _hosts(report))


def _best_status(stated: str, in_text: tuple[str, ...]) -> str:
    """The most specific status; of two equally specific ones the stated one."""
    return min((status for status in (stated, *in_text) if status), key=_vagueness, default="")


def _vagueness(status: str) -> int:
    meant = meaning(status)
    if not meant.vague:
        return meant.reason == "expired"  # 4.4.7 says that the queue gave up, the text may quote what it gave up on
    return 2 if meant.reason else 3


def _best_reply_code(status: str, in_text: tuple[Reply, ...]) -> str:
    """The code before the chosen status, else the first."""
    paired = (reply.code for reply in in_text if reply.status == status and not meaning(status).vague)
    return next(chain(paired, (reply.code for reply in in_text)), "")


def _hosts(report: Report) -> tuple[str, ...]:
    domains = (address.rpartition("@")[2] for address in (report.final_recipient, report.original_recipient))
    mtas = (mta.partition(" ")[0] for mta in (report.remote_mta, report.reporting_mta))  # "mx.b.example (192.0.2.1)"
    return tuple(f".{host.lower().rstrip('.')}" for host in (*domains, *mtas))


def _decisions(evidence: _Evidence, rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    """The decision of each table, the most trusted first: a reason and the name of the rule."""
    for own in rules:
        if own.holds(evidence.hosts, evidence.status, evidence.reply_code, evidence.folded):
            yield (own.reason, f"own rule: {own.name}")
    row = _first_row(evidence)
    by_text = (_ROWS[row].reason, f"text: {_ROWS[row].text}") if row is not None else ("", "")
    meant = meaning(evidence.status, evidence.reply_code)
    by_status = (meant.reason, f"status: {evidence.status}")
    if row is not None and row < _FIRST_VAGUE:
        yield by_text
    if not meant.vague:
        yield by_status
    if row is not None and row < _FIRST_WEAK:
        yield by_text
    yield (EXIT_STATUSES.get(evidence.folded, ""), f"exit status: {evidence.folded}")
    yield by_status
    yield by_text
    yield (REPLY_CODES.get(evidence.reply_code, ""), f"reply code: {evidence.reply_code}")
    yield ("unknown", "none")


def _first_row(evidence: _Evidence) -> int | None:
    """The index of the first row that applies."""
    rows = sorted(set(_finder().find(evidence.folded)))
    return next((index for index in rows if _applies(_ROWS[index], evidence)), None)


def _applies(row: Phrase, evidence: _Evidence) -> bool:
    return _has_code(row, evidence) and _concerns_provider(row, evidence)


def _has_code(row: Phrase, evidence: _Evidence) -> bool:
    return not row.codes or not evidence.codes.isdisjoint(row.codes)


def _concerns_provider(row: Phrase, evidence: _Evidence) -> bool:
    """True when a host is in one of the row's domains, or the text names one that is."""
    suffixes = tuple(f".{domain}" for domain in row.at)
    return not suffixes or any(host.endswith(suffixes) for host in evidence.hosts) or _any_in(suffixes, evidence.text)


def _any_in(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)
