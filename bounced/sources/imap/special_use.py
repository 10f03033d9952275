"""Resolves a folder: by name, or the one for spam by its special use (RFC 6154)."""

from __future__ import annotations

from typing import NamedTuple

from imapclient import IMAPClient

from bounced.model import JUNK

#: Its names where the server knows no special uses, in lower case, the most common first.
_NAMES = ("junk", "spam", "junk e-mail", "junk email", "bulk mail")

#: RFC 6154 2, without \\All and \\Flagged: any of these shows that the server knows special uses.
_SPECIAL_USES = frozenset((b"\\archive", b"\\drafts", b"\\junk", b"\\sent", b"\\trash"))

#: RFC 3501 7.2.2 and RFC 5258 3: names that can't be selected.
_UNSELECTABLE = frozenset((b"\\noselect", b"\\nonexistent"))


class Listed(NamedTuple):
    """A line of the answer to LIST."""

    attributes: frozenset[bytes]  # in lower case
    delimiter: str
    name: str


def folders(client: IMAPClient) -> list[Listed]:
    """The folders that can be read."""
    return [listed for listed in _list(client) if not listed.attributes & _UNSELECTABLE]


def resolve(client: IMAPClient, folder: str) -> str:
    """The name on the server, ``""`` when there is no folder for spam; ``folder`` itself when it is a plain name."""
    if folder != JUNK:
        return folder
    listed = _list(client)
    candidates = [name for attributes, _, name in listed if b"\\junk" in attributes]
    if not candidates and client.has_capability("SPECIAL-USE"):
        candidates = [name for attributes, _, name in _list(client, "(SPECIAL-USE)") if b"\\junk" in attributes]
    elif not candidates and not any(attributes & _SPECIAL_USES for attributes, _, _ in listed):
        candidates = [name for common in _NAMES for _, delimiter, name in listed if _last(name, delimiter) == common]
    return next((name for name in candidates if name.isprintable()), "")


def _list(client: IMAPClient, selection: str = "") -> list[Listed]:
    """The answer to LIST, or to the extended LIST (RFC 5258), for which imapclient has no call."""
    imap = client._imap
    words = [selection] if selection else []
    typ, data = imap._simple_command("LIST", *words, '""', '"*"')
    client._checkok("LIST", typ, data)
    _, data = imap._untagged_response(typ, data, "LIST")
    return [
        Listed(frozenset(flag.lower() for flag in flags if isinstance(flag, bytes)), (delimiter or b"").decode(), name)
        for flags, delimiter, name in client._proc_folder_list(data)
    ]


def _last(name: str, delimiter: str) -> str:
    return (name.rpartition(delimiter)[2] if delimiter else name).lower()
