"""Public blocklists, by what replies say of them. A listing is the same at every server that asks the list."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix
from bounced.classify.fixes.refusals import CLOSED, REFUSED
from bounced.classify.fixes.spamhaus import SPAMHAUS

_LISTS = (
    Fix(
        "SpamCop",
        ("bl.spamcop.net", "spamcop.net", "www.spamcop.net", "spamcop"),
        "recipients and spam traps reported mail from your address",
        "look the address up, stop the list that was reported; a listing ends 24 hours after the last report",
        "https://www.spamcop.net/bl.shtml",
    ),
    Fix(
        "Barracuda",
        (
            *("b.barracudacentral.org", "bb.barracudacentral.org", "barracudacentral.org", "www.barracudacentral.org"),
            *("www.barracudanetworks.com reputation", "barracuda reputation", "bbrl"),
        ),
        "your address has a poor reputation at Barracuda",
        "mend the cause, then ask for removal with the form; it is looked at within a day",
        "https://www.barracudacentral.org/rbl/removal-request",
    ),
    Fix(
        "UCEPROTECT",
        (
            *("uceprotect", "uceprotect.net", "www.uceprotect.net", "dnsbl 1.uceprotect.net"),
            *("dnsbl 2.uceprotect.net", "dnsbl 3.uceprotect.net"),
        ),
        "your address (level 1), its network (2) or the whole provider (3) sent to spam traps",
        "level 1 expires a week after the last hit; of levels 2 and 3 tell your provider. Do not pay for removal: few "
        "servers ask this list",
        "https://www.uceprotect.net/en/index.php?m=3&s=0",
    ),
    Fix(
        "Abusix",
        (
            *("mail.abusix.zone", "abusix.zone", "abusix.com", "lookup.abusix.com", "abusix", "abusixip"),
            "combined.mail.abusix.zone",
        ),
        "your address or domain sent to Abusix's spam traps",
        "look it up at lookup.abusix.com and remove it there when the cause is mended",
        "https://lookup.abusix.com/",
    ),
    Fix(
        "Cloudmark CSI",
        ("csi.cloudmark.com", "cloudmark", "cloudmark sender intelligence"),
        "Cloudmark (Proofpoint), which many providers ask, has seen spam from your address",
        "mend the cause, then ask for a reset with the form",
        "https://csi.cloudmark.com/en/reset/",
    ),
    Fix(
        "Sender Score",
        ("bl.score.senderscore.com", "senderscore.com", "senderscore.org", "www.senderscore.org", "senderscore"),
        "your address is on the blocklist of Sender Score (Validity, formerly Return Path)",
        "look it up there, mend complaints and spam traps, then ask for removal with the form",
        "https://senderscore.org/act/blocklist-remover/",
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
        ("multi.surbl.org", "surbl.org", "www.surbl.org", "surbl"),
        "a link in your message leads to a listed domain",
        "take the link out, or clean the site and ask for removal",
        "https://surbl.org/surbl-analysis",
    ),
    Fix(
        "URIBL",
        ("multi.uribl.com", "black.uribl.com", "grey.uribl.com", "lookup.uribl.com", "uribl.com", "uribl"),
        "a link in your message leads to a listed domain",
        "look each domain of the message up, take listed links out; for your own ask for removal there",
        "https://admin.uribl.com/",
    ),
    Fix(
        "Invaluement",
        (
            *("dnsbl.invaluement.com", "invaluement.com", "www.invaluement.com", "sip.invaluement", "ivmsip", "ivmuri"),
            *("sip.invaluement.com", "sip24.invaluement.com", "uri.invaluement.com", "ivmsip 24", "ivmsip24"),
        ),
        "your address or domain sends mail that recipients did not ask for",
        "mail only whoever confirmed, then ask for removal",
        "https://www.invaluement.com/removal/",
    ),
    Fix(
        "SpamRATS",
        (
            *("all.spamrats.com", "dyna.spamrats.com", "noptr.spamrats.com", "spam.spamrats.com", "auth.spamrats.com"),
            *("spamrats.com", "www.spamrats.com", "spamrats"),
        ),
        "your address has no reverse DNS (NoPtr) or a generic one (Dyna), or sent spam (Spam)",
        "set reverse DNS to a name of your own domain that leads back, then remove the address",
        "https://www.spamrats.com/removal.php",
    ),
    Fix(
        "Mailspike",
        ("bl.mailspike.net", "z.mailspike.net", "rep.mailspike.net", "bl.mailspike.org", "mailspike.org", "mailspike"),
        "your address has a poor reputation at Mailspike",
        "mend the cause, look the address up and ask for removal there",
        "https://mailspike.org/iplookup.html",
    ),
    Fix(
        "DroneBL",
        ("dnsbl.dronebl.org", "dronebl.org", "www.dronebl.org", "dronebl"),
        "a machine behind your address is hijacked, or an open proxy",
        "find and clean it, then ask for removal",
        "https://dronebl.org/lookup",
    ),
    Fix(
        "0spam",
        ("bl.0spam.org", "0spam.org", "0spam.fusionzero.com", "dnsbl.0spam.org", "0spam"),
        "your address sent to a spam trap",
        "stop the source, then ask for removal with the form",
        "https://0spam.org/request",
    ),
    Fix(
        "s5h.net",
        ("all.s5h.net", "s5h.net"),
        "your address sent to a spam trap",
        "stop the source, then ask for removal",
        "https://www.usenix.org.uk/content/rblremovehelp",
    ),
    Fix(
        "blocklist.de",
        ("bl.blocklist.de", "blocklist.de", "www.blocklist.de", "all.bl.blocklist.de"),
        "your address attacked other servers: tried passwords, or sent spam",
        "find and clean the machine; the listing ends 48 hours after the last report",
        "https://www.blocklist.de/en/delist.html",
    ),
    Fix(
        "Backscatterer",
        ("ips.backscatterer.org", "backscatterer.org", "www.backscatterer.org", "backscatterer"),
        "your server bounces mail to forged senders, or does callouts",
        "refuse mail during SMTP instead of bouncing it later, turn callouts off; the listing ends after four weeks. "
        "Do not pay for removal",
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

BLOCKLISTS = (*REFUSED, *SPAMHAUS, *_LISTS, *CLOSED)
