"""The endpoints: what may be asked, by whom, and what answers. The description and docs/api.md are made from this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bounced.daemon.api import answers
from bounced.daemon.api.reader import Reader
from bounced.daemon.api.requests import (
    CheckBody,
    CheckQuery,
    ExplainQuery,
    ListQuery,
    NoQuery,
    OutboxQuery,
    Query,
    RatesQuery,
)
from bounced.daemon.api.tokens import TokenScope

#: Addresses that are as much work as another request.
ADDRESSES_PER_REQUEST = 100


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is at one path, for one method."""

    path: str
    method: Literal["GET", "POST"]
    name: str  # operationId
    summary: str
    scope: TokenScope | None  # that a token must have; None: anybody may ask
    asked: type[Query]  # parameters, or the body of a POST
    answer: Callable[[Reader, Any], Any]
    answered: type
    statuses: tuple[int, ...] = ()  # of errors of its own
    is_quick: bool = True  # its answer takes less than a millisecond, and waits for no other

    def weight(self, query: Query) -> float:
        """How many requests this one counts as."""
        return 1 + len(query.addresses) // ADDRESSES_PER_REQUEST if isinstance(query, CheckBody) else 1


ENDPOINTS = (
    Endpoint(
        "/v1/check",
        "GET",
        "check",
        "Whether an address may be mailed",
        "check",
        CheckQuery,
        Reader.check,
        answers.CheckAnswer,
    ),
    Endpoint(
        "/v1/check",
        "POST",
        "check_many",
        "Which of many addresses must not be mailed",
        "check",
        CheckBody,
        Reader.check_many,
        answers.CheckManyAnswer,
        (413, 415),
        is_quick=False,
    ),
    Endpoint(
        "/v1/suppressions",
        "GET",
        "list",
        "Every suppression in force, in pages",
        "list",
        ListQuery,
        Reader.suppressions,
        answers.ListAnswer,
        is_quick=False,
    ),
    Endpoint(
        "/v1/explain",
        "GET",
        "explain",
        "The history of an address, and what would suppress it",
        "explain",
        ExplainQuery,
        Reader.explain,
        answers.ExplainAnswer,
        is_quick=False,
    ),
    Endpoint(
        "/v1/outbox",
        "GET",
        "outbox",
        "Changes since one that you have",
        "outbox",
        OutboxQuery,
        Reader.outbox,
        answers.OutboxAnswer,
        (410,),
        is_quick=False,
    ),
    Endpoint(
        "/v1/rates",
        "GET",
        "rates",
        "Bounce and complaint rates",
        "rates",
        RatesQuery,
        Reader.rates,
        answers.RatesAnswer,
        is_quick=False,
    ),
    Endpoint(
        "/v1/health",
        "GET",
        "health",
        "Whether the server can answer",
        None,
        NoQuery,
        Reader.health,
        answers.HealthAnswer,
    ),
)
