"""Phrases about us: who we are, where from, how much and how we send, what a site forbids us."""

from __future__ import annotations

from bounced.classify.phrases.phrase import rows

SENDER = (
    # A server that says so in a reply was reached.
    *rows("reputation", "connection refused", codes=("521", "554", "571", "5.7.0", "5.7.1")),
    *rows(
        "sender_rejected",
        """
        sender address rejected
        sender address is rejected
        sender address verif
        sender verify fail
        sender rejected
        sender denied
        sender not allowed
        sender is not allowed
        sender refused
        sender unknown
        sender domain not found
        sender domain must
        sender domain does not exist
        sender's domain does not
        domain of sender
        domain of the sender
        domain does not resolve sender
        invalid sender
        bad sender
        from domain is invalid
        unroutable sender
        unresolvable sender
        unknown sender
        unverified sender
        could not verify sender
        cannot verify sender
        from address is not valid
        your envelope sender is denied
        address rejected @@
        invalid dns mx or a aaaa
        has no a, aaaa, or mx
        sender domain resolve fail
        badmailfrom
        badmail from
        mail from must have
        mail from not owned
        syntax in mail from
        address in mail from
        mail from command rejected
        but sender was rejected
        managed senders
        blocked senders
        recipient's block
        personal block
        personal blacklist
        user's block
        not a member of
        only subscribers
        restricted to list subscribers
        restricted to subscribers
        non members are not allowed
        messages of this kind from non members
        only accepting mail from
        only accepts mail from
        manually blocked sender
        callback setup failed
        approval.notauthorized
        address not in the list of allowed senders
        not authorized to send to the recipient
        not authorized to send to this
        not authorized to send mail to the
        not permitted to send to
        not allowed to send to
        the sender does not have permission
        you do not have permission to send to
        may not have permission to post messages to the group
        does not accept mail from @
        does not accept mail from you
        not accepting mail from
        not accept mail from this sender
        """,
    ),
    *rows(
        "rate_limited",
        """
        too many recipients
        too many invalid
        too many unknown
        bad recipients
        invalid recipients
        unknown recipients
        nonexistent recipients
        connection limit
        maximum number of connections
        number of concurrent
        number of simultaneous
        too many messages from
        too many connections
        too many concurrent
        too many simultaneous
        too many sessions
        too many errors from your
        too many mails
        too much mail from
        sent too many
        sent to too many
        sending too many
        sending too fast
        receiving mail at a rate
        receiving mail too quickly
        received too many messages
        connection rate
        frequency limited
        rate limit
        ratelimit
        message rate
        message submission rate
        concurrent connection
        exceeded the maximum number of recipients
        exceeds the maximum number of recipients
        unusual rate
        sending rate
        exceeds the limit of messages
        exceeded the rate
        exceeded its daily
        exceeded its hourly
        exceeded the maximum number of messages
        exceeded your daily
        daily relay quota
        daily user sending
        daily message quota
        daily quota
        daily limit
        hourly limit
        hourly quota
        sending quota
        sending limit
        send limit
        sender's quota
        max defers and failures per hour
        max emails per hour
        queue quota
        limit for the number of messages
        maximum number of messages per
        submission quota
        throttl
        message flood
        mail flood
        """,
    ),
    *rows(
        "relay_denied",
        """
        relay access denied
        relay denied
        relay not permitted
        relay not allowed
        relay prohibited
        relay operation
        relay server rejected
        relaying denied
        relaying is denied
        relaying not allowed
        relaying not permitted
        relaying prohibited
        relaying is not
        relaying mail
        relaying blocked
        no relay
        not relay
        unable to relay
        deliver for that domain
        deliver for this domain
        accept mail for that domain
        no forwarding for
        cannot relay
        can't relay
        as a relay
        insecure mail relay
        not a gateway
        isn't in my list of allowed rcpthosts
        that domain isn't in my list
        in my rcpthosts
        in rcpthosts
        not a local domain
        not local host
        domain not hosted here
        not permitted to relay
        not allowed to relay
        not authorized to relay
        not configured to relay
        not handle mail for
        send to other domains
        """,
    ),
    *rows(
        "authentication",
        """
        dmarc
        spf check
        spf fail
        spf valid
        spf record
        spf unauthorized
        spf lookup
        spf softfail
        spf sender
        spf polic
        spf reject
        spf hard
        spf does not pass
        spf did not pass
        spf error
        per spf
        sender policy framework
        openspf.org
        not designated as a permitted sender
        failed spf
        fails spf
        dkim sign
        dkim valid
        dkim fail
        dkim check
        no dkim
        dkim=fail
        dkim not
        dkim does not pass
        dkim did not pass
        no passing dkim
        invalid dkim
        sender id (pra)
        sender id check
        authentication required
        authentication checks fail
        multiple authentication
        authentication is required
        smtp authentication
        smtp auth is required
        smtp auth required
        requires authentication
        must authenticate
        not authenticated
        unauthenticated
        required authentication level
        resolver.rst.authrequired
        reverse dns
        reverse lookup
        reverse hostname
        reverse host name
        reverse record
        rdns
        ptr record
        ptr resource record
        sender ip must resolve
        no ptr
        valid ptr
        missing ptr
        invalid ptr
        does not have a ptr
        ip name lookup
        unverifyable sending ip
        cannot find your hostname
        cannot find your reverse
        cannot resolve your
        could not resolve your
        unable to look up your
        hostname does not match
        unknown hostname
        invalid hostname
        illegal hostname
        no such hostname
        mismatches client ip
        valid sender domain
        helo command rejected
        ehlo command rejected
        invalid helo
        invalid ehlo
        bad helo
        bad ehlo
        helo name
        bimi
        """,
    ),
    *rows(
        "reputation",
        """
        spamhaus
        spamcop
        sorbs
        barracudacentral
        barracuda reputation
        uceprotect
        psbl.
        invaluement
        abuseat
        dnsbl
        rbl
        dnswl
        blocklist
        block list
        blacklist
        black list
        denylist
        deny list
        senderscore
        senderbase
        talosintelligence
        backscatterer
        mailspike
        truncate.gbudb
        cloudmark
        sender reputation
        ip reputation
        poor reputation
        bad reputation
        low reputation
        domain reputation
        reputation of the sending
        reputation filter
        reputation check
        due to its reputation
        due to your reputation
        reputation is
        ip blocked
        ip is blocked
        ip has been blocked
        ip address is blocked
        ip address has been blocked
        ip address blocked
        server is blocked
        server has been blocked
        host is blocked
        network is blocked
        domain is blocked
        domain has been blocked
        ip is listed
        is listed at
        is listed in
        is listed on
        listed by
        blocked by recipient
        blocked by the recipient
        banned sending ip
        banned ip
        ip banned
        your ip has been
        your ip address has been
        your ip address is
        your host [
        your mail server has been
        your mail server ip
        host blocked
        client host [
        client blocked
        connection blocked
        service refused to client
        connections not accepted from
        connection refused from
        connection rejected
        connection dropped due to
        connection not authorized
        not authorized to connect
        not allowed to connect
        may not be mail exchanger
        dynamic ip
        dynamic pool
        dynamic address
        dynamically assigned
        dial up
        dialup
        residential ip
        generic hostname
        complaints from users
        user complaints
        user reports
        unexpected volume or user complaint
        weren't sent
        mass mailer
        recipient address rejected ers
        ask your postmaster for help or to contact
        invalid ip for sending mail of domain
        refused to talk to me 554
        refused to talk to me 550
        server requires confirmation
        your ip or
        your ip address or
        your domain or
        your email or
        identified as spammer
        you cannot send email to yourself
        """,
    ),
    *rows(
        "tls",
        """
        must issue a starttls
        starttls is required
        starttls required
        starttls command first
        tls required
        tls is required
        tls negotiation
        tls handshake
        tls is not available
        tls not available
        tls was required
        tls connection
        tls session
        requires tls
        require tls
        requires encryption
        encryption required
        encryption needed
        encryption is required
        cannot start tls
        ssl handshake
        certificate verif
        certificate validation
        certificate has expired
        certificate expired
        certificate is not trusted
        server certificate
        mta sts
        sts policy
        dane required
        dane validation
        tlsa record
        tlsa lookup
        """,
    ),
    *rows(
        "policy",
        """
        @@ access denied
        policy reason
        policy violation
        security policy
        security policies
        policy restriction
        policy reject
        policy rules
        violates policy
        violation of policy
        violates our
        local policy
        site policy
        administratively prohibited
        administratively denied
        administrative policy
        administrative reasons
        prohibited by administrator
        rejected by administrator
        greylist
        graylist
        grey list
        recipient preferences
        rejected by recipient
        refused by recipient
        country filter
        by country
        geographic
        challenge response
        potential security issue
        presents a potential
        message not accepted for
        message not allowed
        not in whitelist
        not on whitelist
        transport.rules.reject
        mail rule
        mail filter
        mailpolicy violation
        dlp policy
        held until the list moderator
        """,
    ),
)
