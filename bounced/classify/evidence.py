"""The text and the codes of a report, prepared for the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

from bounced.classify.replies import TEXT_LIMIT, Reply, fold, lower, replies, statuses
from bounced.classify.statuses import Codes, Meaning
from bounced.classify.subject import has_literal
from bounced.model import Report, Words, record
from bounced.peer import STORED_LIMIT, are_storable, single_spaced


@record(frozen=True, slots=True)
class Evidence:
    """The text and codes of a report, prepared for the tables."""

    text: str  # on one line, in lower case
    folded: str
    status: str
    reply_code: str
    codes: frozenset[str]  # the stated status and every code in the text
    hosts: tuple[str, ...]  # the recipient's domain and the MTAs, each with a dot before it
    meaning: Meaning  # of the status with the reply code
    own_names: frozenset[str]  # those of the sender's addresses and domains that the text contains

    @property
    def transient(self) -> bool:
        """True when the status, or else the reply, is of class 4 (RFC 3463 2): nothing that it says is final."""
        return "4" in (self.status[:1], self.reply_code[:1])

    @property
    def quotes_host(self) -> bool:
        """True when an IP address follows the status: what is bad is not a mailbox."""
        return has_literal(self.folded, self.folded.rfind(self.status) + len(self.status))

    def at(self, domains: tuple[str, ...]) -> bool:
        """True when a host is in one of ``domains``, or the text names one that is."""
        suffixes = tuple(f".{domain}" for domain in domains)
        return any(host.endswith(suffixes) for host in self.hosts) or any(suffix in self.text for suffix in suffixes)


def gather(report: Report, ours: frozenset[str], codes: Codes) -> Evidence:
    """What ``report`` says, by ``codes``. ``ours``: addresses and domains of the sender, in lower case."""
    text = single_spaced(report.diagnostic_code, TEXT_LIMIT)
    lowered = lower(text)
    in_replies = tuple(replies(text))
    in_text = tuple(statuses(text))
    statuses_in_text = (*(reply.status for reply in in_replies), *in_text)
    status = _best_status(report.status, statuses_in_text, codes)
    reply_code = _best_reply_code(status, in_replies, codes)
    named = frozenset((report.status, *in_text, *(reply.code for reply in in_replies)))
    recipients = (report.final_recipient.lower(), report.original_recipient.lower())
    domains = [recipient.rpartition("@")[2] for recipient in recipients]
    own_names = frozenset(name for name in ours.difference(recipients, domains) if name in lowered and " " not in name)
    folded = fold(lowered, own_names)
    meaning = codes.meaning(status, reply_code)
    return Evidence(lowered, folded, status, reply_code, named, tuple(_hosts(report, domains)), meaning, own_names)


def words(report: Report, own_names: str) -> Words:
    """How much of the text of ``report`` an event keeps: all, unless that, or what else was judged, is cut there."""
    recipients = (report.final_recipient, report.original_recipient)
    others = (own_names, report.status, *recipients, report.reporting_mta, report.remote_mta)
    text = report.diagnostic_code
    is_whole = len(text) <= STORED_LIMIT or len(single_spaced(text, TEXT_LIMIT)) <= STORED_LIMIT
    if not (is_whole and are_storable(others)):
        return "partial"
    return "elsewhere" if report.elsewhere else "whole"


def _best_status(stated: str, in_text: tuple[str, ...], codes: Codes) -> str:
    """The most specific status; of two equally specific ones the stated one."""
    candidates = dict.fromkeys(filter(None, (stated, *in_text)))
    return min(candidates, key=partial(_vagueness, codes)) if len(candidates) > 1 else "".join(candidates)


def _vagueness(codes: Codes, status: str) -> int:
    meant = codes.meaning(status)
    if meant.reason == "expired":  # 4.4.7 says that the queue gave up, the text may quote what it gave up on
        return 1
    if not meant.vague:
        return 0
    return 2 if meant.reason else 3


def _best_reply_code(status: str, in_text: tuple[Reply, ...], codes: Codes) -> str:
    """The code before the chosen status, else the first."""
    paired = (reply.code for reply in in_text if reply.status == status and not codes.meaning(status).vague)
    return next(chain(paired, (reply.code for reply in in_text)), "")


def _hosts(report: Report, domains: Iterable[str]) -> Iterator[str]:
    mtas = (mta.partition(" ")[0].lower() for mta in (report.remote_mta, report.reporting_mta))  # "mx.b.example (1.2…)"
    return (f".{host.rstrip('.')}" for host in chain(domains, mtas))
