"""[identify]: how the sender's own messages name recipient, campaign and stream."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from bounced.config.section import Section
from bounced.config.values import HeaderName, Text, VerpPattern
from bounced.identify import PRESETS, HeaderField, HeaderRule, Preset

#: A repeated group that contains a repetition: takes exponential time if it does not match.
_NESTED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*(?:[+*]|\{\d*,\d*\})(?:[^()\\]|\\.)*\)(?:[+*]|\{\d*,\d*\})")


def _regex(value: object) -> object:
    try:
        re.compile(value if isinstance(value, str) else "(")
    except (re.error, RecursionError, OverflowError):
        raise ValueError('must be a regular expression, like "^campaign-([0-9]+)"') from None
    if _NESTED_REPEAT.search(str(value)):
        raise ValueError("repeats a group that contains a repetition: a message could make it run forever")
    return value


Regex = Annotated[str, BeforeValidator(_regex)]


class HeaderSection(Section):
    """[[identify.header]]"""

    name: HeaderName = Field(description="the header", examples=["X-Job"], min_length=1)
    gives: HeaderField = Field(description="what it contains", examples=["campaign"])
    regex: Regex = Field(
        default="", description="the part to use: the first group of this expression, or all that it matches"
    )


class IdentifySection(Section):
    """[identify]"""

    campaign: HeaderName = Field(default="", description="header of your messages that names the campaign")
    recipient: HeaderName = Field(default="", description="header of your messages that names the recipient")
    recipient_id: HeaderName = Field(
        default="", description="header of your messages with your own id of the recipient (table `recipients`)"
    )
    stream: HeaderName = Field(default="", description="header of your messages that names the kind of mail")
    headers: list[HeaderName] = Field(default=[], description="more headers to store with every event")
    header: list[HeaderSection] = Field(
        default=[], description="more headers with what each contains, optionally by regular expression"
    )
    presets: list[Preset] = Field(
        default=[], description="headers of well-known services: " + ", ".join(f"`{name}`" for name in PRESETS)
    )
    verp: list[VerpPattern] = Field(default=[], description="how your envelope senders contain the recipient")
    envelope_header: HeaderName = Field(
        default="",
        description='header in which your own delivery agent records the envelope recipient; `""`: the usual ones',
    )
    token_header: HeaderName = Field(
        default="X-Bounced-Token", description="header of your messages with a signed token", min_length=1
    )
    token_keys: Text = Field(
        default="",
        description="file with the keys of your tokens (`bounced token new-key`); must not be accessible to others",
    )

    def header_rules(self) -> tuple[HeaderRule, ...]:
        """Which header contains what, the admin's own first."""
        own = tuple(HeaderRule(header.name, header.gives, header.regex) for header in self.header)
        return own + tuple(rule for preset in self.presets for rule in PRESETS[preset])
