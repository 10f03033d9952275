"""listmonk: blocklists the subscriber, or reports a bounce that listmonk's own rules count.

A blocklisted subscriber is unsubscribed from every list, which a release does not take back. PATCH is there since 6.1
(https://github.com/knadh/listmonk/issues/3011); before that the answer is 404 or 405.
https://listmonk.app/docs/apis/subscribers/ and https://listmonk.app/docs/bounces/
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Find, Recipe, Step

#: listmonk writes addresses in lower case, and has an index on LOWER(email).
_SUBSCRIBER = {"query": "LOWER(subscribers.email) = '{address:sql}'"}


def _find(status: str = "") -> Step:
    only = {"status": status} if status else {}
    found = Find("data.results.*", {"number": "id"}, address="email", only=only)
    return Step("GET", "/api/subscribers", {**_SUBSCRIBER, "page": "1", "per_page": "10"}, find=found)


RECIPE = Recipe(
    "listmonk",
    "listmonk",
    "https://listmonk.app/docs/apis/subscribers/",
    {
        "block": Action(
            "blocklists the subscriber, who gets no campaign any more, and ends all of its subscriptions",
            "enables the subscriber again (listmonk 6.1 and later); subscriptions stay ended",
            block=[_find(), Step("PUT", "/api/subscribers/{number}/blocklist")],
            release=[
                _find("blocklisted"),
                Step("PATCH", "/api/subscribers/{number}", body={"status": "enabled"}, dead=frozenset((404, 405))),
            ],
        ),
        "bounce": Action(
            "records a bounce or a complaint, with which listmonk does what its settings for bounces say; "
            "bounce processing must be on",
            "nothing: what listmonk did stays",
            block=[
                Step(
                    "POST",
                    "/webhooks/bounce",
                    body={
                        "email": "{address}",
                        "source": "bounced",
                        "type": "{bounce_type}",
                        "meta": {"reason": "{reason}", "detail": "{detail}"},
                    },
                )
            ],
            is_report=True,
        ),
    },
    needs=("user", "secret"),
    by_cause={"bounce_type": {"bounce": "hard", "complaint": "complaint", "manual": "hard"}},
)
