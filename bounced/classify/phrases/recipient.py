"""Phrases about the recipient: the mailbox, the address, what its owner wants."""

from __future__ import annotations

from bounced.classify.phrases.phrase import Phrase, rows

RECIPIENT = (
    *rows(
        "mailbox_full",
        """
        over quota
        overquota
        over the quota
        over its quota
        over the maximum allowed quota
        over the storage
        exceeded quota
        exceeded the quota
        exceeded storage
        exceeded his her
        insufficient space to store
        mailbox has no space
        space quota
        exceeded its storage
        exceeded his quota
        exceeded their quota
        exceeded email quota
        exceeded disk
        exceeds quota
        exceeds the quota
        exceeds mailbox
        exceeds allowed size
        exceed the quota
        exceed mailbox
        exceeding the recipient's quota
        quota exceed
        quota exhausted
        quota violation
        quota for user
        quota limit
        quota is full
        quota full
        quota reached
        overdrawn
        out of storage
        out of quota
        not enough storage space in
        insufficient mailbox
        insufficient quota
        insufficient space in the mailbox
        mailbox full
        mailbox is full
        mailbox has exceeded
        mailbox exceed
        mailbox size limit
        mailbox over
        mailbox quota
        mailbox limit
        mailbox for user is full
        mailbox for @ is full
        mailbox @ is over
        mailbox @ is full
        mailbox @ full
        mailbox too large
        mail box is full
        mail box full
        mail box space not enough
        mailfolder is full
        mailfolder over
        maildir over
        inbox is full
        inbox full
        account is full
        account full
        account over
        user is over
        user over
        user has exceeded
        user has too many messages
        recipient is over
        recipient over
        recipient has exceeded
        recipient storage full
        number of messages in recipient's mailbox
        too much mail data
        too many messages on
        too many messages in
        storage quota
        storage limit
        storage allocation
        disk quota
        disk full for user
        file size limit exceeded
        file too large
        resolver.rst.quota
        has no space left in
        not enough space in the mailbox
        mailbox has reached
        inbox is out of
        """,
    ),
    *rows(
        "address_moved",
        """
        has moved to
        now at @
        mailbox has moved
        user has moved
        recipient has moved
        recipient no longer on server
        moved to another address
        new address is
        changed address
        address moved
        changed email address
        changed their email
        changed his email
        changed her email
        no forwarding address
        please update your address book
        user not local; please try
        user not local, please try
        this address is no longer in use, please use
        """,
    ),
    *rows(
        "mailbox_disabled",
        """
        account has been disabled
        account is disabled
        account disabled
        account that you tried to reach is disabled
        account that you tried to reach is inactive
        account has been suspended
        account is suspended
        account suspended
        account is inactive
        account inactive
        account has been deactivated
        account deactivated
        account is deactivated
        account is not active
        account not active
        account is locked
        account locked
        account has been locked
        account is blocked
        account blocked
        account has been blocked
        account is closed
        account has been closed
        account closed
        account expired
        account has expired
        account is on hold
        account is frozen
        account has been temporarily suspended
        account is temporarily
        account terminated
        account has been terminated
        account is unavailable
        account is not enabled
        disabled account
        deactivated mailbox
        inactive user
        inactive email address
        inactive account
        inactive mailbox
        inactive recipient
        suspended account
        locked account
        expired account
        mailbox disabled
        mailbox is disabled
        mailbox has been disabled
        mailbox inactive
        mailbox is inactive
        mailbox is frozen
        mailbox frozen
        mailbox suspended
        mailbox is suspended
        mailbox is locked
        mailbox locked
        mailbox is blocked
        mailbox is closed
        mailbox closed
        mailbox is not active
        mailbox deactivated
        mailbox has been deactivated
        mailbox expired
        mailbox currently suspended
        mailbox temporarily disabled
        mailbox currently not available
        user disabled
        user is disabled
        user has been disabled
        user suspended
        user is suspended
        user is inactive
        user inactive
        user is not active
        user not active
        user locked
        user is locked
        user deactivated
        user @ locked
        user @ is locked
        user @ is disabled
        user @ has been disabled
        recipient suspended
        recipient is suspended
        recipient disabled
        recipient is disabled
        recipient is inactive
        recipient inactive
        address is disabled
        address has been disabled
        address disabled
        address deactivated
        address is inactive
        email address suspended
        temporary locked
        temporarily locked
        disabled or discontinued
        delivery is disabled
        """,
    ),
    # The sentence ends there: what follows limits it ("over IPv6", "from outside", "without TLS").
    *rows(
        "not_accepting",
        """
        mx or srv record indicated no smtp service
        does not accept mail$
        does not accept any mail
        does not accept mail at this address
        does not accept email$
        does not accept any email
        does not accept mail any more
        does not accept mail anymore
        does not accept email any more
        does not accept email anymore
        doesn't accept mail$
        doesn't accept email$
        doesn't receive email$
        does not receive mail$
        does not receive email$
        not accepting any mail
        mail is not accepted here$
        this host does not receive
        no reply address
        unmonitored mailbox
        this mailbox is not monitored
        """,
    ),
    # The registered words of X.3.2; with 4.3.2 they say that the server is busy.
    *rows(
        "not_accepting",
        "system not accepting\nnot accepting network messages\nnot accepting messages",
        codes=("5.3.2", "521", "556"),
    ),
    *rows(
        "suppressed_upstream",
        """
        suppression list
        suppressed address
        account level suppression
        bounced address
        previously bounced
        previously unsubscribed
        drop list
        recipient is on the suppression
        on the bounce list
        message was not sent recipient
        spam reporting address
        """,
    ),
    # bounced's own refusal by Postfix or Exim, when a host that relays through them reports it (docs/readers.md).
    *rows("suppressed_upstream", "5.7.1 suppressed\nrecipient address rejected suppressed"),
    # Local delivery programs, which may quote "No such user" in the same breath.
    *rows(
        "remote_error",
        """
        procmail
        can't create output
        cannot create output
        can't create user output file
        unable to switch to home
        couldn't create
        could not create temporary
        cannot open mailbox
        can't open mailbox
        unable to open mailbox
        unable to lock mailbox
        lock failure on
        error while writing to
        cannot update mailbox
        cannot append message
        unable to create a dot lock
        """,
    ),
    *rows(
        "address_invalid",
        """
        address syntax
        syntax error in address
        syntax error in mailbox
        malformed address
        malformed recipient
        restricted characters in address
        domain missing
        missing or malformed local part
        unqualified address
        unqualified recipient
        illegal address
        domain literal
        reserved by rfc
        mailbox name not allowed
        mailbox name invalid
        not a legal address
        """,
    ),
    Phrase("user_unknown", "> unknown", codes=("550",)),  # Courier: "550 User <name> unknown"
    *rows(
        "user_unknown",
        """
        user unknown
        user is unknown
        user does not exist
        user doesn't exist
        user did not exist
        user not exist
        user not found
        user not known
        user invalid
        user @ does not exist
        user @ doesn't exist
        user @ not found
        user @ unknown
        user @ is unknown
        user could not be found
        user mail box not found
        user name is unknown
        user no longer
        user is no longer
        user unavailable
        user not local
        username does not exist
        unknown user
        unknown local part
        unknown localpart
        unknown recipient
        unknown address
        unknown account
        unknown mailbox
        unknown virtual user
        unknown email
        unknown to address
        unknown destination
        no such user
        no such mailbox
        no such recipient
        no such address
        no such account
        no such local
        no such email
        no such person
        no such name
        no such domain user
        no account by that name
        no account here
        no user by that name
        no user here
        no user exists
        no mailbox
        no valid recipient$
        no matches to nameserver query
        not a valid recipient
        not a valid mailbox
        not a valid user
        not a valid address
        not a valid email
        not a known user
        not a local user
        not a local address
        not a user here
        not an active address
        not listed in domino directory
        not listed in public name
        name is not recognized
        name not recognized
        address not recognized
        address is not recognized
        recipient not recognized
        recipient is not recognized
        not find a recipient
        not find user
        not found by smtp address lookup
        not our user
        not our customer
        cannot deliver mail for @
        cannot find user
        cannot find the user
        can't find user
        could not find recipient
        couldn't find the address
        address couldn't be found
        address could not be found
        address not found
        address does not exist
        address doesn't exist
        address no longer
        address is no longer
        address is unknown
        address unknown
        address is not known
        address is invalid
        address is possibly incorrect
        address is not valid
        address not known
        address not present
        address invalid
        address wasn't found
        address you entered couldn't be found
        address rejected @
        addressee unknown
        addressee not
        account does not exist
        account doesn't exist
        account not found
        account unknown
        account not available
        account that you tried to reach does not exist
        account or domain may not exist
        account @ does not exist
        bad address
        bad recipient
        bad mailbox
        bad account
        bad user
        bad alias
        bad email address
        wrong address
        wrong mailbox
        wrong user
        wrong recipient
        wrong account
        wrong email
        incorrect address
        incorrect mailbox
        incorrect user
        incorrect account
        incorrect email
        bad destination mailbox
        badrcptto
        benutzer unbekannt
        delivery to nonexistent
        doesn't have a mailbox
        does not have a mailbox
        does not have an account
        does not have an email
        does not have a final email delivery point
        doesn't have an account
        email address is wrong
        email address you entered
        incorrect recipient
        invalid address
        invalid recipient
        invalid mailbox
        invalid user
        invalid local
        invalid final delivery userid
        destination addresses were unknown
        invalid account
        invalid alias
        illegal user
        illegal mailbox
        illegal recipient
        illegal account
        illegal alias
        is not a valid
        is not a known
        local delivery rejected
        mailbox does not exist
        mailbox doesn't exist
        mailbox not found
        mailbox not exist
        mailbox not known
        mailbox unknown
        mailbox is unknown
        mailbox unavailable or not local
        mailbox not present
        mailbox no longer
        mailbox @ does not exist
        mailbox @ not found
        mailbox @ unavailable
        recipient @ unavailable
        user @ unavailable
        mailbox invalid
        nonexistent user
        nonexistent mailbox
        nonexistent recipient
        nonexisting user
        person not found
        recipient does not exist
        recipient doesn't exist
        recipient @ does not exist
        recipient @ not found
        recipient is not local
        recipient not found
        recipient not exist
        recipient not known
        recipient unknown
        recipient is unknown
        recipient invalid
        recipient is invalid
        recipient is not exist
        recipient no longer
        recipient could not be found
        recipient rejected user
        recipnotfound
        recipientnotfound
        resolver.adr.recip
        resolver.adr.exrecipnotfound
        rejected undeliverable address
        there is no one at this address
        nobody called
        anybody called
        no one called
        nobody by that name
        there is no such
        there is no user
        this user doesn't have a
        unable to deliver message to @ (and other
        undeliverable address user
        undeliverable address no such
        verify failed user
        couldn't find any mailbox
        couldn't be found or is misspelled
        """,
    ),
)
