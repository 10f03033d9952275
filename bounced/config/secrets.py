"""Where secrets are: never in the configuration, but in a file, an environment variable or a systemd credential."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bounced.config.section import Section
from bounced.errors import EXIT_CONFIG, UserError

#: What a secret's keys end in.
PLACES = ("file", "env", "credential")


@dataclass(frozen=True, slots=True)
class Secret:
    """Where one is; at most one of the places says something."""

    what: str  # "password"
    file: str = ""
    env: str = ""
    credential: str = ""
    whole: bool = False  # all of the text, and not its first line, is the secret

    def __bool__(self) -> bool:
        return bool(self.file or self.env or self.credential)

    def read(self, environment: Mapping[str, str]) -> str:
        """The secret. Raises UserError when it is not there, or when everybody may read it."""
        if self.env:
            if found := environment.get(self.env):
                return found
            raise _problem(f"the environment variable {self.env} is not set")
        path = self._place(environment)
        text = _content(path)
        found = text if self.whole else next(iter(text.splitlines()), "")
        if not found:
            raise _problem(f"{path}: holds no {self.what}")
        return found

    def _place(self, environment: Mapping[str, str]) -> Path:
        if not self.credential:
            return Path(self.file)
        folder = environment.get("CREDENTIALS_DIRECTORY", "")
        if not folder:
            raise _problem("no systemd credentials here (LoadCredential= in the unit)")
        return Path(folder, self.credential)


def secret(section: Section, what: str, whole: bool = False) -> Secret:
    """The one that the keys WHAT_file, WHAT_env and WHAT_credential of ``section`` speak of."""
    file, env, credential = (getattr(section, key) for key in keys(what))
    return Secret(what.replace("_", " "), file, env, credential, whole)


def keys(what: str) -> tuple[str, ...]:
    """Its keys."""
    return tuple(f"{what}_{place}" for place in PLACES)


def named(section: Section, what: str) -> list[str]:
    """Those of its keys that say something."""
    return [key for key in keys(what) if getattr(section, key)]


def without_secrets(environment: Mapping[str, str], section: Section) -> dict[str, str]:
    """``environment`` without the variables that hold secrets of ``section`` or of the tables in it."""
    secret = set(_variables(section.model_dump()))
    return {name: value for name, value in environment.items() if name not in secret}


def _variables(found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _variables(value)
        elif key.endswith("_env"):
            yield value


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & stat.S_IRWXO:
                raise _problem(f"{path}: everybody may read it (mode {mode:04o}): chmod o= {path}")
            return file.read().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _problem(f"{path}: {getattr(error, 'strerror', 'is not UTF-8')}") from None


def _problem(text: str) -> UserError:
    return UserError(text, exit_code=EXIT_CONFIG)
