"""[classify], and the file of rules that it names; the pack is in bounced.config.pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from bounced.config.section import Section
from bounced.config.values import Reason, Text

if TYPE_CHECKING:
    from bounced.classify.rules import Rule


class ClassifySection(Section):
    """[classify]"""

    rules: Text = Field(default="", description="file with your own rules (docs/rules.md), tried before all others")
    pack: Text = Field(default="", description="file with newer tables of phrases and codes (docs/packs.md)")


class RuleSection(Section):
    """[[rule]] in the file that [classify] names."""

    reason: Reason = Field(description="what it means", examples=["mailbox_full"])
    provider: Text = Field(
        default="", description="domain of the recipient or of an MTA in the report, subdomains included"
    )
    status: Text = Field(default="", description="enhanced status", pattern=r"^([245]\.[0-9.]{0,7}\*?)?$")
    reply_code: Text = Field(default="", description="SMTP reply code", pattern=r"^([245]([0-9]{2}|[0-9]?\*))?$")
    text: Text = Field(default="", description="words of the diagnostic text; * matches anything", max_length=500)

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not (self.provider or self.status or self.reply_code or self.text.strip(" *")):
            raise ValueError("has no condition: add provider, status, reply_code or text")
        return self


class RulesFile(Section):
    """The file with the admin's own rules."""

    rule: list[RuleSection] = Field(default=[], max_length=1000)

    def rules(self, path: str) -> tuple[Rule, ...]:
        """The rules in order, for bounced.classify; each is named after its place in ``path``."""
        from bounced.classify.rules import Rule  # with every phrase table, for which `check` would wait

        return tuple(Rule(**rule.model_dump(), name=f"{path} #{number}") for number, rule in enumerate(self.rule, 1))
