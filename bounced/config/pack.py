"""The file that [classify] pack names: the tables of phrases and codes, in place of the built-in ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from bounced.config.section import Section
from bounced.config.values import Reason, reason_or_none

if TYPE_CHECKING:
    from bounced.classify.tables import Tables

#: Octets of the file.
OCTETS_LIMIT = 4 * 1024 * 1024

#: Texts and codes of the whole file, and characters of a text: ten times what the built-in tables have.
ROWS_LIMIT = 30_000
TEXT_LIMIT = 200

#: Problems that are told of one file.
PROBLEMS_LIMIT = 20

#: Ranks of evidence, the most specific first (bounced.classify.phrases.phrase.Rank).
RankName = Literal["provider", "cause", "clause", "status", "hint", "address", "vague", "subject", "weak", "code"]
Named = Literal["recipient", "sender", "host", "message", "domain", "thing"]


def _day(value: object) -> object:
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise ValueError('must be a day, like "2026-11-28"')


def _plain(value: object) -> object:
    if not isinstance(value, str) or not value.isprintable() or len(value) > TEXT_LIMIT:
        raise ValueError(f"must be text of at most {TEXT_LIMIT} characters, without control characters")
    return value


Day = Annotated[str, BeforeValidator(_day)]
Word = Annotated[str, BeforeValidator(_plain)]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}$")]
ReplyCode = Annotated[str, StringConstraints(pattern=r"^[45][0-9]{2}$")]
Status = Annotated[str, StringConstraints(pattern=r"^[X45]\.[0-9]\.[0-9]{1,3}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[45]([0-9]{2}|\.[0-9]\.[0-9]{1,3})$")]
ExitStatus = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,2}$")]
ReasonOrNone = Annotated[str, BeforeValidator(reason_or_none)]


class PhrasesSection(Section):
    """[[phrases]]: texts that mean the same under the same conditions."""

    reason: ReasonOrNone = Field(description='what they mean; "": nothing, and what they contain is not looked for')
    rank: RankName = Field(default="cause", description="how specific they are: the most specific evidence decides")
    at: list[Domain] = Field(
        default=[], description="domains of the recipient or of an MTA in the report; one of them", max_length=50
    )
    codes: list[Code] = Field(default=[], description="reply codes or enhanced statuses; one of them", max_length=50)
    of: Named | Literal[""] = Field(default="", description="whom the sentence is about, by the nearest noun")
    retry: bool = Field(default=False, description="the words ask to try again: nothing else in the reply is final")
    texts: list[Word] = Field(
        description='beginnings of words in folded text; "$" at the end: the sentence ends there', min_length=1
    )


class StatusesSection(Section):
    """[[statuses]]: enhanced statuses that mean the same."""

    reason: ReasonOrNone = Field(description='what they mean; "": nothing')
    rank: RankName = Field(default="status", description="how specific they are")
    reply_code: ReplyCode | Literal[""] = Field(default="", description="only in a reply with this code")
    statuses: list[Status] = Field(description='like "5.1.1", or "X.1.1" for both classes', min_length=1)


class PackFile(Section):
    """The whole file."""

    format: Literal[1] = Field(description="version of this format")
    date: Day = Field(description="when the tables were made; one older than the built-in tables is not used")
    version: int = Field(description="tells those of one day apart: the later one has the higher number", ge=1, le=9999)
    phrases: list[PhrasesSection] = Field(description="words of replies, in order", min_length=1)
    nouns: dict[Named, list[Word]] = Field(description="nouns, by whom they name")
    statuses: list[StatusesSection] = Field(description="enhanced statuses", min_length=1)
    reply_codes: dict[Reason, list[ReplyCode]] = Field(description="reply codes, by what they mean")
    exit_statuses: dict[Reason, list[ExitStatus]] = Field(
        default={}, description="of delivery programs, by what they mean"
    )

    def _problems(self) -> Iterator[str]:
        from bounced.classify.pack import problems

        if (rows := self._rows()) > ROWS_LIMIT:
            yield f"has {rows:,} texts and codes, and must have at most {ROWS_LIMIT:,}"
            return
        for number, problem in enumerate(problems(self.model_dump())):
            if number == PROBLEMS_LIMIT:
                yield "and maybe more"
                return
            yield problem

    def _rows(self) -> int:
        groups = [group.texts for group in self.phrases], [group.statuses for group in self.statuses]
        mappings = (self.nouns, self.reply_codes, self.exit_statuses)
        lists = (*groups[0], *groups[1], *(rows for mapping in mappings for rows in mapping.values()))
        return sum(map(len, lists))

    def tables(self) -> Tables:
        """The tables that the file holds."""
        from bounced.classify.pack import tables_of  # with every phrase table, for which `check` would wait

        return tables_of(self.model_dump())


def written(tables: Tables) -> str:
    """``tables`` as the text of a pack."""
    from bounced.classify.pack import document

    pack = document(tables)
    heads = {name: value for name, value in pack.items() if not isinstance(value, (list, dict))}
    lists = {name: value for name, value in pack.items() if isinstance(value, list)}
    mappings = {name: value for name, value in pack.items() if isinstance(value, dict)}
    parts = [
        "# Tables of bounced, for [classify] pack: docs/packs.md\n" + _keys(heads),
        *(f"[[{name}]]\n{_keys(group)}" for name, groups in lists.items() for group in groups),
        *(f"[{name}]\n{_keys(mapping)}" for name, mapping in mappings.items()),
    ]
    return "\n".join(parts)


def _keys(table: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items() if value or key == "reason")


def _value(value: object) -> str:
    """A value as TOML, which writes these as JSON does; a text a line, so that versions can be compared."""
    if not isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    lines = "".join(f"    {json.dumps(text, ensure_ascii=False)},\n" for text in value)
    return f"[\n{lines}]"
