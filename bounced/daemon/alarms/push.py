"""Alarms by Apprise, which knows a hundred services: Slack, Telegram, Matrix, PagerDuty, SMS …

The package apprise is an extra: nothing else imports this module unless [alarms] names URLs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import apprise

from bounced.daemon.alarms import digest
from bounced.daemon.sinks import Unavailable
from bounced.errors import UserError
from bounced.ledger.sinks import Notice

# It logs URLs, which have secrets in them.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class Push:
    """Sends alarms to every one of ``urls``. Raises UserError for one that Apprise does not know, by its number."""

    def __init__(self, urls: Iterable[str]) -> None:
        self._services = [_service(number, url) for number, url in enumerate(urls, 1)]

    def send(self, notices: Sequence[Notice]) -> None:
        """Sends one message about all of ``notices``. Raises Unavailable, after which all get it again."""
        title, body = digest.title(notices), digest.text(notices)
        failed = [service for service in self._services if not _is_taken(service, title, body)]
        if failed:
            names = ", ".join(sorted({str(service.service_name) for service in failed}))
            raise Unavailable(f"Apprise: not taken by {names}")


def _is_taken(service: apprise.NotifyBase, title: str, body: str) -> bool:
    """Whether ``service`` takes a message, as plain text: what a server has said is no HTML or Markdown of ours."""
    alone = apprise.Apprise()
    alone.add(service)
    return bool(alone.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT))


def _service(number: int, url: str) -> apprise.NotifyBase:
    service = apprise.Apprise.instantiate(url)
    if not isinstance(service, apprise.NotifyBase):
        raise UserError(f"apprise: URL {number} is of no service that Apprise knows")
    return service
