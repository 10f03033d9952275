"""What tells one product's answers from another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product as the logs in ``seen_in`` show it; what they do not show is as in RFC 3501."""

    name: str
    seen_in: tuple[str, ...]
    greeting: str
    greeted: str  # the capabilities before the login
    capabilities: str  # and after it
    says_capabilities: bool = False  # by itself, with the answer to the login
    folders: Mapping[str, str] = field(default_factory=lambda: {"INBOX": ""})  # their attributes, by their names
    prefix: str = ""
    delimiter: str = "/"
    permanent_flags: str = r"\Deleted \Seen \*"
    exists: str = "* {} EXISTS"
    dates: tuple[str, ...] = ("01-Sep-2026 12:00:00 +0000",)  # by UID, the last one for all others
    refusals: Mapping[str, str] = field(default_factory=dict)  # the answer to a command, or to its beginning
    refused_at_first: Mapping[str, str] = field(default_factory=dict)  # likewise, the first time
    wants_id: str = ""  # the answer to SELECT before ID
    placeholder: bytes = b""  # of each message, the first time that it is asked for
    refuses_empty_list: bool = False
    leaves_out_empty_search: bool = False
    keeps_what_is_moved: frozenset[str] = frozenset()  # folders
    next_uid: int | None = 0  # what it says to be the next UID, None for nothing, 0 for the truth

    def refusal(self, name: str, words: str, times: int, is_known: bool) -> str:
        """The answer to a command that is refused, ``""`` for the others."""
        if self.wants_id and name in ("SELECT", "EXAMINE") and not is_known:
            return f"NO {name} {self.wants_id}"
        command = f"{name} {words}"
        for refusals in (self.refusals, self.refused_at_first if times == 1 else {}):
            for beginning, refusal in refusals.items():
                if command.startswith(beginning):
                    return refusal
        return ""

    def uidnext(self, uid: int) -> int | None:
        """What it says when ``uid`` is the next."""
        return uid if self.next_uid == 0 else self.next_uid

    def date(self, uid: int) -> str:
        """The INTERNALDATE of a message."""
        return self.dates[min(uid, len(self.dates)) - 1]

    def body(self, content: bytes, times: int) -> bytes:
        """What it gives out when it is asked for a message for the first, second … time."""
        return self.placeholder if self.placeholder and times == 1 else content
