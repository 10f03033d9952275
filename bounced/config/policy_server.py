"""[policy_server]: what Postfix is told about recipients (`bounced policy-server`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import Text

Unavailable = Literal["dunno", "defer", "reject"]


class PolicyServerSection(Section):
    """[policy_server]"""

    scope: Text = Field(
        default="all",
        description='kind of mail that passes: "all" is refused only to suppressions of all mail, "marketing" or the '
        "name of a stream also to those of that mail; policy_context in main.cf overrides it",
        min_length=1,
        max_length=200,
    )
    recipient_delimiter: Text = Field(
        default="",
        description="as in main.cf: a suppression of an address is one of its sub-addresses too",
        max_length=10,
    )
    unavailable: Unavailable = Field(
        default="dunno",
        description='while the database cannot be read: "dunno" (mail passes), "defer" (clients try again) or "reject"',
    )
