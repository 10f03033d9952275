"""[identify]: what the sender's own mails carry."""

from __future__ import annotations

from pydantic import Field

from bounced.settings.values import HeaderName, Section, VerpPattern


class IdentifySection(Section):
    """[identify]"""

    campaign: HeaderName = Field(default="", description="header of your mails that names the campaign")
    recipient: HeaderName = Field(default="", description="header of your mails that names the recipient")
    recipient_id: HeaderName = Field(
        default="", description="header of your mails that holds your own id of the recipient (table `recipients`)"
    )
    stream: HeaderName = Field(default="", description="header of your mails that names the kind of mail")
    headers: list[HeaderName] = Field(default=[], description="further headers to store with every event")
    verp: list[VerpPattern] = Field(default=[], description="how your envelope senders name the recipient")
