"""Which suppression forbids mail to the recipient of a request: as `bounced check` answers, and for sub-addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bounced import times
from bounced.config.policy_server import PolicyServerSection, Unavailable
from bounced.config.tenant import SendingTenants
from bounced.daemon.policy_server.protocol import Request
from bounced.errors import LedgerError, UserError
from bounced.ledger.lookup import Suppressions
from bounced.policy import Suppression
from bounced.policy.patterns import without_extension
from bounced.policy.scopes import StreamKind

#: The answers (access(5)) while the database can't be read.
UNAVAILABLE_ACTIONS: Mapping[Unavailable, str] = {
    "dunno": "DUNNO",
    "defer": "DEFER_IF_PERMIT 4.3.0 suppressions can't be looked up",
    "reject": "REJECT 5.3.0 suppressions can't be looked up",
}


class Recipients:
    """The recipients that the database at ``path`` forbids. For one thread."""

    def __init__(
        self, path: str, section: PolicyServerSection, streams: Mapping[str, StreamKind], tenants: SendingTenants
    ) -> None:
        self._path = path
        self._tenants = tenants
        self._section = section
        self._streams = streams
        self._suppressions: Suppressions | None = None

    def suppression(self, request: Request) -> Suppression | None:
        """The suppression that forbids the message, ``None`` if none does. Raises LedgerError.

        A text that is not an email address (``root``) can't be suppressed.
        """
        if self._suppressions is None:  # it may come into being while the server runs
            self._suppressions = Suppressions(self._path, self._streams)
        scope = request.context or self._section.scope
        suppressions = self._suppressions.of(self._tenants.tenant(request.login, request.sender))
        several = tuple(candidates(request.recipient, self._section.recipient_delimiter))
        for address in several:
            try:
                return suppressions.covered(address, several, scope)
            except LedgerError:
                raise
            except UserError:
                continue
        return None

    def close(self) -> None:
        """Closes the database, if it was opened."""
        if self._suppressions:
            self._suppressions.close()


def candidates(recipient: str, delimiters: str) -> Iterator[str]:
    """The addresses whose suppressions forbid mail to ``recipient``, the closest first: itself, without its extension.

    Postfix removes the quotes of a local part.
    """
    local, _, domain = recipient.rpartition("@")
    bare = without_extension(local, delimiters)
    for name in dict.fromkeys((local, bare)):
        yield f"{name}@{domain}"
        escaped = name.replace("\\", r"\\").replace('"', r"\"")
        yield f'"{escaped}"@{domain}'


def refusal(suppression: Suppression) -> str:
    """The answer for a suppressed recipient (access(5)); its words are recognized when they return in a DSN."""
    return f"550 5.7.1 suppressed: {suppression.reason} since {times.iso(suppression.since)}"
