"""Words that mean one thing of a mailbox and another of its sender: what is said, of whom, and then why.

"Recipient a@b.test unrecognized", "unknown mailbox", "the user's account is suspended": no list has every sentence, so
a word is looked up together with the nearest noun (see bounced.classify.subject).
"""

from __future__ import annotations

from collections.abc import Mapping

from bounced.classify.phrases.foreign_sender import FOREIGN_SENDER
from bounced.classify.phrases.phrase import Phrase, Rank, Subject, rows


def _nouns(texts: str) -> tuple[str, ...]:
    return tuple(filter(None, (line.strip() for line in texts.splitlines())))


#: Nouns, as they begin, by whom they are about. "Sender address" is no address of a recipient: see subject_before.
NOUNS: Mapping[Subject, tuple[str, ...]] = {
    "recipient": _nouns(
        """
        @
        mailbox
        mail box
        inbox
        maildrop
        account
        user
        recipient
        envelope recipient
        recepient
        rcpt
        addressee
        address
        alias
        email account
        email address
        email id
        mail account
        mail id
        mailaddress
        emailaddress
        username
        login
        individual
        student
        local part
        mailbox name
        employee
        subscriber
        customer
        destination
        member
        person
        receiver
        uid
        """
    ),
    "sender": _nouns(
        """
        @@
        sender
        originator
        your domain
        your address
        your email
        your email address
        your mail address
        your mailbox
        your account
        your sending
        your envelope
        your from
        your mail from
        your return path
        your organization
        from address
        from domain
        from header
        from field
        mail from
        envelope from
        envelope
        return path
        reply address
        originating
        author
        sending domain
        sending address
        header from
        rfc5321
        5321.mailfrom
        sending user
        sending account
        sending email
        """
    )
    + tuple(row.text for row in FOREIGN_SENDER if row.reason == "sender_rejected"),
    "host": _nouns(
        """
        ip
        ip address
        client
        client host
        your ip
        your host
        your server
        your mail server
        your mta
        sending ip
        sending host
        sending server
        sending mta
        source ip
        your network
        connecting host
        connecting ip
        connection
        hostname
        helo
        ehlo
        ptr
        reverse dns
        rdns
        """
    ),
    "message": _nouns(
        """
        message
        your message
        your mail
        content
        attachment
        url
        link
        header
        subject
        message id
        file type
        """
    ),
    "thing": _nouns(
        """
        certificate
        charset
        command
        credential
        date
        dkim
        dmarc
        dns
        file
        filter
        format
        gateway
        key
        license
        list
        mail server
        mail system
        mx record
        network
        option
        parameter
        password
        policy
        port
        protocol
        quota
        record
        relay
        reputation
        request
        response
        route
        rule
        server
        service
        session
        signature
        spf
        syntax
        system
        token
        transaction
        transport
        """
    ),
    "domain": _nouns(
        """
        domain
        recipient domain
        recipient's domain
        destination domain
        domain name
        """
    ),
}

#: Predicates, as they begin, and what they mean of each subject.
_PREDICATES: tuple[tuple[str, Mapping[Subject, str]], ...] = (
    (
        """
        unknown
        unrecogni
        not recogni
        not a recogni
        invalid
        not valid
        isn't valid
        nonexist
        not exist
        doesn't exist
        doesnt exist
        dosn't exist
        doesnot exist
        not appear to exist
        ceased to exist
        never existed
        not found
        not be found
        couldn't be found
        can't be found
        cannot be found
        no such
        not known
        isn't known
        not listed
        not in the
        not in our
        not in list
        not in address list
        not in directory
        not on our
        not in recipient
        not in valid
        not in my
        no longer
        undefined
        not defined
        not present
        not local
        not configured
        not provisioned
        not available here
        unallocated
        unkown
        is incorrect
        not correct
        is wrong
        misspelled
        mistyped
        """,
        {
            "recipient": "user_unknown",
            "sender": "sender_rejected",
            "host": "authentication",
            "message": "content",
            "domain": "domain_unknown",
        },
    ),
    # "Registered", "verified" and "allowed" are said of both, but of a mailbox only where it is named.
    (
        "not registered\nisn't registered\nunregistered\nhas been deleted\nwas deleted\nis deleted\nhas been removed\n"
        "was removed\nis removed",
        {"recipient": "user_unknown", "sender": "sender_rejected", "host": "reputation", "domain": "relay_denied"},
    ),
    (
        """
        disabled
        deactivated
        inactive
        not active
        isn't active
        not enabled
        not activated
        suspended
        frozen
        closed
        terminated
        cancelled
        canceled
        discontinued
        abandoned
        dormant
        expired
        on hold
        archived
        retired
        unused
        obsolete
        decommissioned
        out of service
        shut down
        switched off
        turned off
        pending deletion
        has left
        asleep
        put to sleep
        given up
        left the company
        left the organi
        """,
        {"recipient": "mailbox_disabled", "sender": "sender_rejected", "host": "policy"},
    ),
    ("suppressed", {"recipient": "suppressed_upstream"}),
    ("not permitted to receive\nnot allowed to receive", {"recipient": "mailbox_disabled"}),
    ("cannot receive\ncan't receive", {"sender": "sender_rejected"}),
    ("has expired\nparked", {"domain": "not_accepting"}),
    ("not hosted\nnot handled\nnot served", {"domain": "relay_denied"}),
    ("not in use\nnot used", {"recipient": "mailbox_disabled", "domain": "not_accepting"}),
    (
        "locked\nblocked",
        {"recipient": "mailbox_disabled", "sender": "sender_rejected", "host": "reputation"},
    ),
    (
        """
        full
        overfull
        over limit
        over the limit
        over its limit
        has no space
        out of space
        insufficient space
        at capacity
        size exceeded
        exceeded the storage
        """,
        {"recipient": "mailbox_full"},
    ),
    (
        """
        banned
        listed
        not trusted
        untrusted
        """,
        {"sender": "reputation", "host": "reputation", "domain": "reputation", "message": "spam_content"},
    ),
    (
        """
        unauthorized
        unauthorised
        not authorized
        not authorised
        not allowed
        not permitted
        not accepted
        rejected
        refused
        denied
        not verified
        unverified
        cannot be verified
        could not be verified
        unresolvable
        does not resolve
        cannot be resolved
        could not be resolved
        resolve fail
        not resolvable
        has no a
        """,
        {"sender": "sender_rejected", "host": "reputation"},
    ),
)

CLAUSES: tuple[Phrase, ...] = tuple(
    row
    for texts, reasons in _PREDICATES
    for of, reason in reasons.items()
    for row in rows(reason, texts, rank=Rank.CLAUSE, of=of)
)
