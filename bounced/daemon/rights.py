"""Which files of a configuration the daemon's user can't use, and which its readers can: what root does not notice."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bounced.config import Config

#: Prints those of its arguments that it can't read, each with a NUL behind it.
UNREADABLE = 'for file; do test -r "$file" || printf "%s\\0" "$file"; done'

#: The keys that name a file, besides those that end in `_file`.
NAMED_FILES = ("rules", "pack", "token_keys")

#: The keys whose files are no secrets.
PUBLIC_FILES = ("rules", "pack", "ca_file")

#: What SQLite keeps beside a database.
BESIDE = ("", "-wal", "-shm")


def problems(path: Path, config: Config) -> Iterator[str]:
    """What the daemon will not be allowed, if root asks; the owner of the database's directory is its user."""
    folder = _folder(config)
    user = _owner(folder)
    if os.geteuid() or not user or not user.pw_uid:
        return
    files = {str(path.absolute()): False, **dict(_files(config.model_dump()))}
    for file in _unreadable(files, user):
        yield f"{file}: the daemon's user, {user.pw_name}, can't read it: {_fix(file, user, secret=files[file])}"
    for log in _unreadable((log.path for log in config.logs.values() if not log.is_journal), user):
        yield f"{log}: the daemon's user, {user.pw_name}, can't read it: {_join(Path(log), user)}"
    for name in BESIDE:
        file = f"{Path(config.database.path).absolute()}{name}"
        if _owner(Path(file)) not in (None, user):
            yield f"{file}: the daemon's user, {user.pw_name}, can't write to it: " + shlex.join(
                ["chown", f"--reference={folder}", file]
            )


def daemon_user(config: Config) -> str:
    """The user that the daemon runs as, ``""`` if that is root, or there is no directory for the database yet."""
    user = _owner(_folder(config))
    return user.pw_name if user and user.pw_uid else ""


def notes(config: Config) -> Iterator[str]:
    """What lets a reader of the database do more than read it, and who should ask."""
    folder = _folder(config)
    if not folder.is_dir():
        return
    if os.geteuid() not in (0, folder.stat().st_uid):
        daemon = daemon_user(config) or "root"
        yield f"database.path: the daemon runs as {daemon}: run this as root to check what it can read"
    if folder.stat().st_mode & stat.S_IWGRP:
        yield f"database.path: {folder} is group-writable, so a reader can lock the daemon out: chmod g-w {folder}"
    user = _owner(folder)
    if user and user.pw_gid == folder.stat().st_gid and (readers := _members(user.pw_gid) - {user.pw_name}):
        yield (
            f"database.path: {', '.join(sorted(readers))} can read what the daemon's own group can; give {folder} to a "
            "group of its readers (systemd/README.md, Upgrading)"
        )


def _folder(config: Config) -> Path:
    return Path(config.database.path).absolute().parent


def _owner(path: Path) -> pwd.struct_passwd | None:
    """The user that a file belongs to, ``None`` if there is no such file or user."""
    with suppress(OSError, KeyError):
        return pwd.getpwuid(path.stat().st_uid)
    return None


def _members(group: int) -> set[str]:
    with suppress(KeyError):
        return set(grp.getgrgid(group).gr_mem)
    return set()


def _files(table: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Every file that a key names, and whether it is a secret."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _files(value)
        elif value and (key.endswith("_file") or key in NAMED_FILES):
            yield str(Path(value).absolute()), key not in PUBLIC_FILES


def _unreadable(files: Iterable[str], user: pwd.struct_passwd) -> list[str]:
    """Those of ``files`` that are there and that ``user`` can't read."""
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    asked = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", UNREADABLE, "sh", *(file for file in files if Path(file).exists())],
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=groups,
        cwd="/",
        capture_output=True,
        check=False,
    )
    return [os.fsdecode(name) for name in asked.stdout.split(b"\0") if name]


def _join(log: Path, user: pwd.struct_passwd) -> str:
    """The command that lets the daemon's user read a log, after each rotation: as a member of the group that may."""
    status = log.stat()
    if not status.st_gid or not status.st_mode & stat.S_IRGRP:
        return "no group can, see `create` in logrotate(8)"
    return f"usermod --append --groups {status.st_gid} {user.pw_name}"


def _fix(file: str, user: pwd.struct_passwd, *, secret: bool) -> str:
    """The command that lets the daemon's user read ``file``, and of a secret nobody else."""
    quoted = shlex.quote(file)
    if secret:
        return f"chown {user.pw_name}: {quoted} && chmod 400 {quoted}"
    return f"chgrp {user.pw_gid} {quoted} && chmod g+r {quoted}"
