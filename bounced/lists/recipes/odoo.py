"""Odoo 19 and later, by its JSON-2 API: puts the address on the blacklist of mailings. The secret is an API key.

`create` returns the entry of an address that has one, even an archived one, hence the `write` after it
(addons/mail/models/mail_blacklist.py).
https://www.odoo.com/documentation/19.0/developer/reference/external_api.html
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Find, Recipe, Step

_ENTRY = Find("*", {"entry": ""})


def _write(active: bool) -> Step:
    return Step("POST", "/json/2/mail.blacklist/write", body={"ids": ["{entry}"], "vals": {"active": active}})


RECIPE = Recipe(
    "odoo",
    "Odoo 19",
    "https://www.odoo.com/documentation/19.0/developer/reference/external_api.html",
    {
        "block": Action(
            "puts the address on the blacklist: mailings leave it out, other messages do not",
            "archives the entry of the blacklist, whoever added it",
            block=[
                Step(
                    "POST", "/json/2/mail.blacklist/create", body={"vals_list": [{"email": "{address}"}]}, find=_ENTRY
                ),
                _write(True),
            ],
            release=[
                Step(
                    "POST", "/json/2/mail.blacklist/search", body={"domain": [["email", "=", "{address}"]]}, find=_ENTRY
                ),
                _write(False),
            ],
        )
    },
    login="bearer",
    needs=("secret", "database"),
    headers={"X-Odoo-Database": "{database}"},
)
