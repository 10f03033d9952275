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

from bounced.sources.imap.commands import WireName, command, refused, wire_name

#: RFC 3501 7.2.2, RFC 5258 3: the name is a level of the hierarchy and no folder.
_NO_FOLDER = frozenset((b"\\noselect", b"\\nonexistent"))


class Listed(NamedTuple):
    """One line of the answer to LIST."""

    attributes: frozenset[bytes]  # in lower case
    delimiter: str
    name: str


def listed(client: IMAPClient, pattern: str = "*", selection: str = "") -> list[Listed]:
    """The folders that match; ``selection`` is that of the extended LIST (RFC 5258). Empty when the server says NO."""
    imap = client._imap
    imap.untagged_responses.pop("LIST", None)
    words = [selection] if selection else []
    typ, data = imap._simple_command("LIST", *words, '""', wire_name(pattern))
    if typ != "OK":
        return []
    _, data = imap._untagged_response(typ, data, "LIST")
    return list(_parsed([line for line in data if line not in (b"", None)]))


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
    return any(
        not entry.attributes & _NO_FOLDER and name in (entry.name, _ANY_CASE.get(entry.name.upper()))
        for entry in listed(client, name)
    )


_ANY_CASE = {"INBOX": "INBOX"}


def prefixed(client: IMAPClient, name: str) -> str:
    """``name`` with the prefix of the personal namespace (RFC 2342), ``""`` when it needs none or has it."""
    if name.upper() == "INBOX" or not client.has_capability("NAMESPACE"):
        return ""
    prefix = _personal_prefix(client)
    return "" if name.upper().startswith(prefix.upper()) else prefix + name


def _personal_prefix(client: IMAPClient) -> str:
    """``""`` when there is none."""
    try:
        personal = client.namespace().personal
    except IMAPClientError as problem:
        if not refused(problem):
            raise
        return ""
    return personal[0][0] if personal else ""


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
