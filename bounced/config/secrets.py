"""Where secrets are: in a file, an environment variable or a systemd credential, never in the configuration."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bounced.config.section import Section
from bounced.errors import EXIT_CONFIG, UserError

#: The suffixes of a secret's keys.
PLACES = ("file", "env", "credential")


#: The user that the unit runs the daemon as.
USER = "bounced"


@dataclass(frozen=True, slots=True)
class Fix:
    """The mode bits that a secret's file must not have, and a command that removes them."""

    bits: int
    command: str


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

    def is_elsewhere(self, environment: Mapping[str, str]) -> bool:
        """True for a systemd credential outside of the unit: only the unit has it."""
        return bool(self.credential) and not environment.get("CREDENTIALS_DIRECTORY")

    def read(self, environment: Mapping[str, str]) -> str:
        """The secret. Raises UserError if it is missing, or accessible to others."""
        if self.env:
            if text := environment.get(self.env):
                return text
            raise _problem(f"the environment variable {self.env} is not set")
        path = self._place(environment)
        text = _content(path, self._fix(path))
        value = text if self.whole else next(iter(text.splitlines()), "")
        if not value:
            raise _problem(f"{path}: contains no {self.name}")
        return value

    def _fix(self, path: Path) -> Fix:
        """What must not be in the file's mode, and the command that corrects it.

        A credential is systemd's, which uses an access control list: its group bits are those of the list's mask.
        """
        file = shlex.quote(str(path))
        if self.credential:
            return Fix(stat.S_IRWXO, f"chmod go= {file}")
        return Fix(stat.S_IRWXG | stat.S_IRWXO, f"chown {_keeper()} {file} && chmod 400 {file}")

    def _place(self, environment: Mapping[str, str]) -> Path:
        if not self.credential:
            return Path(self.file)
        if self.is_elsewhere(environment):
            raise _problem(
                "no systemd credentials here; as root, set CREDENTIALS_DIRECTORY to the folder of the credential "
                f"{self.credential} (/etc/bounced/credentials)"
            )
        return Path(environment["CREDENTIALS_DIRECTORY"], self.credential)


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


def _keeper() -> str:
    """Whom a secret belongs to, for chown: this process' user, unless that is root and there is the unit's user."""
    user = os.geteuid()
    with suppress(KeyError):
        return f"{pwd.getpwuid(user).pw_name if user else pwd.getpwnam(USER).pw_name}:"
    return str(user)


def _content(path: Path, fix: Fix) -> str:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & fix.bits:
                whom = "others" if mode & stat.S_IRWXO else "its group"
                raise _problem(f"{path}: is accessible to {whom} (mode {mode:04o}): {fix.command}")
            return file.read().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _problem(f"{path}: {getattr(error, 'strerror', 'is not UTF-8')}") from None


def _problem(text: str) -> UserError:
    return UserError(text, exit_code=EXIT_CONFIG)
