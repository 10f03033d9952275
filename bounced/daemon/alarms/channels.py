"""The channels of a configuration, besides the log: sinks whose names no sink of the configuration can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from bounced.config import AlarmsSection
from bounced.config.alarms import AlarmsMailSection
from bounced.daemon import smtp
from bounced.daemon.alarms.digest import Digest
from bounced.daemon.alarms.mail import Mail
from bounced.daemon.sinks import Sink
from bounced.daemon.sinks.command import Command
from bounced.errors import EXIT_CONFIG, UserError
from bounced.model import Expiration
from bounced.sources.certificates import Note

PREFIX = "alarms:"

#: Notes when what ends on which a source, by its name, depends.
NoteOf = Callable[[str, Sequence[Expiration]], None]


def names(section: AlarmsSection) -> set[str]:
    """The names of the channels of ``section``."""
    keys = {"command": section.command, "mail": section.mail, "apprise": section.apprise}
    return {f"{PREFIX}{name}" for name, is_set in keys.items() if is_set}


class Channel(NamedTuple):
    """A channel by its name, with the secrets that were read for it."""

    name: str
    secrets: tuple[str, ...]
    sink: Sink


def channels(
    section: AlarmsSection,
    environment: Mapping[str, str],
    commands: Mapping[str, str],
    note: NoteOf = lambda source, expirations: None,
) -> list[Channel]:
    """Those of ``section``; ``commands`` is the environment of the command. Raises UserError for what can't be used."""
    try:
        return list(_channels(section, environment, commands, note))
    except UserError as error:
        problems = [f"alarms: {problem}" for problem in error.problems]
        raise UserError(*problems, exit_code=EXIT_CONFIG) from None


def _channels(
    section: AlarmsSection, environment: Mapping[str, str], commands: Mapping[str, str], note: NoteOf
) -> Iterator[Channel]:
    if section.command:
        yield Channel(f"{PREFIX}command", (), Command(section.command, commands, section.timeout.total_seconds()))
    if section.mail:
        yield _mail(section.mail, environment, partial(note, "alarms.mail"))
    if section.apprise:
        from bounced.daemon.alarms.push import Push

        urls = section.apprise.read(environment)
        yield Channel(f"{PREFIX}apprise", (urls,), Digest(Push(urls.split()).send))


def _mail(section: AlarmsMailSection, environment: Mapping[str, str], note: Note) -> Channel:
    servers = [smtp.server(each, environment) for each in (section, section.second) if each]
    mail = Mail(servers, section.sender, section.to, note)
    return Channel(f"{PREFIX}mail", tuple(server.password for server in servers), Digest(mail.send))
