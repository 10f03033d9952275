"""The words that redaction keeps: those of our own tables and of the standards, never a person's.

The words of mail systems, in the languages bounced knows; RFC 3464, RFC 5965 and MIME; markup.
"""

from __future__ import annotations

import re
from functools import cache

from bounced.classify.phrases import PHRASES
from bounced.mime.announcements import LANGUAGES
from bounced.reasons import REASONS

#: Scripts without spaces between words.
UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"

_WORD = re.compile(rf"[^\W\d_{UNSPACED}]+")
_UNSPACED = re.compile(rf"[{UNSPACED}]+")
_ESCAPE = re.compile(r"\\.")

#: A word is known if it shares that many first letters with a known one and is at most the limit longer.
STEM_LENGTH = 6
ENDING_LENGTH_LIMIT = 5

_STANDARDS = """
    action alternative android application arf arrival as ascii ascii attachment auth auto base64 bcc bit boundary
    7bit 8bit 7-bit binary bulk cc charset content control date delivered delivery delsp description diagnostic dkim
    disposition dmarc dns domain dsn encoding esmtp eml envelope exim expanded failed feedback final flowed format from
    generated global header headers html id incidents inline ip json junk list local lmtp mdn message mime mixed mta
    multipart name no notification notified octet-stream opt original out partial part parts path plain postfix
    precedence printable qmail quoted rcpt received recipient redacted references related relayed remote removal
    replied reply report reported reporting retry return rfc822 sender smtp source spam spf stable status stream
    subject submitter text tls to transfer type uri us user utf utf8 version via virus vacation will with x xtext
    audio feedback-type font gif gzip image jpeg jpg model msword pdf png
    tlsrpt video zip x-unix xml yes abuse fraud unsubscribe post help mailto http https localhost original-rcpt-to
"""
_MARKUP = "a align amp b blockquote body br class div em font gt h1 h2 h3 head hr href html i img li lt meta nbsp ol p"
_MARKUP += " pre quot script span src strong style table tbody td th title tr u ul doctype"
_JSON = """
    bounce bounces bounced bouncetype bouncesubtype bouncedrecipients emailaddress action status diagnosticcode
    reportingmta remotemtaip complaint complainedrecipients complaintfeedbacktype complaintsubtype delivery recipients
    smtpresponse deliverydelay delayedrecipients delaytype reject reason notificationtype eventtype mail destination
    headers commonheaders messageid returnpath source message permanent transient undetermined general noemail
    suppressed onaccountsuppressionlist mailboxfull messagetoolarge contentrejected attachmentrejected value open click
    subscription send rendering type notification true false null
    xarf xarf_version reporterinfo report reporttype smtp_to smtprcpttoaddress evidence samples contenttype content_type
    payload reporterorg spamtrap sourceip
"""
#: Words that programs, and translations of them, write around the phrases of the tables.
_ENGLISH = """
    release permit allow approve whitelist freigeben zulassen blockieren libérer autoriser bloquer liberar permitir
    bloquear rilascia consenti blocca vrijgeven toestaan blokkeren zwolnij
    about above abandoned ability able aborted accept accepted accepting access account accounts acknowledge actual
    added affected inform hello standard posting put protecting link
    additional address addressed addressee addresses addressing administrator advisory afraid after again agent all
    already also an and announcement another answer any appears are aren't arrived at attached attachment attempt
    attempted attempts authentication authorized automatic automatically available away awaiting back bad be because
    been before being below beyond blocked body both bounce bounced box but by can can't cannot cause caused change
    changed check client closed code command complete condition configuration confirm connect connection contact
    contacting contains content continue continued copy correct could couldn't created daemon data date database day
    days default deferred delay delayed delete deleted deliver deliverable delivered deliver
    delivering delivery denied describe described description destination detailed details detected did didn't directly
    disabled disk does doesn't domain done due during e either email emails empty encountered end error errors exceed
    exceeded exceeds exist existing exists expanded expired explanation fail failed failing fails failure failures fatal
    final find first following follows for forward forwarded forwarding found from full further generate generated give
    given giving go greylisted group had has have haven't header headers help here hi host hour hours how however i i'm
    if immediately in inbox inactive include included includes incoming incorrect indicated information inside instead
    intended internal invalid is isn't issue it it's its just keep kept known large last later leave left like limit
    line lines list listed local lookup long longer lost made mail mailbox mailboxes mailer mails maildrop manager
    manually maximum may means message messages might minutes misspelled mistyped moved must my name named names need
    needed network never new next no non none not note notice notification notify now number occurred of off office on
    once one only open option or original originator other our out outbound outside over own page part parts path
    people per perhaps permanent permanently please policy possible possibly postmaster prior probably problem problems
    process processed processing program protocol provided provider queue queued quota reach reached read reason reasons
    receive received recently recipient recipients reference refused regarding registered reject rejected relay remains
    remote remove removed reply report reported reporting request requested required resend resolve responded responding
    response retried retry return returned returning returns route routing rule run said same saying security see seen
    send sender sending sent server servers service session several she should shown since site size so software some
    sorry space spam specified start state stated status still stopped storage subject successful successfully such
    support suspended system systems target temporarily temporary terminated text than thank thanks that the their them
    then there these they this those though through time timed times to too transaction transcript transfer transient
    transmitted transport tried trouble try trying types typo unable unavailable under undeliverable undelivered
    unfortunately unique unknown unless unrecoverable unresolvable unrouteable unsent unsuccessful until up upon us use
    used user userid username users using valid verification verify via wait waiting want warning was wasn't way we
    week were what when where which while who why will with within without work would wrong yet you your yourself
    thank reset remotely unrouteable unroutable undisclosed hidden sendmail courier opensmtpd exchange domino notes
    vacation holiday automated autoreply autoresponder returning auto-reply complaint abuse envelope smtp mailer-daemon
    mta ndr subsystem bounces mmdf mdaemon noreply scan scanned scanner machine gateway exiting retrying mailing
    newsletter
"""


#: The subjects of automatic replies, and the systems that decoders recognize.
_ANSWERS = """
    gmail google yahoo
    re fwd fw aw wg sv vs antw tr rv odp microsoft apple tlsrpt gzip listserv listmaster mailman majordomo sympa lists
    posting posted moderator moderated approval awaits awaiting subscribed unsubscribed affected arrest spamarrest boxbe
    verify verification confirm confirmation office out away leave currently am order reading displayed read
    abwesenheit abwesenheitsnotiz abwesend büro buero im bin automatische automatisch antwort antwoord afwezig réponse
    automatique absence bureau absent respuesta automática automatica fuera oficina resposta ausencia risposta fuori
    sede
    ufficio automatisk svar autosvar frånvaro fravær automaattinen vastaus poissa odpowiedź odpowiedz automatyczna
    nieobecność automatická odpověď automatikus válasz răspuns automat automaatvastus automātiska atbilde automatinis
    atsakymas automatski odgovor samodejni автоматичен отговор автоматична відповідь αυτόματη απάντηση
    תשובה אוטומטית מענה אוטומטי رد تلقائي trả lời tự động автоответ автоматический ответ otomatik yanıt yanit
    自動返信 自動応答 不在 自动回复 自動回覆 자동 회신
    pending pendiente aviso waarschuwing предупреждение задерживается durante días aan para для an à do från til till od
    van von de da от 宛 送信遅延 再送 引き続き 配信されていません 发往 投递 延迟 尚未 继续 尝试 通知
    müssen nichts tun erneut noch zuzustellen
"""
#: Providers whose domains decoders recognize, in addition to those of the phrase tables.
_PROVIDERS = (
    "boxbe.com spamarrest.com bluebottle.com mailblocks.com hotmail.com outlook.com live.com microsoft.com aol.com"
)


def is_known(word: str) -> bool:
    """True for a word that any mail system may write."""
    lower = word.lower()
    shortest = max(STEM_LENGTH, len(lower) - ENDING_LENGTH_LIMIT)
    return lower in _words() or any(lower[:length] in _words() for length in range(shortest, len(lower)))


@cache
def unspaced() -> re.Pattern[str]:
    """A pattern for the known words of scripts without spaces."""
    known = {piece for text in _tables() for piece in _UNSPACED.findall(text)}
    return re.compile("|".join(sorted(known, key=lambda piece: (-len(piece), piece))))


@cache
def domains() -> frozenset[str]:
    """The domains of providers in the tables."""
    return frozenset((*_PROVIDERS.split(), *(domain for row in PHRASES for domain in row.at)))


@cache
def _words() -> frozenset[str]:
    listed = f"{_STANDARDS} {_MARKUP} {_JSON} {_ENGLISH}".split()
    return frozenset((*listed, *(word for text in _tables() for word in _WORD.findall(text))))


def _tables() -> list[str]:
    """Every text of the tables, in lower case."""
    texts = [_ANSWERS, *(row.text for row in PHRASES), *(words for _, words in REASONS.values())]
    for language in LANGUAGES.values():
        texts += [language.subjects, language.announcements, language.delays]
    return [_ESCAPE.sub(" ", text).lower() for text in texts]
