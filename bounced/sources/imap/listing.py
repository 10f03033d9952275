"""Folders by name: LIST, NAMESPACE, CREATE; whatever a name looks like on this server.

1. A server may answer NO to LIST for what does not exist (DavMail), and list a parent that can't be selected.
2. Where all personal folders have a prefix (Courier and Cyrus: ``INBOX.``) it need not be in the configuration.
3. One name that can't be decoded hides no other folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from imapclient.imap_utf7 import decode
from imapclient.response_parser import parse_response

from bounced.sources.imap.commands import WireName, answer_if_known, answer_of, command, refused, wire_name

#: RFC 3501 7.2.2, RFC 5258 3: the name is a level of the hierarchy and no folder.
_NO_FOLDER = frozenset((b"\\noselect", b"\\nonexistent"))


class Listed(NamedTuple):
    """One line of the answer to LIST."""

    attributes: frozenset[bytes]  # in lower case
    delimiter: str
    name: str


def listed(client: IMAPClient, pattern: str = "*", selection: str = "") -> list[Listed]:
    """The folders that match; ``selection`` is that of the extended LIST (RFC 5258). Empty when the server says NO."""
    words = [selection] if selection else []
    lines = answer_of(client, "LIST", *words, '""', wire_name(pattern))
    return list(_parsed([line for line in lines if line != b""]))


def folders(client: IMAPClient) -> list[Listed]:
    """The folders that can be selected."""
    return [entry for entry in listed(client) if not entry.attributes & _NO_FOLDER]


def _parsed(lines: list[bytes]) -> Iterator[Listed]:
    words = iter(parse_response(lines))
    for flags, delimiter, name in zip(words, words, words, strict=True):
        attributes = frozenset(flag.lower() for flag in flags if isinstance(flag, bytes))
        yield Listed(attributes, (delimiter or b"").decode(), _name(name))


def _name(name: bytes | int) -> str:
    """The name of a folder; one that looks like a number is parsed to one."""
    if isinstance(name, int):
        return str(name)
    try:
        return str(decode(name))
    except (UnicodeError, ValueError):  # R&D, as Yandex gives out
        return WireName(name.decode("ascii", "replace"))


def exists(client: IMAPClient, name: str) -> bool:
    """True when there is a folder of that name that can be selected."""
    wanted = name.casefold()  # Exchange knows no case: what it lists for a name without wildcards is that folder
    return any(not entry.attributes & _NO_FOLDER and entry.name.casefold() == wanted for entry in listed(client, name))


def prefixed(client: IMAPClient, name: str) -> str:
    """``name`` with the prefix of the personal namespace (RFC 2342), ``""`` when it needs none or has it."""
    if name.upper() == "INBOX" or not client.has_capability("NAMESPACE"):
        return ""
    prefix = _personal_prefix(client)
    return "" if name.upper().startswith(prefix.upper()) else prefix + name


def _personal_prefix(client: IMAPClient) -> str:
    """``""`` when there is none. imapclient's own namespace() fails over the extensions of RFC 2342."""
    personal = next(iter(parse_response(answer_if_known(client, "NAMESPACE"))), None)
    first = personal[0] if isinstance(personal, tuple) and personal else None
    return _name(first[0]) if isinstance(first, tuple) and first and isinstance(first[0], bytes) else ""


def located(client: IMAPClient, name: str) -> str:
    """``name``, or with the prefix of the personal namespace if only that exists; ``""`` when neither does."""
    return next((way for way in (name, prefixed(client, name)) if way and exists(client, way)), "")


def created(client: IMAPClient, name: str) -> str:
    """Creates a folder, and subscribes to it; returns the name that it got, where needed with the prefix.

    Raises IMAPClientError.
    """
    way = prefixed(client, name) or name
    try:
        command(client, "CREATE", wire_name(way))
    except IMAPClientError as problem:  # another folder's poll or a scan may have been faster
        if not refused(problem) or not exists(client, way):
            raise
    _subscribe(client, way)
    return way


def _subscribe(client: IMAPClient, name: str) -> None:
    """So that mail programs show it; that it exists is enough."""
    try:
        command(client, "SUBSCRIBE", wire_name(name))
    except IMAPClientError as problem:
        if not refused(problem):
            raise
