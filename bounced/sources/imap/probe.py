"""Looks at an account without changing anything: whether a login works, which folders there are and what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bounced.errors import FolderMissing, MailboxError, Unreachable
from bounced.sources.imap.account import Account, peer_errors
from bounced.sources.imap.connection import HangUp, connect, disconnect
from bounced.sources.imap.listing import folders
from bounced.sources.imap.session import Session


@dataclass(frozen=True, slots=True)
class Probed:
    """A folder, and how many messages it has, or what is wrong with it."""

    where: str  # imap:bounces/INBOX
    messages: int = 0
    problem: str = ""
    optional: bool = False  # a missing folder for spam is no failure


def probe(account: Account, names: Sequence[str], taken: frozenset[str] = frozenset()) -> list[Probed]:
    """The folders ``names``, each over a connection of its own; one result if the account can't be read at all."""
    results: list[Probed] = []
    for name in names:
        where = f"imap:{account.name}/{name}"
        session = Session(where, account, name, readonly=True, taken=taken)
        try:
            results.append(Probed(where, session.select().exists))
        except Unreachable as error:
            return [Probed(f"imap:{account.name}", problem=_words(error, where))]
        except MailboxError as error:
            is_optional = isinstance(error, FolderMissing) and error.optional
            results.append(Probed(where, problem=_words(error, where), optional=is_optional))
        finally:
            session.close()
    return results


def listed(account: Account) -> list[tuple[str, int]]:
    """Every folder that can be read, with the number of its messages. Raises MailboxError."""
    where, hang_up = f"imap:{account.name}", HangUp()
    with peer_errors(where, account, Unreachable), hang_up.within(account.patience):
        client = connect(account, hang_up)
        try:
            names = [folder.name for folder in folders(client)]
            return [(name, client.folder_status(name, ["MESSAGES"])[b"MESSAGES"]) for name in names]
        finally:
            disconnect(client, hang_up)


def _words(error: MailboxError, where: str) -> str:
    return str(error).removeprefix(f"{where}: ")
