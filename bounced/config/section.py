"""The base of the file's tables: unknown keys are errors, and keys are accepted by the names that they had before."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, ModelWrapValidatorHandler, PrivateAttr, model_validator


class Section(BaseModel):
    """A table of the file: no unknown keys, and no values in messages (they might be secrets).

    A field whose validation_alias is ``renamed(name, old)`` accepts the old key too, but not both.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    _old_keys: tuple[str, ...] = PrivateAttr(default=())

    @classmethod
    @cache
    def old_names(cls) -> dict[str, str]:
        """The old keys of this table, each with its new name."""
        aliases = {name: field.validation_alias for name, field in cls.model_fields.items()}
        return {
            str(old): name
            for name, alias in aliases.items()
            if isinstance(alias, AliasChoices)
            for old in alias.choices[1:]
        }

    def old_keys(self, table: str = "") -> Iterator[tuple[str, str]]:
        """The old keys that the file uses in ``table`` and in the tables inside it, each with its new name."""
        for old in self._old_keys:
            yield f"{table}{old}", self.old_names()[old]
        for name, section in self._tables():
            yield from section.old_keys(f"{table}{name}.")

    def _tables(self) -> Iterator[tuple[str, Section]]:
        for name, value in self:
            inside = (
                {f"{name}.{key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
            )
            yield from ((path, section) for path, section in inside.items() if isinstance(section, Section))

    @model_validator(mode="wrap")
    @classmethod
    def _remember_old_keys(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        section = handler(data)
        if isinstance(data, dict):
            section._old_keys = tuple(old for old in cls.old_names() if old in data)
        return section

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if problems := list(self._problems()):
            raise ValueError("\n".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        """The conflicts between keys of the table, one per line."""
        return iter(())


def renamed(name: str, old: str) -> AliasChoices:
    """Has the field ``name`` accept the key ``old`` too, which is what it was called before."""
    return AliasChoices(name, old)
