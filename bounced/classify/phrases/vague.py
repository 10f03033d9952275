"""Words that many systems use for many things, and words that every report of a kind holds."""

from __future__ import annotations

from bounced.classify.phrases.phrase import Rank, rows

#: Words that mean nothing where they stand.
NOTHING = (
    *rows(
        "",
        """
        no virus
        no virus found
        no virus detected
        no viruses
        no viruses found
        no viruses detected
        no malware
        no malware detected
        not contain any virus
        virus free
        virus scan
        virus database
        virus check
        virus version
        virus signature database
        viruses and spam
        viruses and dangerous
        for viruses
        for known viruses
        check our spam
        relay=
        in reply to helo
        in reply to ehlo
        returned to sender
        return to sender
        returning to sender
        to the sender
        contact the sender
        notify the sender
        returning message to sender
        """,
    ),
)

#: A word that names a cause, in no known sentence: believed before everything that names none.
HINTS = (
    *rows("virus", "virus\ntrojan\nworm\nmalicious\ninfected", rank=Rank.HINT),
    *rows("reputation", "your ip\nsender score\nabuse\nabusive\nbanned\nreputation\nbad ip\nblack ip", rank=Rank.HINT),
    *rows("authentication", "spf\ndkim\np=reject\nsenderid\nsignature\nalignment", rank=Rank.HINT),
    *rows(
        "rate_limited",
        """
        too many
        excessive
        volume
        too frequent
        too much
        hourly
        messages per
        messages a day
        an hour
        too often
        slow down
        slower
        per hour
        per day
        per minute
        per connection
        too fast
        faster than
        already open
        too quickly
        has exceeded the limit
        limit reached
        limit exceeded
        """,
        rank=Rank.HINT,
    ),
    *rows(
        "spam_content",
        """
        spam
        antispam
        suspicious
        suspected
        phish
        junk
        advertis
        bayes
        fraud
        score
        """,
        rank=Rank.HINT,
    ),
    *rows("tls", "starttls\nssl certificate\nencrypt", rank=Rank.HINT),
    *rows("too_large", "bigger than\nlarger than", rank=Rank.HINT),
    *rows("content", "attachment\nmalformed\nzip file\nexecutable", rank=Rank.HINT),
    *rows(
        "sender_rejected",
        """
        sender
        from address
        from domain
        from header
        from contains
        header from
        envelope from
        your domain
        your address
        """,
        rank=Rank.HINT,
    ),
    # The address that is bad is ours: Apple's Hide My Email, "550 5.1.1 <ours>: unauthorized sender".
    *rows("sender_rejected", "@@", codes=("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6"), rank=Rank.HINT),
    *rows(
        "policy",
        """
        members only
        only members
        contacts only
        known contacts
        known senders
        internal only
        only internal
        accepts mail from
        accepts only
        only accept
        not opted in
        policy error
        your country
        """,
        rank=Rank.HINT,
    ),
    *rows("relay_denied", "relay", rank=Rank.HINT),
    *rows("mailbox_full", "quota\nno space\ndisk space\nstorage\nno room", rank=Rank.HINT),
    # After quotas, which are in octets too.
    *rows("content", "macro\ncharset\npassword protected", rank=Rank.HINT),
    *rows("too_large", "megabytes\nkilobytes", rank=Rank.HINT),
    # Amavis and Proofpoint: "554 5.7.0 Reject, id=20025-09 - SPAM".
    *rows("spam_content", "reject, id=", codes=("5.7.0", "5.7.1"), rank=Rank.HINT),
    # Said before the server knew of the recipient, so the sender is what it disliked (Exim, Postfix).
    *rows(
        "sender_rejected",
        """
        remote mail server after mail from
        in reply to mail from
        """,
        codes=("501", "550", "551", "553", "554"),
        rank=Rank.HINT,
    ),
)

#: Believed only when no precise code says otherwise.
VAGUE = (
    *rows("reputation", "refused to talk to me", rank=Rank.VAGUE),  # Postfix, of the greeting
    *rows(
        "remote_error",
        """
        internal error
        system error
        system problem
        server error
        server busy
        server is busy
        service currently unavailable
        service not available
        service unavailable
        transaction failed
        local error
        local problem
        too busy
        maintenance
        unable to read
        unable to correctly
        unable to process
        unable to parse
        unable to complete
        unable to verify
        out of order
        crashed
        """,
        rank=Rank.VAGUE,
    ),
    # Turned away before the server could know for whom the mail was (Exim, Postfix, qmail).
    *rows(
        "reputation",
        """
        smtp error from remote mail server after initial connection
        but greeting failed
        has been blocked
        have been blocked
        is blocked
        blocked because
        blocked due to
        blocked by
        not accepting connections from
        """,
        rank=Rank.VAGUE,
    ),
    *rows("policy", "access denied", codes=("5.7.0", "5.7.1", "4.7.0", "4.7.1"), rank=Rank.VAGUE),
    *rows("user_unknown", "address rejected", codes=("5.1.0", "5.1.1"), rank=Rank.VAGUE),  # IronPort
    *rows("authentication", "helo\nehlo\nptr", rank=Rank.VAGUE),
    *rows(
        "policy",
        """
        administrative prohibition
        prohibited
        forbidden
        filtered
        polic
        whitelist
        security
        spoof
        message has been blocked
        message was blocked
        message blocked
        email blocked
        """,
        rank=Rank.VAGUE,
    ),
    # What follows limits it: "over IPv6", "from outside", "without TLS".
    *rows(
        "policy",
        """
        does not accept mail
        does not accept email
        does not accept message
        doesn't accept mail
        doesn't accept email
        does not receive mail
        does not receive email
        """,
        rank=Rank.VAGUE,
    ),
    *rows(
        "user_unknown",
        """
        userunknown
        not exist
        not known
        no such
        unknown to
        works here
        work here
        worked here
        not employed
        check if address is correct
        check the recipient's
        no longer
        """,
        rank=Rank.VAGUE,
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
        protocol error
        synchronization error
        no valid recipients
        """,
        rank=Rank.VAGUE,
    ),
    *rows("unreachable", "unreachable\nno route", rank=Rank.VAGUE),
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
        rank=Rank.VAGUE,
    ),
    *rows(
        "remote_error",
        """
        try again later
        try later
        retry later
        please retry
        try again in
        come back later
        is currently unavailable
        in progress
        temporar
        """,
        rank=Rank.VAGUE,
        retry=True,
    ),
)

#: United Internet's hosts: RFC 5321's words of 550 stand alone there where the mailbox does not exist, and before the
#: cause where they refuse us.
_UNITED_INTERNET = ("gmx.net", "gmx.de", "web.de", "mail.com", "kundenserver.de", "ionos.com", "ionos.de", "1and1.com")

#: Says that it was refused and no more: believed only when no status says anything.
WEAK = (
    *rows(
        "user_unknown",
        "requested action not taken mailbox unavailable",
        at=_UNITED_INTERNET,
        codes=("550",),
        rank=Rank.VAGUE,
    ),
    *rows("refused", "recipient rejected", codes=("5.5.1", "5.5.0"), rank=Rank.VAGUE),  # Open-Xchange
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
        rank=Rank.WEAK,
    ),
)
