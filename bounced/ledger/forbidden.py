"""What forbids mail to addresses, as rows: what `bounced check` prints, and bounced.ledger.lookup makes records of.

Loads no records: `check` would wait for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from bounced.ledger import reading
from bounced.ledger.current_file import CurrentFile
from bounced.ledger.in_force import Row, in_force
from bounced.policy.scopes import StreamKind, forbidding

if TYPE_CHECKING:
    from bounced.model import Scope

#: Addresses in one statement: a megabyte of JSON at most for SQLite, and of memory.
CHUNK_ADDRESSES = 10_000


class Forbidden:
    """The rows in force in the database at ``path``, for ``streams`` as in the configuration. Raises LedgerError."""

    def __init__(self, path: str, streams: Mapping[str, StreamKind]) -> None:
        self._file = CurrentFile(path)
        self._streams = streams
        self._file.current()

    def rows(self, keys: Iterable[str], scope: Scope, others: Sequence[str] = ()) -> dict[str, list[Row]]:
        """Rows of the view ``suppressed`` that forbid mail of ``scope`` to ``keys``, those of all mail first.

        The addresses ``others`` cover each of ``keys``.
        Of at most CHUNK_ADDRESSES addresses, as the ledger has them. One that may be mailed is not in the result.
        Raises LedgerError.
        """
        with reading.errors(self._file.path):
            return in_force(self._file.current(), keys, forbidding(scope, self._streams), others)

    def close(self) -> None:
        """Closes the file. The next question opens it again."""
        self._file.close()
