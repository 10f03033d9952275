"""Tables as plain values, the content of a pack (docs/packs.md), and back; and what tables must not hold. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from bounced.classify.phrases.phrase import Phrase, Rank
from bounced.classify.replies import fold
from bounced.classify.statuses import Codes, Meaning
from bounced.classify.tables import BUILT_IN, Tables

#: The version of the format that is written, and the only one that is read.
FORMAT = 1

#: What a group of phrases says of each of its texts.
CONDITIONS = ("reason", "at", "codes", "rank", "of", "retry")

#: At the end of a text: the sentence ends there.
ENDS = "$"


def document(tables: Tables) -> dict[str, Any]:
    """``tables`` as the keys and values of a pack; ``tables_of`` makes the same tables of them."""
    codes = tables.codes
    return {
        "format": FORMAT,
        "date": tables.date,
        "version": tables.version,
        "phrases": list(_phrase_groups(tables.phrases)),
        "nouns": {subject: list(texts) for subject, texts in tables.nouns.items()},
        "statuses": list(_status_groups(codes)),
        "reply_codes": _by_reason(codes.reply_codes),
        "exit_statuses": _by_reason(codes.exit_statuses),
    }


def digest(tables: Tables) -> str:
    """A digest of all that ``tables`` say; the date and version, which are for people, do not change it."""
    said = {name: value for name, value in document(tables).items() if name not in ("date", "version")}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def tables_of(pack: Mapping[str, Any]) -> Tables:
    """The tables that the keys and values of a valid pack are."""
    return Tables(
        pack["date"],
        pack["version"],
        tuple(phrase for group in pack["phrases"] for phrase in _phrases(group)),
        {subject: tuple(texts) for subject, texts in pack["nouns"].items()},
        _codes(pack),
    )


def packed(tables: Tables) -> str:
    """``tables`` as text for another process, ``""`` for the built-in ones, which it has."""
    return "" if tables is BUILT_IN else json.dumps(document(tables))


@lru_cache(maxsize=1)
def unpacked(text: str) -> Tables:
    """The tables that ``packed`` made ``text`` of, with all that is built of them; those of the last call are kept."""
    tables = tables_of(json.loads(text)) if text else BUILT_IN
    tables.build()
    return tables


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of a pack: its place, what it is about, and what it says."""

    place: str
    key: tuple[object, ...]
    reason: str


def problems(pack: Mapping[str, Any]) -> Iterator[str]:
    """The texts that no reply can hold, and the rows that repeat or contradict an earlier one, each with its place."""
    for place, text in _texts(pack):
        if (folded := fold(text.removesuffix(ENDS))) != text.removesuffix(ENDS) or not folded:
            yield f'{place}: no reply holds "{text}" once it is folded; write "{folded}"'
    for rows in (_phrase_rows(pack), _noun_rows(pack), _status_rows(pack), _code_rows(pack)):
        yield from _repeated(rows)


def _repeated(rows: Iterable[Row]) -> Iterator[str]:
    first: dict[tuple[object, ...], Row] = {}
    for row in rows:
        earlier = first.setdefault(row.key, row)
        if earlier is not row:
            verb = "repeats" if earlier.reason == row.reason else "contradicts"
            yield f'{row.place}: {verb} {earlier.place} ("{row.key[0]}" is {earlier.reason or "nothing"} there)'


def _phrase_groups(phrases: Sequence[Phrase]) -> Iterator[dict[str, Any]]:
    """Phrases that follow each other and differ only in their text are a group."""
    for conditions, group in groupby(phrases, _conditions):
        texts = [f"{phrase.text}{ENDS if phrase.ends else ''}" for phrase in group]
        yield {**dict(zip(CONDITIONS, conditions, strict=True)), "texts": texts}


def _conditions(phrase: Phrase) -> tuple[Any, ...]:
    rank = phrase.rank.name.lower()
    return phrase.reason, list(phrase.at), list(phrase.codes), rank, phrase.of, phrase.retry


def _phrases(group: Mapping[str, Any]) -> Iterator[Phrase]:
    for text in group["texts"]:
        yield Phrase(
            group["reason"],
            text.removesuffix(ENDS),
            tuple(group["at"]),
            tuple(group["codes"]),
            Rank[group["rank"].upper()],
            group["of"],
            ends=text.endswith(ENDS),
            retry=group["retry"],
        )


def _status_groups(codes: Codes) -> Iterator[dict[str, Any]]:
    """Statuses by their meaning, in the order of the first of each; with a reply code after those without."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for status, meaning in codes.statuses.items():
        groups.setdefault((meaning.reason, meaning.rank.name.lower(), ""), []).append(status)
    for (reply_code, status), meaning in codes.together.items():
        groups.setdefault((meaning.reason, meaning.rank.name.lower(), reply_code), []).append(status)
    for (reason, rank, reply_code), statuses in groups.items():
        yield {"reason": reason, "rank": rank, "reply_code": reply_code, "statuses": statuses}


def _by_reason(reasons: Mapping[str, str]) -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for code, reason in reasons.items():
        codes.setdefault(reason, []).append(code)
    return codes


def _codes(pack: Mapping[str, Any]) -> Codes:
    statuses: dict[str, Meaning] = {}
    together: dict[tuple[str, str], Meaning] = {}
    for group in pack["statuses"]:
        meaning = Meaning(group["reason"], Rank[group["rank"].upper()])
        for status in group["statuses"]:
            if group["reply_code"]:
                together[group["reply_code"], status] = meaning
            else:
                statuses[status] = meaning
    return Codes(statuses, together, _by_code(pack["reply_codes"]), _by_code(pack["exit_statuses"]))


def _by_code(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {code: reason for reason, listed in codes.items() for code in listed}


def _texts(pack: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of phrases and nouns, with its place."""
    for number, group in enumerate(pack["phrases"]):
        yield from ((f"phrases.{number}.texts.{place}", text) for place, text in enumerate(group["texts"]))
    for subject, texts in pack["nouns"].items():
        yield from ((f"nouns.{subject}.{place}", text) for place, text in enumerate(texts))


def _phrase_rows(pack: Mapping[str, Any]) -> Iterator[Row]:
    for number, group in enumerate(pack["phrases"]):
        conditions = (frozenset(group["at"]), frozenset(group["codes"]), group["of"])
        for place, text in enumerate(group["texts"]):
            yield Row(f"phrases.{number}.texts.{place}", (text, *conditions), group["reason"])


def _noun_rows(pack: Mapping[str, Any]) -> Iterator[Row]:
    for subject, texts in pack["nouns"].items():
        yield from (Row(f"nouns.{subject}.{place}", (text,), subject) for place, text in enumerate(texts))


def _status_rows(pack: Mapping[str, Any]) -> Iterator[Row]:
    for number, group in enumerate(pack["statuses"]):
        for place, status in enumerate(group["statuses"]):
            yield Row(f"statuses.{number}.statuses.{place}", (status, group["reply_code"]), group["reason"])


def _code_rows(pack: Mapping[str, Any]) -> Iterator[Row]:
    for name in ("reply_codes", "exit_statuses"):
        for reason, codes in pack[name].items():
            yield from (Row(f"{name}.{reason}.{place}", (code, name), reason) for place, code in enumerate(codes))
