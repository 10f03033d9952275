"""Answers requests: who asks, how often, what exactly; then the database, and an ETag."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, cast

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bounced.daemon import log
from bounced.daemon.api import description
from bounced.daemon.api.bodies import body, parameters
from bounced.daemon.api.endpoints import ENDPOINTS, Endpoint
from bounced.daemon.api.limits import Rates
from bounced.daemon.api.lookups import Lookups
from bounced.daemon.api.problems import Problem
from bounced.daemon.api.requests import Query, faults
from bounced.daemon.api.tokens import Token, TokenFile

#: A client keeps what it was answered to itself, and asks whether it still holds.
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization", "X-Content-Type-Options": "nosniff"}

CHALLENGE = 'Bearer realm="bounced"'

#: What is wrong with a request that no endpoint gets.
UNROUTED = {404: "nothing is here", 405: "not by this method"}

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]
Handler = Callable[[Request], Awaitable[Response]]


class Api:
    """The endpoints, for whoever has a token of ``tokens``."""

    def __init__(self, lookups: Lookups, tokens: TokenFile, rates: Rates) -> None:
        self._lookups = lookups
        self._tokens = tokens
        self._rates = rates

    def application(self, lifespan: Lifespan) -> Starlette:
        """All of it, as ASGI has it."""
        app = Starlette(
            routes=[_route(path, self._answer) for path in dict.fromkeys(item.path for item in ENDPOINTS)],
            lifespan=lifespan,
            exception_handlers={
                Problem: _problem,
                HTTPException: _unrouted,
                ClientDisconnect: _gone,
                Exception: _internal_error,
            },
        )
        app.router.redirect_slashes = False
        app.router.routes.append(Route(description.PATH, _description, methods=["GET"]))
        return app

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        token = self._authorized(request, endpoint) if endpoint.scope else None
        query = await _asked(endpoint, request)
        request.state.address = query.address_shown
        if token and (seconds := self._rates.wait(token.name, endpoint.weight(query))):
            raise Problem(429, "too many requests with this token", {"Retry-After": str(seconds)})
        tenant = token.tenant if token else ""
        answered = await self._lookups.answer(endpoint.answer, query, is_quick=endpoint.is_quick, tenant=tenant)
        return _response(answered, request)

    def _authorized(self, request: Request, endpoint: Endpoint) -> Token:
        """The token of the request, which allows it. Raises Problem."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Problem(401, "a token is needed: Authorization: Bearer …", {"WWW-Authenticate": CHALLENGE})
        token = self._tokens.token(secret.strip())
        if token is None:
            headers = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
            raise Problem(401, "this token is not known", headers)
        request.state.token = token.name
        if endpoint.scope not in token.scopes:
            challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{endpoint.scope}"'
            raise Problem(403, f"this token lacks the scope {endpoint.scope}", {"WWW-Authenticate": challenge})
        return token


def _route(path: str, answer: Callable[[Endpoint, Request], Awaitable[Response]]) -> Route:
    """The endpoints at ``path``, by their methods."""
    by_method = {endpoint.method: partial(answer, endpoint) for endpoint in ENDPOINTS if endpoint.path == path}

    async def handler(request: Request) -> Response:
        return await by_method["POST" if request.method == "POST" else "GET"](request)

    return Route(path, handler, methods=list(by_method))


async def _asked(endpoint: Endpoint, request: Request) -> Query:
    """The parameters, or the body. Raises Problem."""
    try:
        if endpoint.method == "GET":
            return endpoint.asked.model_validate(parameters(request))
        return endpoint.asked.model_validate_json(await body(request))
    except ValidationError as error:
        raise Problem(400, "the request is not as described", faults=faults(error)) from None


def _response(answered: Any, request: Request) -> Response:
    """The answer, or that it is still the one that the client has (RFC 9110 13.1.2)."""
    encoded = json.dumps(answered, separators=(",", ":")).encode()  # ASCII: no text of a mail can be more than text
    tag = f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'
    headers = {**HEADERS, "ETag": tag}
    if request.method != "POST" and _matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(encoded, 200, headers, "application/json")


def _matches(condition: str, tag: str) -> bool:
    known = [text.strip().removeprefix("W/") for text in condition.split(",")]
    return tag in known or known == ["*"]


async def _description(_: Request) -> Response:
    return Response(description.encoded(), media_type="application/json", headers={"X-Content-Type-Options": "nosniff"})


async def _problem(_: Request, error: Exception) -> Response:
    return cast(Problem, error).response()


async def _unrouted(_: Request, error: Exception) -> Response:
    found = cast(HTTPException, error)
    return Problem(found.status_code, UNROUTED.get(found.status_code, found.detail), found.headers).response()


async def _gone(_: Request, __: Exception) -> Response:
    """Nobody gets it."""
    return Problem(400, "the connection ended before the request did").response()


async def _internal_error(_: Request, error: Exception) -> Response:
    log.fact(logging.CRITICAL, "internal-error", problem=type(error).__name__, fault=error)
    return Problem(500, "an internal error, which the log of the server has").response()
