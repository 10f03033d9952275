"""Moves or flags messages on the server once the ledger has them. Nothing is deleted that was not copied.

A move is MOVE (RFC 6851), or COPY and UID EXPUNGE (RFC 4315) of exactly these messages; a bare EXPUNGE would remove
what others have marked as well. Copied messages get a keyword together with \\Deleted, so that after a crash they are
only expunged. (A kill between COPY and that mark leaves a second copy of one batch: harmless, and only without MOVE.)
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from imapclient import DELETED, SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError

from bounced.errors import MailboxError
from bounced.model import Intake, OnDone, Outcome
from bounced.sources.batches import grouped
from bounced.sources.imap.session import Session, existing

_COPIED_KEYWORD = "$BouncedCopied"
_FLAGS = {True: ("$Bounced", SEEN), False: ("$BouncedUnrecognized",)}

log = logging.getLogger("bounced.imap")


@dataclass(frozen=True, slots=True)
class Disposition:
    """How messages are settled; ``outcome_folders`` take precedence over the other two.

    With ``retain``, recognized messages are removed from the server that long after.
    """

    on_done: OnDone = "leave"
    done_folder: str = ""
    unrecognized_folder: str = ""
    outcome_folders: Mapping[Outcome, str] = field(default_factory=dict)
    retain: timedelta = timedelta()

    @property
    def folders(self) -> frozenset[str]:
        """The folders that messages are moved to."""
        named = (self.done_folder, self.unrecognized_folder, *self.outcome_folders.values())
        return frozenset(named) if self.on_done == "move" else frozenset()

    @property
    def done(self) -> frozenset[str]:
        """The folders that recognized messages are moved to; none if they are not moved."""
        usual = (self.outcome_folders.get(outcome, self.done_folder) for outcome in ("counted", "repeated"))
        return frozenset(usual) if self.on_done == "move" else frozenset()

    def folder(self, intake: Intake) -> str:
        """The folder that this message is moved to."""
        usual = self.done_folder if intake.recognized else self.unrecognized_folder
        return self.outcome_folders.get(intake.outcome, usual)


#: Leaves every message as it is.
LEAVE = Disposition()


class Settler:
    """Moves or flags messages in one folder. For one thread."""

    def __init__(self, session: Session, disposition: Disposition) -> None:
        self._session = session
        self._disposition = disposition
        self._warned = False
        self._existing: tuple[IMAPClient | None, set[str]] = (None, set())  # folders that exist, by this connection

    def settle(self, epoch: int, intakes: Iterable[Intake]) -> None:
        """Settles each message; deleted ones are skipped.

        When some can't be moved the others are moved anyway; raises MailboxError then.
        """
        by_folder: dict[tuple[str, bool], set[int]] = {}
        for intake in intakes:
            by_folder.setdefault((self._disposition.folder(intake), intake.recognized), set()).add(intake.origin.uid)
        problems: list[MailboxError] = []
        for (folder, recognized), uids in by_folder.items():
            for group in grouped(sorted(uids), lambda uid: 0):
                try:
                    self._settle(epoch, group, folder, recognized)
                except MailboxError as problem:
                    problems.append(problem)
                    break
        if problems:
            raise problems[0]

    def _settle(self, epoch: int, group: Sequence[int], folder: str, recognized: bool) -> None:
        with self._session.using(epoch) as client:
            uids = existing(client, group)
            if uids and self._disposition.on_done == "move" and can_move(client):
                self._create(client, folder)
                _move(client, uids, folder, marked=self._session.selected().keywords)
            elif uids:
                self._flag(client, uids, recognized)

    def _flag(self, client: IMAPClient, uids: Sequence[int], recognized: bool) -> None:
        """Flags messages, or leaves them where the server accepts no keywords; logs once what it could not do."""
        able = self._session.selected().keywords
        if able:
            client.add_flags(uids, _FLAGS[recognized], silent=True)
        if self._warned or (able and self._disposition.on_done == "flag"):
            return
        self._warned = True
        if self._disposition.on_done == "move":
            log.warning(
                "%s: server has neither MOVE nor UIDPLUS; messages flagged instead of moved", self._session.where
            )
        if not able:
            log.warning("%s: server does not accept custom keywords; messages left unflagged", self._session.where)

    def _create(self, client: IMAPClient, folder: str) -> None:
        """Creates ``folder``, and subscribes to it, if it does not exist."""
        if self._existing[0] is not client:
            self._existing = (client, set())
        if folder in self._existing[1]:
            return
        if not client.folder_exists(folder):
            _create_folder(client, folder)
        self._existing[1].add(folder)


def can_move(client: IMAPClient) -> bool:
    """True when the server can move messages without touching others."""
    return bool(client.has_capability("MOVE") or client.has_capability("UIDPLUS"))


def _move(client: IMAPClient, uids: Sequence[int], folder: str, *, marked: bool) -> None:
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    copied = set(client.search(["KEYWORD", _COPIED_KEYWORD, "UID", ",".join(map(str, uids))])) if marked else set()
    if left := [uid for uid in uids if uid not in copied]:
        client.copy(left, folder)
    client.add_flags(uids, [DELETED, _COPIED_KEYWORD] if marked else [DELETED], silent=True)
    client.uid_expunge(uids)


def _create_folder(client: IMAPClient, folder: str) -> None:
    try:
        client.create_folder(folder)
    except IMAPClientError:  # another folder's poll or a scan may have been faster
        if not client.folder_exists(folder):
            raise
    client.subscribe_folder(folder)
