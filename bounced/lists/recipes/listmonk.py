"""listmonk: blocklists the subscriber, takes it off lists, or reports a bounce that listmonk's own rules count.

A blocklisted subscriber is unsubscribed from every list, which a release does not take back. PATCH is there since 6.1
(https://github.com/knadh/listmonk/issues/3011); before that the answer is 404 or 405.
https://listmonk.app/docs/apis/subscribers/ and https://listmonk.app/docs/bounces/
"""

from __future__ import annotations

from bounced.lists.recipe import Action, Find, Recipe, Remainder, Step

#: listmonk writes addresses in lower case, and has an index on LOWER(email).
_SUBSCRIBER = {"query": "LOWER(subscribers.email) = '{address:sql}'"}


#: listmonk leaves out the lists that its user may not manage, and answers that all was done.
_SUBSCRIBED = Remainder(
    "lists.*",
    among="lists",
    number="id",
    state="subscription_status",
    end="unsubscribed",
    problem="keeps the subscription; may the user manage the list? It is number",
)


def _find(status: str = "", without: Remainder | None = None) -> Step:
    only = {"status": status} if status else {}
    found = Find("data.results.*", {"number": "id"}, address="email", only=only, without=without)
    return Step("GET", "/api/subscribers", {**_SUBSCRIBER, "page": "1", "per_page": "10"}, find=found)


#: Whoever is not on one of the lists stays off it.
_UNSUBSCRIBE = [
    _find(),
    Step(
        "PUT",
        "/api/subscribers/lists",
        body={"ids": ["{number}"], "action": "unsubscribe", "target_list_ids": "{lists}"},
    ),
    _find(without=_SUBSCRIBED),
]

_BLOCK = [_find(), Step("PUT", "/api/subscribers/{number}/blocklist")]

_ENABLE = [
    _find("blocklisted"),
    Step("PATCH", "/api/subscribers/{number}", body={"status": "enabled"}, dead=frozenset((404, 405))),
]

RECIPE = Recipe(
    "listmonk",
    "listmonk",
    "https://listmonk.app/docs/apis/subscribers/",
    {
        "block": Action(
            "blocklists the subscriber, who gets no campaign any more, and ends all of its subscriptions",
            "enables the subscriber again (listmonk 6.1 and later); subscriptions stay ended",
            block=_BLOCK,
            release=_ENABLE,
        ),
        "unsubscribe": Action(
            "ends the subscriptions to `lists`, whatever mail is suppressed; others stay, and the subscriber is not "
            "blocklisted",
            "nothing: subscriptions stay ended",
            block=_UNSUBSCRIBE,
            needs=("lists",),
        ),
        "by-scope": Action(
            "where all mail is suppressed, as `block`; where some of it is (`marketing`, a stream), as `unsubscribe`",
            "as `block`; who is blocklisted stays so until nothing is suppressed any more",
            block=_BLOCK,
            block_some=_UNSUBSCRIBE,
            release=_ENABLE,
            needs=("lists",),
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
