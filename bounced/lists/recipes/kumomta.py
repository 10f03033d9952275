"""KumoMTA: its suppression list, which the policy in Lua asks. One entry for each address and type of mail.

https://docs.kumomta.com/reference/http/api_admin_suppression_v1/
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Failure, Json, Recipe, Step

_PATH = "/api/admin/suppression/v1"


def _entry(type_: str) -> Json:
    return {"recipient": "{address}", "type": type_, "source": "{source}", "description": "{reason}"}


_ALL = Step("POST", _PATH, body=_entry("transactional"))
_MARKETING = Step("POST", _PATH, body=_entry("non_transactional"))
_NOT_ALL = Step("DELETE", _PATH, body={"recipient": "{address}", "type": "transactional"})

RECIPE = Recipe(
    "kumomta",
    "KumoMTA",
    "https://docs.kumomta.com/reference/http/api_admin_suppression_v1/",
    {
        "block": Action(
            "adds the address to the suppression list: for both types of mail where all mail is suppressed, "
            "else as non_transactional",
            "deletes its entries, whoever added them",
            block=[_MARKETING, _ALL],
            block_some=[_MARKETING, _NOT_ALL],
            release=[Step("DELETE", _PATH, body={"recipient": "{address}"})],
        )
    },
    by_cause={"source": {"bounce": "bounce", "complaint": "complaint", "manual": "manual"}},
    failure=Failure("errors.*"),
)
