"""Postal: the suppression list of a mail server, a table of its message database; there is no API for it.

lib/postal/message_db/suppression_list.rb in https://github.com/postalserver/postal, and what its author says of the
table: https://github.com/postalserver/postal/issues/78
"""

from __future__ import annotations

from bounced.lists.recipe import SqlAction, SqlRecipe

#: Postal removes each entry in the end: one without an end in the year 3000.
_UNTIL = "COALESCE(:until_seconds, 32503680000)"
_HERE = "type = 'recipient' AND address = :address"

RECIPE = SqlRecipe(
    "postal",
    "Postal",
    "https://github.com/postalserver/postal/blob/main/lib/postal/message_db/suppression_list.rb",
    {
        "block": SqlAction(
            "adds the address to the suppression list of the mail server: Postal holds messages to it",
            "deletes its entry, whoever added it",
            block=[
                f"UPDATE suppressions SET reason = :reason, keep_until = {_UNTIL} WHERE {_HERE}",  # noqa: S608
                "INSERT INTO suppressions (type, address, reason, timestamp, keep_until)"  # noqa: S608
                f" SELECT 'recipient', :address, :reason, :since_seconds, {_UNTIL}"
                f" FROM (SELECT 1) AS one WHERE NOT EXISTS (SELECT 1 FROM suppressions WHERE {_HERE})",
            ],
            release=[f"DELETE FROM suppressions WHERE {_HERE}"],  # noqa: S608
        )
    },
)
