"""What the mailbox providers of Europe mean by their codes, as their postmaster pages say."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

_GMX = "https://postmaster.gmx.net/en/error-messages"
_ORANGE = "https://postmaster.orange.fr/"
_LA_POSTE = "https://postmaster.laposte.net/"
_FREE = "https://postmaster.free.fr/"

_GERMAN = (
    Fix(
        "T-Online",
        ("rx.t online.de",),
        "T-Online does not know your server, or its address has a poor reputation",
        "reverse DNS to a name of your domain that has a web page with an imprint (contact data); then write to the "
        "address in the reply with yours",
        "https://postmaster.t-online.de/index.en.html",
    ),
    Fix(
        "GMX, web.de rDNS",
        ("bad dns ptr resource record", "c rdns", "c hdns"),
        "the sending address has no reverse DNS, or a generic one",
        "set a PTR record to a name of your own domain that leads back to the address",
        _GMX,
    ),
    Fix(
        "GMX, web.de SPF",
        ("reject due to spf policy", "reject due to dmarc policy"),
        "the message fails SPF or DMARC of its domain",
        "add the sending address to the SPF record of the envelope domain, and sign with DKIM for the From domain: GMX "
        "and web.de require DKIM",
        _GMX,
    ),
    Fix(
        "GMX, web.de block",
        (
            *("nemesis", "postmaster.gmx.net", "postmaster.gmx.com", "postmaster.web.de", "postmaster.mail.com"),
            *("postmaster.1und1.de", "postmaster.1and1.com"),
        ),
        "GMX, web.de or mail.com refuses your address or message: a listing, a rule, or too much",
        "open the page in the reply, which says why; use its contact form when the cause is mended",
        _GMX,
    ),
    Fix(
        "freenet",
        ("freenet.de", "postmaster.freenet.de"),
        "freenet has refused your address: many unknown recipients, no reverse DNS, a dynamic range or a blocklist",
        "remove dead addresses, set reverse DNS, look the address up at blocklists; then write to its postmaster",
        "https://postmaster.freenet.de/en/recommendations/index.html",
        "freenet.de",
    ),
)


def _french(letters: str, *codes: int) -> tuple[str, ...]:
    """Codes as they are written behind ``letters``: OFR_506, OFR006_506."""
    prefixes = (letters, *(f"{letters}{number:03}" for number in (*range(10), 27, 105)))
    return tuple(f"{prefix} {code}" for prefix in prefixes for code in codes)


_FRENCH = (
    Fix(
        "Orange OFR_397, 515, 535",
        _french("ofr", 397, 398, 515, 535),
        "SPF (397, 398), DMARC (515) or DKIM (535) is missing or failed",
        "pass SPF, sign with DKIM and publish DMARC: Orange requires all three",
        _ORANGE,
    ),
    Fix(
        "Orange OFR_107",
        _french("ofr", 107, 201, 202, 203),
        "the sending address has no reverse DNS that leads back (107), or the HELO name does not exist (20x)",
        "set the PTR record and the A record to one name, and greet with it (Postfix: smtp_helo_name)",
        _ORANGE,
    ),
    Fix(
        "Orange OFR_506",
        (*_french("ofr", 506, 513, 536), "ouk 513"),
        "Orange's filter takes the message for spam",
        "look the address and the domain up at Cloudmark, Abusix and Spamhaus, mail only whoever wants it; then use "
        "the form on its postmaster site",
        _ORANGE,
    ),
    Fix(
        "Orange OFR_403",
        _french("ofr", 403, 405, 415),
        "your envelope domain does not exist or cannot get mail, or is blocked",
        "publish an MX record for it; where that is right, use the form on its postmaster site",
        _ORANGE,
    ),
    Fix(
        "Orange OFR",
        ("ofr", "ouk", *(f"ofr{number:03}" for number in range(10))),
        "Orange limits connections (104, 109, 988 to 990), or refuses your address for complaints (102, 103, 999)",
        "two connections at a time, 100 messages in each; after 999 nothing for two hours; look the address up at "
        "Spamhaus, Abusix and Cloudmark, then use the form on its postmaster site",
        _ORANGE,
    ),
    Fix(
        "Orange sender",
        ("invalid sender",),
        "your envelope domain does not exist or cannot get mail, or is blocked",
        "publish an MX record for it; where that is right, use the form on its postmaster site",
        _ORANGE,
        "orange",
    ),
    Fix(
        "La Poste LPN_517",
        _french("lpn", 401, 517),
        "SPF (401) or DMARC (517) failed",
        "pass SPF, sign with DKIM and publish DMARC with a rua address: La Poste requires that since September 2025",
        _LA_POSTE,
    ),
    Fix(
        "La Poste LPN",
        ("lpn", "lpnaaa", *(f"lpn{number:03}" for number in (*range(10), 27, 105))),
        "La Poste has refused or deferred your server",
        "two connections at a time, 100 messages in each, pass SPF and DKIM; look the address up at Spamhaus and "
        "Sender Score, then write with the form on its postmaster site",
        _LA_POSTE,
    ),
    Fix(
        "Free",
        ("too many spams from your ip", "postmaster.free.fr"),
        "Free counted too much spam or too many errors from your address",
        "stop the source; the block ends by itself within a day, and comes back while the mail does",
        _FREE,
    ),
    Fix(
        "SFR",
        (
            *("sfr.fr", "gu eib 02", "gu eib 04", "too many unknown users", "rejected per spam policy"),
            *(f"sfr in {number}" for number in range(100, 120)),
        ),
        "SFR limits servers with many unknown recipients (GU_EIB_02) or much spam (GU_EIB_04)",
        "remove dead addresses first, stop for two hours, then send slowly; join the feedback loop of Signal Spam",
        "https://www.postmastery.com/sfr-deliverability-explaining-error-codes-gu_eib-and-the-ongoing-error-threshold/",
        "sfr",
    ),
)

_EASTERN = (
    Fix(
        "Yandex spam",
        ("under suspicion of spam", "ya.cc 1irbc", "blocked by spam statistics"),
        "Yandex's filter takes the message for spam; an address that sends nothing else is blocked for a day",
        "sign with DKIM, send List-Unsubscribe, look at postmaster.yandex.ru, then write with its form",
        "https://yandex.com/support/mail/bounces/yandex/message-rejected-under-suspicion-of-spam.html",
    ),
    Fix(
        "Yandex blocked recipient",
        ("policy rejection on the target address",),
        "the recipient's account is blocked for breaking Yandex's rules",
        "nothing on your side: ask the recipient by another way",
        "https://yandex.com/support/mail/bounces/yandex/policy-rejection-on-the-target-address.html",
        is_yours=False,
    ),
    Fix(
        "Mail.ru",
        ("mail.ru notspam", "notspam", "spam message rejected", "spam message discarded"),
        "Mail.ru's filter has refused the message or your address",
        "sign with DKIM, register the domain at postmaster.mail.ru, then write with the form in the reply",
        "https://postmaster.mail.ru/",
        "mail.ru",
    ),
    Fix(
        "Seznam",
        ("napoveda.seznam.cz", "seznam.cz"),
        "Seznam has deferred or refused your server",
        "pass SPF and DKIM, let the server try again; where that is not enough, write with the form of its help pages",
        "https://napoveda.seznam.cz/cz/email/",
        "seznam",
    ),
)

EUROPEAN = (*_GERMAN, *_FRENCH, *_EASTERN)
