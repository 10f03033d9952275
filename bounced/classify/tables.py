"""The tables of phrases and codes, and what they find in a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from bounced.classify.evidence import Evidence
from bounced.classify.phrases import NOUNS, PHRASES, Phrase
from bounced.classify.phrases.find import PhraseFinder
from bounced.classify.phrases.phrase import Rank, Subject
from bounced.classify.statuses import BUILT_IN_CODES, Codes
from bounced.classify.subject import Noun, literals, owner_of, subject_of
from bounced.reasons import REASONS

#: Matches in one text that are weighed; a reply has few, and a text of nothing else has thousands.
_MATCHES_LIMIT = 150

#: Matches of one row that are weighed: what a reply says again and again it says no less the third time.
_ROW_MATCHES_LIMIT = 3

#: What words against a mailbox or a domain mean where that is ours.
_OURS: Mapping[Subject, str] = {"sender": "sender_rejected", "host": "authentication"}

#: Subjects that are no mailbox: "no such command", "file not found".
_NOBODY: frozenset[Subject] = frozenset(("host", "message", "thing"))


#: The number of a row, and where its words start and end in the text.
Match = tuple[int, int, int]


class Candidate(NamedTuple):
    """A reason that evidence gives, how specific the evidence is, and its name for people."""

    rank: Rank
    reason: str
    rule: str
    retry: bool = False  # the words ask to try again: whatever else they say is not final


@dataclass(frozen=True)
class Tables:
    """What is known of words and numbers, of one date: the phrases in order, the nouns, the codes."""

    date: str  # ISO 8601
    version: int  # of those of one date the later one has the higher number
    phrases: tuple[Phrase, ...]
    nouns: Mapping[Subject, tuple[str, ...]]
    codes: Codes

    @property
    def made(self) -> tuple[str, int]:
        """The date and version: what is later is newer."""
        return self.date, self.version

    @property
    def name(self) -> str:
        """The date and version, for people."""
        return f"{self.date}, version {self.version}"

    def build(self) -> None:
        """Builds what is otherwise built when the first report is classified."""
        self._finder, self._with_subject, self._subjects  # noqa: B018  kept once they are asked for

    @cached_property
    def _finder(self) -> PhraseFinder:
        """Built when it is first needed: commands that classify nothing start without it."""
        nouns = (noun for texts in self.nouns.values() for noun in texts)
        return PhraseFinder([*(row.text for row in self.phrases), *nouns])

    @cached_property
    def _with_subject(self) -> frozenset[int]:
        """The numbers of the rows that say something of their subject."""
        return self._accusing.union(number for number, row in enumerate(self.phrases) if row.of)

    @cached_property
    def _accusing(self) -> frozenset[int]:
        """The numbers of the rows that must not be about somebody else."""
        return frozenset(number for number, row in enumerate(self.phrases) if _may_accuse(row))

    @cached_property
    def _subjects(self) -> tuple[Subject, ...]:
        return tuple(subject for subject, texts in self.nouns.items() for _ in texts)

    def candidates(self, evidence: Evidence) -> Iterator[Candidate]:
        """What the words of ``evidence`` say."""
        matches, nouns = self._found(evidence.folded)
        spans = {(start, end) for number, start, end in matches if number in self._with_subject}
        if spans:
            nouns = sorted([*nouns, *literals(evidence.folded)], key=attrgetter("end"))
        subjects = {(start, end): subject_of(evidence.folded, start, end, nouns) for start, end in spans}
        applying = [match for match in matches if self._applies(match, evidence, subjects)]
        for match in sorted(self._longest(applying)):
            row = self.phrases[match[0]]
            if row.reason:
                reason = self._reason(match, evidence, nouns)
                rule = row.rule if reason == row.reason else f"{row.rule}, of the sender"
                yield Candidate(row.rank, reason, rule, row.retry)

    def _found(self, folded: str) -> tuple[list[Match], list[Noun]]:
        matches: list[Match] = []
        nouns: list[Noun] = []
        rows = len(self.phrases)
        times: dict[int, int] = {}
        for match in self._finder.find(folded):
            number, start, end = match
            if number >= rows:
                nouns.append(Noun(start, end, self._subjects[number - rows]))
            elif times.setdefault(number, 0) < _ROW_MATCHES_LIMIT:
                times[number] += 1
                matches.append(match)
            if len(matches) + len(nouns) >= _MATCHES_LIMIT:
                break
        return matches, nouns

    def _applies(self, match: Match, evidence: Evidence, subjects: Mapping[tuple[int, int], Subject]) -> bool:
        number, start, end = match
        row = self.phrases[number]
        return (
            (not row.codes or not evidence.codes.isdisjoint(row.codes))
            and (not row.at or evidence.at(row.at))
            and (not row.ends or _ends(evidence.folded, end))
            and (not row.of or subjects[start, end] == row.of)
            and (number not in self._accusing or subjects[start, end] not in _NOBODY)
        )

    def _longest(self, matches: Sequence[Match]) -> Iterator[Match]:
        """Without those within a longer one that is as specific: "no virus found" holds no virus."""
        kept: list[Match] = []
        for match in sorted(matches, key=_length, reverse=True):
            rank = self.phrases[match[0]].rank
            if not any(_within(match, longer) and self.phrases[longer[0]].rank <= rank for longer in kept):
                kept.append(match)
                yield match

    def _reason(self, match: Match, evidence: Evidence, nouns: Sequence[Noun]) -> str:
        """The reason of the row, unless the mailbox or domain in the sentence is the sender's."""
        number, start, end = match
        row = self.phrases[number]
        accuses = not row.of and REASONS[row.reason][0] == "hard"
        return _OURS.get(owner_of(evidence.folded, start, end, nouns), row.reason) if accuses else row.reason


def _may_accuse(row: Phrase) -> bool:
    """True for words without a sentence around them ("no such", "inconnu") that would be held against a mailbox."""
    return row.rank >= Rank.HINT and bool(row.reason) and REASONS[row.reason][0] == "hard"


def _length(match: Match) -> int:
    _, start, end = match
    return end - start


def _within(match: Match, longer: Match) -> bool:
    _, start, end = match
    _, longer_start, longer_end = longer
    return longer_start <= start and end <= longer_end and end - start < longer_end - longer_start


def _ends(text: str, end: int) -> bool:
    """True when the sentence ends at ``end``."""
    return text[end : end + 1] in ("", ".", ";", ",", "!") or text.startswith(" (in reply", end)


#: Raise one of the first two with every change of what is in the tables.
BUILT_IN = Tables("2026-11-29", 9, PHRASES, NOUNS, BUILT_IN_CODES)
