"""The tables and keys of the configuration file; the description of each is its documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import combinations, permutations
from typing import Annotated

from pydantic import Field, field_validator

from bounced import address
from bounced.config import retention
from bounced.config import tenant as tenants
from bounced.config.alarms import AlarmsSection
from bounced.config.api import ApiSection
from bounced.config.canary import CanarySection
from bounced.config.classify import ClassifySection
from bounced.config.complaints import ComplaintsSection, StreamName
from bounced.config.database import DatabaseSection
from bounced.config.export import ExportSection
from bounced.config.health import HealthSection
from bounced.config.identify import IdentifySection
from bounced.config.log import LogSection
from bounced.config.logs import LogsSection
from bounced.config.mailbox import MailboxSection
from bounced.config.metrics import MetricsSection
from bounced.config.policy import PolicySection
from bounced.config.policy_server import PolicyServerSection
from bounced.config.schedule import ScheduleSection
from bounced.config.section import Section
from bounced.config.sends import SendsSection
from bounced.config.sink import ALL_TENANTS, SinkSection
from bounced.config.tenant import TenantSection
from bounced.config.trust import TrustSection
from bounced.identify import Sender
from bounced.policy import BrakeLimits, Limit, Policy
from bounced.policy.scopes import StreamKind

#: What the admin calls a mailbox, a sink, an export, a log or a tenant.
SectionName = Annotated[str, Field(pattern=f"^{address.TENANT.pattern}$")]


class Config(Section):
    """The whole file. Without one every default applies and there is no mailbox."""

    database: DatabaseSection = DatabaseSection()
    mailbox: dict[SectionName, MailboxSection] = Field(default={})
    sink: dict[SectionName, SinkSection] = Field(default={})
    export: dict[SectionName, ExportSection] = Field(default={})
    logs: dict[SectionName, LogsSection] = Field(default={})
    tenant: dict[SectionName, TenantSection] = Field(default={})
    identify: IdentifySection = IdentifySection()
    classify: ClassifySection = ClassifySection()
    trust: TrustSection = TrustSection()
    policy: PolicySection = PolicySection()
    log: LogSection = LogSection()
    complaints: ComplaintsSection = ComplaintsSection()
    streams: dict[StreamName, StreamKind] = Field(
        default={}, description='your kinds of mail by name: "marketing" or "transactional"'
    )
    schedule: ScheduleSection = ScheduleSection()
    sends: SendsSection = SendsSection()
    health: HealthSection = HealthSection()
    policy_server: PolicyServerSection = PolicyServerSection()
    api: ApiSection = ApiSection()
    metrics: MetricsSection = MetricsSection()
    canary: CanarySection | None = Field(default=None, description="test messages whose reports have to come back")
    alarms: AlarmsSection = AlarmsSection()
    workers: int = Field(default=0, description="processes that parse messages; 0: one per processor", ge=0, le=256)

    @field_validator("mailbox")
    @classmethod
    def _apart(cls, mailboxes: dict[str, MailboxSection]) -> dict[str, MailboxSection]:
        if problems := list(_folder_conflicts(mailboxes)):
            raise ValueError("\n".join(problems))
        return mailboxes

    def _problems(self) -> Iterator[str]:
        named = {
            **{f"mailbox.{name}": section.tenant for name, section in self.mailbox.items()},
            **{f"export.{name}": section.tenant for name, section in self.export.items()},
            **{f"logs.{name}": section.tenant for name, section in self.logs.items()},
            **{f"sink.{name}": section.tenant.replace(ALL_TENANTS, "") for name, section in self.sink.items()},
        }
        yield from tenants.problems(self.tenant, named, tuple(self.trust.own_domains))
        yield from retention.problems(self.database, self.rule())
        if self.canary and not self.identify.token_keys:
            yield "canary: identify.token_keys must be set: its messages are signed (`bounced token new-key`)"

    def sender(self) -> Sender:
        """What [identify] and [trust] say, for bounced.identify and bounced.trust; bounced.config.sender adds keys."""
        identify = self.identify
        logins = (address.claimed(section.user) for section in self.mailbox.values())
        return Sender(
            campaign=identify.campaign,
            recipient=identify.recipient,
            recipient_id=identify.recipient_id,
            stream=identify.stream,
            headers=tuple(identify.headers),
            verp=tuple(identify.verp),
            anchors=self.trust.anchors(),
            own_addresses=tuple(filter(None, logins)),
            header_rules=identify.header_rules(),
            envelope_header=identify.envelope_header,
            token_header=identify.token_header,
            tenants=tenants.tenants(self.tenant),
        )

    def rule(self, *, brake: bool = True) -> Policy:
        """What [policy], [trust], [complaints] and [health] say, for bounced.policy; without ``brake`` none."""
        policy = self.policy
        return Policy(
            {**Policy().limits, **policy.limits()},
            {_as_in_addresses(provider): limits.limits() for provider, limits in policy.provider.items()},
            policy.max_gap,
            policy.expire,
            self.trust.thresholds(),
            self.complaints.scopes(),
            scopes=policy.scope,
            health=self.health.limits(),
            reports_per_address=self.trust.reports_per_address,
            addresses_per_message=self.trust.addresses_per_message,
            transactional=tuple(sorted(name for name, kind in self.streams.items() if kind == "transactional")),
            complaints_per_source=self.trust.complaints_per_source,
            unverified_per_source=self.trust.unverified_per_source,
            stored_per_address=self.trust.stored_per_address,
            migrated=self.trust.migrated,
            settles=policy.settles,
            lift={**Policy().lift, **policy.lift},
            engaged=policy.engaged_rule(),
            own=self.sender().own(),
            delimiters=self.delimiters(),
            spellings=tuple(sorted(set(policy.spellings))),
            reasons={reason: Limit(limit.bounces, limit.days) for reason, limit in policy.reason.items()},
            streams={stream: limits.limits() for stream, limits in policy.stream.items()},
            incidents=policy.incidents.limits(),
            brake=policy.brake.limits() if brake else BrakeLimits(addresses=0),
        )

    def delimiters(self) -> str:
        """What separates the extension of a sub-address, ``""`` where these are addresses of their own."""
        return (self.policy_server.recipient_delimiter or "+") if self.policy.subaddresses == "same" else ""


def _folder_conflicts(mailboxes: Mapping[str, MailboxSection]) -> Iterator[str]:
    """Where one mailbox reads a folder that another one moves messages to, or reads too.

    Each message would be moved on, and perhaps back, forever; or both would move it at once and leave two copies.
    """
    for (name, section), (other, reader) in permutations(mailboxes.items(), 2):
        for folder in sorted(section.moved_to & reader.read) if section.account == reader.account else ():
            yield f'{other} reads the folder "{folder}" of the same login, to which {name} moves messages'
    for (name, section), (other, reader) in combinations(mailboxes.items(), 2):
        for folder in sorted(section.read & reader.read) if section.account == reader.account else ():
            yield f'{other} reads the folder "{folder}" of the same login, which {name} reads too'


def _as_in_addresses(domain: str) -> str:
    """A domain as the ledger writes it: in lower case, an IDN as A-labels."""
    with suppress(ValueError):
        return address.domain_key(domain)
    return domain.lower()
