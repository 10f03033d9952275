"""The commands of imaplib and imapclient that fail over answers which servers do give.

1. SEARCH may be answered in several lines, or in none when nothing matches; with what it was not asked for (MODSEQ), or
   as ESEARCH (RFC 4731).
2. A folder that may only be read is read, also by SELECT.
3. SELECT need not tell UIDNEXT (RFC 3501 6.3.1 lets old servers leave it out), and some servers tell a wrong one: the
   UID of the last message is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from imapclient import IMAPClient
from imapclient.datetime_util import format_criteria_date
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imap_utf7 import encode
from imapclient.response_parser import parse_fetch_response

from bounced.model import CopyTarget

#: The highest possible UID (RFC 3501 9, nz-number).
UID_LIMIT = 2**32 - 1

#: What EXAMINE says where its UIDs last. Xeams says UIDVALIDITY to SELECT only. Courier, which never says UIDNEXT,
#: stores no UIDs for it: each time UIDVALIDITY is another one, or a UID another message's.
_LASTING = frozenset((b"UIDVALIDITY", b"UIDNEXT"))

#: The responses to SELECT that are numbers.
_NUMBERS = frozenset(("EXISTS", "RECENT", "UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ"))

#: RFC 4731 3.1: what matches, as a sequence set.
_ESEARCH_ALL = re.compile(rb" ALL ([\d,:]+)", re.IGNORECASE)

_UID_ITEM = re.compile(rb"[( ]UID (\d{1,10})", re.IGNORECASE)

#: In one answer to SEARCH: ranges may be wide.
_UIDS_LIMIT = 1_000_000

#: RFC 3501 7.2.4.
_STATUS_ITEM = re.compile(rb"(UIDVALIDITY|UIDNEXT) (\d{1,10})", re.IGNORECASE)

#: RFC 4315 3: UIDVALIDITY of the target, UIDs in the source, UIDs in the target.
_COPYUID = re.compile(rb"\[COPYUID \d{1,10} ([\d,:]+) [\d,:]+\]", re.IGNORECASE)


class WireName(str):
    """The name of a folder that is not valid modified UTF-7: it is sent as the server sent it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Selected:
    """The answer to SELECT or EXAMINE."""

    uidvalidity: int
    assigned: int  # the highest UID that was ever assigned; UID_LIMIT where the server does not say, or a wrong one
    last_uid: int  # of the last message, 0 for none
    exists: int
    keywords: bool  # whether it accepts our keywords (RFC 3501 7.1, PERMANENTFLAGS)
    writable: bool
    next_uid: int | None = None  # what the server said


def refused(problem: IMAPClientError) -> bool:
    """True for NO and BAD: the connection goes on."""
    return not isinstance(problem, IMAPClientAbortError)


def wire_name(name: str) -> bytes:
    """The name of a folder as it is sent: a quoted string, in modified UTF-7 (RFC 3501 5.1.3)."""
    encoded = name.encode("ascii") if isinstance(name, WireName) else encode(name)
    return b'"%s"' % encoded.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def command(client: IMAPClient, name: str, *words: bytes | str, prefix: str = "") -> bytes:
    """Sends a command, with ``prefix`` UID by UID; returns the text of its answer. Raises IMAPClientError for NO."""
    typ, data = client._imap._simple_command(*filter(None, (prefix, name)), *words)
    client._checkok(name.lower(), typ, data)
    return data[-1] or b""


def answer_of(client: IMAPClient, name: str, *words: bytes | str) -> list[Any]:
    """The untagged responses of that name to a command, none when the answer is NO. Raises IMAPClientError for BAD."""
    imap = client._imap
    imap.untagged_responses.pop(name, None)
    typ, _ = imap._simple_command(name, *words)
    responses: list[Any] = imap.untagged_responses.pop(name, [])
    return responses if typ == "OK" else []


def answer_if_known(client: IMAPClient, name: str, *words: bytes | str) -> list[Any]:
    """The same, and none for BAD: some servers announce what they do not know."""
    try:
        return answer_of(client, name, *words)
    except IMAPClientError as problem:
        if not refused(problem):
            raise
        return []


def select(client: IMAPClient, name: str, *, readonly: bool) -> Selected:
    """Selects a folder, by EXAMINE when ``readonly``. Raises IMAPClientError when it is refused."""
    answer = enter(client, name, readonly)
    if readonly and not answer.keys() >= _LASTING:
        answer = _selected(client, name)
    if b"UIDVALIDITY" not in answer:
        answer[b"UIDVALIDITY"] = _uidvalidity(client, name)
    exists, next_uid = answer[b"EXISTS"], answer.get(b"UIDNEXT")
    last_uid = _last_uid(client, exists) if exists else 0
    if last_uid is None:
        last_uid = UID_LIMIT if next_uid is None else next_uid - 1
    is_told = next_uid is not None and next_uid > last_uid
    return Selected(
        answer[b"UIDVALIDITY"],
        next_uid - 1 if next_uid is not None and is_told else UID_LIMIT,
        last_uid,
        exists,
        rb"\*" in answer.get(b"PERMANENTFLAGS", (rb"\*",)),
        b"READ-ONLY" not in answer,
        next_uid,
    )


def _selected(client: IMAPClient, name: str) -> dict[bytes, Any]:
    """The answer to SELECT, or to EXAMINE where only that is allowed."""
    try:
        return enter(client, name, False)
    except IMAPClientError as problem:
        if not refused(problem):
            raise
        return enter(client, name, True)


def _uidvalidity(client: IMAPClient, name: str) -> int:
    """By STATUS. Raises ValueError where that does not have it either: nobody can tell messages apart there."""
    if not (uidvalidity := status(client, name).uidvalidity):
        raise ValueError("no UIDVALIDITY")
    return uidvalidity


def enter(client: IMAPClient, name: str, readonly: bool) -> dict[bytes, Any]:
    """The answer to SELECT, or to EXAMINE when ``readonly``. Raises IMAPClientError when it is refused."""
    imap = client._imap
    imap.untagged_responses = {}
    imap.is_readonly = True  # imaplib would refuse to go on
    try:
        command(client, "EXAMINE" if readonly else "SELECT", wire_name(name))
    except IMAPClientError:
        imap.state = "AUTH"
        raise
    imap.state = "SELECTED"
    answer: dict[bytes, Any] = client._process_select_response(_numbered(imap.untagged_responses))
    imap.untagged_responses = {}  # what stands there from now on is news
    return answer


def _numbered(responses: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """``responses`` without the values of codes that have to be numbers and are none."""
    return {name: values for name, values in responses.items() if name not in _NUMBERS or values[0].isdigit()}


def noticed(client: IMAPClient, selected: Selected) -> Selected | None:
    """The folder by NOOP: as it was, or with messages that have come since; ``None`` when others have gone."""
    imap = client._imap
    client.noop()
    exists = imap.untagged_responses.pop("EXISTS", None)
    if "EXPUNGE" in imap.untagged_responses or "VANISHED" in imap.untagged_responses:
        return None
    if not exists or int(exists[-1]) == selected.exists:
        return selected
    last_uid = _last_uid(client, int(exists[-1]))
    if last_uid is None:
        return None
    return replace(selected, exists=int(exists[-1]), last_uid=last_uid, assigned=max(selected.assigned, last_uid))


def _last_uid(client: IMAPClient, exists: int) -> int | None:
    """The UID of the last message; ``None`` when it has gone, or the server does not say."""
    answers = parse_fetch_response(answer_if_known(client, "FETCH", str(exists), "(UID)"), uid_is_key=False)
    uid = answers.get(exists, {}).get(b"UID")
    return uid if isinstance(uid, int) else None


def search(client: IMAPClient, low: int, high: int, before: date | None = None, since: date | None = None) -> list[int]:
    """The UIDs from ``low`` to ``high`` that exist, in order.

    With ``before``, those stored on an earlier day; with ``since``, those stored on that day or later.
    """
    criteria = [b"BEFORE", format_criteria_date(before)] if before else []
    criteria += [b"SINCE", format_criteria_date(since)] if since else []
    answered = _search(client, b"%d:%d" % (low, high), *criteria)
    ranges = [range(max(low, first), min(high, last) + 1) for first, last in answered]
    if sum(map(len, ranges)) > _UIDS_LIMIT:
        raise IMAPClientAbortError("server lists more messages than there can be")
    return sorted({uid for uids in ranges for uid in uids})


def listed_uids(client: IMAPClient, low: int, high: int) -> list[int]:
    """The same by FETCH, for a server whose SEARCH leaves messages out."""
    imap = client._imap
    imap.untagged_responses.pop("FETCH", None)
    typ, data = imap.uid("FETCH", b"%d:%d" % (low, high), "(UID)")
    client._checkok("FETCH", typ, data)
    uids = (int(uid[1]) for line in data if isinstance(line, bytes) and (uid := _UID_ITEM.search(line)))
    return sorted({uid for uid in uids if low <= uid <= high})


def existing(client: IMAPClient, uids: Iterable[int]) -> list[int]:
    """The ``uids`` that exist in the selected folder, in order."""
    searched = sorted(set(uids))
    return _among(_search(client, joined(searched)), searched) if searched else []


def keyword(client: IMAPClient, flag: str, uids: Sequence[int]) -> set[int]:
    """The ``uids`` that are flagged with that keyword."""
    return set(_among(_search(client, joined(uids), b"KEYWORD", flag.encode()), uids))


def joined(uids: Iterable[int]) -> bytes:
    """A sequence set."""
    return ",".join(map(str, uids)).encode()


def _search(client: IMAPClient, uids: bytes, *criteria: bytes) -> list[tuple[int, int]]:
    """The first and the last UID of each range."""
    imap = client._imap
    imap.untagged_responses.pop("SEARCH", None)
    imap.untagged_responses.pop("ESEARCH", None)
    typ, data = imap.uid("SEARCH", b"UID", uids, *criteria)
    client._checkok("SEARCH", typ, data)
    numbers = (int(word) for line in data if line for word in line.partition(b"(")[0].split())
    extended = (_ESEARCH_ALL.search(line) for line in imap.untagged_responses.pop("ESEARCH", []) if line)
    return [*((uid, uid) for uid in numbers), *(pair for all_ in extended if all_ for pair in _ranges(all_[1]))]


def _among(ranges: Sequence[tuple[int, int]], uids: Iterable[int]) -> list[int]:
    """The ``uids`` in these ranges."""
    single = {low for low, high in ranges if low == high}
    wide = [(low, high) for low, high in ranges if low != high]
    return [uid for uid in uids if uid in single or any(low <= uid <= high for low, high in wide)]


def move(client: IMAPClient, uids: Iterable[int], folder: str) -> None:
    """MOVE (RFC 6851). Raises IMAPClientError when it is refused."""
    command(client, "MOVE", joined(uids), wire_name(folder), prefix="UID")


def status(client: IMAPClient, folder: str) -> CopyTarget:
    """The folder as it is now, by STATUS; zeros where the server does not say."""
    data = answer_if_known(client, "STATUS", wire_name(folder), "(UIDVALIDITY UIDNEXT)")
    items = data[-1] if data and isinstance(data[-1], bytes) else b""
    known = {name.upper(): int(number) for name, number in _STATUS_ITEM.findall(items.rpartition(b"(")[2])}
    return CopyTarget(folder, known.get(b"UIDVALIDITY", 0), known.get(b"UIDNEXT", 0))


def copy(client: IMAPClient, uids: Sequence[int], folder: str) -> list[int]:
    """Copies messages; returns those that the server copied, all where it does not say which.

    Raises IMAPClientError when it is refused.
    """
    answer = command(client, "COPY", joined(uids), wire_name(folder), prefix="UID")
    copyuid = _COPYUID.search(answer)
    if not copyuid:
        return list(uids)
    return _among(list(_ranges(copyuid[1])), uids)


def _ranges(sequence_set: bytes) -> Iterator[tuple[int, int]]:
    for part in sequence_set.split(b","):
        low, _, high = part.partition(b":")
        first, last = sorted((int(low), int(high or low)))
        yield first, last
