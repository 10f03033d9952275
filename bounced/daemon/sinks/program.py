"""A program with an HTTP API that is told what is in force, as a recipe says (bounced.lists.recipe)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from bounced.daemon.sinks import Current, Refused, Unavailable, http, is_told
from bounced.daemon.sinks.login import Login
from bounced.ledger.sinks import Notice
from bounced.lists.recipe import Action, Failure, Json, Recipe, Step, UnexpectedAnswer, at, filled
from bounced.policy import Suppression

#: Of a request with a body; Mailman refuses one without a body that has it.
JSON: Mapping[str, str] = {"Content-Type": "application/json"}


class Program:
    """``settings`` has the values of user, secret, database and lists.

    Only what is about one address is told: programs know no domains.
    """

    lanes = http.LANES

    def __init__(
        self,
        recipe: Recipe,
        action: Action,
        url: str,
        settings: Mapping[str, Json],
        current: Current,
        client: http.Client,
        login: Login,
    ) -> None:
        self._recipe = recipe
        self._action = action
        self._url = url.rstrip("/")
        self._settings = settings
        self._current = current
        self._client = client
        self._login = login
        self._headers = filled(recipe.headers, settings)

    def deliver(self, notice: Notice) -> None:
        """Tells the program what is in force for the address. Raises Unavailable or Refused."""
        if is_told(notice) and (notice.type == "suppression.added" or not self._action.is_report):
            suppression = self._current(notice.key)
            self._do(self._steps(suppression), self._values(notice, suppression))

    def flush(self) -> None:
        """What the program took is its own."""

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _steps(self, suppression: Suppression | None) -> Sequence[Step]:
        if suppression is None:
            return self._action.release
        if suppression.scope != "all" and self._action.block_some is not None:
            return self._action.block_some
        return self._action.block

    def _values(self, notice: Notice, suppression: Suppression | None) -> dict[str, Any]:
        values: dict[str, Any] = {**self._settings, "address": notice.address}
        if suppression:
            values |= {"reason": suppression.reason, "detail": suppression.detail}
            values |= {name: words[suppression.cause] for name, words in self._recipe.by_cause.items()}
        return values

    def _do(self, steps: Sequence[Step], values: Mapping[str, Any]) -> None:
        """Makes the requests, those after a look-up once for each row that it finds."""
        for place, step in enumerate(steps):
            content = self._asked(step, values)
            if step.find:
                try:
                    rows = list(step.find.among(self._json(content), values))
                except UnexpectedAnswer as error:
                    raise Unavailable(str(error)) from None
                for facts in rows:
                    self._do(steps[place + 1 :], {**values, **facts})
                return

    def _asked(self, step: Step, values: Mapping[str, Any]) -> bytes:
        path = filled(step.path, {name: quote(str(value), safe="") for name, value in values.items()})
        query = f"?{urlencode(filled(step.query, values))}" if step.query else ""
        body = b"" if step.body is None else json.dumps(filled(step.body, values)).encode()
        content = self._answer(step, f"{self._url}{path}{query}", body)
        if self._recipe.failure:
            self._check(self._recipe.failure, content)
        return content

    def _answer(self, step: Step, url: str, body: bytes) -> bytes:
        """The content of a good answer, with a new login where there may be one and the present one is refused."""
        login = self._login.headers()
        try:
            return self._ask(step, url, body, login)
        except http.Unauthorized:
            if not self._login.renews(login):
                raise
        return self._ask(step, url, body, self._login.headers())

    def _ask(self, step: Step, url: str, body: bytes, login: Mapping[str, str]) -> bytes:
        headers = {**self._headers, **login, **(JSON if body else {})}
        return self._client.ask(step.method, url, body, headers, step.dead, self._login.secrets)

    def _check(self, failure: Failure, content: bytes) -> None:
        """Raises Refused or Unavailable when an answer of 200 says that it failed."""
        answer = self._json(content)
        problem = next((value for value in at(answer, failure.path) if value), None)
        if problem is None:
            return
        kinds = frozenset(map(str, at(answer, failure.kind))) if failure.kind else frozenset()
        text = f"answers {http.shown(json.dumps(problem).encode(), self._login.secrets)}"
        raise Unavailable(text) if failure.kind and not kinds & failure.refusals else Refused(text)

    def _json(self, content: bytes) -> Json:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise Unavailable(f"answers what is not JSON: {http.shown(content, self._login.secrets)}") from None
