"""What Google means by its codes: Gmail, and customers of Google Workspace."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

_ERRORS = "https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes"
_GUIDELINES = "https://support.google.com/a/answer/81126"
_RELAY_ERRORS = "https://support.google.com/a/answer/6140680"

GOOGLE = (
    Fix(
        "Gmail Message-ID",
        ("same message id",),
        "messages with one and the same Message-ID came too often",
        "look for a loop or a job that sends again and again; each message needs a Message-ID of its own",
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.24",
        ("5.7.24", "4.7.24"),
        "the SPF record of your envelope domain has suspicious entries",
        "take out networks that are not yours and services that you left, end it with ~all or -all, never +all",
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.26",
        ("5.7.26", "4.7.26", "unauthenticated email from", "fails to pass authentication checks"),
        "the message passes neither SPF nor DKIM, or your DMARC policy forbids it",
        "publish SPF for the server that sends, sign with DKIM for the domain of the From header, and look at the "
        "DMARC reports for what is not aligned",
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.27",
        ("5.7.27", "4.7.27"),
        "SPF did not pass for your envelope sender",
        "add the sending address to the SPF record of the envelope domain; at most ten DNS look-ups",
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.30",
        ("5.7.30", "4.7.30"),
        "DKIM did not pass",
        "sign each message for the domain of the From header with a key of at least 1024 bits, better 2048, after "
        "everything that changes it",
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.40",
        ("5.7.40", "4.7.40"),
        "your domain has no DMARC record, or one without a policy",
        'publish "v=DMARC1; p=none; rua=mailto:…" at _dmarc of the From domain, and sign with DKIM for it',
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.32",
        ("5.7.32", "4.7.32"),
        "the From header's domain is aligned with neither SPF nor DKIM",
        "sign with DKIM for the domain of the From header itself, not only for that of the mailing service",
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail IPv6",
        ("ipv6autherror", "ipv6 sending guidelines"),
        "over IPv6 the sending address has no reverse DNS, or the message passes neither SPF nor DKIM",
        "set a PTR record for the IPv6 address, list it in SPF and sign with DKIM; until then send over IPv4 (Postfix: "
        "smtp_address_preference = ipv4)",
        _GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail 5.7.25",
        ("5.7.25", "4.7.23", "4.7.25", "have a ptr record"),
        "the sending address has no reverse DNS that leads back to it",
        "have the owner of the address set a PTR record to the name of your server, and that name an A or AAAA record "
        "to the address",
        _GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail 5.7.29",
        ("5.7.29", "4.7.29", "tls required for rcpt domain"),
        "the message came without TLS",
        "turn on opportunistic TLS for outbound mail (Postfix: smtp_tls_security_level = may)",
        _GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail 5.7.28",
        (
            *("5.7.28", "4.7.28", "unsolicitedratelimiterror", "unusual rate of unsolicited mail"),
            *("unusual rate of unsolicited email", "unusual rate of mail", "unusual rate of email"),
        ),
        "too much of your mail is unwanted: from the address, its network, the DKIM or SPF domain, or with a link",
        "slow down to what was accepted before, mail only whoever opened lately, and watch the spam rate in Postmaster "
        "Tools: below 0.1 percent, never 0.3",
        _GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail low reputation",
        ("very low reputation", "low reputation of the sending domain", "low reputation of the sending ip"),
        "Gmail's users mark your mail as spam",
        "stop mail to whoever did not open for months, send one-click unsubscribe (RFC 8058), ask nobody who did not "
        "confirm; it takes weeks",
        _GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail unsolicited",
        (
            *("unsolicitedmessageerror", "likely unsolicited mail", "likely unsolicited email", "likely suspicious"),
            "nature of the content",
        ),
        "the filter takes this message for spam",
        "compare it with one that got through: links, attachments, From name; test single parts with an account of "
        "your own",
        _GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail NotAuthorized",
        ("notauthorizederror", "not authorized to send email directly", "not authorized to send mail directly"),
        "your address is in a range that is not meant to send mail itself",
        "send through your provider's mail server, or set reverse DNS to a name of your own and take the address off "
        "the PBL at check.spamhaus.org",
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail ReceivingRate",
        (
            *("receivingrate", "receivingrateperm", "receiving mail too quickly", "receiving email too quickly"),
            *("receiving mail at a rate that", "receiving email at a rate that"),
        ),
        "this mailbox gets more mail than Gmail lets in, not only yours",
        "send less to this one address; often it is an account that collects alerts",
        "https://support.google.com/mail/answer/6592",
        "google",
        is_yours=False,
    ),
    Fix(
        "Gmail BlockedMessage",
        ("blockedmessage", "potential security issue", "content presents a potential", "illegal attachment"),
        "an attachment of a kind that Gmail never takes, or a link in it",
        "send a link to the file instead",
        "https://support.google.com/mail/answer/6590",
        "google",
    ),
    Fix(
        "Gmail RFC 5322",
        (
            *("not rfc 5322 compliant", "rfc 5322 specifications", "rfcmessagenoncompliant", "invalidmessageformat"),
            *("messages missing a valid", "multiple addresses in from", "message is malformed", "encoded word syntax"),
            "unicode character in a disallowed header",
        ),
        "a header is missing, malformed or there twice",
        "each message needs one From with one address, one Date and one Message-ID, and nothing twice",
        _ERRORS,
        "google",
    ),
    Fix(
        "Gmail relay limit",
        (
            *("daily smtp relay", "smtp relay sending limit", "peak smtp relay limit", "daily user sending"),
            *("daily sending quota", "too many recipients for this sender"),
        ),
        "your Google Workspace account has sent as much as it may today",
        "spread the mailing over days, or use a sending service",
        "https://support.google.com/a/answer/166852",
        "google",
    ),
    Fix(
        "Gmail relay denied",
        ("mail relay denied", "email relay denied", "invalid credentials for relay", "mail sending denied"),
        "the SMTP relay of your Google Workspace does not know your server, or your account is suspended",
        "register the address of your server under SMTP relay service in the Admin console, or log in with SMTP AUTH",
        _RELAY_ERRORS,
        "google",
    ),
    Fix(
        "Gmail policy",
        ("has a policy that prohibited", "has a policy that prohibits", "not in whitelist for rcpt domain", "gcdp"),
        "a rule of the recipient's Google Workspace refuses the message or its sender",
        "nothing to mend at Gmail: ask the recipient's administrator by another way",
        _ERRORS,
        "google",
    ),
)
