"""DavMail, the gateway to Exchange."""

from __future__ import annotations

from tests.support.products.product import Product

_CAPABILITIES = "IMAP4REV1 AUTH=LOGIN IDLE MOVE SPECIAL-USE UIDPLUS"

DAVMAIL = Product(
    name="DavMail",
    seen_in=("parsedmarc#154", "modern-email/defects#45", "davmail#343"),
    greeting=f"[CAPABILITY {_CAPABILITIES}] IMAP4rev1 DavMail 6.3.0-3627 server ready",
    greeted=_CAPABILITIES,
    capabilities=_CAPABILITIES,
    folders={"INBOX": r"\HasNoChildren", "Junk": r"\Junk \HasNoChildren"},
    exists="*  {} EXISTS",
    refuses_empty_list=True,
)
