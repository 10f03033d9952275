"""Failures and answers of a mailbox behind the address that was sent to. Pure.

``team@example.org`` is a list there, and ``former.colleague@example.org`` was on it: the others still get the mail, and
no report says how many they are. Where the whole address is dead, the domain says so of the address itself.

An answer of a member says as little about the list. But people answer from another address than the one that they
subscribed with: where their mail is forwarded to, or under a longer name at the same domain.
"""

from __future__ import annotations

import re

from bounced.address import by_tenant

#: Local parts that are nobody's own: several people read such a mailbox, or a list is behind it (RFC 2142, and usual).
ROLES = frozenset(
    (
        *("abuse", "account", "accounting", "accounts", "admin", "administration", "all", "alle", "bestellung"),
        *("billing", "booking", "bookings", "buchhaltung", "bureau", "careers", "commercial", "compta"),
        *("comptabilite", "contact", "contacto", "contato", "customer", "direction", "dispatch", "einkauf"),
        *("empfang", "enquiries", "events", "everybody", "everyone", "export", "facturacion", "facturas"),
        *("facturation", "feedback", "finance", "fragen", "gruppe", "group", "hallo", "hello", "help", "helpdesk"),
        *("hostmaster", "hr", "info", "information", "infos", "inquiries", "invoice", "invoices", "it", "jobs"),
        *("kontakt", "kundendienst", "kundenservice", "list", "liste", "mail", "mailbox", "mailing", "marketing"),
        *("members", "news", "newsletter", "office", "operations", "order", "orders", "personal", "post"),
        *("postmaster", "praxis", "presse", "press", "purchasing", "rechnung", "reception", "recepcion"),
        *("recruiting", "rh", "sales", "secretariat", "secretary", "secretaria", "sekretariat", "service"),
        *("services", "shop", "staff", "support", "team", "ufficio", "vendas", "ventas", "vendite", "verkauf"),
        *("verwaltung", "webmaster", "zentrale"),
    )
)

#: Letters of a name that is long enough to tell people apart.
NAME_LENGTH = 3

_BETWEEN = re.compile(r"[._-]")


def answers(address: str, responder: str) -> bool:
    """True when an answer of ``responder`` shows that mail reaches the owner of ``address``, not a member of a list.

    At another domain that is where somebody's mail is forwarded to. At the same one it takes a part of the name.
    """
    local, _, domain = by_tenant(address)[1].rpartition("@")
    from_local, _, from_domain = by_tenant(responder.lower())[1].rpartition("@")
    if not from_local or (_plain(local), domain) == (_plain(from_local), from_domain):
        return True
    if not ROLES.isdisjoint(_parts(local)):
        return False
    return domain != from_domain or any(len(name) >= NAME_LENGTH for name in _names(local) & _names(from_local))


def _parts(local: str) -> set[str]:
    return set(filter(None, _BETWEEN.split(local.partition("+")[0])))


def _names(local: str) -> set[str]:
    """The parts of a local part, each alone and behind the initial of another: a.smith and anna.smith are asmith."""
    parts = _parts(local)
    return parts | {f"{first[0]}{last}" for first in parts for last in parts if first != last}


def member(address: str, final_recipient: str) -> str:
    """``final_recipient`` if it is another mailbox of the domain of ``address``, else ``""``.

    Another case, a tag behind ``+``, and dots make no other mailbox.
    """
    if not final_recipient or final_recipient == address:
        return ""
    local, _, domain = by_tenant(final_recipient.lower())[1].rpartition("@")
    own_local, _, own_domain = by_tenant(address)[1].rpartition("@")
    return final_recipient if local and domain == own_domain and _plain(local) != _plain(own_local) else ""


def _plain(local: str) -> str:
    return local.partition("+")[0].replace(".", "")
