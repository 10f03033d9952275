"""Ghost: takes the member off every newsletter. Tried with Ghost 5.130.

The Admin API can't set "email disabled", which is Mailgun's word alone. The secret is the Admin API key.
https://docs.ghost.org/admin-api/members/updating-a-member
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Find, Recipe, Step

RECIPE = Recipe(
    "ghost",
    "Ghost",
    "https://docs.ghost.org/admin-api",
    {
        "unsubscribe": Action(
            "takes the member off every newsletter; the member stays one",
            "nothing: who is to get which newsletter is the member's to say",
            block=[
                Step(
                    "GET",
                    "/ghost/api/admin/members/",
                    {"filter": "email:'{address:nql}'", "limit": "10"},
                    find=Find("members.*", {"member": "id"}, address="email"),
                ),
                Step("PUT", "/ghost/api/admin/members/{member}/", body={"members": [{"newsletters": []}]}),
            ],
        )
    },
    login="ghost",
    needs=("secret",),
    headers={"Accept-Version": "v5.0"},
)
