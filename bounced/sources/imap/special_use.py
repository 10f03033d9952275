"""Resolves a folder: by name, or the one for spam by its special use (RFC 6154)."""

from __future__ import annotations

from imapclient import IMAPClient

from bounced.model import JUNK
from bounced.sources.imap.listing import Listed, listed

#: Its names where the server knows no special uses, in lower case, the most common first.
_NAMES = ("junk", "spam", "junk e-mail", "junk email", "bulk mail")

#: RFC 6154 2, without \\All and \\Flagged: any of these shows that the server knows special uses.
_SPECIAL_USES = frozenset((b"\\archive", b"\\drafts", b"\\junk", b"\\sent", b"\\trash"))


def resolve(client: IMAPClient, folder: str) -> str:
    """The name on the server, ``""`` when there is no folder for spam; ``folder`` itself when it is a plain name."""
    if folder != JUNK:
        return folder
    folders = listed(client)
    candidates = _junk(folders)
    if not candidates and client.has_capability("SPECIAL-USE"):
        candidates = _junk(listed(client, selection="(SPECIAL-USE)"))
    elif not candidates and not any(attributes & _SPECIAL_USES for attributes, _, _ in folders):
        candidates = [name for common in _NAMES for _, delimiter, name in folders if _last(name, delimiter) == common]
    return next((name for name in candidates if name.isprintable()), "")


def _junk(folders: list[Listed]) -> list[str]:
    return [name for attributes, _, name in folders if b"\\junk" in attributes]


def _last(name: str, delimiter: str) -> str:
    return (name.rpartition(delimiter)[2] if delimiter else name).lower()
