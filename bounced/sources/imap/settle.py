"""Moves or flags messages on the server once the ledger has them. Nothing is deleted that was not copied.

1. A move is MOVE (RFC 6851), or COPY and UID EXPUNGE (RFC 4315) of exactly these messages, also where MOVE is refused;
   a bare EXPUNGE would remove what others have marked as well.
2. What was copied is noted in the ledger before anything else, so that it is copied once, however often the server
   refuses to delete it. Only what COPYUID confirms is deleted. Where COPY was interrupted, by a kill or by the network,
   the target is searched before another one (``copying``).
3. The server's OK is not believed: what is still there, or not flagged, is remarked on. It is not tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from imapclient import DELETED, SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError

from bounced.errors import MailboxError
from bounced.model import Intake, OnDone, Origin, Outcome
from bounced.sources import Copies
from bounced.sources.batches import grouped
from bounced.sources.imap.commands import copy, existing, keyword, move, refused
from bounced.sources.imap.copying import Copying
from bounced.sources.imap.listing import created, located
from bounced.sources.imap.session import Session

_FLAGS = {True: ("$Bounced", SEEN), False: ("$BouncedUnrecognized",)}

#: The group that is settled at a time: their origins by UID.
Group = Mapping[int, Origin]


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

    def __init__(self, session: Session, disposition: Disposition, copying: Copying) -> None:
        self._session = session
        self._copying = copying
        self._disposition = disposition
        self._names: tuple[IMAPClient | None, dict[str, str]] = (None, {})  # of existing folders, by this connection

    def settle(self, epoch: int, intakes: Iterable[Intake], copies: Copies) -> None:
        """Settles each message; deleted ones are skipped, and a folder that may only be read is left as it is.

        When some can't be moved the others are moved anyway; raises MailboxError then.
        """
        if not self._session.selected().writable:
            return
        destinations: dict[tuple[str, bool], dict[int, Origin]] = {}
        for intake in intakes:
            destination = self._disposition.folder(intake), intake.recognized
            destinations.setdefault(destination, {})[intake.origin.uid] = intake.origin
        problems: list[MailboxError] = []
        for (folder, recognized), origins in destinations.items():
            for uids in grouped(sorted(origins), lambda uid: 0):
                try:
                    self._settle(epoch, {uid: origins[uid] for uid in uids}, folder, recognized, copies)
                except MailboxError as problem:
                    problems.append(problem)
                    break
        if problems:
            raise problems[0]

    def _settle(self, epoch: int, group: Group, folder: str, recognized: bool, copies: Copies) -> None:
        if begun := copies.copying(list(group.values())):
            copies.note_copied(list(self._copying.finished(epoch, begun)))
        with self._session.using(epoch) as client:
            uids = existing(client, group)
            if not uids:
                return
            if self._disposition.on_done == "move" and can_move(client):
                self._move(client, {uid: group[uid] for uid in uids}, self._name(client, folder), copies)
            else:
                self._flag(client, uids, recognized)

    def _move(self, client: IMAPClient, group: Group, folder: str, copies: Copies) -> None:
        copied = copies.copied(list(group.values()))
        if copied or not client.has_capability("MOVE"):
            self._copy(client, group, folder, copies, copied)
        else:
            self._move_or_copy(client, group, folder, copies)
        staying = existing(client, group)
        self._session.removed(len(group) - len(staying))
        self._remark("move", "server says that it moved messages, and they are still there", staying)

    def _move_or_copy(self, client: IMAPClient, group: Group, folder: str, copies: Copies) -> None:
        try:
            move(client, group, folder)
        except IMAPClientError as problem:
            if not refused(problem) or not client.has_capability("UIDPLUS"):
                raise
            left = existing(client, group)
            self._copy(client, {uid: group[uid] for uid in left}, folder, copies, set())

    def _copy(self, client: IMAPClient, group: Group, folder: str, copies: Copies, copied: set[Origin]) -> None:
        done = {uid for uid, origin in group.items() if origin in copied}
        if left := [uid for uid in group if uid not in done]:
            copies.note_copying([group[uid] for uid in left], self._copying.target(client, folder))
            confirmed = copy(client, left, folder)
            copies.note_copied([group[uid] for uid in confirmed])
            done.update(confirmed)
        if done:
            client.add_flags(sorted(done), [DELETED], silent=True)
            client.uid_expunge(sorted(done))
        if missing := len(group) - len(done):
            raise IMAPClientError(f"server copied only {len(done)} of {len(group)} messages; {missing} are left")

    def _flag(self, client: IMAPClient, uids: Sequence[int], recognized: bool) -> None:
        """Flags messages, or leaves them where the server accepts no keywords."""
        if self._disposition.on_done == "move":
            self._session.remarks.note("move", "server has neither MOVE nor UIDPLUS; messages flagged instead of moved")
        able = self._session.selected().keywords
        self._session.remarks.note(
            "keywords", "" if able else "server does not accept custom keywords; messages left unflagged"
        )
        if able:
            client.add_flags(uids, _FLAGS[recognized], silent=True)
            flagged = keyword(client, _FLAGS[recognized][0], uids)
            self._remark("flags", "server says that it flagged messages, and they are not flagged", set(uids) - flagged)

    def _remark(self, kind: str, remark: str, uids: Iterable[int]) -> None:
        self._session.remarks.note(kind, remark if any(uids) else "")

    def _name(self, client: IMAPClient, folder: str) -> str:
        """The name of ``folder`` on the server, which is created, and subscribed to, if it does not exist."""
        if self._names[0] is not client:
            self._names = (client, {})
        if folder not in self._names[1]:
            self._names[1][folder] = located(client, folder) or created(client, folder)
        return self._names[1][folder]


def can_move(client: IMAPClient) -> bool:
    """True when the server can move messages without touching others."""
    return bool(client.has_capability("MOVE") or client.has_capability("UIDPLUS"))
