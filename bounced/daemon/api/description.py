"""The description of the interface (OpenAPI 3.1), made from the endpoints."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from bounced import __version__
from bounced.daemon.api.endpoints import ENDPOINTS, Endpoint
from bounced.daemon.api.problems import ProblemAnswer

PATH = "/v1/openapi.json"

#: Errors that any endpoint may answer with, and those of one that needs a token.
STATUSES = (400, 405, 408, 431, 503)
TOKEN_STATUSES = (401, 403, 429)

MEANINGS = {
    400: "The request is not as described.",
    401: "No token, or one that is not known.",
    403: "The token lacks the scope.",
    405: "Another method than those described.",
    408: "The request did not arrive in time.",
    410: "Not all changes since then are in the outbox: read the list again.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    429: "Too many requests with this token; Retry-After says how many seconds to wait.",
    431: "The head of the request is too long, its URL for example.",
    503: "The database can't be read now; Retry-After says how many seconds to wait.",
}

Schema = dict[str, Any]


@cache
def encoded() -> bytes:
    """The description as JSON."""
    return json.dumps(described(), indent=1).encode()


def described() -> Schema:
    """The description."""
    schemas: Schema = {}
    schemas["Problem"] = _schema(ProblemAnswer, schemas)
    paths: Schema = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "bounced", "version": __version__, "description": "Which addresses must not be mailed."},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(endpoint: Endpoint, schemas: Schema) -> Schema:
    operation = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "security": [{"token": []}] if endpoint.scope else [],
        "responses": {"200": _answered(endpoint, schemas), **_errors(endpoint)},
    }
    asked = _schema(endpoint.asked, schemas)
    if endpoint.method == "POST":
        return operation | {"requestBody": {"required": True, "content": {"application/json": {"schema": asked}}}}
    return operation | {"parameters": [_parameter(name, asked) for name in asked["properties"]]}


def _parameter(name: str, asked: Schema) -> Schema:
    schema = {**asked["properties"][name]}
    text = schema.pop("description", "")
    required = name in asked.get("required", ())
    return {"name": name, "in": "query", "required": required, "description": text, "schema": schema}


def _answered(endpoint: Endpoint, schemas: Schema) -> Schema:
    schemas[endpoint.answered.__name__] = _schema(endpoint.answered, schemas)
    reference = {"$ref": f"#/components/schemas/{endpoint.answered.__name__}"}
    answered = {"description": endpoint.summary + ".", "content": {"application/json": {"schema": reference}}}
    return answered if endpoint.method == "POST" else answered | {"headers": {"ETag": {"schema": {"type": "string"}}}}


def _errors(endpoint: Endpoint) -> Schema:
    statuses = {*STATUSES, *endpoint.statuses, *(TOKEN_STATUSES if endpoint.scope else ())}
    schema = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    unchanged = {"304": {"description": "The answer is still the one of If-None-Match."}}
    errors = {str(status): {"description": MEANINGS[status], "content": schema} for status in sorted(statuses)}
    return errors if endpoint.method == "POST" else unchanged | errors


def _schema(kind: type, schemas: Schema) -> Schema:
    """The schema of a record; those inside it are added to ``schemas``."""
    schema = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs", {})
    return schema
