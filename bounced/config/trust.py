"""[trust]: which mail is ours, and the trust level that a report needs to count."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from itertools import chain
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from bounced import address
from bounced.config.section import Section
from bounced.config.values import Text
from bounced.identify.sender import RELAYS, TrustAnchors, networks
from bounced.model import COUNTED_KINDS, CountedKind, Trust


def _domain(value: object) -> object:
    """A domain as the ledger writes it: in lower case, an IDN as A-labels."""
    try:
        return address.domain_key(value.strip(".") if isinstance(value, str) else "")
    except ValueError:
        problem = 'must be a domain, without @ and *, like "example.org"; subdomains are included'
        raise ValueError(problem) from None


def _reporter(value: object) -> object:
    """A domain, or an address of one at which everybody can have an address."""
    if isinstance(value, str) and "@" in value:
        return address.key(value)
    domain = str(_domain(value))
    if domain in FREEMAIL:
        raise ValueError(
            f'anybody can have an address at {domain}: name the address of the feedback loop, like "staff@{domain}"'
        )
    return domain


def _relay(value: object) -> object:
    """A name of RELAYS, or a network."""
    try:
        return value if value in RELAYS else str(*networks(str(value)))
    except ValueError:
        names = ", ".join(f'"{name}"' for name in RELAYS)
        raise ValueError(f'must be a network like "192.0.2.0/24" without host bits, or {names}') from None


def _key_name(value: object) -> object:
    name = value.lower().rstrip(".") if isinstance(value, str) else ""
    if not re.fullmatch(r"[a-z0-9_.-]+\._domainkey\.[a-z0-9_.-]+", name):
        raise ValueError('must be the name of a DKIM key, like "k1._domainkey.example.org"')
    return name


def _key_record(value: object) -> object:
    """RFC 6376 3.6.1. An empty p= is a revoked key."""
    tags = dict(tag.strip().partition("=")[::2] for tag in value.split(";")) if isinstance(value, str) else {}
    try:
        base64.b64decode("".join(tags["p"].split()), validate=True)
    except (KeyError, binascii.Error, ValueError):
        raise ValueError('must be the TXT record of a DKIM key, like "v=DKIM1; k=rsa; p=MIIBIj…"') from None
    return value


def _topic(value: object) -> object:
    """The name of a topic at Amazon SNS, in any of the partitions of Amazon."""
    arn = r"arn:aws(?:-[a-z]+){0,2}:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?"
    if not isinstance(value, str) or not re.fullmatch(arn, value):
        raise ValueError('must be the ARN of a topic, like "arn:aws:sns:eu-west-1:123456789012:ses-feedback"')
    return value


#: Domains at which anybody can have an address, and whose users' mail is signed as the provider's own is. Feedback
#: loops often write from a subdomain, which is another domain.
_FREEMAIL = """
gmail.com googlemail.com hotmail.com hotmail.de hotmail.fr hotmail.it hotmail.co.uk outlook.com outlook.de outlook.fr
live.com live.de live.fr live.nl live.co.uk msn.com yahoo.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk
yahoo.co.jp yahoo.co.in yahoo.com.br ymail.com rocketmail.com aol.com aim.com gmx.de gmx.net gmx.com gmx.at gmx.ch
web.de t-online.de freenet.de icloud.com me.com mac.com mail.com mail.ru inbox.ru list.ru bk.ru yandex.ru yandex.com
ya.ru rambler.ru ukr.net seznam.cz wp.pl o2.pl onet.pl interia.pl libero.it virgilio.it orange.fr wanadoo.fr free.fr
laposte.net sfr.fr comcast.net att.net verizon.net btinternet.com proton.me protonmail.com zoho.com fastmail.com
qq.com foxmail.com 163.com 126.com yeah.net sina.com sohu.com aliyun.com naver.com daum.net hanmail.net uol.com.br
bol.com.br terra.com.br rediffmail.com
"""
FREEMAIL = frozenset(_FREEMAIL.split())

#: Kinds that need more than ``count`` says. Real feedback loops send hardly any ``not-spam``.
STRICTER: Mapping[CountedKind, Trust] = {"not-spam": "verified"}

Domain = Annotated[str, BeforeValidator(_domain)]
Reporter = Annotated[str, BeforeValidator(_reporter)]
Relay = Annotated[str, BeforeValidator(_relay)]
Topic = Annotated[str, BeforeValidator(_topic)]
KeyName = Annotated[str, BeforeValidator(_key_name)]
KeyRecord = Annotated[str, BeforeValidator(_key_record)]


class TrustSection(Section):
    """[trust]"""

    own_domains: list[Domain] = Field(
        default=[],
        description="domains that your mail is from, with their subdomains; if empty, every report counts",
    )
    count: Trust = Field(default="plausible", description="trust level that a report needs to count")
    count_by_kind: dict[CountedKind, Trust] = Field(
        default={}, description="the same for one kind: bounce, complaint, delivered, auto-reply or not-spam (verified)"
    )
    authserv_ids: list[Text] = Field(
        default=[], description="names under which your own mail server adds Authentication-Results"
    )
    reporters: list[Reporter] = Field(
        default=[],
        description="domains or addresses of the feedback loops that you subscribed to; requires authserv_ids",
    )
    sns_topics: list[Topic] = Field(
        default=[], description="ARNs of your topics at Amazon SNS; requires sns_certificates or authserv_ids"
    )
    sns_certificates: list[Text] = Field(
        default=[], description="files with the certificates (PEM) with which Amazon SNS signs", max_length=20
    )
    trusted_relays: list[Relay] = Field(
        default=list(RELAYS),
        description='servers between strangers and your mailbox: networks, "private", "microsoft-365", "google"',
    )
    dkim_keys: dict[KeyName, KeyRecord] = Field(default={}, description="TXT records of your DKIM keys, by name")
    dkim_dns: bool = Field(default=False, description="ask the DNS for keys of your domains that are not in dkim_keys")
    migrated: bool = Field(
        default=False,
        description="the mailboxes were copied to this server without their dates: use only Received",
    )
    reports_per_address: int = Field(
        default=10, description="reports about one address that count per day; 0: unlimited", ge=0
    )
    addresses_per_message: int = Field(
        default=1000, description="addresses whose reports about one of your messages count; 0: unlimited", ge=0
    )
    complaints_per_source: int = Field(
        default=20,
        description="complaints of one source that count per day, and 0.1 % of the messages sent; 0: unlimited",
        ge=0,
    )
    unverified_per_source: int = Field(
        default=1000,
        description="unverified reports of one source that are stored per day; more are only counted; 0: unlimited",
        ge=0,
    )
    stored_per_address: int = Field(
        default=100,
        description="reports of one source and kind about one address that are stored per day unless verified; "
        "more are only counted; 0: unlimited",
        ge=0,
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.reporters and not self.authserv_ids:
            raise ValueError("reporters requires authserv_ids")
        if self.sns_certificates and not self.sns_topics:
            raise ValueError("sns_certificates requires sns_topics: anybody can have SNS sign what they publish")
        if self.sns_topics and not (self.sns_certificates or self.authserv_ids):
            raise ValueError("sns_topics requires sns_certificates or authserv_ids")
        return self

    def anchors(self) -> TrustAnchors:
        """What proves that mail is ours, for bounced.identify and bounced.trust."""
        return TrustAnchors(
            tuple(self.own_domains),
            self.dkim_keys,
            self.dkim_dns,
            tuple(name.lower() for name in self.authserv_ids),
            tuple(self.reporters),
            self.migrated,
            tuple(chain.from_iterable(RELAYS.get(name) or networks(name) for name in self.trusted_relays)),
            tuple(self.sns_topics),
        )

    def thresholds(self) -> dict[CountedKind, Trust]:
        """The trust level that each kind needs to count, for bounced.policy; empty without own_domains."""
        if not self.own_domains:
            return {}
        return {**dict.fromkeys(COUNTED_KINDS, self.count), **STRICTER, **self.count_by_kind}
