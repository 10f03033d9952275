"""URLs of replies: text of strangers, of which only those count that lead where a blocklist or provider has its pages.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from bounced.classify.fixes.fix import TEXT_LIMIT

#: Characters of a URL that is shown.
URL_LIMIT = 300

#: Hosts that replies name for their provider's pages, beside those of the tables. No host where strangers write pages.
REPLY_HOSTS = frozenset(
    (
        *("go.microsoft.com", "mail.live.com", "postmaster.live.com", "sender.office.com", "aka.ms"),
        *("postmaster.yahooinc.com", "postmaster.verizonmedia.com", "postmaster.comcast.net"),
        *("lookup.abusix.com", "www.abuseat.org", "www.barracudanetworks.com", "bounce.emailsrvr.com"),
        *("postmaster.gmx.com", "postmaster.web.de", "postmaster.mail.com", "postmaster.1und1.de"),
        *("community.mimecast.com", "www.symanteccloud.com", "www.senderbase.org", "unblock.secureserver.net"),
        *("lookup.uribl.com", "uribl.com", "spa.xfinity.com", "postmaster.1and1.com"),
    )
)

_URL = re.compile(rf"https?://[^\s<>\"'\])]{{1,{URL_LIMIT}}}", re.IGNORECASE)

#: A URL whose host is what every reader takes for it: no login, no port, no backslash before the path.
_PLAIN_URL = re.compile(r"https?://([a-z0-9.-]+)(?:[/?#].*)?", re.IGNORECASE | re.ASCII)


def known_url(text: str, hosts: Collection[str]) -> str:
    """The first URL of ``text`` at one of ``hosts`` or REPLY_HOSTS, or at www. before it, ``""`` without one."""
    urls = (match[0].rstrip(".,;:") for match in _URL.finditer(text[:TEXT_LIMIT]))
    return next((url for url in urls if _leads_to(url, hosts)), "")


def _leads_to(url: str, hosts: Collection[str]) -> bool:
    match = _PLAIN_URL.fullmatch(url)
    host = match[1].lower() if match else ""
    return any(name in hosts or name in REPLY_HOSTS for name in (host, host.removeprefix("www."), f"www.{host}"))
