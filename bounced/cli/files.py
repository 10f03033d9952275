"""The files that `bounced setup` writes: each complete or not at all, and readable by whom it is for.

1. The password belongs to the daemon alone. The configuration, which contains no secret, belongs to root, and to the
   group of the readers of the database, who run `bounced check` (systemd/README.md, Permissions).
2. What was there is kept as FILE.old.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bounced.config import load
from bounced.config.secrets import USER
from bounced.errors import UserError
from bounced.peer import printable

CONFIG_MODE = 0o640
PASSWORD_MODE = 0o400
FOLDER_MODE = 0o751

#: Of the mail server in bounced.toml.sample.
SAMPLE_DOMAIN = ".example.org"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a set-up are."""

    config: Path
    database: Path

    @property
    def password(self) -> Path:
        """The file of the password, beside the configuration."""
        return self.config.absolute().with_name("bounces.password")

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are written."""
        return self.config, self.password


def refuse_unwritable(place: Place) -> None:
    """Raises UserError, before anything is asked, if the files could not be written, or the daemon not be started."""
    problems = []
    if not place.database.absolute().parent.is_dir():
        problems.append(f"{place.database.absolute().parent}: no such directory; create it, or choose --database")
    folder = next(folder for folder in place.config.absolute().parents if folder.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        problems.append(f"{folder}: this user may not write there: run it as root, or choose --config")
    if problems:
        raise UserError(*problems)


def refuse_to_replace(files: Sequence[Path], *, overwrite: bool) -> None:
    """Raises UserError if any of ``files`` exists and may not be replaced; the sample may, and no device."""
    if others := [file for file in files if file.exists() and not file.is_file()]:
        raise UserError(*(f"{file}: is no file that can be replaced" for file in others))
    if existing := [file for file in files if file.exists() and not overwrite and not _is_sample(file)]:
        raise UserError(*(f"{file}: exists already; --overwrite replaces it and keeps FILE.old" for file in existing))


def _is_sample(file: Path) -> bool:
    """True for a configuration as it was installed: its servers are those of the documentation (RFC 2606)."""
    with suppress(UserError):
        hosts = [section.host for section in load(file).mailbox.values()]
        return bool(hosts) and all(host.endswith(SAMPLE_DOMAIN) for host in hosts)
    return False


def written(place: Place, config: str, password: str, *, overwrite: bool) -> None:
    """Writes both files; the configuration, which names the other one, last. Raises UserError."""
    refuse_to_replace(place.files, overwrite=overwrite)
    daemon = _daemon(place.database)
    owner, group = (daemon.pw_uid, daemon.pw_gid) if daemon else (-1, -1)
    readers = _readers(place.database, daemon) if daemon else -1
    try:
        _make_folder(place.config.absolute().parent, group)
        _write(place.password, f"{password}\n", PASSWORD_MODE, owner, group)
        _write(place.config, config, CONFIG_MODE, -1, readers)
    except OSError as error:
        raise UserError(f"{printable(str(error.filename or place.config))}: {error.strerror}") from None


def _daemon(database: Path) -> pwd.struct_passwd | None:
    """The user that the daemon runs as: the owner of the database's directory; ``None`` unless root asks."""
    if os.geteuid():
        return None
    with suppress(OSError, KeyError):
        return pwd.getpwuid(database.absolute().parent.stat().st_uid)
    with suppress(KeyError):
        return pwd.getpwnam(USER)
    return None


def _readers(database: Path, daemon: pwd.struct_passwd) -> int:
    """The group of the database's readers, if the daemon is a member; else its own."""
    with suppress(OSError):
        group = database.absolute().parent.stat().st_gid
        if group in os.getgrouplist(daemon.pw_name, daemon.pw_gid):
            return group
    return daemon.pw_gid


def _make_folder(folder: Path, group: int) -> None:
    if not folder.exists():
        folder.mkdir(mode=FOLDER_MODE, parents=True)
        os.chown(folder, -1, group)


def _write(path: Path, text: str, mode: int, owner: int, group: int) -> None:
    """Replaces ``path``; the file that was there gets another name first, so that it is never lost."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchown(handle, owner, group)
        os.fchmod(handle, mode)
        file.flush()
        os.fsync(handle)
    if path.exists():
        old = path.with_name(f"{path.name}.old")
        old.unlink(missing_ok=True)
        os.link(path, old)
    partial.replace(path)
