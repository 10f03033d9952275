"""The formats of lists, one file each, by their names on the command line."""

from __future__ import annotations

from collections.abc import Mapping

from bounced.lists.format import Format
from bounced.lists.formats import (
    aliyun,
    brevo,
    csv,
    listmonk,
    mailchimp,
    mailgun,
    mautic,
    postmark,
    resend,
    sendcloud,
    sendgrid,
    ses,
    sparkpost,
    sympa,
)

_MODULES = (
    *(ses, sendgrid, mailgun, postmark, mailchimp, brevo, sparkpost, resend, listmonk, mautic, sympa, sendcloud),
    *(aliyun, csv),
)

FORMATS: Mapping[str, Format] = {module.FORMAT.name: module.FORMAT for module in _MODULES}
