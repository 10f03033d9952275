"""Addresses that were erased and stay suppressed: what is kept of each is an entry that nobody can read it from.

1. An entry is ``#`` and a keyed hash of the address, behind its tenant if it is one's. The key is in the file: who has
   the file can ask whether an address is among them, as `bounced check` does, but can't list them. A file that a
   restored backup was joined with has the keys of both; new entries are made by the first.
2. An entry stands while it is suppressed. Reports and lists that name its address are taken without it meanwhile, and
   what a person decides about the address is decided about the entry.
3. When it is released it stands no more: the address is one like any other, and recorded again.

Only reads. Call inside a transaction of the ledger, or with a file that is open for reading.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping

from bounced.address import by_tenant, of_tenant
from bounced.address import key as address_key
from bounced.policy import patterns
from bounced.policy.mailboxes import mailbox

MARK = "#"

#: The list that kept suppressions are on.
ORIGIN = "erased"

#: The name of the key in ``meta``, and its octets.
KEY_NAME = "erasure_key"
KEY_OCTETS = 32

KEY = "SELECT value FROM meta WHERE name = 'erasure_key'"
DELIMITERS = "SELECT value FROM meta WHERE name = 'delimiters'"
PROVIDERS = "SELECT value FROM meta WHERE name = 'spellings'"

STANDING = """
SELECT DISTINCT address FROM json_each(?) CROSS JOIN suppressions ON address = value
WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
"""

#: What may be an address in a text. It only begins where a word does, so that a long one is read once.
_CLAIM = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,255}")


def hash_keys(db: sqlite3.Connection) -> tuple[bytes, ...]:
    """The keys of the hashes, none where nothing was erased and kept."""
    row = db.execute(KEY).fetchone()
    return keys_of(row[0]) if row else ()


def keys_of(text: str) -> tuple[bytes, ...]:
    """The keys in a value of ``meta``: hexadecimal digits, with spaces between the keys."""
    return tuple(map(bytes.fromhex, text.split()))


def entry(address: str, hash_key: bytes) -> str:
    """What stands for ``address``, a key of bounced.address, of a tenant if it is one's."""
    from hashlib import blake2b  # for which `check` would wait where nothing was erased

    tenant, _ = by_tenant(address)
    digest = blake2b(address.encode(errors="replace"), key=hash_key, digest_size=32).hexdigest()
    return of_tenant(tenant, f"{MARK}{digest}")


def entries(address: str, hash_keys: Collection[bytes], providers: Collection[str]) -> list[str]:
    """The entries of ``address``, and those of its mailbox where ``providers`` have several spellings of one."""
    return [entry(name, key) for name in _forms(address, providers) for key in hash_keys]


def providers(db: sqlite3.Connection) -> list[str]:
    """The providers whose spellings of a mailbox are the same, as the file has them."""
    return " ".join(value for (value,) in db.execute(PROVIDERS)).split()


def is_entry(address: str) -> bool:
    """True for what stands for an erased address: no address is without an ``@``."""
    return by_tenant(address)[1].startswith(MARK) and "@" not in address


def standing(db: sqlite3.Connection, addresses: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Those of ``addresses`` that were erased and stay suppressed, each with its entry, or one by each of several keys.

    Of a sub-address that is the same as its address it may be the entry of that.
    """
    keys = hash_keys(db)
    if not keys:
        return {}
    delimiters = "".join(value for (value,) in db.execute(DELIMITERS))
    named = providers(db)
    possible = {address: _entries(address, keys, delimiters, named) for address in addresses}
    asked = json.dumps([each for several in possible.values() for names in several for each in names])
    known = {each for (each,) in db.execute(STANDING, [asked])}
    kept = ((address, _first(several, known)) for address, several in possible.items())
    return {address: several for address, several in kept if several}


def written(text: str) -> list[str]:
    """What may be addresses in ``text``, as they are written."""
    return _CLAIM.findall(text) if "@" in text else []


def claims(text: str) -> Iterator[str]:
    """The keys of the addresses that are written in ``text`` as they are."""
    for claim in written(text):
        try:
            yield address_key(claim.rstrip(".-_"))
        except ValueError:
            continue


def _entries(
    address: str, hash_keys: Collection[bytes], delimiters: str, providers: Collection[str]
) -> list[tuple[str, ...]]:
    """The entries of each name that covers ``address``, the closest first, by each of the keys."""
    names = (name for name in patterns.covering(address, delimiters) if not patterns.is_pattern(name))
    return [tuple(entry(form, key) for key in hash_keys) for name in names for form in _forms(name, providers)]


def _forms(address: str, providers: Collection[str]) -> dict[str, None]:
    """``address``, and its mailbox where ``providers`` have several spellings of one."""
    return dict.fromkeys((address, mailbox(address, providers) or address))


def _first(several: Iterable[tuple[str, ...]], known: Collection[str]) -> tuple[str, ...]:
    """The first of ``several`` of which something is ``known``, as far as it is."""
    standing_ones = (tuple(each for each in names if each in known) for names in several)
    return next(filter(None, standing_ones), ())
