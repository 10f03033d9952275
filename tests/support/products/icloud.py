"""iCloud."""

from __future__ import annotations

from tests.support.products.product import Product

ICLOUD = Product(
    name="iCloud",
    seen_in=("HA#132042", "mcp-email-server#237", "zammad#4589", "dmarc-report-viewer#5"),
    greeting="[CAPABILITY IMAP4 IMAP4rev1 SASL-IR AUTH=ATOKEN AUTH=PLAIN XAPPLEPUSHSERVICE] iSCREAM ready to rumble",
    greeted="IMAP4 IMAP4rev1 SASL-IR AUTH=ATOKEN AUTH=PLAIN XAPPLEPUSHSERVICE",
    capabilities="IMAP4 IMAP4rev1 XAPPLEPUSHSERVICE ID IDLE NAMESPACE UIDPLUS CONDSTORE ESEARCH SORT",
    folders={"INBOX": r"\Noinferiors", "Junk": r"\HasNoChildren \Junk", "Sent Messages": r"\HasNoChildren \Sent"},
    leaves_out_empty_search=True,
)
