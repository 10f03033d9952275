"""The parameters and bodies of requests, and what is wrong with them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from bounced.daemon.api.problems import Fault
from bounced.ledger.forbidden import CHUNK_ADDRESSES
from bounced.ledger.pages import Key
from bounced.peer import is_printable

#: Rows of one answer.
ROWS_LIMIT = 1000
ROWS = 100

#: Characters of an address, a scope and a cursor; RFC 5321 allows an address 320 octets.
ADDRESS_LIMIT = 1000
SCOPE_LIMIT = 200
CURSOR_LIMIT = 4000

#: The largest number of a row in SQLite.
NUMBER_LIMIT = 2**63 - 1


def _decimal(text: object) -> object:
    if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 20:
        return int(text)
    raise ValueError("must be a number")


def _scope(text: str) -> str:
    if not is_printable(text, SCOPE_LIMIT):
        raise ValueError("must be all, marketing or the name of a stream")
    return text


Number = Annotated[int, BeforeValidator(_decimal)]
Rows = Annotated[Number, Field(ge=1, le=ROWS_LIMIT, description=f"Rows of the answer, {ROWS_LIMIT:,} at most.")]
Address = Annotated[
    str, Field(min_length=1, max_length=ADDRESS_LIMIT, description="An email address and nothing else, in any case.")
]
MailScope = Annotated[
    str,
    AfterValidator(_scope),
    Field(
        min_length=1,
        max_length=SCOPE_LIMIT,
        description="Kind of mail to be sent: marketing, the name of a stream, or all, as `bounced check --scope`.",
    ),
]


class Query(BaseModel):
    """The parameters of an endpoint: no unknown ones, and no values in messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @property
    def address_shown(self) -> str:
        """The address that a request is about, for the access log; ``""`` for none, or many."""
        return str(getattr(self, "address", ""))


class NoQuery(Query):
    """No parameters."""


class CheckQuery(Query):
    """Parameters of /v1/check."""

    address: Address
    scope: MailScope = "marketing"


class CheckBody(Query):
    """The body of /v1/check, as JSON."""

    model_config = ConfigDict(strict=True)

    addresses: list[Annotated[str, Field(max_length=ADDRESS_LIMIT)]] = Field(
        min_length=1, max_length=CHUNK_ADDRESSES, description=f"Addresses, {CHUNK_ADDRESSES:,} at most."
    )
    scope: MailScope = "marketing"


def _key(text: object) -> object:
    """The key that a cursor stands for. Raises ValueError."""
    try:
        parts = json.loads(base64.b64decode(str(text).encode("ascii"), b"-_", validate=True)) if text else Key()
        if len(parts) == 3 and all(isinstance(part, str) and part.isprintable() for part in parts):
            return Key(*parts)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        pass
    raise ValueError("must be the next_cursor of an earlier answer")


def cursor(key: Key) -> str:
    """A key as text that is opaque to others, and fit for a URL."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


class ListQuery(Query):
    """Parameters of /v1/suppressions."""

    cursor: Annotated[
        Key,
        BeforeValidator(_key),
        WithJsonSchema({"type": "string", "maxLength": CURSOR_LIMIT}),
        Field(description="`next_cursor` of the page before; none for the first page."),
    ] = Key()
    limit: Rows = ROWS


class ExplainQuery(Query):
    """Parameters of /v1/explain."""

    address: Address
    limit: Rows = ROWS


class OutboxQuery(Query):
    """Parameters of /v1/outbox."""

    after: Annotated[
        Number, Field(ge=0, le=NUMBER_LIMIT, description="The id of the last change that you have; 0 for none.")
    ] = 0
    limit: Rows = ROWS


class RatesQuery(Query):
    """Parameters of /v1/rates."""

    dimension: Annotated[
        Literal["campaign", "sending_domain", "provider"] | None, Field(description="Only rates by this dimension.")
    ] = None


def faults(error: ValidationError) -> list[Fault]:
    """What is wrong, with no value of the request in it."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"pointer": _pointer(item["loc"]), "detail": item["msg"].removeprefix("Value error, ")} for item in found]


def _pointer(location: tuple[int | str, ...]) -> str:
    """Where in the body or the parameters (RFC 6901). A name that the request made up is not repeated at length."""
    return "".join(f"/{str(part)[:50].replace('~', '~0').replace('/', '~1')}" for part in location)
