"""Phrases about the recipient's domain and server, and the way there."""

from __future__ import annotations

from bounced.classify.phrases.phrase import rows

TRANSPORT = (
    *rows("unreachable", "host not found, try again"),  # Postfix: SERVFAIL
    *rows(
        "domain_unknown",
        """
        host unknown
        host name is unknown
        host not found
        unknown host
        unknown domain
        domain unknown
        domain not found
        domain name not found
        domain does not exist
        domain doesn't exist
        domain is not valid
        domain is invalid
        domain not exist
        domain must exist
        domain couldn't be found
        domain has no mail
        domain has been suspended
        recipient domain must
        recipient's domain does not
        no such domain
        no such host
        no mx
        no mail server
        no mail exchanger
        couldn't find a mail exchanger
        all host address lookups failed
        no route found to domain
        no mail hosts for domain
        no dns records
        no valid mx
        no valid hosts
        mx record about @
        couldn't find any host
        could not find any mail
        bad destination system
        bad destination host
        illegal host
        invalid domain
        invalid host
        name or service not known
        nodename nor servname
        nxdomain
        nonexistent domain
        nonexistent hosts
        name service error
        all relevant mx records point to nonexistent
        dns no such
        dns domain
        unrouteable address
        unroutable address
        unrouteable mail domain
        unrouteable domain
        cannot route to
        unable to route
        """,
    ),
    *rows("expired", "retry timeout exceeded"),  # Exim
    *rows(
        "unreachable",
        """
        too many hops
        too many received
        hop count exceeded
        hop limit
        maximum hop
        mail loop
        mail forwarding loop
        loops back to
        loop detected
        routing loop
        looping
        mailloop
        domain points back
        points back to
        listed as a best preference mx
        remote host address is the local host
        too many "received" headers
        dns query failed
        dns error
        cname lookup failed
        dns soft error
        dns failure
        dns lookup
        dns temporary
        servfail
        host lookup did not complete
        lookup failure
        temporary failure in name resolution
        lowest numbered mx record points to local host
        connection refused
        connection reset
        connection lost
        connection failed
        connection died
        connection closed
        connection dropped
        connection was dropped
        connection was closed
        connection interrupted
        connection could not be
        connection error
        connect to
        conversation with
        could not connect
        couldn't connect
        cannot connect
        can't connect
        unable to connect
        failed to connect
        wasn't able to establish an smtp connection
        unable to establish
        establish connection
        error connecting
        lost connection
        closed connection
        timed out
        timeout
        time out
        no route to host
        network is unreachable
        network unreachable
        network error
        host is down
        host unreachable
        host is unreachable
        host down
        not responding
        did not respond
        didn't respond
        bad connection
        no answer from host
        unable to deliver to domain
        remote protocol error
        not reachable
        could not find a gateway
        did not accept our requests to connect
        destination server
        """,
    ),
    *rows(
        "remote_error",
        """
        temporary lookup failure
        no such file
        internal software error
        system is overloaded
        system resources
        system busy
        system not available
        server overloaded
        server configuration
        server misconfig
        mailer error
        configuration error
        config error
        insufficient system
        insufficient disk
        insufficient storage
        no space left
        not enough disk
        out of memory
        out of disk
        disk full
        disk error
        i o error
        input output error
        read only file system
        permission denied
        insufficient permission
        command died
        command output
        child status
        pipe to
        data format error
        child process of
        unknown mail transport error
        alias database unavailable
        upstream error
        can't exec
        cannot execute
        unexpected failure
        database error
        ldap error
        ldap lookup
        queue file write error
        resources restricted
        mailbox is busy
        mailbox busy
        """,
    ),
    *rows(
        "expired",
        """
        queue too long
        queue.expired
        queue expired
        queue for too long
        envelope expired
        message expired
        message too old
        delivery time expired
        delivery expired
        retry time not reached
        retry limit
        retry count
        maximum retry
        max retry
        hosts have been failing for a long time
        were last tried after this message arrived
        could not deliver for the last
        could not be delivered for
        delivery failed 20 attempts
        undeliverable for
        unable to deliver in
        aborted after
        giving up after
        """,
    ),
)
