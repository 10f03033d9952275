"""What is wrong with a request, as RFC 9457 has it: for programs by status, for people in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

#: Faults in one request that are told.
FAULTS_LIMIT = 10


class Fault(TypedDict):
    """Where a request is wrong, and why."""

    pointer: Annotated[str, Field(description="Into the body (RFC 6901), or the name of a parameter.")]
    detail: str


class ProblemAnswer(TypedDict):
    """The body of every answer that is an error (application/problem+json)."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Field(description="One line for people.")]
    errors: Annotated[list[Fault], Field(description="What exactly is wrong, if it is more than one thing.")]


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        self.faults = list(faults[:FAULTS_LIMIT])

    def response(self) -> Response:
        """The answer."""
        return Response(
            content(self.status, str(self), self.faults),
            self.status,
            {**self.headers, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
            "application/problem+json",
        )


def content(status: int, detail: str, faults: Sequence[Fault] = ()) -> bytes:
    """The body of an error, in ASCII."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return json.dumps({**body, "detail": detail, "errors": list(faults)}).encode()
