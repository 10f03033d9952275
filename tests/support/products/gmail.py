"""Gmail."""

from __future__ import annotations

from tests.support.products.product import Product

GMAIL = Product(
    name="Gmail",
    seen_in=("MailKit#28", "modern-email/defects#18", "mailcow#1554", "imap-mcp-server#54"),
    greeting="Gimap ready for requests from 189.32.189.109 t133mb268923674vkb",
    greeted=(
        "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR AUTH=XOAUTH2 AUTH=PLAIN "
        "AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER AUTH=XOAUTH"
    ),
    capabilities=(
        "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE ENABLE MOVE "
        "CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584"
    ),
    says_capabilities=True,
    folders={
        "INBOX": r"\HasNoChildren",
        "[Gmail]": r"\HasChildren \NoSelect",
        "[Gmail]/&BCEEPwQwBDw-": r"\HasNoChildren \Junk",
        "[Gmail]/Todos os e-mails": r"\All \HasNoChildren",
    },
    refused_at_first={"UID FETCH": "NO [OVERQUOTA] Account exceeded command or bandwidth limits."},
    keeps_what_is_moved=frozenset({"[Gmail]/Todos os e-mails"}),
)
