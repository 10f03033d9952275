"""[sink.NAME]: a program that is told of every change. Secrets are not in this file, as in [mailbox.NAME]."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from typing import Annotated

from pydantic import Field

from bounced.config.secrets import Secret, keys_set, secret
from bounced.config.section import Section
from bounced.config.values import Text, UrlOrNone, Wait
from bounced.lists import statement
from bounced.lists.recipe import Recipe, SqlRecipe
from bounced.lists.recipes import RECIPES

#: Kinds that are not recipes, and the key that stands for each.
KINDS = {"webhook": "url", "command": "command", "file": "file", "sql": "driver"}

STATEMENTS = ("statement", "added", "removed")

#: Keys that only some kinds have.
_OF_KINDS = ("url", "secret", "ca_file", "command", "file", "user", "database", "prefix", "action", "scope", "driver")
_OTHERS = ("connect", "client_id", "lists", *STATEMENTS)

_OWN = {
    "webhook": ("url", "secret", "ca_file"),
    "command": ("command",),
    "file": ("file",),
    "sql": ("driver", "connect", "secret", *STATEMENTS),
}
_OF_HTTP = ("url", "secret", "ca_file", "user", "database", "action", "scope")
_OF_SQL = ("driver", "connect", "secret", "prefix", "action", "scope")


#: For ``tenant``: those of all, and of nobody.
ALL_TENANTS = "*"


class SinkSection(Section):
    """[sink.NAME]"""

    kind: Text = Field(
        default="", description="`sql`, or a program of docs/sinks.md: `listmonk`, `mautic`, …; empty: by the keys set"
    )
    url: UrlOrNone = Field(
        default="", description="URL that takes each change by POST (Standard Webhooks), or that of the program"
    )
    user: Text = Field(default="", description="name of the program's user, where it wants one")
    secret_file: Text = Field(
        default="",
        description="file whose first line is the secret of the URL (`whsec_…`), or the password, token or key",
    )
    secret_env: Text = Field(default="", description="environment variable with it")
    secret_credential: Text = Field(default="", description="systemd credential with it")
    ca_file: Text = Field(default="", description="PEM file with the CA to trust instead of the system's")
    action: Text = Field(default="", description="what a program does (docs/sinks.md); empty: the first of its actions")
    scope: Text = Field(
        default="", description="programs: only what forbids mail of this scope; empty: any", max_length=200
    )
    client_id: Text = Field(
        default="", description="mautic: id of OAuth 2 credentials, in place of `user`; the secret is theirs"
    )
    lists: list[Annotated[int, Field(gt=0)]] = Field(
        default=[], description="listmonk: IDs of the lists of which `action` takes subscribers off", max_length=1000
    )
    database: Text = Field(default="", description="odoo: name of its database")
    prefix: Text = Field(default="wp_", description="mailpoet: prefix of the tables", pattern="^[A-Za-z0-9_]{0,40}$")
    driver: Text = Field(
        default="", description="SQL: Python module of a DB-API driver: `sqlite3`, `psycopg`, `pymysql`, …"
    )
    connect: dict[str, str | int | bool] = Field(
        default={}, description="SQL: arguments of its `connect`; the secret becomes `password`"
    )
    statement: str = Field(default="", description="SQL: statement that is executed for each change")
    added: str = Field(default="", description="SQL: the same, for suppressions that begin or change")
    removed: str = Field(default="", description="SQL: the same, for suppressions that end")
    command: list[Text] = Field(
        default=[], description="program and arguments that read a change from standard input; run without a shell"
    )
    file: Text = Field(default="", description="file to which a line of JSON is added for each change")
    tenant: Text = Field(
        default="",
        description="only changes of this tenant; empty: what is nobody's, \"*\": everybody's, with `tenant`",
    )
    timeout: Wait = Field(
        default=timedelta(seconds=30), description="how long a request, a statement or the command may take"
    )

    @property
    def program(self) -> str:
        """Its kind, which may follow from the keys."""
        return self.kind or next((kind for kind, key in KINDS.items() if getattr(self, key)), "")

    @property
    def secret(self) -> Secret:
        """Where the secret is; false if there is none."""
        return secret(self, "secret")

    def _problems(self) -> Iterator[str]:
        if self.kind not in ("", *KINDS, *RECIPES):
            yield f"kind: must be one of {', '.join((*KINDS, *RECIPES))}"
            return
        chosen = [key for key in KINDS.values() if getattr(self, key)]
        if not self.kind and len(chosen) != 1:
            yield f"set kind, or exactly one of {', '.join(KINDS.values())}; {' and '.join(chosen) or 'none'} set"
            return
        if len(secrets := keys_set(self, "secret")) > 1:
            yield f"set only one of {', '.join(secrets)}"
        yield from self._problems_of_keys()
        yield from self._problems_of_actions()
        yield from self._problems_of_packages()
        yield from self._problems_of_statements()

    def _problems_of_keys(self) -> Iterator[str]:
        """Keys that the kind does not have, or must have."""
        recipe = RECIPES.get(self.program)
        has = self._keys(recipe)
        for key in (*_OF_KINDS, *_OTHERS):
            if key not in has and self._is_set(key):
                yield f"{key}: is not for {self.program}"
        for key in self._needed(recipe):
            if not self._is_set(key):
                yield f"{key}: {self.program} needs it" + (
                    ", or client_id" if key == "user" and "client_id" in has else ""
                )
        if self.user and self.client_id:
            yield "set only one of user, client_id"

    def _keys(self, recipe: Recipe | SqlRecipe | None) -> tuple[str, ...]:
        """Those that its kind has."""
        if not isinstance(recipe, Recipe):
            return _OWN.get(self.program, _OF_SQL)
        own = {key for action in recipe.actions.values() for key in action.needs}
        return *_OF_HTTP, *own, *(["client_id"] if recipe.token_path else [])

    def _needed(self, recipe: Recipe | SqlRecipe | None) -> tuple[str, ...]:
        if recipe is None:
            return (KINDS[self.program],)
        if not isinstance(recipe, Recipe):
            return tuple(recipe.needs)
        return "url", *(key for key in recipe.needs if not (key == "user" and self.client_id))

    def _problems_of_actions(self) -> Iterator[str]:
        recipe = RECIPES.get(self.program)
        if recipe and self.action and self.action not in recipe.actions:
            yield f"action: must be one of {', '.join(recipe.actions)}"
        elif isinstance(recipe, Recipe):
            yield from self._problems_of_action(recipe)

    def _problems_of_action(self, recipe: Recipe) -> Iterator[str]:
        """Keys that other actions have, or this one must have."""
        name = self.action or next(iter(recipe.actions))
        needed = recipe.actions[name].needs
        others = {key for action in recipe.actions.values() for key in action.needs}.difference(needed)
        yield from (f'{key}: is not for action = "{name}"' for key in sorted(others) if self._is_set(key))
        yield from (f'{key}: action = "{name}" needs it' for key in needed if not self._is_set(key))

    def _problems_of_packages(self) -> Iterator[str]:
        if self.url and not find_spec("urllib3"):
            yield "url: needs the package urllib3: pip install 'bounced-daemon[webhooks]'"
        if self.driver and not _is_module(self.driver):
            yield f"driver: no Python module {self.driver}; install it beside bounced"

    def _problems_of_statements(self) -> Iterator[str]:
        if self.program == "sql" and not any(getattr(self, key) for key in STATEMENTS):
            yield f"set at least one of {', '.join(STATEMENTS)}"
        for key in STATEMENTS:
            if names := statement.unknown(getattr(self, key)):
                yield f"{key}: no parameter {', '.join(names)}; there are {', '.join(statement.PARAMETERS)}"

    def _is_set(self, key: str) -> bool:
        if key == "secret":
            return bool(self.secret)
        return bool(getattr(self, key) != type(self).model_fields[key].default)


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
