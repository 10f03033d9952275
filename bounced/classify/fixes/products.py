"""What hosts, gateways and filters mean that many domains use, as their help pages say."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

_GODADDY_CODES = "https://www.godaddy.com/help/fix-rejected-email-with-a-bounce-error-40685"

_GATEWAYS = (
    Fix(
        "gateway relay",
        ("you are trying to use me", "open relay not allowed"),
        "the gateway does not take mail for this domain: its MX record is wrong, or you sent it to the wrong host",
        "look the MX record up again; the recipient's administrator has to register the domain at the gateway",
        "https://www.rfc-editor.org/rfc/rfc5321",
    ),
    Fix(
        "Mimecast",
        ("doc 1369", "community.mimecast.com", "mimecast.com"),
        "a rule of the recipient's Mimecast gateway: its blocklist, an own rule or its anti-spoofing",
        "the number behind # in the link says which; only the recipient's administrator can permit your address",
        "https://mimecastsupport.zendesk.com/hc/en-us/articles/34000709564691-Policies-Mimecast-SMTP-Error-Codes",
    ),
    Fix(
        "Proofpoint",
        ("ipcheck.proofpoint.com", "support.proofpoint.com dnsbl lookup.cgi", "pdr"),
        "your address has a poor reputation at Proofpoint",
        "look it up and ask for removal",
        "https://ipcheck.proofpoint.com/",
    ),
    Fix(
        "Barracuda gateway",
        ("permanent failure for one or more recipients", "rejecting spoofed message", "spam url in content"),
        "a rule of the recipient's Barracuda gateway refuses the message",
        "nothing at Barracuda lifts it: ask the recipient's administrator, whose log says which rule",
        "https://campus.barracuda.com/",
        "barracuda",
    ),
    Fix(
        "Cisco Talos",
        ("talosintelligence.com", "www.talosintelligence.com", "senderbase.org", "www.senderbase.org", "senderbase"),
        "your address has a poor reputation at Talos",
        "look it up; mend blocklist entries and complaints first, then open a ticket",
        "https://talosintelligence.com/reputation_center",
    ),
    Fix(
        "Symantec cloud",
        ("symanteccloud.com", "www.symanteccloud.com", "knowledge.broadcom.com", "messagelabs"),
        "the recipient's Symantec (Broadcom) gateway has refused your address",
        "look the address up at ipremoval.sms.symantec.com",
        "https://ipremoval.sms.symantec.com/",
    ),
    Fix(
        "Trend Micro",
        ("ers.trendmicro.com", "www.ers.trendmicro.com", "servicecentral.trendmicro.com", "mail abuse.com", "rbl plus"),
        "your address is listed at Trend Micro",
        "look it up and ask for removal; of a dynamic range only its owner can ask",
        "https://servicecentral.trendmicro.com/en-us/ers/ip-lookup/",
    ),
    Fix(
        "SpamRL (SpamExperts)",
        ("spamrl.com", "www.spamrl.com", "antispamcloud.com", "spamexperts"),
        "your address, domain or a link is listed at SpamExperts",
        "look it up; the page in the reply shows the message that led to it",
        "https://spamrl.com/",
    ),
    Fix(
        "Hornetsecurity",
        ("hornetsecurity", "hornetsecurity.com", "antispameurope.com"),
        "the recipient's Hornetsecurity gateway has refused your mail",
        "send the whole reply to its support; the recipient's administrator can permit your address",
        "https://support.hornetsecurity.com/",
    ),
    Fix(
        "Vade",
        ("sendertool.vadesecure.com", "vadesecure", "vade secure"),
        "your address has a poor reputation at Vade, which many providers ask",
        "mend the cause, then ask for a review with the form",
        "https://sendertool.vadesecure.com/en/",
    ),
    Fix(
        "Cloudflare RBL",
        ("found on one or more rbls", "developers.cloudflare.com"),
        "your address is on a public blocklist, which the reply names in brackets",
        "look it up at that list (abusix: lookup.abusix.com), and mend the cause there",
        "https://developers.cloudflare.com/email-service/reference/postmaster/",
    ),
)

_HOSTS = (
    Fix(
        "GoDaddy rate",
        ("ib007", "ib504", "ib510", "ib605", "ib607"),
        "more connections, messages or recipients than GoDaddy takes in an hour",
        "fewer connections, fewer recipients in each message, slower",
        _GODADDY_CODES,
    ),
    Fix(
        "GoDaddy block",
        ("ib110", "ib111", "ib112", "ib113", "554 rbl reject", "unblock.secureserver.net"),
        "your address sent spam or to many invalid recipients: blocked for an hour (IB110, IB112), a day (IB111, "
        "IB113) or by its own list (RBL Reject)",
        "stop the source, remove dead addresses, wait; for RBL Reject ask for removal at unblock.secureserver.net",
        _GODADDY_CODES,
    ),
    Fix(
        "GoDaddy sender",
        ("ib108", "ib501", "ib502", "ib506", "ib508"),
        "reverse DNS (IB108) or SPF (IB508) failed, or the From domain is empty or does not exist (IB501 to IB506)",
        "set the PTR record, add the server to SPF, send from a domain with an MX record",
        _GODADDY_CODES,
    ),
    Fix(
        "GoDaddy content",
        ("ib212", "ib705"),
        "a link, attachment or pattern of the message is taken for spam (IB212) or a virus (IB705)",
        "look at every link and attachment; compare it with a message that got through",
        _GODADDY_CODES,
    ),
    Fix(
        "Rackspace",
        (
            *(
                "bounce.emailsrvr.com",
                "acl dns rbl",
                "sa ip4tset.blagr.emailsrvr.com",
                "pf ip4tset.blagr.emailsrvr.com",
            ),
            "too many messages from a new or untrusted ip",
        ),
        "your address is on a list that Rackspace asks, or new and sends too much",
        "slow down; look it up at Sender Score, Cloudmark and Spamhaus and mend it there; then write to "
        "postmaster@emailsrvr.com",
        "https://docs.rackspace.com/docs/common-email-bounces",
    ),
    Fix(
        "Zoho policy",
        ("mailbox delivery restricted by policy error", "mailbox delivery failure policy error"),
        "a filter of the recipient's organization at Zoho refuses the message",
        "nothing at Zoho lifts it: ask the recipient's administrator by another way",
        "https://smtp.codes/zoho",
    ),
    Fix(
        "Amazon SES",
        (
            *("email address is not verified", "maximum sending rate exceeded", "daily message quota exceeded"),
            *("sending paused for this account", "sending suspended for this account"),
            "transaction failed duplicate header",
        ),
        "your own account at Amazon SES refuses the message: sender not verified, quota reached, sending paused, or a "
        "header that is there twice",
        "verify the domain, ask for a higher quota, or mend the header; a pause is explained in the console",
        "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html",
    ),
    Fix(
        "SendGrid",
        ("unauthenticated senders not allowed", "maximum credits exceeded", "verified sender identity"),
        "your own account at SendGrid refuses the message: no login, no verified sender, or no credits left",
        "log in with an API key, verify the sender or its domain, or buy credits",
        "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/sender-identity",
    ),
)

PRODUCTS = (*_GATEWAYS, *_HOSTS)
