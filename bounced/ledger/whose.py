"""Of whom an answer is: of everybody, of one tenant, or of nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Whose:
    """Of ``tenant``: ``""`` for nobody, ``None`` for everybody. ``mailboxes`` are those of tenants, by name."""

    tenant: str | None = None
    mailboxes: Mapping[str, str] = field(default_factory=dict)

    def parameters(self) -> dict[str, str | None]:
        """For IS_OF and IS_MAILBOX_OF of bounced.sent.tenants."""
        mailboxes = {f"imap:{name}": tenant for name, tenant in self.mailboxes.items()}
        return {"tenant": self.tenant, "mailboxes": json.dumps(mailboxes)}


EVERYBODY = Whose()
