"""Sinks, as the configuration has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from bounced.config import SinkSection
from bounced.daemon.sinks import Current, Sink
from bounced.daemon.sinks.command import Command
from bounced.daemon.sinks.json_lines import JsonLines
from bounced.daemon.sinks.login import Login, Stated
from bounced.lists.recipe import Recipe
from bounced.lists.recipes import RECIPES
from bounced.model import Scope
from bounced.policy.scopes import StreamKind, forbidding
from bounced.sources.certificates import Note, not_noted

if TYPE_CHECKING:
    from bounced.daemon.sinks.http import Client  # needs an extra


class Place(NamedTuple):
    """What the configuration says of a sink, its secret, the environment of commands, and what is in force now.

    ``note`` gets the certificate that it shows.
    """

    section: SinkSection
    secret: str
    environment: Mapping[str, str]
    current: Current
    note: Note = not_noted

    @property
    def seconds(self) -> float:
        """How long it may take."""
        return self.section.timeout.total_seconds()


def _webhook(place: Place) -> Sink:
    from bounced.daemon.sinks.webhook import Webhook

    return Webhook(place.section.url, place.secret, place.seconds, place.section.ca_file, note=place.note)


def _command(place: Place) -> Sink:
    return Command(place.section.command, place.environment, place.seconds)


def _file(place: Place) -> Sink:
    return JsonLines(place.section.file)


def _sql(place: Place) -> Sink:
    from bounced.daemon.sinks import sql

    section = place.section
    database = sql.Database(section.driver, section.connect, place.secret, place.seconds)
    work = sql.of_changes(section.added, section.removed, section.statement, database.style, place.current)
    return sql.Sql(database, work)


def _program(place: Place, recipe: Recipe) -> Sink:
    from bounced.daemon.sinks import http
    from bounced.daemon.sinks.program import Program

    section = place.section
    settings = {"user": section.user, "secret": place.secret, "database": section.database, "lists": section.lists}
    action = recipe.actions[section.action or next(iter(recipe.actions))]
    client = http.Client(place.seconds, section.ca_file, note=place.note)
    return Program(recipe, action, section.url, settings, place.current, client, _login(place, recipe, client))


def _login(place: Place, recipe: Recipe, client: Client) -> Login:
    from bounced.daemon.sinks.token import ClientCredentials

    section = place.section
    if section.client_id:
        url = section.url.rstrip("/") + recipe.token_path
        return ClientCredentials(client, url, section.client_id, place.secret)
    return Stated(recipe.login, section.user, place.secret)


def _recipe(place: Place) -> Sink:
    from bounced.daemon.sinks import sql

    section, recipe = place.section, RECIPES[place.section.kind]
    if isinstance(recipe, Recipe):
        return _program(place, recipe)
    database = sql.Database(section.driver, section.connect, place.secret, place.seconds)
    action = recipe.actions[section.action or next(iter(recipe.actions))]
    return sql.Sql(database, sql.of_recipe(action, section.prefix, database.style, place.current))


#: By the kind of the section; every other one is a recipe.
KINDS: Mapping[str, Callable[[Place], Sink]] = {
    "webhook": _webhook,
    "command": _command,
    "file": _file,
    "sql": _sql,
}


def scopes(section: SinkSection, streams: Mapping[str, StreamKind]) -> tuple[Scope, ...] | None:
    """The scopes of the suppressions that a program is told of, ``None`` for any."""
    return forbidding(section.scope, streams) if section.scope else None


def sink(place: Place) -> Sink:
    """The sink at ``place``. Raises UserError for a secret that is none, and a module that is no driver."""
    return KINDS.get(place.section.program, _recipe)(place)
