"""Failures of a mailbox behind the address that was sent to, at the same domain. Pure.

``team@example.org`` is a list there, and ``former.colleague@example.org`` was on it: the others still get the mail, and
no report says how many they are. Where the whole address is dead, the domain says so of the address itself.
"""

from __future__ import annotations


def member(address: str, final_recipient: str) -> str:
    """``final_recipient`` if it is another mailbox of the domain of ``address``, else ``""``.

    Another case, a tag behind ``+``, and dots make no other mailbox.
    """
    if not final_recipient or final_recipient == address:
        return ""
    local, _, domain = final_recipient.lower().rpartition("@")
    own_local, _, own_domain = address.rpartition("@")
    return final_recipient if local and domain == own_domain and _plain(local) != _plain(own_local) else ""


def _plain(local: str) -> str:
    return local.partition("+")[0].replace(".", "")
