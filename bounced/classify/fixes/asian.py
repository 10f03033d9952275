"""What the mailbox providers of Asia mean by their codes, as their help pages say."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

_QQ = "https://service.mail.qq.com/detail/122"
_NETEASE_CODES = "https://mail.163.com/help/help_spam_16.htm"

_TENCENT = (
    Fix(
        "QQ frequency",
        (
            *("ip frequency limited", "domain frequency limited", "sender frequency limited", "frequency limited"),
            "connection frequency limited",
        ),
        "more mail or connections at a time than QQ lets in from your address",
        "send slowly over the day, raise the volume from a new address over weeks",
        f"{_QQ}/172",
        "tencent",
    ),
    Fix(
        "QQ SPF",
        ("spf check failed", "dmarc check failed"),
        "SPF or DMARC failed",
        "add the sending address to the SPF record of the envelope domain, and sign with DKIM for the From domain",
        f"{_QQ}/72",
        "tencent",
    ),
    Fix(
        "QQ recipient",
        ("mail is rejected by recipients",),
        "the recipient has blocked your sender or its domain",
        "stop mailing this address; only the recipient can lift it",
        f"{_QQ}/92",
        "tencent",
    ),
    Fix(
        "QQ content",
        (
            *("mail content denied", "spam is embedded in the email", "suspected spam", "suspected bounce attacks"),
            *("suspected spam ip", "connection denied"),
        ),
        "QQ's filter takes the message, or your address, for spam",
        "change the text and its links, sign with DKIM; use the appeal on its postmaster pages",
        _QQ,
        "tencent",
    ),
)

_NETEASE = (
    Fix(
        "NetEase DT:SPM, HL:REP",
        ("dt spm", "dt rbl", "hl rep", "hl mep", "hl ihu", "hl ipb", "mi spb", "wm bli", "wm blu"),
        "NetEase takes the message for spam (DT), or your address for a spammer: dead recipients (REP), forged senders "
        "(MEP), spam (IHU)",
        "remove dead addresses, change the text and its links, slow down; the page in the reply says what each code "
        "means",
        _NETEASE_CODES,
    ),
    Fix(
        "NetEase MI:SPF",
        ("mi spf", "mi dma", "dt sum"),
        "SPF (MI:SPF) or DMARC (MI:DMA) failed, or envelope and From address differ (DT:SUM)",
        "add the sending address to the SPF record of the envelope domain, sign with DKIM for the From domain",
        _NETEASE_CODES,
    ),
    Fix(
        "NetEase MI:NHD, MI:IMF",
        ("mi nhd", "mi imf"),
        "the HELO name is empty (NHD), or the envelope sender is no valid address (IMF)",
        "greet with the full name of the server, and send from an address at a domain that exists",
        _NETEASE_CODES,
    ),
    Fix(
        "NetEase rate",
        (
            *("hl icc", "hl ifc", "mi cel", "mi ccl", "mi dmc", "mi sfq", "mi stc"),
            *("rp qrc", "rp cel", "rp ccl", "rp drc", "rp rcl", "rp trl"),
        ),
        "too many connections, messages, recipients or wrong commands at a time",
        "fewer connections, fewer messages in each; try again later",
        _NETEASE_CODES,
    ),
)

ASIAN = (*_TENCENT, *_NETEASE)
