"""Files that other programs read, replaced in one step: complete or not at all, on the disk before the old one goes.

They get mode 0640 and the group of the database, whose readers may read them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bounced.errors import UserError

MODE = 0o640

Lines = Iterable[str]

#: Seconds that postmap may take.
POSTMAP_SECONDS = 600.0

#: Where Debian has postmap; the path of a user may not have it.
SYSTEM_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/bin"


def write(path: Path, lines: Lines, database: Path, table: str = "") -> None:
    """Replaces ``path`` by ``lines``, or with ``table`` what postmap(1) makes of them. Raises UserError.

    The file of a table has its type behind its name, as Postfix looks for it.
    """
    try:
        with _folder(path) as folder:
            text = folder / path.name
            with text.open("w", encoding="utf-8") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            made = _table(text, table) if table else text
            _hand_over(made, database)
            _replace(path.with_name(made.name), made)
        _sync(path.parent)
    except OSError as error:
        raise UserError(f"{path}: can't be written: {error.strerror}") from error


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """A folder beside ``path``, on the same disk; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _table(text: Path, table: str) -> Path:
    postmap = shutil.which("postmap") or shutil.which("postmap", path=SYSTEM_PATH)
    if not postmap:
        raise UserError(f"{text.name}: postmap is missing; Postfix has it")
    command = [postmap, f"{table}:{text}"]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=POSTMAP_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise UserError(f"{text.name}: postmap took longer than {POSTMAP_SECONDS:g} s") from None
    made = text.with_name(f"{text.name}.{table}")
    if ended.returncode or not made.exists():
        said = ended.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {ended.returncode}"]
        raise UserError(f"{text.name}: {said[-1]}; Debian: postfix-{table}")
    return made


def _replace(path: Path, made: Path) -> None:
    """Gives ``made`` the name ``path``. Raises UserError for a device: root's /dev/null would be a file after it."""
    if path.exists() and not path.is_file():
        raise UserError(f"{path}: can't be written: it is no file that can be replaced")
    made.replace(path)


def _hand_over(file: Path, database: Path) -> None:
    with file.open("rb") as content:
        os.fchmod(content.fileno(), MODE)
        group = database.stat().st_gid if database.exists() else -1
        if group not in (-1, os.fstat(content.fileno()).st_gid):
            os.fchown(content.fileno(), -1, group)
        os.fsync(content.fileno())


def _sync(folder: Path) -> None:
    """Has the new name on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
