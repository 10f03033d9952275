"""Where secrets are: in a file, an environment variable or a systemd credential, never in the configuration."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bounced.config.section import Section
from bounced.errors import EXIT_CONFIG, UserError

#: The suffixes of a secret's keys.
PLACES = ("file", "env", "credential")


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is; at most one of the three places is set."""

    name: str  # "password"
    file: str = ""
    env: str = ""
    credential: str = ""
    whole: bool = False  # the secret is the whole text, not its first line

    def __bool__(self) -> bool:
        return bool(self.file or self.env or self.credential)

    def read(self, environment: Mapping[str, str]) -> str:
        """The secret. Raises UserError if it is missing, or accessible to others."""
        if self.env:
            if text := environment.get(self.env):
                return text
            raise _problem(f"the environment variable {self.env} is not set")
        path = self._place(environment)
        text = _content(path)
        value = text if self.whole else next(iter(text.splitlines()), "")
        if not value:
            raise _problem(f"{path}: contains no {self.name}")
        return value

    def _place(self, environment: Mapping[str, str]) -> Path:
        if not self.credential:
            return Path(self.file)
        folder = environment.get("CREDENTIALS_DIRECTORY", "")
        if not folder:
            raise _problem("no systemd credentials here (LoadCredential= in the unit)")
        return Path(folder, self.credential)


def secret(section: Section, name: str, whole: bool = False) -> Secret:
    """The secret of the keys NAME_file, NAME_env and NAME_credential in ``section``."""
    file, env, credential = (getattr(section, key) for key in keys(name))
    return Secret(name.replace("_", " "), file, env, credential, whole)


def keys(name: str) -> tuple[str, ...]:
    """The keys of a secret."""
    return tuple(f"{name}_{place}" for place in PLACES)


def keys_set(section: Section, name: str) -> list[str]:
    """The keys of a secret that are set in ``section``."""
    return [key for key in keys(name) if getattr(section, key)]


def without_secrets(environment: Mapping[str, str], section: Section) -> dict[str, str]:
    """``environment`` without the variables that contain secrets of ``section`` or of the tables in it."""
    secrets = set(_variables(section.model_dump()))
    return {name: value for name, value in environment.items() if name not in secrets}


def _variables(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _variables(value)
        elif key.endswith("_env"):
            yield value


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & stat.S_IRWXO:
                raise _problem(f"{path}: is accessible to others (mode {mode:04o}): chmod o= {path}")
            return file.read().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _problem(f"{path}: {getattr(error, 'strerror', 'is not UTF-8')}") from None


def _problem(text: str) -> UserError:
    return UserError(text, exit_code=EXIT_CONFIG)
