"""Public blocklists, by what replies say of them. A listing is the same at every server that asks the list."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

BLOCKLISTS = (
    Fix(
        "Spamhaus PBL",
        ("pbl.spamhaus.org", "spamhaus pbl", "pbl"),
        "your address is in a range that is not meant to send mail itself",
        "send through your provider's mail server; for a mail server of your own with a static address, remove that "
        "address at check.spamhaus.org",
        "https://www.spamhaus.org/blocklists/policy-blocklist/",
    ),
    Fix(
        "Spamhaus XBL",
        ("xbl.spamhaus.org", "cbl.abuseat.org", "spamhaus xbl", "xbl"),
        "a machine behind your address is hijacked, or its HELO name is wrong",
        "find and clean that machine, close outbound port 25 for all but the mail server, give it a valid HELO name; "
        "then remove the address at check.spamhaus.org",
        "https://www.spamhaus.org/blocklists/exploits-blocklist/",
    ),
    Fix(
        "Spamhaus CSS",
        ("css.spamhaus.org", "spamhaus css", "sbl css", "sblcss"),
        "your address sends mail that looks like spam: bad list, no reverse DNS, new address with much mail",
        "stop mailing addresses that did not confirm, set reverse DNS and HELO, then remove it at check.spamhaus.org; "
        "listings expire when the mail stops",
        "https://www.spamhaus.org/blocklists/combined-spam-sources/",
    ),
    Fix(
        "Spamhaus DBL",
        ("dbl.spamhaus.org", "spamhaus dbl", "www.spamhaus.org dbl", "dbl", "s8002"),
        "a domain in your message or envelope is listed: yours, or one that you link to",
        "look each domain of the message up at check.spamhaus.org, take listed links out, use no URL shortener; if it "
        "is yours, stop the abuse and ask for removal there",
        "https://www.spamhaus.org/blocklists/domain-blocklist/",
    ),
    Fix(
        "Spamhaus SBL",
        ("sbl.spamhaus.org", "spamhaus sbl", "sbl"),
        "Spamhaus has seen spam from your address, or from your network",
        "look it up at check.spamhaus.org, stop the campaign that it names; only your network's abuse desk can ask for "
        "the removal",
        "https://www.spamhaus.org/blocklists/spamhaus-blocklist/",
    ),
    Fix(
        "Spamhaus open resolver",
        ("open resolver", "public resolver", "127.255.255.254"),
        "the recipient's server asks Spamhaus through a public resolver: you are not listed",
        "tell the recipient's postmaster by another way to use a resolver of their own",
        "https://www.spamhaus.org/resource-hub/email-security/",
    ),
    Fix(
        "Spamhaus",
        ("zen.spamhaus.org", "spamhaus.org", "www.spamhaus.org", "check.spamhaus.org", "spamhaus", "spamhaus s"),
        "your address is on one of Spamhaus's lists",
        "look it up at check.spamhaus.org, which names the list and the cause; mend that first, then remove it there",
        "https://check.spamhaus.org/",
    ),
    Fix(
        "SpamCop",
        ("bl.spamcop.net", "spamcop.net", "www.spamcop.net", "spamcop"),
        "recipients and spam traps reported mail from your address",
        "look the address up, stop the list that was reported; a listing ends 24 hours after the last report",
        "https://www.spamcop.net/bl.shtml",
    ),
    Fix(
        "Barracuda",
        ("b.barracudacentral.org", "barracudacentral.org", "www.barracudacentral.org", "barracuda reputation", "bbrl"),
        "your address has a poor reputation at Barracuda",
        "mend the cause, then ask for removal with the form; it is looked at within a day",
        "https://www.barracudacentral.org/rbl/removal-request",
    ),
    Fix(
        "UCEPROTECT",
        ("uceprotect", "uceprotect.net", "dnsbl 1.uceprotect.net", "dnsbl 2.uceprotect.net", "dnsbl 3.uceprotect.net"),
        "your address (level 1), its network (2) or the whole provider (3) sent to spam traps",
        "level 1 expires a week after the last hit; of levels 2 and 3 tell your provider. Do not pay for removal",
        "https://www.uceprotect.net/en/index.php?m=3&s=0",
    ),
    Fix(
        "Abusix",
        ("mail.abusix.zone", "abusix.zone", "abusix.com", "lookup.abusix.com", "abusix"),
        "your address or domain sent to Abusix's spam traps",
        "look it up at lookup.abusix.com and remove it there when the cause is mended",
        "https://lookup.abusix.com/",
    ),
    Fix(
        "Cloudmark CSI",
        ("csi.cloudmark.com", "cloudmark", "cloudmark sender intelligence"),
        "Cloudmark, which Apple and many providers ask, has seen spam from your address",
        "mend the cause, then ask for a reset with the form",
        "https://csi.cloudmark.com/en/reset/",
    ),
    Fix(
        "PSBL",
        ("psbl.surriel.com", "psbl.org", "psbl"),
        "your address sent to a spam trap",
        "stop the source, then remove the address yourself",
        "https://psbl.org/",
    ),
    Fix(
        "SURBL",
        ("multi.surbl.org", "surbl.org", "surbl"),
        "a link in your message leads to a listed domain",
        "take the link out, or clean the site and ask for removal",
        "https://surbl.org/surbl-analysis",
    ),
    Fix(
        "Invaluement",
        ("dnsbl.invaluement.com", "invaluement.com", "sip.invaluement", "www.invaluement.com"),
        "your address or domain sends mail that recipients did not ask for",
        "mail only whoever confirmed, then ask for removal",
        "https://www.invaluement.com/removal/",
    ),
    Fix(
        "NiX Spam",
        ("ix.dnsbl.manitu.net", "dnsbl.manitu.net", "nixspam"),
        "a server still asks a list that was closed in January 2025",
        "tell the recipient's postmaster to remove it from the configuration",
        "https://heise.de/-10248714",
    ),
    Fix(
        "SORBS",
        ("dnsbl.sorbs.net", "sorbs.net", "sorbs"),
        "a server still asks a list that was closed in June 2024",
        "tell the recipient's postmaster to remove it from the configuration",
        "https://en.wikipedia.org/wiki/Spam_and_Open_Relay_Blocking_System",
    ),
    Fix(
        "Backscatterer",
        ("ips.backscatterer.org", "backscatterer.org", "backscatterer"),
        "your server bounces mail to forged senders, or does callouts",
        "refuse mail during SMTP instead of bouncing it later, turn callouts off; the listing ends after four weeks",
        "https://www.backscatterer.org/",
    ),
    Fix(
        "SPFBL",
        ("dnsbl.spfbl.net", "spfbl.net", "matrix.spfbl.net", "spfbl"),
        "your address has no proper reverse DNS, or a poor reputation",
        "set reverse DNS to a name of your own domain that leads back, then remove it with the form",
        "https://spfbl.net/en/delist/",
    ),
)
