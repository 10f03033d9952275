"""Yahoo Mail."""

from __future__ import annotations

from tests.support.products.product import Product

_CAPABILITIES = (
    "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER ID MOVE NAMESPACE XYMHIGHESTMODSEQ UIDPLUS LITERAL+ "
    "CHILDREN UNSELECT X-MSG-EXT OBJECTID IDLE ENABLE LIST-EXTENDED LIST-STATUS SPECIAL-USE APPENDLIMIT=41697280"
)

YAHOO = Product(
    name="Yahoo",
    seen_in=("wildduck#943", "bichon#342", "imapflow#75"),
    greeting=f"[CAPABILITY {_CAPABILITIES}] IMAP4rev1 imapgate-1.8.1_01.20166 imap1015.mail.gq1.yahoo.com",
    greeted=_CAPABILITIES,
    capabilities=_CAPABILITIES,
    folders={"Inbox": r"\HasNoChildren", "Bulk": r"\Junk \HasNoChildren", "Trash": r"\Trash \HasNoChildren"},
    refused_at_first={"UID FETCH": "NO [LIMIT] UID FETCH Rate limit hit."},
    next_uid=4_000_000,
)
