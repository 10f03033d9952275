"""What a list says about one address, and the few kinds of that which lists know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from bounced.classify import classify
from bounced.model import Cause, Class, Report, Scope

#: Why an address is on a list, as far as all programs tell it apart.
ListKind = Literal["hard", "soft", "complaint", "unsubscribe", "manual"]
LIST_KINDS: tuple[ListKind, ...] = get_args(ListKind)

#: The feedback types (RFC 5965 3.1; opt-out: its errata) that stand for a complaint and for an unsubscription.
ABUSE = "abuse"
OPT_OUT = "opt-out"

#: Of a bounce that the list does not explain.
UNEXPLAINED: dict[ListKind, tuple[str, Class]] = {"hard": ("suppressed_upstream", "hard"), "soft": ("unknown", "soft")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list. ``at`` is ``None`` where the list has no date, ``scope`` ``""`` where the policy says it."""

    address: str  # the key of an address, or a pattern (bounced.policy.patterns)
    cause: Cause
    reason: str  # of a bounce one of REASONS, of a complaint its feedback type, else "manual"
    class_: Class = ""
    scope: Scope = ""
    at: datetime | None = None
    detail: str = ""
    origin: str = ""  # the list, in the admin's words

    @property
    def kind(self) -> ListKind:
        """The kind of entry that other programs tell apart."""
        if self.cause == "bounce":
            return "hard" if self.class_ == "hard" else "soft"
        if self.cause == "complaint":
            return "unsubscribe" if self.reason == OPT_OUT else "complaint"
        return "manual"


def explained(kind: ListKind, status: str = "", detail: str = "") -> tuple[Cause, str, Class]:
    """Cause, reason and class of an entry of that kind; of a bounce by the status and the words, if they agree."""
    if kind == "complaint":
        return "complaint", ABUSE, ""
    if kind == "unsubscribe":
        return "complaint", OPT_OUT, ""
    if kind == "manual":
        return "manual", "manual", ""
    verdict = classify(Report(action="failed", status=status, diagnostic_code=detail)) if status or detail else None
    if verdict and verdict.class_ == kind:
        return "bounce", verdict.reason, verdict.class_
    return "bounce", *UNEXPLAINED[kind]
