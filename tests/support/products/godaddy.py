"""GoDaddy's Workspace mail."""

from __future__ import annotations

from tests.support.products.product import Product

GODADDY = Product(
    name="GoDaddy",
    seen_in=("Mailspring#2036",),
    greeting="IMAP4 server ready",
    greeted="IMAP4rev1 AUTH=PLAIN",
    capabilities="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE IDLE",
    folders={"INBOX": "", "INBOX.Bulk Mail": ""},
    prefix="INBOX.",
    delimiter=".",
    dates=("01-Jan-1970 00:00:00 +0000",),
)
