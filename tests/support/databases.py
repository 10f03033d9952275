"""Database servers on the loopback interface, each with an empty database, from a private directory.

PostgreSQL as Debian installs it or `make servers` has unpacked it, MariaDB as `make servers` has unpacked it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.servers import free_port, wait_for_port

ROOT = Path(__file__).parents[2] / ".servers"

#: Neither server runs as root.
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its driver, and how that connects."""

    driver: str
    connect: Mapping[str, str | int]
    process: subprocess.Popen[bytes]


def postgresql_programs() -> Path | None:
    """Where initdb and postgres are."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *(ROOT / "postgresql/usr/lib/postgresql").glob("*/bin")]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def mariadb_is_missing() -> bool:
    """True when it was not unpacked."""
    return not (ROOT / "mariadb/usr/sbin/mariadbd").exists()


@contextmanager
def running_postgresql() -> Iterator[Server]:
    """A new cluster with trust in everybody on the loopback interface."""
    programs, port = postgresql_programs(), free_port()
    assert programs
    with _directory("postgresql") as directory:
        data = directory / "data"
        _run(
            _libraries("postgresql"),
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "bounced",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
        )
        words = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(directory), "-h", "127.0.0.1"]
        with _running(_libraries("postgresql"), [*words, "-F"], port) as process:
            connect: dict[str, str | int] = {"host": "127.0.0.1", "port": port, "user": "bounced", "dbname": "postgres"}
            yield Server("psycopg", connect, process)


@contextmanager
def running_mariadb() -> Iterator[Server]:
    """A new server that asks for no password, and has none of its own tables; with the database ``shop``."""
    import pymysql

    root, port = ROOT / "mariadb", free_port()
    with _directory("mariadb") as directory:
        keys = {
            "datadir": directory,
            "lc-messages-dir": root / "usr/share/mysql",
            "plugin-dir": root / "usr/lib/mysql/plugin",
            "tmpdir": directory,  # /tmp may be root's alone
            "port": port,
            "bind-address": "127.0.0.1",
            "socket": directory / "socket",
            "pid-file": directory / "pid",
            "innodb-buffer-pool-size": "16M",
            "innodb-log-file-size": "8M",
            "innodb-use-native-aio": "OFF",  # a container may not have it
        }
        options = [f"--{name}={value}" for name, value in keys.items()]
        words = [str(root / "usr/sbin/mariadbd"), "--no-defaults", "--skip-grant-tables", "--skip-networking=0"]
        with _running(_libraries("mariadb"), [*words, *options], port) as process:
            connect: dict[str, Any] = {"host": "127.0.0.1", "port": port, "user": "bounced"}
            with pymysql.connect(**connect) as connection, connection.cursor() as cursor:
                cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
            yield Server("pymysql", {**connect, "database": "shop"}, process)


@contextmanager
def _directory(name: str) -> Iterator[Path]:
    """A directory of nobody's, away from pytest's, which only this user may enter."""
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    _own(directory)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _own(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def _libraries(name: str) -> dict[str, str]:
    folders = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib")
    return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(str(ROOT / name / folder) for folder in folders)}


def _words(words: Sequence[str]) -> list[str]:
    return [*(AS_NOBODY if os.geteuid() == 0 else ()), *words]


def _run(environment: Mapping[str, str], *words: str) -> None:
    subprocess.run(_words(words), env=environment, check=True, capture_output=True, cwd="/", timeout=100)


@contextmanager
def _running(environment: Mapping[str, str], words: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(_words(words), env=environment, stdout=output, stderr=output, cwd="/")
        try:
            wait_for_port(port, process)
            yield process
        except RuntimeError as error:
            output.seek(0)
            raise RuntimeError(f"{error}: {output.read().decode(errors='replace')[-2000:]}") from None
        finally:
            process.kill()
            process.wait()
