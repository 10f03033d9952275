"""What the mailbox providers of North America mean by their codes: Yahoo and who is hosted there, Apple, Spectrum."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

_YAHOO_CODES = "https://senders.yahooinc.com/smtp-error-codes/"
_YAHOO_FORM = "https://senders.yahooinc.com/contact/"
_YAHOO_JAPAN = "https://www.yahoo-help.jp/app/answers/detail/a_id/80870/p/622"
_APPLE = "https://support.apple.com/en-us/102322"
_COMCAST = "https://www.xfinity.com/support/articles/email-errors"

_YAHOO = (
    Fix(
        "Yahoo! JAPAN",
        ("www.yahoo help.jp",),
        "the filter of Yahoo! JAPAN, another company than Yahoo, has refused the message",
        "sign with DKIM, pass SPF, look at every link; the page in the reply has the form",
        _YAHOO_JAPAN,
    ),
    Fix(
        "Yahoo TSS09, TSS11",
        ("tss09", "tss11", "ts03", "will be permanently deferred"),
        "refused for good: complaints, or mail that looks like spam",
        "stop, mend the list and the authentication, then open a case with the sender support form at "
        "senders.yahooinc.com/contact",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo TSS04, TS04",
        (
            *(f"tss{number:02}" for number in (*range(1, 9), 10)),
            *("ts01", "ts02", "ts04", "ts11", "unexpected volume", "temporarily deferred due to user complaints"),
        ),
        "deferred: more mail than expected, or complaints",
        "send to whoever opened lately first, slow down, join the complaint feedback loop for your DKIM domain; after "
        "days of it open a case with the sender support form",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo PH01",
        ("ph01", "ph02", "ph03", "ph04", "554 message not allowed"),
        "the message breaks a rule: phishing, a bad link or attachment",
        "look at every link and its domain; send from one domain, signed",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo BL21, BL23",
        ("bl21", "bl22", "bl23"),
        "your address is on a public blocklist that Yahoo asks",
        "look it up at check.spamhaus.org, and mend the cause there",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo 5.7.9",
        (
            *("5.7.9 message not accepted for policy reasons", "message not accepted for policy reasons"),
            "yahoo requires all senders to authenticate",
        ),
        "the message fails authentication (yours, or DMARC of the domain in its From header), or its headers break a "
        "rule: null MX, too long, a date far off",
        "sign with DKIM for the From domain; never send as an address at yahoo.com or aol.com",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo sender domain",
        tuple(f"unresolvable rfc.{number}{word} domain" for number in (5321, 5322) for word in ("", " from")),
        "your envelope or From domain does not exist for Yahoo",
        "publish an MX record for it, and for a subdomain an SOA record, too; a bounce address must be able to get "
        "mail",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo receiving rate",
        ("user is receiving mail too quickly",),
        "this mailbox gets more mail than Yahoo lets in, not only yours",
        "send less to this one address, and let the server try again",
        _YAHOO_CODES,
        "yahoo",
        is_yours=False,
    ),
    Fix(
        "Yahoo RL",
        ("rl01", "rl02", "rl03", "resources restricted", "max message per connection reached"),
        "too many connections or messages at a time",
        "fewer connections, fewer messages in each; try again later",
        _YAHOO_CODES,
        "yahoo",
    ),
    Fix(
        "Yahoo RFC",
        ("not rfc compliant",),
        "a header is missing, malformed or there twice",
        "each message needs one From, one Date and one Message-ID, and nothing twice",
        _YAHOO_CODES,
        "yahoo",
    ),
)

_APPLE_FIXES = (
    Fix(
        "iCloud CS01, CS02",
        ("cs01", "cs02"),
        "the content filter (Proofpoint) takes the message for spam",
        "take out link shorteners and doubtful domains, sign with DKIM; then write to icloudadmin@apple.com with the "
        "company, the domain, the addresses and the whole reply",
        _APPLE,
    ),
    Fix(
        "iCloud HM07, HM08",
        ("hm07", "hm08"),
        "your domain or address has a poor reputation at iCloud",
        "mail only whoever opens; then write to icloudadmin@apple.com with the company, the domain, the addresses and "
        "the whole reply",
        _APPLE,
    ),
    Fix(
        "iCloud HME1",
        ("hme1", "failing both spf and dkim"),
        "the message passes neither SPF nor DKIM",
        "pass SPF, sign with DKIM, and publish DMARC for the From domain: iCloud requires all three of bulk mail",
        _APPLE,
        "apple",
    ),
    Fix(
        "iCloud volume",
        ("deferred due to excessive volume",),
        "more mail at a time than the reputation of your address allows",
        "fewer connections, slower; let the server try again",
        _APPLE,
        "apple",
    ),
    Fix(
        "Apple private relay",
        ("unauthorized sender", "relay not permitted for user"),
        "the address hides somebody who signed in with Apple, and your sender is not registered for it",
        "register envelope and From domain in the developer account under Sign in with Apple for Email Communication, "
        "and pass SPF for the envelope",
        "https://developer.apple.com/help/account/capabilities/configure-private-email-relay-service/",
        "privaterelay.appleid.com",
    ),
)


def _binary(prefix: str, digits: int) -> tuple[str, ...]:
    """Codes whose digits are the lists that have the address: 0001 one, 0010 another, 0011 both."""
    return tuple(f"{prefix}{number:0{digits}b}" for number in range(16))


_CABLE = (
    Fix(
        "Comcast BL, ES",
        (*_binary("bl", 6), "es000001", "es000010", "bl004"),
        "your address sent what looks like spam (BL000000), is on a list (the last digits: 1 Spamhaus, 10 Cloudmark, "
        "100 Sender Score) or in a range that is not meant to send mail itself (ES)",
        "mend the cause, have the list remove it, then use the form in the reply; since 2025 comcast.net moves to "
        "Yahoo: about replies of a yahoodns.net server ask Yahoo",
        _COMCAST,
    ),
    Fix(
        "Comcast RL, throttled",
        ("rl000001", "rl000002", "rl000003", "throttled"),
        "more mail at a time than the reputation of your address allows",
        "fewer connections, fewer recipients in each message, slower",
        _COMCAST,
        "comcast",
    ),
    Fix(
        "Comcast DM",
        ("dm000001",),
        "the message fails the DMARC policy of its From domain",
        "sign with DKIM for the domain of the From header",
        _COMCAST,
    ),
    Fix(
        "Cox",
        (
            *("cox.net", "cxbl", "cdrbl", "cxthrt", "cxsnd", "cxdns", "cxmxrt", "cxcnct"),
            *_binary("ipbl", 4),
        ),
        "Cox limits or refuses your address; its mail is at Yahoo since 2024",
        "look the address up at Spamhaus, slow down; then Yahoo's sender support form",
        "https://www.cox.com/residential/support/email-error-codes.html",
    ),
    Fix(
        "Spectrum AUP",
        (
            *("aup cnct", "aup mxrt", "aup out", "aup pol"),
            *(f"aup {way} {number}" for way in ("in", "i", "out", "o") for number in range(1000, 1600, 10)),
        ),
        "Spectrum's rules, by the number behind AUP#: 1000 to 1080 a block, 1100 to 1150 reverse DNS, 1200 and 1210 "
        "Cloudmark, 1220 to 1250 Spamhaus, 1260 IPv6, from 1300 on too many connections, messages or recipients",
        "mend what the number names, slow down; blocks expire by themselves",
        "https://www.spectrum.net/support/internet/understanding-email-error-codes",
    ),
    Fix(
        "AT&T",
        ("attrbl", "dnsbl attrbl", "abuse att.net"),
        "your address is on the blocklist of AT&T, whose domains are at Yahoo since June 2025",
        "stop the source, then use Yahoo's sender support form, no longer the address at AT&T",
        _YAHOO_FORM,
    ),
)

AMERICAN = (*_YAHOO, *_APPLE_FIXES, *_CABLE)
