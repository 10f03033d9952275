"""Odoo 12 to 21, by JSON-RPC: as bounced.lists.recipes.odoo. The secret is an API key or the password of ``user``.

A failure is an answer of 200 with an ``error``.
https://www.odoo.com/documentation/18.0/developer/reference/external_api.html
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Failure, Find, Json, Recipe, Step


def _call(service: str, method: str, arguments: list[Json], found: Find | None = None) -> Step:
    call = {"service": service, "method": method, "args": arguments}
    return Step("POST", "/jsonrpc", body={"jsonrpc": "2.0", "id": 1, "method": "call", "params": call}, find=found)


def _execute(method: str, arguments: list[Json], found: Find | None = None) -> Step:
    return _call(
        "object",
        "execute_kw",
        ["{database}", "{uid}", "{secret}", "mail.blacklist", method, arguments],
        found,
    )


#: Who is refused gets ``false``, which is no identifier.
_LOGIN = _call("common", "login", ["{database}", "{user}", "{secret}"], Find("", {"uid": "result"}))
_ENTRY = Find("result.*", {"entry": ""})

RECIPE = Recipe(
    "odoo-rpc",
    "Odoo 12 to 21",
    "https://www.odoo.com/documentation/18.0/developer/reference/external_api.html",
    {
        "block": Action(
            "puts the address on the blacklist: mailings leave it out, other messages do not",
            "archives the entry of the blacklist, whoever added it",
            block=[
                _LOGIN,
                _execute("create", [[{"email": "{address}"}]], _ENTRY),
                _execute("write", [["{entry}"], {"active": True}]),
            ],
            release=[
                _LOGIN,
                _execute("search", [[["email", "=", "{address}"]]], _ENTRY),
                _execute("write", [["{entry}"], {"active": False}]),
            ],
        )
    },
    needs=("user", "secret", "database"),
    failure=Failure(
        "error",
        "error.data.name",
        frozenset(("odoo.exceptions.UserError", "odoo.exceptions.ValidationError")),
    ),
)
