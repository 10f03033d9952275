"""The machine: how full its disks are, whether the database can be written, and when certificates in files end."""

from __future__ import annotations

import _ssl
import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bounced import times
from bounced.config import Config
from bounced.daemon.problems import Disk, Ending, Finding, Seen
from bounced.ledger import locks

#: Of the share that must be free, what is critical.
CRITICAL_SHARE = 0.2


def disks(config: Config) -> list[Disk]:
    """The filesystems of the database and of its backups, each once."""
    folders = (Path(config.database.path).absolute().parent, config.database.backups.absolute())
    by_device = {folder.stat().st_dev: folder for folder in reversed(folders) if folder.is_dir()}
    return [_disk(folder) for folder in reversed(by_device.values())]


def _disk(folder: Path) -> Disk:
    """What is free for the daemon, as df has it: what only root may use counts as used."""
    space = os.statvfs(folder)
    whole = space.f_blocks - space.f_bfree + space.f_bavail
    return Disk(str(folder), space.f_bavail / whole if whole else 1.0, space.f_bavail * space.f_frsize)


def certificates(config: Config) -> list[Ending]:
    """The certificates in files that the configuration names; one that can't be read is others' problem."""
    return [
        Ending(path, key, times.from_seconds(int(ssl.cert_time_to_seconds(until))))
        for key, path in _named(config)
        if (until := _until(path))
    ]


def _named(config: Config) -> Iterator[tuple[str, str]]:
    for name, section in config.mailbox.items():
        if section.client_cert:
            yield f"mailbox.{name}.client_cert", section.client_cert
    for path in config.trust.sns_certificates:
        yield "trust.sns_certificates", path
    if config.api.certificate_file:
        yield "api.certificate_file", config.api.certificate_file


def _until(path: str) -> str:
    """Until when the first certificate in a file is valid, ``""`` if there is none.

    Only this function of the library, private since Python 2.6, reads a certificate that is not a peer's.
    """
    with suppress(ssl.SSLError, OSError, ValueError):
        return str(_ssl._test_decode_cert(path)["notAfter"])  # type: ignore[attr-defined]
    return ""


def lock(config: Config) -> str:
    """Who stops all writing to the database, ``""`` for nobody."""
    return locks.problem(config.database.path)


def full(seen: Seen) -> Iterator[Finding]:
    """Disks with less room than must be free."""
    for disk in seen.disks:
        percent = 100 * disk.share
        if percent < seen.limits.disk:
            is_critical = percent < seen.limits.disk * CRITICAL_SHARE
            yield Finding(f"disk:{disk.path}", f"{percent:.1f} % free, {disk.octets // 2**20:,} MiB", is_critical)


def unwritable(seen: Seen) -> Iterator[Finding]:
    """The database, when another program stops all writing."""
    if seen.lock:
        yield Finding("writing", seen.lock, is_critical=True)
