"""What is done with messages on the server once the ledger has them. Nothing is ever deleted.

A move is MOVE (RFC 6851) or COPY and UID EXPUNGE (RFC 4315) of the very messages; a bare EXPUNGE would also
remove what others have marked.
"""

from __future__ import annotations

from collections.abc import Sequence

from imapclient import DELETED, IMAPClient
from imapclient.exceptions import IMAPClientError


def can_move(client: IMAPClient) -> bool:
    """True when the server can move messages and leave all others alone."""
    return bool(client.has_capability("MOVE") or client.has_capability("UIDPLUS"))


def move(client: IMAPClient, uids: Sequence[int], folder: str) -> None:
    """Moves messages into ``folder``, which is made and subscribed to when it is not there."""
    if not client.folder_exists(folder):
        _create(client, folder)
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    client.add_flags(uids, [DELETED], silent=True)
    client.uid_expunge(uids)


def _create(client: IMAPClient, folder: str) -> None:
    try:
        client.create_folder(folder)
    except IMAPClientError:  # another folder's poll or a scan may have been faster
        if not client.folder_exists(folder):
            raise
    client.subscribe_folder(folder)
