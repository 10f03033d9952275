"""Reads parameters and bodies off a request, within limits."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from bounced.daemon.api.problems import Problem

#: Octets of a body: ten thousand addresses, twice as long as they may be.
BODY_LIMIT = 8 << 20

#: Octets that are read of a longer one, so that its sender is still there to hear it.
DROPPED_LIMIT = 4 * BODY_LIMIT

#: Parameters that are read.
FIELDS_LIMIT = 100

JSON = "application/json"


def parameters(request: Request) -> Mapping[str, str]:
    """The parameters of a request by their names. Raises Problem when they are not UTF-8, or one is there twice."""
    query = request.scope["query_string"]
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_LIMIT)
    except ValueError:
        raise Problem(400, "the parameters are not UTF-8, percent-encoded") from None
    values = dict(pairs)
    if len(values) < len(pairs):
        raise Problem(400, "a parameter is there twice")
    return values


async def body(request: Request) -> bytes:
    """The JSON of a request that has no parameters. Raises Problem."""
    if request.scope["query_string"]:
        raise Problem(400, "parameters belong into the body")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Problem(415, f"the body must be {JSON}", {"Accept": JSON})
    content, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        content += chunk if size <= BODY_LIMIT else b""
        if size > DROPPED_LIMIT:
            break
    if size > BODY_LIMIT:
        raise Problem(413, f"the body may have {BODY_LIMIT >> 20} MB", {"Connection": "close"})
    return bytes(content)
