"""Sinks, as the configuration has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bounced.config import SinkSection
from bounced.daemon.sinks import Sink
from bounced.daemon.sinks.command import Command
from bounced.daemon.sinks.json_lines import JsonLines

Environment = Mapping[str, str]


def _webhook(section: SinkSection, secret: str, _: Environment) -> Sink:
    from bounced.daemon.sinks.webhook import Webhook

    return Webhook(section.url, secret, section.timeout.total_seconds(), section.ca_file)


def _command(section: SinkSection, _: str, environment: Environment) -> Sink:
    return Command(section.command, environment, section.timeout.total_seconds())


def _file(section: SinkSection, *_: object) -> Sink:
    return JsonLines(section.file)


#: By the kind of the section.
KINDS: Mapping[str, Callable[[SinkSection, str, Environment], Sink]] = {
    "webhook": _webhook,
    "command": _command,
    "file": _file,
}


def sink(section: SinkSection, secret: str, environment: Environment) -> Sink:
    """The sink of ``section``; a command gets ``environment``. Raises UserError for a secret that is none."""
    return KINDS[section.kind](section, secret, environment)
