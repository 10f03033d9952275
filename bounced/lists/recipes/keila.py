"""Keila: sets the status of the contact.

https://www.keila.io/docs/api and, for the filter and the words, lib/keila_web/api/ in https://github.com/pentacent/keila
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Find, Recipe, Step


def _find(status: str) -> Step:
    found = Find("data.*", {"number": "id"}, address="email", only={"status": status})
    return Step("GET", "/api/v1/contacts", {"filter": '{"email": "{address:json}"}'}, find=found)


RECIPE = Recipe(
    "keila",
    "Keila",
    "https://www.keila.io/docs/api",
    {
        "block": Action(
            "makes an active contact unreachable, or unsubscribed if the cause is no bounce",
            "makes an unreachable contact active; one that is unsubscribed stays so",
            block=[
                _find("active"),
                Step("PATCH", "/api/v1/contacts/{number}", body={"data": {"status": "{contact_status}"}}),
            ],
            release=[
                _find("unreachable"),
                Step("PATCH", "/api/v1/contacts/{number}", body={"data": {"status": "active"}}),
            ],
        )
    },
    login="bearer",
    needs=("secret",),
    by_cause={"contact_status": {"bounce": "unreachable", "complaint": "unsubscribed", "manual": "unsubscribed"}},
)
