"""Which server answered, in the words of those who do not state it in ``Remote-MTA``. Pure.

Exim and Postfix in text for people, and DMA, write its name before its address: "host mx.example.net[192.0.2.25] said".
qmail has the address alone: there only what the server says of itself is left. Other names in a reply are the client's:
"550-mail.example.org [192.0.2.10] is not permitted to relay".
"""

from __future__ import annotations

import re
from dataclasses import replace

from bounced.model import Report

_NAME = r"(?:[a-z0-9_-]{1,63}\.){1,10}[a-z][a-z0-9-]{1,62}"

#: A name before the address in brackets; in "<mail.example.org[192.0.2.10]>: Client host rejected", and where Sendmail
#: says "received at … from mail.example.org [192.0.2.10]", it is the client's.
_BEFORE_ADDRESS = re.compile(rf"(?<![\w.@<(\[-])(?<!from )({_NAME})\.? ?\[(?:ipv6:)?[0-9a-f.:]{{3,45}}\]")

#: Where a reply begins.
_REPLY = re.compile(r"(?<![\w.@<-])[45]\d\d[ -]")

#: Outlook.com and Exchange Online: "550 5.4.1 … Access denied. [AM5EUR03FT041.prod.protection.outlook.com …]".
_MICROSOFT = re.compile(r"\[((?:[a-z0-9-]{1,63}\.){1,6}outlook\.com)[\] ]")

#: The last word of each reply of Google, and how its servers call themselves in their greeting.
_GOOGLE, GOOGLE = re.compile(r"(?<!\S)gsmtp(?![\w-])"), "mx.google.com"


def stating_server(report: Report) -> Report:
    """``report`` with the name of the server that answered in ``remote_mta``, if its words have one."""
    if report.remote_mta:
        return report
    server = _server(report.diagnostic_code.lower())
    return replace(report, remote_mta=server) if server else report


def _server(text: str) -> str:
    if "[" in text:
        reply = _REPLY.search(text)
        before = _BEFORE_ADDRESS.search(text, 0, reply.start() if reply else len(text))
        if found := before or _MICROSOFT.search(text):
            return found[1]
    return GOOGLE if "gsmtp" in text and _GOOGLE.search(text) else ""
