"""Words that many systems use for many things, and words that every report of a kind holds."""

from __future__ import annotations

from bounced.classify.phrases.phrase import rows

#: Believed only when no precise code says otherwise.
VAGUE = (
    # Turned away before the server could know for whom the mail was (Exim, Postfix, qmail).
    *rows(
        "reputation",
        """
        smtp error from remote mail server after initial connection
        refused to talk to me
        but greeting failed
        client host rejected
        has been blocked
        have been blocked
        is blocked
        blocked because
        blocked by
        not accepting connections from
        """,
    ),
    *rows("policy", "access denied", codes=("5.7.0", "5.7.1", "4.7.0", "4.7.1")),
    *rows("user_unknown", "address rejected", codes=("5.1.0", "5.1.1")),  # IronPort
    *rows("spam_content", "spam\nscored"),
    *rows("policy", "administrative prohibition\nprohibited\nforbidden\nfiltered\npolic\nwhitelist\nsecurity\nspoof"),
    *rows(
        "user_unknown",
        """
        userunknown
        not exist
        unknown to
        check if address is correct
        check the recipient's
        no longer
        """,
    ),
    *rows(
        "protocol",
        """
        command not implemented
        command not recognized
        command unrecognized
        command parameter not implemented
        unrecognized command
        syntax error
        bad sequence
        out of sequence
        """,
    ),
    *rows("unreachable", "unreachable\nno route"),
    # What every notice of a delay says, whatever the cause.
    *rows(
        "expired",
        """
        has been delayed
        message delayed
        is delayed
        delivery delayed
        still awaiting delivery
        has not yet been delivered
        has not been delivered within
        will continue to attempt
        will continue trying
        will be retried
        will keep trying
        """,
    ),
    *rows("remote_error", "try again later\ntry later\ntemporar"),
)

#: Says that it was refused and no more: believed only when no status says anything.
WEAK = (
    *rows(
        "refused",
        """
        mailbox unavailable
        mailbox not available
        not authorized
        rejected
        refused
        denied
        not accepted
        does not like recipient
        did not like our rcpt to
        """,
    ),
)
