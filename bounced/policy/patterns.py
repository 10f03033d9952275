"""Entries of a list that stand for several addresses: a domain, the domains below one, and an address for its
sub-addresses.

``@example.com`` is every address of that domain, ``*.example.com`` every address of a domain below it, at any depth,
but not of itself. An entry of a tenant (bounced.address, 5) covers what is the same tenant's.
"""

from __future__ import annotations

from collections.abc import Iterator

from bounced.address import by_tenant, of_tenant

#: Octets that begin a pattern, and no address.
DOMAIN = "@"
SUBDOMAINS = "*."


def is_pattern(entry: str) -> bool:
    """True for a domain or the domains below one."""
    return by_tenant(entry)[1].startswith((DOMAIN, SUBDOMAINS))


def covering(address: str, delimiters: str = "") -> tuple[str, ...]:
    """The entries that cover ``address``, the closest first, itself included.

    ``delimiters`` are what separates the extension of a sub-address that is the same as its address, ``""`` where
    they are apart.
    """
    if is_pattern(address):
        return (address,)
    tenant, key = by_tenant(address)
    local, _, domain = key.rpartition("@")
    bare = local if local.startswith('"') else without_extension(local, delimiters)
    above = (f"{bare}@{domain}", *_of_domain(domain))
    return tuple(dict.fromkeys((address, *(of_tenant(tenant, entry) for entry in above))))


def without_extension(local: str, delimiters: str) -> str:
    """``local`` up to the first delimiter, as Postfix splits it (postconf(5), recipient_delimiter)."""
    lower = local.lower()
    if "-" in delimiters and (lower.startswith("owner-") or lower.endswith("-request")):  # owner_request_special
        return local
    ends = [at for at, char in enumerate(local) if char in delimiters]
    return local[: ends[0]] if ends and ends[0] else local


def covered(entry: str, delimiters: str = "") -> tuple[str, ...]:
    """Patterns for SQL's LIKE, escaped by a backslash, that match every address which ``entry`` covers, and few more.

    None for an address without sub-addresses.
    """
    tenant, key = by_tenant(entry)
    mark = _escaped(of_tenant(tenant, ""))
    if key.startswith(DOMAIN):
        return (f"{mark}%{_escaped(key)}",)
    if key.startswith(SUBDOMAINS):
        return (f"{mark}%@%{_escaped(key[1:])}",)
    local, _, domain = entry.rpartition("@")
    return tuple(f"{_escaped(local + delimiter)}%@{_escaped(domain)}" for delimiter in delimiters)


def _of_domain(domain: str) -> Iterator[str]:
    """The patterns that cover the addresses of ``domain``."""
    yield f"{DOMAIN}{domain}"
    parent = domain
    while (parent := parent.partition(".")[2]) and not domain.startswith("["):
        yield f"{SUBDOMAINS}{parent}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
