"""NetEase: 163.com, 126.com, yeah.net."""

from __future__ import annotations

from tests.support.products.product import Product

_CAPABILITIES = "IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ STARTTLS XAPPLEPUSHSERVICE UIDPLUS X-CM-EXT-1"

NETEASE = Product(
    name="NetEase",
    seen_in=("himalaya#651", "offlineimap3#71", "mailcore2#1228", "chatmail/core#5049"),
    greeting="Coremail System IMap Server Ready(163com[726cd87d72d896a1ac393507346040fa])",
    greeted=_CAPABILITIES,
    capabilities=_CAPABILITIES,
    folders={"INBOX": "", "&V4NXPpCuTvY-": r"\Junk"},
    wants_id="Unsafe Login. Please contact kefu@188.com for help",
    next_uid=None,
)
