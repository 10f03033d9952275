"""What a report may quote of ours: the addresses of the message's sender, and their domains."""

from __future__ import annotations

from bounced import address
from bounced.identify.sender import Sender
from bounced.model import Decoded

_RETURNED_HEADERS = ("Return-Path", "From", "Sender")


def own_names(decoded: Decoded, sender: Sender) -> frozenset[str]:
    """The addresses that the message in ``decoded`` was sent from, as far as they are known, and their domains.

    A report goes to the envelope sender of what it is about (RFC 5321 6.1), so its own recipient is one of them.
    """
    returned = (decoded.original.get(name) for name in _RETURNED_HEADERS)
    stated = {decoded.envelope_sender, *returned, decoded.header.get("To"), decoded.header.get("Delivered-To")}
    own = {*filter(None, map(address.claimed, stated)), *sender.own_addresses}
    return frozenset((*own, *(name.rpartition("@")[2] for name in own)))
