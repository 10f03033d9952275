"""The tables and keys of the configuration file; what each means stands in its description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, permutations
from typing import Annotated

from pydantic import Field, field_validator

from bounced import address
from bounced.config.classify import ClassifySection
from bounced.config.complaints import ComplaintsSection, StreamName
from bounced.config.database import DatabaseSection
from bounced.config.health import HealthSection
from bounced.config.identify import IdentifySection
from bounced.config.log import LogSection
from bounced.config.mailbox import MailboxSection
from bounced.config.policy import PolicySection
from bounced.config.schedule import ScheduleSection
from bounced.config.section import Section
from bounced.config.sends import SendsSection
from bounced.config.trust import TrustSection
from bounced.identify import Sender
from bounced.policy import Policy
from bounced.policy.scopes import StreamKind


class Config(Section):
    """The whole file. Without one every default applies and there is no mailbox."""

    database: DatabaseSection = DatabaseSection()
    mailbox: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")], MailboxSection] = Field(default={})
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
    workers: int = Field(default=0, description="processes that read mails; 0: one for each processor", ge=0, le=256)

    @field_validator("mailbox")
    @classmethod
    def _apart(cls, found: dict[str, MailboxSection]) -> dict[str, MailboxSection]:
        if problems := list(_in_each_others_way(found)):
            raise ValueError("\n".join(problems))
        return found

    def sender(self) -> Sender:
        """What [identify] and [trust] say, for bounced.identify and bounced.trust; `bounced.config.marks` adds keys."""
        found = self.identify
        logins = (address.normalise(box.user) for box in self.mailbox.values())
        return Sender(
            campaign=found.campaign,
            recipient=found.recipient,
            recipient_id=found.recipient_id,
            stream=found.stream,
            headers=tuple(found.headers),
            verp=tuple(found.verp),
            anchors=self.trust.anchors(),
            own_addresses=tuple(filter(None, logins)),
            header_rules=found.header_rules(),
            envelope_header=found.envelope_header,
            token_header=found.token_header,
        )

    def rule(self) -> Policy:
        """What [policy], [trust], [complaints] and [health] say, for bounced.policy."""
        found = self.policy
        return Policy(
            {**Policy().limits, **found.limits()},
            {_as_in_addresses(domain): limits.limits() for domain, limits in found.provider.items()},
            found.max_gap,
            found.expire,
            self.trust.thresholds(),
            self.complaints.scopes(),
            health=self.health.limits(),
            reports_per_address=self.trust.reports_per_address,
            addresses_per_message=self.trust.addresses_per_message,
            migrated=self.trust.migrated,
            own=self.sender().own(),
        )


def _in_each_others_way(found: Mapping[str, MailboxSection]) -> Iterator[str]:
    """Where one mailbox reads what another one moves away, or reads, too.

    Each mail would be moved on, and maybe back, for ever; or both would move it at once, and leave two of it.
    """
    for (name, box), (other, reader) in permutations(found.items(), 2):
        for folder in sorted(box.moved_to & reader.read) if box.account == reader.account else ():
            yield f'{other} reads the folder "{folder}" of the same login, where {name} moves what was read'
    for (name, box), (other, reader) in combinations(found.items(), 2):
        for folder in sorted(box.read & reader.read) if box.account == reader.account else ():
            yield f'{other} reads the folder "{folder}" of the same login, which {name} reads already'


def _as_in_addresses(domain: str) -> str:
    """A domain as the ledger has it, whatever the admin wrote: an IDN as A-labels."""
    return address.domain(address.normalise(f"x@{domain}")) or domain.lower()
