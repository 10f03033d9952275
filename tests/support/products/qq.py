"""QQ Mail."""

from __future__ import annotations

from tests.support.products.product import Product

_CAPABILITIES = "IMAP4 IMAP4rev1 IDLE XAPPLEPUSHSERVICE ID UIDPLUS AUTH=LOGIN NAMESPACE"

QQ = Product(
    name="QQ",
    seen_in=("mailcore2#1332", "enough_mail#159"),
    greeting=f"[CAPABILITY {_CAPABILITIES}] QQMail IMAP4Server ready",
    greeted=_CAPABILITIES,
    capabilities=_CAPABILITIES,
    folders={"INBOX": r"\HasNoChildren", "Junk": r"\HasNoChildren", "Sent Messages": r"\HasNoChildren"},
)
