"""What Microsoft means by its codes: outlook.com, Microsoft 365 and Exchange."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

_LEARN = "https://learn.microsoft.com/en-us"
_NDR = f"{_LEARN}/troubleshoot/exchange/email-delivery/ndr"
_EXCHANGE_CODES = f"{_NDR}/non-delivery-reports-in-exchange-online"
_TENANT_CODES = f"{_NDR}/fix-error-code-5-7-700-through-5-7-750"
_OUTLOOK_CODES = "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx"
_TECHCOMMUNITY = "https://techcommunity.microsoft.com/blog/exchange"

_OUTLOOK = (
    Fix(
        "Outlook 5.7.515",
        ("5.7.515",),
        "you send more than 5,000 messages a day to outlook.com without passing SPF, DKIM and DMARC",
        "pass SPF and DKIM, both, and publish DMARC (at least p=none) that is aligned with one of them",
        "https://support.microsoft.com/en-us/outlook/fix-ndr-error-550-5-7-515-in-outlook-com",
    ),
    Fix(
        "Outlook S3140, S3150",
        ("s3140", "s3150", "as3140", "as3150", "part of their network is on our block list"),
        "your address, or your network, is on the blocklist of outlook.com",
        "register the address in SNDS and JMRP, then open a case with the form at olcsupport.office.com; where the "
        "first answer is that nothing was detected, reply to it: a person reads that",
        _OUTLOOK_CODES,
    ),
    Fix(
        "Outlook SC, OU, DY",
        ("sc 001", "sc 002", "sc 003", "sc 004", "ou 001", "ou 002", "dy 001", "dy 002"),
        "outlook.com refuses your address: reputation or content (SC-001, OU-002), tried-out addresses (SC-002), an "
        "open relay (SC-003), complaints (SC-004), Spamhaus (OU-001), a dynamic address or a hijacked machine (DY)",
        "mend what the code names, join JMRP for the complaints, look the address up at check.spamhaus.org; then open "
        "a case with the form at olcsupport.office.com",
        _OUTLOOK_CODES,
    ),
    Fix(
        "Outlook S775, S3116",
        (
            *("s775", "s774", "s776", "s777", "s3115", "s3116", "s3113", "s3114", "4.7.650", "4.7.651", "4.7.652"),
            *("rp 001", "rp 002", "rp 003", "temporarily rate limited due to ip reputation"),
        ),
        "more connections or mail than the reputation of your address allows",
        "open fewer connections, send a new address's first mail slowly over weeks, watch SNDS",
        _OUTLOOK_CODES,
    ),
)

_REFUSED = (
    Fix(
        "Microsoft 365 5.7.606 to 5.7.649",
        (*(f"5.7.{number}" for number in range(606, 650)), "banned sending ip"),
        "your address is on the blocklist of Microsoft 365",
        "remove it at sender.office.com (delist portal); it takes up to a day",
        f"{_LEARN}/defender-office-365/use-the-delist-portal-to-remove-yourself-from-the-office-365-blocked-senders-"
        "lis",
    ),
    Fix(
        "Microsoft 365 5.7.511",
        ("5.7.511",),
        "your address is banned, and the delist portal will not lift it",
        "send the whole report to delist@microsoft.com, and say what was mended",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.507, 5.7.513",
        ("5.7.507", "5.7.513", "customer block list"),
        "the recipient's organization has your address on a blocklist of its own",
        "nothing at Microsoft lifts it: ask the recipient's administrator by another way",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 IPv6",
        (
            *("5.7.508", "5.7.510", "does not accept email over ipv6", "a message sent over ipv6"),
            "the sending ipv6 address",
        ),
        "mail over IPv6 needs reverse DNS and SPF or DKIM, is limited, and some recipients take none",
        "send to them over IPv4 (Postfix: smtp_address_preference = ipv4), or set the PTR record and sign with DKIM",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.512",
        ("5.7.512",),
        "the From header has no valid address, or more than one",
        "write one From header with one address of your own domain",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.6.11",
        ("5.6.11", "smtpsend.barelinefeedsareillegal", "barelinefeedsareillegal"),
        "the message has line feeds without a carriage return, which the next server does not take",
        "have the program that writes the message end each line with CR LF",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.509",
        ("5.7.509", "dmarc policy of reject"),
        "the message fails your own DMARC policy",
        "sign with DKIM for the From domain, or have the forwarder keep the message as it is",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.23",
        ("5.7.23", "violated sender policy framework"),
        "SPF failed",
        "add the sending address to the SPF record of the envelope domain",
        _EXCHANGE_CODES,
        "microsoft",
    ),
    Fix(
        "Microsoft 365 server busy",
        (
            *("as 77714950", "as77714950", "as 780090", "server busy please try again later from"),
            *(f"4.7.{number}" for number in range(850, 900)),
        ),
        "your address sends more than usual, and has to show first that it is wanted",
        "send less at a time and let the server try again; raise the volume slowly",
        f"{_NDR}/fix-error-code-451-4-7-500-699-asxxx-in-exchange-online",
    ),
    Fix(
        "Microsoft 365 mail flow rule",
        (*(f"5.7.{number}" for number in range(900, 1000)), "transport.rules.rejectmessage"),
        "a mail flow rule of the recipient's organization refuses the message",
        "nothing at Microsoft lifts it: ask the recipient's administrator by another way",
        _EXCHANGE_CODES,
    ),
)

_OWN_TENANT = (
    Fix(
        "Microsoft 365 TERRL",
        ("terrl", "5.7.233", "5.7.232", "4.7.233"),
        "your own Microsoft 365 tenant has sent to as many external recipients as it may a day",
        "look at the report on the external recipient rate in the Exchange admin center; send bulk mail by a service "
        "for it (Azure Communication Services, or another)",
        f"{_TECHCOMMUNITY}/introducing-exchange-online-tenant-outbound-email-limits/4372797",
    ),
    Fix(
        "Microsoft 365 5.7.703",
        ("5.7.703", "using tenant allow block list"),
        "your own organization blocks the recipient by its Tenant Allow/Block List",
        "have its administrator take the entry out; one such recipient stops the whole message",
        _TENANT_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.705",
        ("5.7.705", "5.7.708", "5.7.750", "tenant has exceeded threshold"),
        "your own tenant is restricted: new, on trial, or it sent spam or from domains that are not registered",
        "find the account or connector in Defender, register the domains, then ask Microsoft's support to lift it",
        _TENANT_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.501",
        ("5.7.501", "5.7.502", "5.7.503", "5.7.800", "spam abuse detected"),
        "your own account or domain is banned, since it sent spam",
        "secure it (password, sessions, rules), then ask Microsoft's support to lift it",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.1.8",
        ("5.1.8 access denied", "bad outbound sender"),
        "your own account is blocked, since it sent spam: probably it is hijacked",
        "secure it (password, sessions, rules), then unblock it under Restricted entities",
        f"{_LEARN}/defender-office-365/outbound-spam-restore-restricted-users",
    ),
    Fix(
        "Microsoft 365 5.3.190",
        ("5.3.190", "journalarchive.journalingnotsupported"),
        "your journal reports go to a Microsoft 365 tenant whose journaling archive is off",
        "turn the journal rule off, or give it a journal mailbox elsewhere",
        _EXCHANGE_CODES,
    ),
)

_RECIPIENT = (
    Fix(
        "Microsoft 365 connector",
        (
            *("tenantattribution", "tenantinboundattribution", "restrictdomainstoipaddresses", "5.7.64", "5.7.68"),
            "restrictdomainstocertificate",
        ),
        "the recipient's Microsoft 365 takes mail only from its own gateway, or the message is from its own domain "
        "without a login (Direct Send)",
        "deliver to the MX record, not to mail.protection.outlook.com; for your own domain log in, or send through a "
        "connector",
        f"{_TECHCOMMUNITY}/introducing-more-control-over-direct-send-in-exchange-online/4408790",
    ),
    Fix(
        "Microsoft 365 5.7.520",
        ("5.7.520", "does not allow external forwarding"),
        "the recipient forwards mail to another organization, which its own does not allow",
        "nothing on your side: ask the recipient for the address to which it is forwarded",
        f"{_LEARN}/defender-office-365/outbound-spam-policies-external-email-forwarding",
        is_yours=False,
    ),
    Fix(
        "Exchange restricted recipient",
        (
            *("resolver.rst.restricted", "resolver.rst.notauthorized", "resolver.rst.sendernotauthenticatedforgroup"),
            *("resolver.rst.authrequired", "resolver.rst.sendernotauthenticatedformailbox"),
            *("5.7.124", "5.7.133", "5.7.134", "5.7.135", "5.7.136", "sender was not authenticated by organization"),
        ),
        "the group or mailbox takes mail from members or from inside only",
        "nothing on your side: ask the recipient to allow outside senders, or use another address",
        f"{_NDR}/fix-error-code-550-5-7-1-in-exchange-online",
        is_yours=False,
    ),
    Fix(
        "Microsoft 365 recipient limit",
        ("5.2.122", "organization queue quota exceeded", "recipient thread limit exceeded"),
        "this mailbox or organization gets more mail than Microsoft lets in, not only yours",
        "send less to it at a time, and let the server try again",
        _EXCHANGE_CODES,
        is_yours=False,
    ),
)

MICROSOFT = (*_OUTLOOK, *_REFUSED, *_OWN_TENANT, *_RECIPIENT)
