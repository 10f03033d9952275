"""Who runs a mailbox: by the mail server that answered, else by the domain of the address.

Many domains are at one provider: Google takes mail of gmail.com, of googlemail.com, and of every company that pays for
it. The servers are those to which MX records of the providers led in 2025.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Providers by the domains of their mail servers.
SERVERS: Mapping[str, str] = {
    "google.com": "google",
    "googlemail.com": "google",
    "smtp.goog": "google",
    "outlook.com": "microsoft",
    "office365.us": "microsoft",
    "microsoft": "microsoft",
    "yahoodns.net": "yahoo",
    "aol.com": "yahoo",
    "icloud.com": "apple",
    "apple.com": "apple",
    "gmx.net": "united-internet",
    "web.de": "united-internet",
    "kundenserver.de": "ionos",
    "ionos.com": "ionos",
    "t-online.de": "telekom",
    "mail.ru": "mail.ru",
    "yandex.ru": "yandex",
    "yandex.net": "yandex",
    "qq.com": "tencent",
    "163.com": "netease",
    "126.com": "netease",
    "netease.com": "netease",
    "naver.com": "naver",
    "daum.net": "kakao",
    "hanmail.net": "kakao",
    "orange.fr": "orange",
    "free.fr": "free",
    "sfr.fr": "sfr",
    "laposte.net": "laposte",
    "libero.it": "libero",
    "seznam.cz": "seznam",
    "wp.pl": "wp",
    "onet.pl": "onet",
    "comcast.net": "comcast",
    "charter.net": "charter",
    "mxlogic.net": "trellix",
    "pphosted.com": "proofpoint",
    "ppe-hosted.com": "proofpoint",
    "mimecast.com": "mimecast",
    "iphmx.com": "cisco",
    "messagelabs.com": "symantec",
    "barracudanetworks.com": "barracuda",
    "hornetsecurity.com": "hornetsecurity",
    "antispameurope.com": "hornetsecurity",
    "zoho.com": "zoho",
    "zoho.eu": "zoho",
    "messagingengine.com": "fastmail",
    "protonmail.ch": "proton",
    "ovh.net": "ovh",
    "gandi.net": "gandi",
    "secureserver.net": "godaddy",
    "registrar-servers.com": "namecheap",
    "emailsrvr.com": "rackspace",
    "strato.de": "strato",
    "rzone.de": "strato",
    "mailbox.org": "mailbox.org",
    "posteo.de": "posteo",
    "bluewin.ch": "swisscom",
    "home.pl": "home.pl",
    "alibaba-inc.com": "alibaba",
    "mxhichina.com": "alibaba",
    "locaweb.com.br": "locaweb",
    "uol.com.br": "uol",
    "terra.com.br": "terra",
    "rediffmail.com": "rediff",
}

#: Providers by domains of addresses.
DOMAINS: Mapping[str, str] = {
    domain: provider
    for provider, domains in {
        "google": "gmail.com googlemail.com google.com",
        "microsoft": "outlook.com hotmail.com live.com msn.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it"
        " hotmail.es outlook.de outlook.fr outlook.es outlook.it outlook.com.br live.co.uk live.fr"
        " live.de live.nl live.it",
        "yahoo": "yahoo.com ymail.com rocketmail.com aol.com aim.com yahoo.co.uk yahoo.fr yahoo.de yahoo.it yahoo.es"
        " yahoo.com.br yahoo.ca yahoo.in yahoo.co.in verizon.net sbcglobal.net att.net bellsouth.net",
        "apple": "icloud.com me.com mac.com",
        "united-internet": "gmx.de gmx.net gmx.com gmx.at gmx.ch gmx.info web.de mail.com email.de",
        "telekom": "t-online.de magenta.de",
        "mail.ru": "mail.ru bk.ru list.ru inbox.ru internet.ru vk.com",
        "yandex": "yandex.ru yandex.com ya.ru yandex.by yandex.kz yandex.ua",
        "tencent": "qq.com foxmail.com vip.qq.com",
        "netease": "163.com 126.com yeah.net vip.163.com",
        "naver": "naver.com",
        "kakao": "daum.net hanmail.net kakao.com",
        "orange": "orange.fr wanadoo.fr",
        "free": "free.fr aliceadsl.fr",
        "sfr": "sfr.fr neuf.fr cegetel.net 9online.fr",
        "laposte": "laposte.net",
        "libero": "libero.it virgilio.it iol.it inwind.it giallo.it blu.it",
        "seznam": "seznam.cz email.cz post.cz spoluzaci.cz",
        "wp": "wp.pl o2.pl tlen.pl",
        "onet": "onet.pl op.pl vp.pl poczta.onet.pl onet.eu",
        "comcast": "comcast.net xfinity.com",
        "charter": "charter.net rr.com roadrunner.com",
        "zoho": "zoho.com zohomail.com",
        "fastmail": "fastmail.com fastmail.fm",
        "proton": "proton.me protonmail.com pm.me protonmail.ch",
        "uol": "uol.com.br bol.com.br",
        "terra": "terra.com.br",
        "rediff": "rediffmail.com",
        "swisscom": "bluewin.ch",
    }.items()
    for domain in domains.split()
}

#: Of the name of a server, as reports state it: what is not a name of the DNS says nothing.
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.){1,10}[a-z0-9-]{1,63}")

#: Octets of a name of the DNS.
HOST_LIMIT = 253


def provider(address: str, remote_mta: str = "") -> str:
    """The provider of ``address`` (normalized): a name of the tables, else the domain of the address.

    ``remote_mta`` is the server that answered (RFC 3464 2.3.5), as a report states it, or ``""``.
    """
    domain = address.rpartition("@")[2]
    return (remote_mta and _of_server(remote_mta)) or DOMAINS.get(domain) or domain


def domains(name: str) -> list[str]:
    """The domains of addresses of the provider ``name``, as far as the table has them; else that is a domain itself."""
    return [domain for domain, provider in DOMAINS.items() if provider == name] or [name]


def _of_server(remote_mta: str) -> str:
    """The provider whose server it is, ``""`` when it is nobody's in the table."""
    host = remote_mta.strip(" .").lower()
    if len(host) > HOST_LIMIT or not remote_mta.isascii() or not _HOST.fullmatch(host):
        return ""
    labels = host.split(".")
    names = (".".join(labels[start:]) for start in range(len(labels)))
    return next((SERVERS[name] for name in names if name in SERVERS), "")
