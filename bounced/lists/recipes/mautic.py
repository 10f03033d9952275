"""Mautic: marks the contact as "do not contact" by email.

The search finds parts of addresses too, so that the address of each contact is compared.
https://devdocs.mautic.org/en/latest/rest_api/contacts.html and authentication.html
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Find, Recipe, Step

#: How a comment of ours begins: others are not removed.
_COMMENT = "bounced: "

_FOUND = Find("contacts.*", {"number": "id"}, address="fields.all.email")
_OURS = Find("contacts.*", {"number": "id"}, address="fields.all.email", only={"doNotContact.*.comments": _COMMENT})


def _find(found: Find) -> Step:
    return Step("GET", "/api/contacts", {"search": "email:{address}", "limit": "100"}, find=found)


RECIPE = Recipe(
    "mautic",
    "Mautic",
    "https://devdocs.mautic.org/en/latest/rest_api/contacts.html",
    {
        "block": Action(
            'adds "do not contact" for email to each contact with the address: bounced, unsubscribed for a complaint, '
            "or manual",
            "removes it, where it was added by this sink",
            block=[
                _find(_FOUND),
                Step(
                    "POST",
                    "/api/contacts/{number}/dnc/email/add",
                    body={"reason": "{dnc_reason}", "comments": f"{_COMMENT}{{reason}}"},
                ),
            ],
            release=[_find(_OURS), Step("POST", "/api/contacts/{number}/dnc/email/remove")],
        )
    },
    needs=("user", "secret"),
    token_path="/oauth/v2/token",  # noqa: S106
    by_cause={"dnc_reason": {"bounce": 2, "complaint": 1, "manual": 3}},
)
