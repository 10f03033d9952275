"""Why a delivery failed or was delayed, from the status and the words of its report together.

0. An admin's own rules come before everything (bounced.classify.rules).
1. The most specific evidence decides (bounced.classify.phrases.phrase.Rank): a phrase that names a cause before a
   precise status, that before words and numbers that come with anything ("try again later", 5.7.1, 550).
2. Hard is what is said of the mailbox, for good: not of us, and never with class 4 (RFC 3463) but in a provider's own
   words. An address status (5.1.1) alone is hard only where no word says anything else.
3. REASONS gives every reason its class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from bounced.classify.evidence import Evidence, gather, words
from bounced.classify.phrases.phrase import Rank
from bounced.classify.replies import fold
from bounced.classify.rules import Rule
from bounced.classify.statuses import Codes
from bounced.classify.tables import BUILT_IN, Candidate, Tables
from bounced.model import Class, Report, Verdict
from bounced.reasons import REASONS

#: What is left of a reason that would be hard, where the server says that it is not final.
_NOT_FINAL: Mapping[str, str] = {"domain_unknown": "unreachable", "not_accepting": "remote_error"}

#: What a rule of the admin's own begins with in a verdict.
OWN_RULE = "own rule: "

_OVERRULED_LIMIT = 5
_ALL_CLASSES: tuple[Class, ...] = get_args(Class)


def classify(
    report: Report, rules: Sequence[Rule] = (), ours: frozenset[str] = frozenset(), tables: Tables = BUILT_IN
) -> Verdict:
    """Why ``report``, of a failure or delay, failed: a reason of REASONS with its class, and the rule that chose it.

    Reads the status (RFC 3463), the words and reply codes (RFC 5321 4.2) of ``diagnostic_code``, and the hosts.
    ``rules`` come before the built-in ones. ``ours`` are addresses and domains of the sender, in lower case: what is
    said of one of them is not said of the recipient. ``tables`` are what is known of words and numbers. Never raises; a
    report that says nothing is ``unknown``.
    """
    evidence = gather(report, ours, tables.codes)
    if own := _own(evidence, rules):
        return _verdict(report, own, evidence, "")
    weighed = sorted(_candidates(report, evidence, tables), key=lambda candidate: candidate.rank)
    chosen = next(filter(None, (_tempered(candidate, evidence) for candidate in weighed)))
    return _verdict(report, chosen, evidence, _overruled(chosen, weighed))


def _verdict(report: Report, chosen: Candidate, evidence: Evidence, overruled: str) -> Verdict:
    own_names = " ".join(sorted(evidence.own_names))
    return Verdict(
        chosen.reason,
        REASONS[chosen.reason][0],
        evidence.status,
        evidence.reply_code,
        chosen.rule,
        overruled,
        words(report, own_names),
        report.status,
        own_names,
    )


def _own(evidence: Evidence, rules: Sequence[Rule]) -> Candidate | None:
    folded = fold(evidence.text) if rules else ""  # the sender's names as they are: a rule may be about them
    return next(
        (
            Candidate(Rank.PROVIDER, own.reason, f"{OWN_RULE}{own.name}")
            for own in rules
            if own.holds(evidence.hosts, evidence.status, evidence.reply_code, folded)
        ),
        None,
    )


def _candidates(report: Report, evidence: Evidence, tables: Tables) -> Iterator[Candidate]:
    codes, meant = tables.codes, evidence.meaning
    classes = _classes_of_words(report, codes)
    by_words = [candidate for candidate in tables.candidates(evidence) if REASONS[candidate.reason][0] in classes]
    yield from by_words
    is_final = meant.rank != Rank.ADDRESS or not any(candidate.retry for candidate in by_words)
    if meant.rank == Rank.ADDRESS and evidence.quotes_host:
        yield Candidate(Rank.HINT, "reputation", "text: an IP address")
    if meant.reason:
        yield Candidate(meant.rank if is_final else Rank.NOTHING, meant.reason, f"status: {evidence.status}")
    if reason := codes.exit_statuses.get(evidence.folded):
        yield Candidate(Rank.VAGUE, reason, f"exit status: {evidence.folded}")
    if reason := codes.reply_codes.get(evidence.reply_code):
        yield Candidate(Rank.CODE, reason, f"reply code: {evidence.reply_code}")
    yield Candidate(Rank.NOTHING, "unknown", "none")


def _classes_of_words(report: Report, codes: Codes) -> tuple[Class, ...]:
    """What the words may say: those from elsewhere may refine the status of the report, not overrule it."""
    if not report.elsewhere:
        return _ALL_CLASSES
    stated = codes.meaning(report.status)
    return _ALL_CLASSES if stated.vague or not stated.reason else (REASONS[stated.reason][0],)


def _tempered(candidate: Candidate, evidence: Evidence) -> Candidate | None:
    """The candidate as it may stand: ``None`` where it is about somebody else, softer where nothing is final."""
    if REASONS[candidate.reason][0] != "hard" or candidate.rank == Rank.PROVIDER:
        return candidate
    if evidence.status[1:3] in (".7", ".1") and evidence.meaning.about_us:
        return None
    if not evidence.transient:
        return candidate
    if candidate.rank >= Rank.STATUS:
        return None
    return candidate._replace(reason=_NOT_FINAL.get(candidate.reason, "refused"), rule=f"{candidate.rule} (not final)")


def _overruled(chosen: Candidate, weighed: Sequence[Candidate]) -> str:
    """The evidence for another reason, most specific first: "status: 5.1.1 (user_unknown), …"."""
    others = (other for other in weighed if other.reason not in (chosen.reason, "unknown") and other.rank < Rank.CODE)
    return ", ".join(list(dict.fromkeys(f"{rule} ({reason})" for _, reason, rule, _ in others))[:_OVERRULED_LIMIT])
