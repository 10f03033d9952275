"""What the endpoints answer: the members of their JSON, from which the description is made."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs it before Python 3.12, and brings it along

Time = Annotated[str, Field(description="ISO 8601, in UTC.", json_schema_extra={"format": "date-time"})]
Untrusted = Annotated[str, Field(description="Words of whoever reported it: escape them wherever you show them.")]

SuppressionAnswer = TypedDict(
    "SuppressionAnswer",
    {
        "address": Annotated[str, Field(description="As the database has it; a domain for all of its addresses.")],
        "scope": Annotated[str, Field(description="The mail that it forbids: all, marketing, or a stream.")],
        "cause": Annotated[str, Field(description="bounce, complaint or manual.")],
        "reason": str,
        "class": str,
        "since": Time,
        "until": Annotated[Time | None, Field(description="When it ends by itself; null: never.")],
        "bounces": int,
        "first_bounce_at": Time | None,
        "last_bounce_at": Time | None,
        "detail": Untrusted,
    },
)


class CheckAnswer(TypedDict):
    """Whether one address may be mailed."""

    address: Annotated[str, Field(description="As the database writes it.")]
    allowed: bool
    suppressions: Annotated[list[SuppressionAnswer], Field(description="What forbids it, those of all mail first.")]


class SuppressedAnswer(TypedDict):
    """One of many addresses that must not be mailed."""

    address: Annotated[str, Field(description="As the request has it.")]
    suppressions: list[SuppressionAnswer]


class CheckManyAnswer(TypedDict):
    """Which of many addresses must not be mailed; all others may."""

    checked: Annotated[int, Field(description="Addresses in the request.")]
    suppressed: list[SuppressedAnswer]


class ListAnswer(TypedDict):
    """A page of the suppressions in force, in the order of their addresses."""

    suppressions: list[SuppressionAnswer]
    next_cursor: Annotated[str | None, Field(description="For the next page; null: this is the last one.")]
    last_change: Annotated[int, Field(description="Where the outbox ended before this page was read.")]


class ExplainAnswer(TypedDict):
    """Everything about an address, as `bounced explain --json`."""

    address: str
    tenant: Annotated[str, Field(description="Whose mail it is about; empty: nobody's.")]
    suppressions: list[dict[str, Any]]
    withheld_suppression: Annotated[
        dict[str, Any] | None, Field(description="Since when the brake holds a suppression back.")
    ]
    history: Annotated[list[dict[str, Any]], Field(description="The latest steps, the oldest first.")]
    earlier: Annotated[int, Field(description="Steps before these.")]
    expired: Annotated[int, Field(description="Events that were deleted, because they had been held for long.")]
    streak: dict[str, Any] | None
    probation: dict[str, Any] | None
    next: Annotated[list[dict[str, Any]], Field(description="What would suppress it.")]


class ChangeAnswer(TypedDict):
    """One change, as sinks are told of it."""

    id: int
    type: Annotated[str, Field(description="suppression.added, for example; skip types that you do not know.")]
    timestamp: Time
    data: Annotated[dict[str, Any], Field(description="The address and what changed; what is empty is left out.")]


class OutboxAnswer(TypedDict):
    """Changes after one, the oldest first."""

    changes: list[ChangeAnswer]
    after: Annotated[int, Field(description="For the next request.")]
    last_change: Annotated[int, Field(description="The last change of all.")]


class RateAnswer(TypedDict):
    """Bounce and complaint rates of one campaign, sending domain or provider, in percent of what was sent."""

    dimension: str
    name: str
    sent: int
    bounces: int
    complaints: int
    bounce_rate: float | None
    complaint_rate: float | None
    state: Annotated[str, Field(description="ok, notice, warning, critical, or unknown.")]
    pause: bool


class RatesAnswer(TypedDict):
    """The rates that `bounced health` shows, the worst first."""

    rates: list[RateAnswer]


class HealthAnswer(TypedDict):
    """That the server can read the database."""

    status: str
