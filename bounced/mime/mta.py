"""Tells messages written by mail servers from those of people and their programs."""

from __future__ import annotations

import re

from bounced import address
from bounced.mime.announcements import LANGUAGES
from bounced.mime.lazy import lazy
from bounced.mime.phrase_table import PhraseTable, folded
from bounced.mime.text import phrases, quotes_reply
from bounced.model import Original, record

#: Local parts of the addresses mail servers use.
_SERVERS = phrases(
    r"(?:mailer?|mailserver|smtp|mailbox|mailman)[._-]?daemon",
    r"post[._-]?master",
    r"mail[._-]?delivery.{0,40}",
    r".{0,40}delivery[._-]?system",
    r"mailadm",
    r"bounces?",
    r"mta|ndr|mmdf|mdaemon",
    r".{0,40}mail[._-]?service",
    r"microsoftexchange[0-9a-f]{20,40}",  # Exchange 2007 and later, within its organization
)
#: Local parts of addresses to ask for help.
_CONTACTS = re.compile(
    r"(?:post|web|host|mail)[._-]?master|mailer-daemon|.{0,30}(?:support|help|admin|abuse|info|contact|service).{0,30}|noc",
    re.IGNORECASE,
)
#: Display names mail servers use.
_SERVER_NAMES = phrases(
    r"mail(?:er)?[ -]?(?:deliver|daemon|system|transport)",
    r"system ?administrator|mail administrator",
    r"postmaster",
    r"delivery (?:sub)?system",
    r"microsoft exchange",
    r"mailsystem|système de messagerie",
)
#: Openings of subjects under which servers report failed or delayed delivery.
_SUBJECTS = PhraseTable(
    r"un-?deliver|unable to deliver|not delivered|(?:could|can)(?: ?not|n't) (?:be )?(?:deliver|sen[dt])|error sending",
    r"non[ -]?delivery|delivery (?:is )?(?:impossible|not possible)|not deliverable",
    r"returned (?:(?:e-?)?mail|post)|mail returned|return(?:ed|ing) to sender|mail delivery",
    r"fail(?:ed|ure)|(?:mail|message|system) error",
    r"delivery (?:status|report|problem|error|notification|has|to|delayed|unsuccessful)|delayed",
    r"bounced?\b|rejected|(?:user|recipient|address) unknown|unknown (?:user|address|recipient)",
    r"over quota|mailbox full|you sent blocked",
    *(language.subjects for language in LANGUAGES.values()),
)
_DELAYS = PhraseTable(
    r"\bdelay",
    r"^warning(?!.{0,200}(?:unknown|fail|reject|return))",  # MDaemon warns about failures, others about delays
    r"deferral notice|delivery deferred|temporarily suspended|will (?:be retried|retry)",  # qmail's patches and others
    r"could not send message for|cannot send message within",  # Sendmail 8 and 5
    *(language.delays for language in LANGUAGES.values()),
)
#: Subjects of success reports, as Exchange, Postfix and others write them in many languages.
_SUCCESSES = phrases(
    r"\s{0,4}(?:delivered|relayed|zugestellt|übermittelt|remis|relayé|entregado|retransmitido|recapitato|inoltrato"
    r"|entregue|bezorgd|afgeleverd|dostarczono|доставлено|levererat|leveret|levert|toimitettu"
    r"|配信済み|配信完了|已送达|已送達|전달됨)\s?[:：]",
    r"success\w{0,6} (?:mail )?deliver|.{0,80}\((?:success|relay|delivered)\)",
)
#: Words of a warning: delivery is still being tried.
_STILL_TRYING = PhraseTable(
    r"transient non-fatal|warning message only|(?:this is|as) a warning only|no action is (?:required|needed)",
    r"(?:do not|don't) (?:need|have) to (?:resend|send)|not yet (?:be(?:en)? )?(?:possible|able|deliver|sent)",
    r"ha(?:s|ve) not (?:yet )?been (?:able|delivered) .{0,60}\byet\b|could not yet be",
    r"has been delayed|is (?:still )?(?:being )?delayed|delivery (?:is )?delayed",
    r"will (?:be retried|be attempted until|keep (?:on )?trying|go on trying|continue (?:to try|trying|to attempt))",
    r"keeps on trying|goes on trying|delivery attempts will continue|continues? to (?:try|attempt) to deliver",
    r"still (?:trying|pending|in (?:the|my) (?:mail )?queue|awaiting|being (?:tried|retried|queued))|queued for retry",
    r"(?:will|we'll) (?:retry|try again|re-?attempt)|further attempts|not been delivered yet|no need to resend",
    *(language.delays for language in LANGUAGES.values()),
)
#: Any text beyond belongs to the returned message or to a person.
_TEXT_LIMIT = 16 * 1024

_SUBJECT_LIMIT = 400

#: RFC 2369. No mail server writes them (List-Id is copied: Exchange 2000 kept that of the message it returned).
_LIST_HEADERS = ("List-Unsubscribe", "List-Post")

#: Prefixes with which people reply to and forward the messages of servers, and the number of a help desk's ticket.
_ANSWER = re.compile(
    r"\s{0,4}(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|odp)(?:\[\d{1,3}\])?\s{0,2}:|\[[^\]]{0,40}#\s?\d[^\]]{0,20}\])",
    re.IGNORECASE,
)
#: A line that announces a message of which no header follows.
_RETURNED_BODY = re.compile(
    r"^[ \t>-]{0,40}(?:original|old|unsent|returned|undelivered) (?:e-?mail )?(?:message|mail)[ \t:.-]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)


def is_contact(name: str) -> bool:
    """True for the address of a help desk or an administrator."""
    return bool(_CONTACTS.fullmatch(name.rpartition("@")[0]))


@record(frozen=True)
class Signs:
    """What the header and the text of a message tell of who wrote it, and why: each is found out once."""

    header: Original
    text: str = ""  # for people
    has_original: bool = False  # the header of a message is below the text, or attached

    @lazy
    def author(self) -> str:
        """The address in From, ``""`` without one."""
        return address.parse(self._from)

    @lazy
    def _from(self) -> str:
        return self.header.get("From")

    @lazy
    def subject(self) -> str:
        """The beginning of the subject, folded."""
        return folded(self.header.get("Subject")[:_SUBJECT_LIMIT])

    @lazy
    def words(self) -> str:
        """The text that is not of the returned message or a person, folded."""
        return folded(self.text[:_TEXT_LIMIT])

    @lazy
    def from_server(self) -> bool:
        """True if the From address or its absence is that of a mail server.

        Its display name counts where a message is returned or a reply quoted: phishers like these names.
        """
        sender = self._from[: address.CLAIM_LIMIT]
        local = self.author.rpartition("@")[0] or sender.strip()
        if not local or local.endswith("<>") or _SERVERS.fullmatch(local):
            return True
        return bool(_SERVER_NAMES.search(sender)) and (self.returns_message or quotes_reply(self.text))

    @lazy
    def tells_of_failure(self) -> bool:
        """True if the subject is one under which servers return mail."""
        return _SUBJECTS.are_in(self.subject) and not _ANSWER.match(self.subject)

    @lazy
    def tells_of_success(self) -> bool:
        """True if the subject is that of a success report."""
        return bool(_SUCCESSES.match(self.subject))

    @lazy
    def returns_mail(self) -> bool:
        """True if a server wrote it, or someone who returns a message under such a subject, without a sender.

        Monitors, cron jobs, phishers and newsletters have such subjects, and quote replies, but return nothing.
        """
        return self.from_server or (self.tells_of_failure and self.is_notification and self.returns_message)

    @lazy
    def returns_message(self) -> bool:
        """True if it holds another message, or announces one."""
        return self.has_original or bool(_RETURNED_BODY.search(self.text[:_TEXT_LIMIT]))

    @lazy
    def is_notification(self) -> bool:
        """True unless a person, a list or a program wrote of itself (RFC 3834 5.1)."""
        is_automatic = self.header.get("Auto-Submitted").strip().lower().startswith("auto-generated")
        return not (self._has_sender() or self.is_post or is_automatic)

    @lazy
    def is_post(self) -> bool:
        """True for a newsletter or a post to a list: whatever it quotes, it returns nothing of ours.

        A bounce that a list passes on is still from the server.
        """
        return not self.from_server and any(self.header.get(name) for name in _LIST_HEADERS)

    def _has_sender(self) -> bool:
        """True if the envelope sender is a person's: in notifications it is empty (RFC 5321 4.5.5) or a server's."""
        sender = address.parse(self.header.get("Return-Path"))
        return bool(sender) and not _SERVERS.fullmatch(sender.rpartition("@")[0])

    @lazy
    def tells_of_delay(self) -> bool:
        """True if the subject or text is that of a warning: delivery is still being tried, nothing has failed yet."""
        return _DELAYS.are_in(self.subject) or _STILL_TRYING.are_in(self.words)
