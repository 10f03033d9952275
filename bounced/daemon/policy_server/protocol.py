"""A request of Postfix, and the answer to it: lines of name=value, ended by an empty line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

#: Octets of a request. Postfix cuts no attribute; the longest, of a client certificate, have some hundred octets.
REQUEST_LIMIT = 64 * 1024

#: What ends a request, and an answer.
END = b"\n\n"

#: The only type of request that Postfix documents.
REQUEST_TYPE = "smtpd_access_policy"


@dataclass(frozen=True, slots=True)
class Request:
    """What of a request counts."""

    recipient: str  # "" before RCPT TO, and at DATA with several recipients
    context: str = ""  # policy_context= in main.cf, Postfix 3.1 or newer
    sender: str = ""  # "" for the null sender
    login: str = ""  # sasl_username; "" without authentication


class BadRequest(ValueError):
    """Not a request of Postfix: no answer, and the connection ends (as the protocol has it)."""


def parsed(content: bytes) -> Request:
    """The request in ``content``, which ends with an empty line. Raises BadRequest."""
    lines = content.removesuffix(END).decode("utf-8", "surrogateescape").split("\n")
    pairs = [line.partition("=") for line in lines]
    if not all(separator for _, separator, _ in pairs):
        raise BadRequest("a line without =")
    attributes = {name: value for name, _, value in pairs}
    if attributes.get("request") != REQUEST_TYPE:
        raise BadRequest(f"no request={REQUEST_TYPE}")
    return Request(*(attributes.get(name, "") for name in ("recipient", "policy_context", "sender", "sasl_username")))


def answer(action: str) -> bytes:
    """``action``, one of access(5), as the answer."""
    return f"action={action}".encode() + END
