"""Phrases about what we sent: its content, its form, its size."""

from __future__ import annotations

from bounced.classify.phrases.phrase import rows

MESSAGE = (
    *rows(
        "virus",
        """
        malware
        virus detect
        virus found
        virus infect
        virus was
        virus signature
        virus reject
        contains virus
        infected with
        a virus
        viruses
        message infected
        infected message
        infected file
        contains a trojan
        clamav
        """,
    ),
    *rows(
        "spam_content",
        """
        spamprofiler
        blocked by our spam firewall
        spamassassin
        spam detected
        spam score
        spam block
        spam message
        spam email
        spam mail
        spam content
        spam reject
        spam like
        spam id
        spam rule
        spam found
        spam engine
        spamming not allowed
        spammy
        message is spam
        mail is spam
        email is spam
        is considered spam
        likely spam
        probable spam
        suspected spam
        suspected to be spam
        suspicion of spam
        looks like spam
        look like spam
        appears to be spam
        detected as spam
        identified as spam
        recognized as spam
        recognised as spam
        classified as spam
        categorized as spam
        marked as spam
        flagged as spam
        tagged as spam
        regarded as spam
        treated as spam
        rejected as spam
        blocked as spam
        refused as spam
        this is spam
        as spam by
        contains spam
        considered to be spam
        high probability of spam
        no spam please
        (spam)
        [spam]
        antispam check
        antispam filter
        antispam reject
        anti spam filter
        anti spam polic
        antispam polic
        anti spam system
        due to spam filter
        by spam filter
        the spam filter
        unsolicited
        bulk mail
        bulk email
        junk mail
        content reject
        content filter
        content policy
        rejected by content
        message looks suspicious
        intent analysis
        known as spam
        suspicious content
        message filtered
        may consider spam
        fortiguard antispam
        ube, id=
        blacklisted url
        listed url
        uribl
        surbl
        url in message
        url block
        dspam
        rejected as bulk
        mail rejete
        """,
    ),
    *rows(
        "content",
        """
        attachment type
        attachments are not
        attachment is not
        with attachment
        attachment reject
        attachment not
        attachment block
        blocked attachment
        banned attachment
        illegal attachment
        invalid attachment
        file type not allowed
        file extension
        executable file
        dangerous file
        media error
        duplicate header
        headers too large
        header too large
        header error
        header too long
        header is too long
        multiple from
        more than one from
        more than one subject
        more than one header
        header missing
        header is missing
        subject is empty
        empty subject
        missing from header
        missing a valid address in from
        missing date header
        missing message id
        missing header
        missing required header
        invalid header
        illegal header
        malformed header
        malformed mime
        malformed message
        bad header
        mime error
        mime not
        not rfc 822
        not rfc5322
        not rfc2822
        rfc 5322
        rfc 2822
        bare lf
        bare newline
        bare line feed
        stray linefeed
        stray lf
        line too long
        line length
        lines longer than
        eight bit data
        8bitmime not
        8bit conversion
        smtputf8 is required
        smtputf8 required
        smtputf8 not
        requires smtputf8
        conversion required but
        non ascii
        unacceptable attachment
        because it contains
        corrupt message content
        unknown charset
        unsupported charset
        character set not
        character set is not
        message not rfc
        conform to standard
        invalid message content
        nested too deep
        """,
    ),
    *rows(
        "too_large",
        """
        error too much mail data
        message too large
        message too big
        message file too large
        message is too large
        message is too big
        message was too large
        message size exceed
        message size limit
        message size too
        message length exceed
        message exceeds
        exceeds maximum size
        exceeds maximum allowed
        exceeds maximum permitted
        message exceeded
        message larger than
        message file too big
        mail size
        mail too large
        mail too big
        mail is too
        email too large
        email is too large
        exceeds fixed maximum
        exceeds fixed limit
        exceeds the maximum size
        exceeds the size
        exceeds size limit
        exceeds the maximum message
        exceeds allowed message size
        maximum message size
        max message size
        max size
        size limit of
        size limit set
        size exceeds
        size=message too
        line limit exceeded
        larger than the current system limit
        larger than the maximum
        too large for
        too big for
        too large to
        sizelimit
        receivers size
        """,
    ),
)
