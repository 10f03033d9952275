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
    return classify(Report(final_recipient="anna@b.example", diagnostic_code=f"550 {text}"), ours=OURS)


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
