"""A word counts against a mailbox only where the sentence is about one: every noun with everything that is said."""

from __future__ import annotations

import pytest

from bounced.classify import classify
from bounced.model import Report, Verdict
from bounced.reasons import REASONS

OURS = frozenset(("bounces@shop.example", "shop.example"))

MAILBOXES = (
    "mailbox", "account", "user", "recipient", "address", "email address", "e-mail address", "inbox", "person",
    "addressee", "customer", "member", "subscriber", "alias", "local part", "mail account", "username", "user id",
    "recipient address", "recipient's mailbox", "user's account", "mail box", "destination address", "employee",
    "RCPT TO address",
)  # fmt: skip

OTHERS = (
    # us
    "sender", "sender address", "sender's address", "your address", "your domain", "your email address", "your account",
    "envelope sender", "From address", "MAIL FROM address", "return path", "sender's mailbox", "sender domain",
    "domain of sender", "originating address", "sending domain", "reply address", "<bounces@shop.example>",
    "shop.example", "sending user", "sending account",
    # our host
    "your IP", "your IP address", "client host", "your server", "your mail server", "sending host", "connecting host",
    "192.0.2.1", "your hostname", "connection", "HELO name", "hostname", "PTR record", "reverse DNS",
    # what we sent, and things
    "message", "your message", "URL", "link", "attachment", "header", "Message-ID", "file type", "charset",
    "certificate", "DKIM key", "SPF record", "command", "session", "signature", "service", "gateway", "filter",
    "policy", "license", "mail server",
)  # fmt: skip

SAID = {
    "user_unknown": (
        "unknown", "not found", "could not be found", "cannot be found", "does not exist", "doesn't exist",
        "is invalid", "not valid", "not recognized", "is not listed here", "not in directory", "not registered",
        "never existed",
        "has been deleted", "is no longer valid", "no longer exists", "is nonexistent", "is not local", "not defined",
        "not configured", "does not appear to exist",
    ),
    "mailbox_disabled": (
        "is disabled", "inactive", "not active", "has been suspended", "is locked", "closed", "is blocked",
        "deactivated", "has expired", "is terminated", "is frozen", "is on hold", "has been retired", "is unused",
        "has been canceled", "has been decommissioned", "not activated",
    ),
    "mailbox_full": ("is full", "over quota", "quota exceeded", "is out of space", "has insufficient space"),
}  # fmt: skip

ADJECTIVES = {
    "user_unknown": ("unknown", "invalid", "no such", "non-existent", "unrecognized", "undefined"),
    "mailbox_disabled": ("disabled", "inactive", "suspended", "locked", "closed", "expired", "frozen", "obsolete"),
}

CLASS = {reason: class_ for reason, (class_, _) in REASONS.items()}


def judged(text: str) -> Verdict:
    reply = text if text[:3].isdecimal() else f"550 {text}"
    return classify(Report(final_recipient="anna@b.example", diagnostic_code=reply), ours=OURS)


def sentences(noun: str) -> tuple[tuple[str, str], ...]:
    """What may be written about ``noun``, each with the reason if that is a mailbox."""
    said = [(text, reason) for reason, predicates in SAID.items() for text in predicates]
    forms = ("{} {}", "<anna@b.example>: {} {}", "Your mail was rejected: {} {}")
    after = ((form.format(noun, text), reason) for text, reason in said for form in forms)
    adjectives = ((text, reason) for reason, words in ADJECTIVES.items() for text in words)
    return (*after, *((f"<anna@b.example>... {text} {noun}", reason) for text, reason in adjectives))


@pytest.mark.parametrize("noun", MAILBOXES)
def test_what_is_said_of_a_mailbox_counts_against_it(noun: str) -> None:
    named = [(f"{noun} <anna@b.example> {text}", reason) for reason, texts in SAID.items() for text in texts]
    wrong = [
        (text, judged(text)) for text, reason in (*sentences(noun), *named) if judged(text).class_ != CLASS[reason]
    ]
    assert wrong == []


@pytest.mark.parametrize("noun", MAILBOXES)
def test_a_full_mailbox_is_full(noun: str) -> None:
    full = [text for text, reason in sentences(noun) if reason == "mailbox_full"]
    assert {judged(text).reason for text in full} == {"mailbox_full"}


@pytest.mark.parametrize("noun", OTHERS)
def test_what_is_said_of_anything_else_does_not(noun: str) -> None:
    assert [(text, judged(text).rule) for text, _ in sentences(noun) if judged(text).class_ == "hard"] == []


#: Soft or our fault, in words that are said of dead mailboxes too.
LIVING = (
    "550 5.1.1 <anna@b.example>: Recipient address rejected: your domain shop.example does not exist",
    "550 5.1.1 Sender address invalid: <bounces@shop.example> user unknown",
    "550 5.1.0 <bounces@shop.example> sender rejected: mailbox does not exist",
    "553 5.1.8 <anna@b.example>... Domain of sender bounces@shop.example does not exist",
    "550 5.7.1 <anna@b.example>: Client host rejected: cannot find your hostname, [192.0.2.25]",
    "550 <anna@b.example>: HELO hostname is invalid",
    "554 5.7.1 <anna@b.example>: certificate has expired",
    "550 5.2.1 <anna@b.example>: sending IP is blocked",
    "550 5.1.1 <anna@b.example>: message contains invalid characters in header",
    "550 Unknown command or session expired",
    "550 No such policy for sender",
    "550 User is not allowed to send: mailbox of sender is full",
    "450 4.1.1 <anna@b.example>: Recipient address rejected: unknown user, try again later",
    "451 4.2.1 mailbox temporarily disabled, account locked",
    "421 4.3.2 System not accepting network messages",
    "550 5.7.1 Recipient not authorized, your IP has been found on a block list",
    "550 User anna@b.example rejects mail from your domain shop.example",
    "550 5.7.1 anna@b.example only accepts mail from people in their address book",
    "550 The user anna@b.example does not accept mail from unknown senders",
    "550 5.7.1 Mailbox anna@b.example: invalid sender address",
    "550 5.7.1 The recipient's account does not accept messages without valid DKIM signature",
    "550 Your account has been suspended because of spam complaints",
    "550 your email account is disabled for sending",
    "554 5.7.1 Your mailbox is blocked; outgoing mail suspended",
    "550 Reverse DNS does not exist for 192.0.2.25",
    "550 PTR record not found",
    "550 SPF record of shop.example is invalid",
    "550 5.1.2 MX of shop.example not found",
    "550 Attachment type unknown, message to anna@b.example blocked",
    "550 5.6.0 Message-ID is not valid",
    "552 5.2.3 Message size exceeds the mailbox limit of anna@b.example",
    "550 Der Absender bounces@shop.example existiert nicht",
    "550 Ihr Konto wurde gesperrt (Spamversand)",
    "550 Ihre E-Mail-Adresse ist unbekannt",
    "550 Votre adresse e-mail n'existe pas",
    "550 Votre compte a été bloqué pour envoi de spam",
    "550 Su cuenta ha sido suspendida por envío de spam",
    "550 El dominio del remitente no existe",
    "550 Sua conta foi bloqueada por envio de spam",
    "550 Il tuo account è stato sospeso per invio di spam",
    "550 Il dominio del mittente non esiste",
    "550 Twoje konto zostało zablokowane",
    "550 Adres nadawcy nie istnieje",
    "550 Ваш аккаунт заблокирован за рассылку спама",
    "550 Домен отправителя не найден",
    "550 Ваша учетная запись заблокирована",
    "550 发件人地址不存在",
    "550 您的帐号已被冻结",
    "550 送信者アドレスが存在しません",
    "550 お客様のアカウントは停止されています",
    "550 보낸 사람의 주소가 존재하지 않습니다",
    "550 Uw account is geblokkeerd wegens spam",
    "550 Het domein van de afzender bestaat niet",
    "550 Ditt konto är spärrat",
    "550 Hesabınız askıya alındı",
    "550 Serveren din er sperret",
    "550 Vaše konto bylo zablokováno",
    "554 Message rejected: link in message not found",
    "550 5.7.0 API key is invalid",
    "550 no such transport",
    "550 License expired, mail relay disabled",
    "550 5.7.1 list members-only: bounces@shop.example is not a member",
    "550 TLS certificate of client unknown",
    "550 encryption of message to anna@b.example not possible: no such key",
)


@pytest.mark.parametrize("text", LIVING)
def test_a_living_address_does_not_fail_for_good(text: str) -> None:
    assert judged(text).class_ in ("soft", "block")


def test_a_noun_is_looked_for_behind_a_few_things_only() -> None:
    assert judged("mailbox key key key is quite certainly invalid").reason == "user_unknown"
    assert judged("mailbox key key key key is quite certainly invalid").reason == "refused"
