"""Whether addresses may be mailed: what `bounced check` answers, and programs in Python.

1. It answers as bounced.ledger.in_force does, and only reads: neither the daemon nor the file notices.
2. Wrong with the file is LedgerError, and never "may be mailed".
3. A file that was put in the place of the other one (a restored backup) is opened before the next answer.
4. Each statement is its own transaction: none stays open, which would keep the -wal file from shrinking.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import islice
from threading import Lock
from types import TracebackType
from typing import Self

from bounced.address import TENANT, of_tenant
from bounced.address import key as address_key
from bounced.errors import UserError
from bounced.ledger.forbidden import CHUNK_ADDRESSES, Forbidden
from bounced.ledger.suppression_rows import suppression
from bounced.model import Scope
from bounced.policy import Suppression
from bounced.policy.scopes import StreamKind

#: Problems named when addresses are refused.
PROBLEMS_LIMIT = 10


class Suppressions:
    """The suppressions in force in the database at ``path``: read-only, and safe while the daemon writes.

    ``streams`` says which streams are ``transactional``, as ``[streams]`` of the configuration does; every other one
    is marketing. The answers are those of `bounced check`, for ``tenant`` (``[tenant.NAME]``) those of its
    ``--tenant``: of nobody else's suppressions. Raises UserError for what can't be the name of a tenant.

    A file that was replaced, by a restored backup, is opened again by itself. Threads may share one object: they wait
    for each other. Processes may not: open it after a fork, or ``close`` it before. Raises LedgerError, from every
    method too, when the file is missing, locked for 30 seconds, not bounced's, or written by a newer version.
    """

    def __init__(
        self, path: str | os.PathLike[str], streams: Mapping[str, StreamKind] | None = None, tenant: str = ""
    ) -> None:
        self._tenant = _checked(tenant)
        self._forbidden = Forbidden(os.fspath(path), dict(streams or {}))
        self._lock = Lock()

    def get(self, address: str, scope: Scope = "marketing") -> Suppression | None:
        """The suppression that forbids sending mail of ``scope`` to ``address`` now, ``None`` when it may be mailed.

        Of several the one of all mail. ``address`` is an address and nothing else, in any case, its domain in A-labels
        or U-labels. ``scope`` is ``marketing``, the name of a stream, or ``all`` for mail that only suppressions of
        all mail forbid. Raises UserError when ``address`` is not one email address.
        """
        return next(iter(self.all(address, scope)), None)

    def all(self, address: str, scope: Scope = "marketing") -> tuple[Suppression, ...]:
        """Every suppression of which ``get`` returns the first."""
        [key] = self._keys([address])
        return tuple(self._against([key], scope).get(key, ()))

    def covered(self, address: str, others: Iterable[str], scope: Scope) -> Suppression | None:
        """What ``get`` returns for ``address`` where ``others``, texts that may be addresses, cover it too."""
        [key] = self._keys([address])
        covering = [known for other in others for known in self._known(other) if known != key]
        return next(iter(self._against([key], scope, covering).get(key, ())), None)

    def filter(self, addresses: Iterable[str], scope: Scope = "marketing") -> dict[str, Suppression]:
        """Those of ``addresses`` that must not be mailed, each as it was passed, with what ``get`` returns for it.

        Reads ``addresses`` once, ten thousand at a time. Raises UserError, as ``get`` does, and returns nothing then.
        """
        forbidden: dict[str, Suppression] = {}
        for texts in _chunks(addresses):
            keys = self._keys(texts)
            against = self._against(keys, scope)
            forbidden |= {text: against[key][0] for text, key in zip(texts, keys, strict=True) if key in against}
        return forbidden

    def of(self, tenant: str) -> Suppressions:
        """The same file, asked for ``tenant``."""
        other = copy(self)
        other._tenant = _checked(tenant)
        return other

    def close(self) -> None:
        """Closes the file. The next question opens it again."""
        with self._lock:
            self._forbidden.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _keys(self, texts: list[str]) -> list[str]:
        """The addresses as the ledger has them. Raises UserError."""
        try:
            return [of_tenant(self._tenant, address_key(text)) for text in texts]
        except ValueError:
            raise UserError(*islice(_problems(texts), PROBLEMS_LIMIT)) from None

    def _known(self, text: str) -> list[str]:
        """The key of ``text`` if that is an address."""
        try:
            return self._keys([text])
        except UserError:
            return []

    def _against(self, keys: Iterable[str], scope: Scope, others: Sequence[str] = ()) -> dict[str, list[Suppression]]:
        """What forbids mail of ``scope`` to addresses that it forbids; suppressions of all mail come first."""
        with self._lock:
            rows = self._forbidden.rows(keys, scope, others)
        return {key: list(map(suppression, several)) for key, several in rows.items()}


def _checked(tenant: str) -> str:
    """``tenant`` if it can be one: with a parenthesis in it, a key would be another tenant's. Raises UserError."""
    if tenant and not TENANT.fullmatch(tenant):
        raise UserError(f"tenant {tenant[:100]!r}: must be 1 to 64 of the characters A-Z a-z 0-9 _ -")
    return tenant


def _chunks(addresses: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(addresses)
    while texts := list(islice(remaining, CHUNK_ADDRESSES)):
        yield texts


def _problems(texts: list[str]) -> Iterator[str]:
    for text in texts:
        try:
            address_key(text)
        except ValueError as error:
            yield f"{text[:200]!r}: {error}"
