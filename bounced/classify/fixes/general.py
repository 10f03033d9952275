"""What anybody's codes and words mean: enhanced status codes of the RFCs, and for each reason of class block a fix."""

from __future__ import annotations

from collections.abc import Mapping

from bounced.classify.fixes.fix import Fix

_AUTHENTICATION_CODES = "https://www.rfc-editor.org/rfc/rfc7372"
_STATUS_CODES = "https://www.rfc-editor.org/rfc/rfc3463"
_SMTP = "https://www.rfc-editor.org/rfc/rfc5321"
_PRACTICES = "https://www.m3aawg.org/published-documents"
_DMARC_PROBLEMS = "https://www.rfc-editor.org/rfc/rfc7960"
_AUTH = "https://www.rfc-editor.org/rfc/rfc4954"

CODES = (
    Fix(
        "SMTP AUTH",
        (
            *("turn on smtp authentication", "requires authentication when attempting", "smtp authentication required"),
            *("530 authentication required", "530 5.7.0 authentication required", "530 5.7.1 authentication required"),
            *("client was not authenticated", "not authenticated to send anonymous mail", "5.7.57"),
        ),
        "the server takes you for a customer of its own who did not log in",
        "you delivered to the wrong host (look the MX record up), or your relay wants a login (Postfix: "
        "smtp_sasl_auth_enable)",
        _AUTH,
    ),
    Fix(
        "greylisting",
        ("greylisted", "greylisting", "greylist", "graylisted", "graylisting"),
        "the server puts the first message of an unknown sender off",
        "nothing: let the server try again, for at least an hour and always from the same address",
        "https://www.rfc-editor.org/rfc/rfc6647",
        is_yours=False,
    ),
    Fix(
        "mailing list",
        (
            *("not a member of", "non members", "non member", "list subscribers", "from non members"),
            *("not authorized to send mail to the", "permission to post messages"),
        ),
        "the address is a mailing list or group that takes mail from its members only",
        "take the address out of your list, or have its owner let your address post",
        "https://docs.mailman3.org/en/latest/userguide.html",
    ),
    Fix(
        "callout",
        (
            *("sender verify failed", "550 verification failed for", "callout verification failed", "sender callout"),
            "sender address rejected undeliverable address",
        ),
        "the server asked yours whether your envelope address exists, and yours said no or nothing",
        "have the MX of the envelope domain accept that address at RCPT, from everybody and with an empty sender",
        "https://www.postfix.org/ADDRESS_VERIFICATION_README.html",
    ),
    Fix(
        "SMTPUTF8",
        ("smtputf8 is required", "smtputf8"),
        "an address or header has letters outside of ASCII, which the next server does not take",
        "write to an address in ASCII, from one, and encode other headers (RFC 2047)",
        "https://www.rfc-editor.org/rfc/rfc6531",
    ),
    Fix(
        "5.7.20 to 5.7.22",
        ("5.7.20", "5.7.21", "5.7.22"),
        "no DKIM signature was found that passes and is acceptable",
        "sign with DKIM for the domain of the From header, after everything that changes the message",
        _AUTHENTICATION_CODES,
    ),
    Fix(
        "5.7.23, 5.7.24",
        (
            *("5.7.23", "5.7.24", "spf fail", "spf check failed", "spf softfail", "openspf.org", "www.openspf.org"),
            *("openspf.net", "www.openspf.net", "mismatches client ip", "invalid ip for sending mail of domain"),
            *("sender policy framework", "unverifyable sending ips"),
        ),
        "SPF failed, or could not be checked",
        "add the sending address to the SPF record of the envelope domain; at most ten DNS look-ups",
        _AUTHENTICATION_CODES,
    ),
    Fix(
        "5.7.25",
        (
            *("5.7.25", "reverse dns", "cannot find your reverse hostname", "cannot find your hostname", "ptr record"),
            *("no ptr", "rdns", "ip name lookup failed", "reverse hostname", "may not be mail exchanger"),
        ),
        "the sending address has no reverse DNS that leads back to it",
        "have the owner of the address set a PTR record to the name of your server, and that name an A or AAAA record "
        "to the address",
        _AUTHENTICATION_CODES,
    ),
    Fix(
        "5.7.26",
        ("5.7.26", "dmarc"),
        "the message fails DMARC, or more than one check",
        "sign with DKIM for the domain of the From header, and look at the DMARC reports",
        _AUTHENTICATION_CODES,
    ),
    Fix(
        "5.7.27",
        ("5.7.27", "null mx of sender"),
        "your envelope domain says that it gets no mail (null MX)",
        "publish an MX record for it, or use a domain that has one",
        "https://www.rfc-editor.org/rfc/rfc7505",
    ),
    Fix(
        "HELO",
        (
            *("helo command rejected", "invalid helo", "bad helo", "helo name", "ehlo name", "invalid ehlo"),
            *("helo ehlo argument", "ehlo argument", "forged helo", "your helo", "helo host", "helo hostname"),
            *("helo domain", "helo ehlo", "helo is", "helo does not resolve"),
        ),
        "the name with which your server greets is no valid host name",
        "set it to a name with an A or AAAA record to the sending address (Postfix: smtp_helo_name)",
        _SMTP,
    ),
)

#: What to do where no row of another table says more.
BY_REASON: Mapping[str, Fix] = {
    "reputation": Fix(
        "reputation",
        (),
        "your address or domain is on a blocklist, or has a poor reputation",
        "look both up at check.spamhaus.org; the reply often names the list; mend the cause before you ask for removal",
        _PRACTICES,
    ),
    "spam_content": Fix(
        "spam_content",
        (),
        "the filter takes the message for spam",
        "compare it with one that got through: links, their domains, attachments; mail only whoever wants it",
        _PRACTICES,
    ),
    "policy": Fix(
        "policy",
        (),
        "a rule of the recipient's site",
        "read the reply; where it says nothing, ask the postmaster of that site by another way",
        _STATUS_CODES,
    ),
    "authentication": Fix(
        "authentication",
        (),
        "SPF, DKIM, DMARC or reverse DNS failed",
        "send a message to a mailbox of your own and look at its Authentication-Results; mend what does not pass",
        _DMARC_PROBLEMS,
    ),
    "rate_limited": Fix(
        "rate_limited",
        (),
        "too much or too fast",
        "fewer connections and messages at a time to this provider (Postfix: a transport with destination_rate_delay)",
        _PRACTICES,
    ),
    "relay_denied": Fix(
        "relay_denied",
        (),
        "the server does not take mail for this domain: its MX record is wrong, or you sent it to the wrong host",
        "look the MX record up; look for an own route (Postfix: transport_maps, relayhost) that leads there",
        _SMTP,
    ),
    "sender_rejected": Fix(
        "sender_rejected",
        (),
        "your envelope sender or From address was refused",
        "its domain needs an MX record, and the address must be able to get mail; no address of other people's domains",
        _SMTP,
    ),
    "too_large": Fix(
        "too_large",
        (),
        "the message is larger than the recipient takes",
        "send a link instead of the attachment; base64 adds a third to the size",
        _STATUS_CODES,
    ),
    "content": Fix(
        "content",
        (),
        "an attachment, header or format is not accepted",
        "one From, Date and Message-ID; no lines over 998 octets; no programs or archives as attachments",
        "https://www.rfc-editor.org/rfc/rfc5322",
    ),
    "virus": Fix(
        "virus",
        (),
        "the message is taken for malware",
        "look at the attachment with several scanners; a macro is enough; check that your site is not hijacked",
        _PRACTICES,
    ),
    "protocol": Fix(
        "protocol",
        (),
        "an error in the SMTP dialog",
        "look at your server's log of this delivery: pipelining, bare LF, wrong order of commands",
        _SMTP,
    ),
    "tls": Fix(
        "tls",
        (),
        "TLS was required and could not be agreed on",
        "turn on opportunistic TLS with TLS 1.2 or later (Postfix: smtp_tls_security_level = may)",
        "https://www.rfc-editor.org/rfc/rfc3207",
    ),
}
