"""MailPoet in WordPress: the status of the subscriber, in the database of WordPress; MailPoet's API is PHP only.

Only who gets newsletters is changed: who has not confirmed yet must not become subscribed by a release.
https://github.com/mailpoet/mailpoet/tree/trunk/doc (statuses: api_methods/AddSubscriber.md)
"""

from __future__ import annotations

from bounced.lists.recipe import SqlAction, SqlRecipe

_SET = "UPDATE {prefix}mailpoet_subscribers SET status = '%s' WHERE email = :address AND status IN (%s)"

RECIPE = SqlRecipe(
    "mailpoet",
    "MailPoet (WordPress)",
    "https://github.com/mailpoet/mailpoet/tree/trunk/doc",
    {
        "block": SqlAction(
            "sets the status of a subscriber to bounced: no newsletter is sent",
            "sets the status of one that is bounced to subscribed",
            block=[_SET % ("bounced", "'subscribed', 'inactive'")],
            release=[_SET % ("subscribed", "'bounced'")],
        ),
        "unsubscribe": SqlAction(
            "sets the status of a subscriber to unsubscribed",
            "nothing: the subscriber stays unsubscribed",
            block=[_SET % ("unsubscribed", "'subscribed', 'inactive', 'unconfirmed', 'bounced'")],
        ),
    },
)
