"""Mailman 3: ends delivery to the address on all lists, or its memberships. Tried with Mailman 3.3.10.

https://docs.mailman3.org/projects/mailman/en/latest/src/mailman/rest/docs/preferences.html
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Find, Recipe, Step

#: By GET: its POST takes no JSON.
_MEMBERS = Step(
    "GET",
    "/3.1/members/find",
    {"subscriber": "{address}", "role": "member"},
    find=Find("entries.*", {"member": "member_id"}, address="email", none="total_size"),
)
_PREFERENCES = "/3.1/addresses/{address}/preferences"

_NOT_DISABLED = Step("GET", _PREFERENCES, find=Find("", {}, unless={"delivery_status": "by_"}))
_DISABLED = Step("GET", _PREFERENCES, find=Find("", {}, only={"delivery_status": "by_bounces"}))

RECIPE = Recipe(
    "mailman",
    "Mailman 3",
    "https://docs.mailman3.org/projects/mailman/en/latest/src/mailman/rest/docs/preferences.html",
    {
        "block": Action(
            "disables delivery to the address on every list, as Mailman does itself for bounces; "
            "what a member or a moderator has disabled stays as it is",
            "enables delivery again, where it was disabled for bounces",
            block=[_MEMBERS, _NOT_DISABLED, Step("PATCH", _PREFERENCES, body={"delivery_status": "by_bounces"})],
            release=[_MEMBERS, _DISABLED, Step("PATCH", _PREFERENCES, body={"delivery_status": "enabled"})],
        ),
        "unsubscribe": Action(
            "ends every membership of the address",
            "nothing: the memberships stay ended",
            block=[_MEMBERS, Step("DELETE", "/3.1/members/{member}")],
        ),
    },
    needs=("user", "secret"),
)
