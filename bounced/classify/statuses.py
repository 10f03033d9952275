"""What the numbers mean: enhanced status codes, SMTP reply codes, exit statuses of delivery programs.

Sources: RFC 3463 and the IANA registry "SMTP Enhanced Status Codes"; RFC 5321 4.2.3 and its extensions; sysexits(3).
Codes of Microsoft's that are not registered: "Email non-delivery reports and SMTP errors in Exchange Online".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bounced.classify.phrases.phrase import Rank
from bounced.reasons import REASONS


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reason (``""``: the number says nothing), and how specific the number is."""

    reason: str
    rank: Rank = Rank.STATUS

    @property
    def vague(self) -> bool:
        """True when words of any kind are better evidence."""
        return self.rank == Rank.SUBJECT

    @property
    def about_us(self) -> bool:
        """True when it says precisely that the sender is at fault: no word about a mailbox then means ours to mend."""
        return self.rank <= Rank.STATUS and bool(self.reason) and REASONS[self.reason][0] == "block"


def _meanings(rows: Iterable[tuple[str, str]], rank: Rank) -> Iterator[tuple[str, Meaning]]:
    for reason, codes in rows:
        for code in codes.split():
            yield code, Meaning(reason, rank)


#: The address is bad, if nothing else is said: 5.1.1 also comes with "unauthorized sender" and "Relaying disallowed".
_ADDRESS = (
    ("user_unknown", "X.1.1"),
    ("domain_unknown", "X.1.2"),
    ("address_invalid", "X.1.3 X.1.4"),
    ("address_moved", "X.1.6"),
    ("not_accepting", "X.1.10"),
    ("mailbox_disabled", "X.2.1"),
)


_PRECISE = (
    ("user_unknown", "X.7.17"),
    ("domain_unknown", "X.7.18"),
    ("sender_rejected", "X.1.7 X.1.8 X.7.27"),
    ("mailbox_disabled", "X.7.13"),
    ("mailbox_full", "X.2.2"),
    ("too_large", "X.3.4 X.7.16"),
    ("remote_error", "X.2.4 X.3.1 X.3.5 X.4.3 X.4.5"),
    ("protocol", "X.3.3 X.5.2 X.5.4 X.5.5 X.5.6"),
    ("unreachable", "X.4.1 X.4.2 X.4.6 4.4.4"),
    ("domain_unknown", "5.4.4"),
    ("rate_limited", "X.5.3 X.7.28"),
    ("content", "X.6.1 X.6.2 X.6.3 X.6.4 X.6.5 X.6.6 X.6.7 X.6.8 X.6.9 X.6.10 X.7.5 X.7.6 X.7.7"),
    ("policy", "X.7.2 X.7.3 X.7.4 X.7.14 X.7.15 X.7.19"),
    ("authentication", "X.7.8 X.7.9 X.7.12 X.7.20 X.7.21 X.7.22 X.7.23 X.7.24 X.7.25 X.7.26 X.7.29"),
    ("tls", "X.7.10 X.7.11 X.7.30"),
)

#: Registered, but used for anything (x.y.0 by definition, 5.7.1 by everybody), or not about a failure.
_VAGUE = (
    ("", "X.0.0 X.1.5 X.1.9 X.3.6"),
    ("user_unknown", "X.1.0"),
    ("too_large", "X.2.3"),
    ("not_accepting", "5.3.2"),
    ("remote_error", "4.3.2"),
    ("expired", "X.4.7"),
    ("refused", "X.2.0 X.5.0"),
    ("protocol", "X.5.1"),
    ("remote_error", "X.3.0"),
    ("unreachable", "X.4.0"),
    ("content", "X.6.0"),
    ("policy", "X.7.0 X.7.1"),
)

_MICROSOFT = (
    ("user_unknown", "X.1.350 X.1.351"),
    ("content", "X.1.20 X.6.11 X.7.512"),
    ("rate_limited", "X.1.90 X.2.121 X.2.122 X.7.232 X.7.233 X.7.508 X.7.705"),
    ("unreachable", "X.4.14 X.4.312 X.4.315 X.4.316 X.4.317 X.4.318"),
    ("expired", "X.4.300"),
    ("domain_unknown", "X.4.310"),
    ("tls", "X.7.320 X.7.321 X.7.322 X.7.323 X.7.324 X.7.325"),
    ("authentication", "X.7.57 X.7.506 X.7.509 X.7.515"),
    ("relay_denied", "X.7.64"),
    ("policy", "X.7.124 X.7.129 X.7.133 X.7.134 X.7.135 X.7.136 X.7.193 X.7.703 X.3.190 X.7.505 X.7.510 X.7.513"),
    ("spam_content", "X.7.501"),
    ("reputation", "X.7.502 X.7.503 X.7.507 X.7.511 X.7.700 X.7.701 X.7.702 X.7.708 X.7.750"),
    ("reputation", " ".join(f"X.7.{number}" for number in range(606, 650))),  # banned addresses
)

#: ``X`` stands for any class, as in the registry.
STATUSES: Mapping[str, Meaning] = {
    **dict(_meanings(_VAGUE, Rank.SUBJECT)),
    **dict(_meanings(_ADDRESS, Rank.ADDRESS)),
    **dict(_meanings(_PRECISE, Rank.STATUS)),
    **dict(_meanings(_MICROSOFT, Rank.PROVIDER)),
}

#: Where the reply code changes the meaning of the status.
TOGETHER: Mapping[tuple[str, str], Meaning] = {
    # Registered for null MX (RFC 7505 4.2, with 556), but Exchange Online: "550 5.1.10 RESOLVER.ADR.RecipientNotFound".
    ("550", "5.1.10"): Meaning("user_unknown", Rank.ADDRESS),
    # "No answer from host" in a host's answer: Exchange Online's access rules, Zoho.
    ("550", "5.4.1"): Meaning("refused", Rank.SUBJECT),
    ("541", "5.4.1"): Meaning("refused", Rank.SUBJECT),
}

#: Reply codes say little: any status or phrase comes first.
REPLY_CODES: Mapping[str, str] = {
    code: reason
    for reason, codes in (
        ("remote_error", "421 422 430 451 452 454"),
        # 541: Zoho and Kaspersky. The others are about the mailbox in RFC 5321, RFC 7504, RFC 5248 and chkuser, and by
        # many hosts about the sender: none of them alone makes an address fail for good.
        ("refused", "450 511 521 525 541 550 551 553 554 556"),
        ("authentication", "432 530 534 535 538 524"),
        ("protocol", "453 455 456 458 459 500 501 502 503 504 520 555"),
        ("too_large", "523"),
        ("tls", "533"),
        ("mailbox_full", "552"),
        ("policy", "557 571"),  # 571: chkuser, Exchange and IronPort
    )
    for code in codes.split()
}

#: What a delivery program exited with, when that is all the report says ("X-Unix; 77").
EXIT_STATUSES: Mapping[str, str] = {
    "67": "user_unknown",
    "68": "domain_unknown",
    **{str(status): "remote_error" for status in (*range(64, 67), *range(69, 79), 126, 127, 255)},
}


@dataclass(frozen=True, slots=True)
class Codes:
    """What the numbers mean, of one date."""

    statuses: Mapping[str, Meaning]
    together: Mapping[tuple[str, str], Meaning]
    reply_codes: Mapping[str, str]
    exit_statuses: Mapping[str, str]

    def meaning(self, status: str, reply_code: str = "") -> Meaning:
        """The meaning of enhanced ``status`` with ``reply_code``; an unregistered one means what its subject does."""
        if meant := self.together.get((reply_code, status)) or self.statuses.get(status):
            return meant
        detail = status.partition(".")[2]
        subject = detail.partition(".")[0]
        return self.statuses.get(f"X.{detail}") or self.statuses.get(f"X.{subject}.0") or NOTHING


#: What a number means that is in no table.
NOTHING = Meaning("", Rank.SUBJECT)

BUILT_IN_CODES = Codes(STATUSES, TOGETHER, REPLY_CODES, EXIT_STATUSES)
