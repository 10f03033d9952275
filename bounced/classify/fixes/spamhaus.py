"""The lists of Spamhaus, by what replies say of them."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

SPAMHAUS = (
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
        ("xbl.spamhaus.org", "cbl.abuseat.org", "www.abuseat.org", "spamhaus xbl", "xbl"),
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
        "Spamhaus ZRD",
        ("zrd.spamhaus.org", "zrd.dq.spamhaus.net", "spamhaus zrd", "zrd"),
        "a domain in your message or envelope is new: first seen less than a day ago",
        "wait a day, then start slowly with the new domain; there is no removal",
        "https://www.spamhaus.org/blocklists/zero-reputation-domain/",
    ),
    Fix(
        "Spamhaus DBL",
        (
            *("dbl.spamhaus.org", "spamhaus dbl", "www.spamhaus.org dbl", "dbl", "s8001", "s8002"),
            *("mailfrom domain is listed in spamhaus", "helo domain is listed in spamhaus"),
        ),
        "a domain in your message, envelope or HELO is listed: yours, or one that you link to",
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
        "Spamhaus",
        (
            *("zen.spamhaus.org", "spamhaus.org", "www.spamhaus.org", "check.spamhaus.org", "spamhaus", "spamhaus s"),
            "zen.dq.spamhaus.net",
        ),
        "your address is on one of Spamhaus's lists",
        "look it up at check.spamhaus.org, which names the list and the cause; mend that first, then remove it there",
        "https://check.spamhaus.org/",
    ),
)
