"""Writes a configuration file; the standard library only reads TOML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping

from pydantic import ValidationError

from bounced.config.file import problems
from bounced.config.model import Config
from bounced.errors import EXIT_CONFIG, UserError


def document(tables: Mapping[str, Mapping[str, object]]) -> str:
    """The tables with their keys: texts, numbers, booleans and lists of them, which TOML writes as JSON does."""
    return "\n".join(
        f"[{head}]\n" + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())
        for head, table in tables.items()
    )


def loaded(text: str) -> Config:
    """The configuration that ``text`` is. Raises UserError with every problem."""
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:  # a control character
        raise UserError(f"is not TOML: {error}", exit_code=EXIT_CONFIG) from None
    except ValidationError as error:
        raise UserError(*problems(error), exit_code=EXIT_CONFIG) from None
