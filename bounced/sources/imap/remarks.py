"""What a server does not do although it should: logged once, and shown by `bounced status` as long as it lasts."""

from __future__ import annotations

import logging

log = logging.getLogger("bounced.imap")


class Remarks:
    """The remarks on one folder, one of a kind. For one thread."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._remarks: dict[str, str] = {}

    def note(self, kind: str, remark: str) -> None:
        """Takes note of a remark, ``""`` when there is nothing to remark any more."""
        if remark and self._remarks.get(kind) != remark:
            log.warning("%s: %s", self._where, remark)
        self._remarks[kind] = remark

    def __str__(self) -> str:
        return "; ".join(filter(None, self._remarks.values()))
