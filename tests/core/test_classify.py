"""What reports mean: every table row, the order of the tables, and texts as mail systems write them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.classify import classify
from bounced.classify.phrases import NOUNS, PHRASES, Phrase, Rank
from bounced.classify.phrases.find import PhraseFinder
from bounced.classify.replies import TEXT_LIMIT, fold, replies, statuses
from bounced.classify.statuses import BUILT_IN_CODES, EXIT_STATUSES, REPLY_CODES, STATUSES, TOGETHER
from bounced.model import Report
from bounced.peer import single_spaced
from bounced.reasons import REASONS
from tests.support.bounce_texts import TEXTS

ROWS = tuple(row for row in PHRASES if row.reason)

#: The IANA registry "SMTP Enhanced Status Codes": the last detail of each subject.
REGISTERED = {0: 0, 1: 10, 2: 4, 3: 6, 4: 7, 5: 6, 6: 10, 7: 30}


#: Whom the sentence of a row is about.
SUBJECTS = {
    "recipient": "mailbox q ",
    "sender": "sender q ",
    "host": "your ip q ",
    "domain": "domain q ",
    "message": "url q ",
}

OURS = frozenset(("us@a.example", "a.example"))


def report_for(row: Phrase) -> Report:
    """A report that fulfils the conditions of ``row`` and says nothing else."""
    code = row.codes[0] if row.codes else "5.0.0"
    domain = row.at[0] if row.at else "b.example"
    text = f"{code} {SUBJECTS.get(row.of, '')}{row.text.replace('@@', 'us@a.example')}{'' if row.ends else ' q'}"
    return Report(final_recipient=f"a@{domain}", status=code, diagnostic_code=text)


def test_no_phrase_is_hidden_behind_another() -> None:
    verdicts = {row: classify(report_for(row), ours=OURS) for row in ROWS}
    assert {row: verdict for row, verdict in verdicts.items() if verdict.rule != row.rule} == {}
    assert {row: verdict for row, verdict in verdicts.items() if verdict.reason != row.reason} == {}


def test_what_means_nothing_hides_what_it_holds() -> None:
    for row in (row for row in PHRASES if not row.reason):
        verdict = classify(Report(diagnostic_code=f"sent {row.text} ok"))
        assert (verdict.reason, verdict.rule, verdict.overruled) == ("unknown", "none", ""), row


def test_no_phrase_is_covered_by_a_shorter_one() -> None:
    for rank in set(Rank) - {Rank.PROVIDER}:
        tier = tuple(row for row in ROWS if row.rank == rank)
        finder = PhraseFinder(row.text for row in tier)
        inside = {row: [tier[index] for index, *_ in finder.find(row.text) if tier[index] is not row] for row in tier}
        pairs = [(row, by) for row in tier for by in inside[row] if by.reason == row.reason and by.of == row.of]
        assert [(row, by) for row, by in pairs if not by.codes and not by.ends] == []


def test_phrases_are_folded_and_name_known_reasons() -> None:
    texts = [*(row.text for row in PHRASES), *(noun for texts in NOUNS.values() for noun in texts)]
    assert [text for text in texts if "@" not in text and fold(text) != text] == []
    assert {row.reason for row in ROWS} <= REASONS.keys()


def test_every_reason_can_be_told_by_words() -> None:
    assert REASONS.keys() - {row.reason for row in ROWS} == {"unknown"}


@pytest.mark.parametrize(("reason", "status", "domain", "text"), TEXTS)
def test_texts_of_mail_systems(reason: str, status: str, domain: str, text: str) -> None:
    verdict = classify(Report(final_recipient=f"user@{domain}", status=status, diagnostic_code=text))
    assert (verdict.reason, verdict.class_) == (reason, REASONS[reason][0])


def test_every_registered_status_has_a_row() -> None:
    registered = {f"X.{subject}.{detail}" for subject, last in REGISTERED.items() for detail in range(last + 1)}
    assert {
        row for row in registered if row not in STATUSES and not {f"4{row[1:]}", f"5{row[1:]}"} <= STATUSES.keys()
    } == set()


def test_a_status_alone_decides() -> None:
    for row, said in STATUSES.items():
        status = row.replace("X", "5")
        verdict = classify(Report(status=status))
        expected = (said.reason, f"status: {status}") if said.reason else ("unknown", "none")
        assert (verdict.reason, verdict.rule) == expected, row


def test_a_reply_code_alone_decides() -> None:
    for code, reason in REPLY_CODES.items():
        verdict = classify(Report(diagnostic_code=f"{code} oops"))
        assert (verdict.reason, verdict.rule, verdict.reply_code) == (reason, f"reply code: {code}", code)


def test_a_reply_code_can_change_a_status() -> None:
    for (code, status), said in TOGETHER.items():
        assert classify(Report(status=status)).reason != said.reason
        assert classify(Report(status=status, diagnostic_code=f"{code} {status} oops")).reason == said.reason


def test_an_exit_status_alone_decides() -> None:
    for code, reason in EXIT_STATUSES.items():
        verdict = classify(Report(status="5.0.0", diagnostic_code=code))
        assert (verdict.reason, verdict.rule) == (reason, f"exit status: {code}")


@pytest.mark.parametrize(
    ("status", "reason"),
    [("5.1.99", "user_unknown"), ("5.7.99", "policy"), ("5.9.9", ""), ("5", ""), ("", ""), ("..", "")],
)
def test_an_unregistered_status_means_what_its_subject_means(status: str, reason: str) -> None:
    meaning = BUILT_IN_CODES.meaning(status)
    assert (meaning.reason, meaning.vague) == (reason, True)


@pytest.mark.parametrize(
    ("status", "text", "reason", "rule"),
    [
        ("5.0.0", "550 user unknown", "user_unknown", "text: user unknown"),
        ("5.7.1", "550 5.7.1 user unknown", "user_unknown", "text: user unknown"),
        ("5.1.1", "552 5.1.1 over quota", "mailbox_full", "text: over quota"),
        ("5.2.2", "550 5.2.2 rejected", "mailbox_full", "status: 5.2.2"),
        ("5.2.2", "550 5.2.2 access is prohibited", "mailbox_full", "status: 5.2.2"),
        ("5.3.0", "550 access is prohibited", "policy", "text: prohibited"),
        ("5.3.0", "550 rejected", "remote_error", "status: 5.3.0"),
        ("5.0.0", "552 rejected", "refused", "text: rejected"),
        ("5.0.0", "552 oops", "mailbox_full", "reply code: 552"),
        ("5.0.0", "oops", "unknown", "none"),
        ("", "", "unknown", "none"),
        # Both sides are named: not held against the recipient.
        ("5.1.1", "550 5.1.1 user unknown; your ip is listed in zen.spamhaus.org", "reputation", "text: spamhaus"),
        # 552 as quota and as size.
        ("5.0.0", "552 exceeded storage allocation", "mailbox_full", "text: exceeded storage"),
        ("5.0.0", "552 message size exceeds maximum", "too_large", "text: message size exceed"),
    ],
)
def test_which_table_wins(status: str, text: str, reason: str, rule: str) -> None:
    verdict = classify(Report(status=status, diagnostic_code=text))
    assert (verdict.reason, verdict.rule) == (reason, rule)


@pytest.mark.parametrize(
    "report",
    [
        Report(final_recipient="a@hotmail.com"),
        Report(original_recipient="a@Hotmail.com", final_recipient="a@b.example"),
        Report(remote_mta="mx1.HOTMAIL.com."),
        Report(remote_mta="mx1.hotmail.com (192.0.2.1)"),
        Report(reporting_mta="b.prod.outlook.com"),
    ],
)
def test_a_provider_is_known_by_any_host(report: Report) -> None:
    text = "550 Requested action not taken: mailbox unavailable"
    named = Report(
        final_recipient=report.final_recipient,
        original_recipient=report.original_recipient,
        remote_mta=report.remote_mta,
        reporting_mta=report.reporting_mta,
        diagnostic_code=text,
    )
    assert classify(named).reason == "user_unknown"


def test_a_provider_is_known_by_its_name_in_the_text() -> None:
    text = "550 Requested action not taken: mailbox unavailable"
    assert classify(Report(diagnostic_code=f"host mx4.hotmail.com said: {text}")).reason == "user_unknown"
    assert classify(Report(final_recipient="a@nothotmail.com", diagnostic_code=text)).reason == "refused"


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("550 5.1.1 unknown", "550", "5.1.1"),
        ("550-5.1.1 unknown", "550", "5.1.1"),
        ("550-'5.7.1 <a@b.example>... Access denied'", "550", "5.7.1"),
        ("501: 5.1.8 bad", "501", "5.1.8"),
        ("550 #5.1.0 Address rejected.", "550", "5.1.0"),
        ("#5.1.1 smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", "550", "5.1.1"),
        ("554 554 5.7.0 Header error", "554", "5.7.0"),
        ("554 <a@b.example>... 550 Host unknown", "550", ""),
        ("host mx.b.example[192.0.2.1] said: 552 sorry (#5.2.2) (in reply to DATA)", "552", "5.2.2"),
        ("host mx.b.example [192.0.2.1]: 550 no", "550", ""),
        ("SMTP error from remote mail server after RCPT TO:<a@b.example>: 450 no", "450", ""),
        ("[SMTP Error Code 550]", "550", ""),
        ("failed because of 550 no", "550", ""),
        (">>> DATA <<< 554 no", "554", ""),
        ("(reason: 553 no)", "553", ""),
        ("it said 550 <a@b.example> no", "550", ""),
        ("Connected; 192.0.2.1 does not like recipient 550 <a@b.example>", "550", ""),
        ("connect to mx.b.example[192.0.2.1]:587: Connection timed out", "", ""),
        ("connect to 192.0.2.1:550 failed", "", ""),
        ("over the limit of 500 messages", "", ""),
        ("size=552 of 554", "", ""),
        ("542 Rejected", "", ""),
        ("the address 5.1.1.2 and 10.5.1.1", "", ""),
        ("Exim 4.92.3 and Postfix 5.1.1 and version 4.7.1 and v5.2.2", "", ""),
        ("on 4.05.1999 or 5.1.2004", "", ""),
        ("421 4.7.0 first, then 550 5.1.1", "550", "5.1.1"),
        ("554 4.4.7 Message expired.<421 4.4.2 Connection timed out>", "421", "4.4.2"),
        ("554 5.0.0 Service unavailable", "554", "5.0.0"),
        ("550\n 5.1.1\n unknown", "550", "5.1.1"),
    ],
)
def test_numbers_in_text(text: str, code: str, status: str) -> None:
    verdict = classify(Report(diagnostic_code=text))
    assert (verdict.reply_code, verdict.status) == (code, status)


@pytest.mark.parametrize(
    ("stated", "text", "status"),
    [
        ("5.1.1", "550 5.2.2 no", "5.1.1"),
        ("5.0.0", "550 5.1.1 no", "5.1.1"),
        ("5.0.0", "550 5.7.1 no", "5.7.1"),
        ("5.7.1", "550 5.7.0 no", "5.7.1"),
        ("4.4.7", "450 4.2.2 no", "4.2.2"),
        ("4.4.7", "too long", "4.4.7"),
        ("5.0.0", "no", "5.0.0"),
    ],
)
def test_the_more_telling_status_is_kept(stated: str, text: str, status: str) -> None:
    assert classify(Report(status=stated, diagnostic_code=text)).status == status


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("User <A.B@C.Example> UNKNOWN", "user @ unknown"),
        ("a@b.example: isn’t here", "@ isn't here"),
        ("550-5.7.26 Mail from x 550-5.7.26 is refused 550 5.7.26 by y", "550 5.7.26 mail from x is refused by y"),
        ("550-sorry, 550-no", "550 sorry, no"),
        ("SPF-check failed: see a/b", "spf check failed see a b"),
        ("<a@b.example>... Non-existent e-mail account", "@ nonexistent email account"),
        ("<us@a.example>: no (a.example)", "@@ no @@ domain"),
        ("host mx.b.example[192.0.2.1] said: host unknown", "host said host unknown"),
        ("antispam.b.example[2001:db8::1] said: no", "host said no"),
        ("5.1.0 - Unknown address error 550-'no'", "550 'no'"),
        ("5.1.0 - Unknown address error", "5.1.0 unknown address error"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text, OURS) == folded


def test_a_delay_is_classified_by_its_cause() -> None:
    text = "Message delayed. connect to mx.b.example[192.0.2.1]:25: Connection refused. Will be retried."
    assert classify(Report(action="delayed", status="4.4.1", diagnostic_code=text)).reason == "unreachable"
    assert classify(Report(action="delayed", diagnostic_code="Message delayed. Will be retried.")).reason == "expired"


def test_no_more_than_the_limit_is_read() -> None:
    assert classify(Report(diagnostic_code="x" * (TEXT_LIMIT - 20) + " user unknown")).reason == "user_unknown"
    assert classify(Report(diagnostic_code="x" * TEXT_LIMIT + " user unknown")).reason == "unknown"


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "@",
        "a@",
        "a.",
        "<",
        "550 ",
        " 550-",
        "550 5.1.1 ",
        "5.1.1",
        "554 <a>... ",
        "554 <",
        "host a.",
        "[1",
        "mailbox ",
        "user unknown ",
        "1.2.3.4 unknown ",
        "\n",
        "  x",
        "é",
    ],
)
def test_hostile_texts_take_bounded_time(piece: str) -> None:
    started = time.perf_counter()
    classify(Report(diagnostic_code=piece * (1_000_000 // len(piece))))
    assert time.perf_counter() - started < 0.5  # 1 to 10 ms were seen


#: What is said of us, and what is final: the kinds that cost a living address its mail.
APPLE = "550 5.1.1 <bounces@shop.example>: unauthorized sender"
JUDGED = (
    # An address status alone, where words say something else.
    (APPLE, "sender_rejected"),
    ("553 5.1.1 Relaying disallowed", "relay_denied"),
    ("452 4.1.1 <anna@b.example> too many recent messages", "rate_limited"),
    ("450 4.1.1 <anna@b.example>: Recipient address rejected: Address verification in progress", "remote_error"),
    ("450 4.1.1 <anna@b.example>: no mailbox here by that name", "refused"),
    ("450 4.1.1 <anna@b.example>: xyz", "refused"),
    ("550 5.1.1 <anna@b.example>: try again later", "remote_error"),
    ("550 5.1.1 <anna@b.example>", "user_unknown"),
    # The domain and the mailbox of the sender.
    ("553 Sender Domain Resolve Fail", "sender_rejected"),
    ("550 Invalid DNS MX or A/AAAA resource record", "sender_rejected"),
    ("550 shop.example does not exist", "sender_rejected"),
    ("550 5.1.8 Sender address <x@y.example>: mailbox not found", "sender_rejected"),
    ("550 <bounces@shop.example>: User unknown in virtual mailbox table", "sender_rejected"),
    ("550 <bounces@shop.example> <anna@b.example> unrecognized", "user_unknown"),
    ("550 mail from <bounces@shop.example> to <anna@b.example>: user unknown", "user_unknown"),
    # The rest of the sentence.
    ("550 5.7.510 Access denied, b.example does not accept email over IPv6", "policy"),
    ("550 b.example does not accept email from outside", "policy"),
    ("550 b.example does not accept email", "not_accepting"),
    ("550 5.7.25 user unknown", "authentication"),
    # Precise words before vague ones.
    ("550-SPF-check failed: 550 shop.example doesn't allow sending mails from 192.0.2.25", "authentication"),
    ("550 Transaction failed. (SPAM_SUSPECT:IP_CONTROL)", "spam_content"),
    ("554 5.2.122 The recipient has exceeded their limit for the number of messages per hour.", "rate_limited"),
    ("421 4.3.2 your ip 192.0.2.1 is banned, try again later", "reputation"),
    ("550 mailbox anna@b.example unavailable", "user_unknown"),
    ("550 recipient <anna@b.example> unrecognized", "user_unknown"),
    # A site's own words, whoever they name, and in whatever language.
    ("550 5.1.1 IP адресът 203.0.113.25 е спрян", "reputation"),
    ("550 5.1.1 203.0.113.25: kwaxa", "reputation"),
    ("550 5.2.1 mailbox accepts mail from list members only", "policy"),
    ("550 5.2.1 Postkassen modtager kun intern post", "policy"),
    ("550 5.1.1 Boîte aux lettres saturée", "mailbox_full"),
    ("550 5.7.1 Compte bloque pour non-paiement", "mailbox_disabled"),
    ("550 5.7.1 Lietotājs nav atrasts", "user_unknown"),
    ("550 5.1.1 Zbyt wiele wiadomości", "rate_limited"),
    ("550 5.7.1 absender bounces@shop.example unbekannt", "sender_rejected"),
    ("521 5.5.1 Protocol error", "protocol"),
    ("554 5.5.1 Error: no valid recipients", "protocol"),
    ("550 too many invalid recipients", "rate_limited"),
    ("607 Not delivering to a user who marked your messages as spam", "suppressed_upstream"),
    # What a site says after "Recipient address rejected".
    ("554 5.7.1 <anna@b.example>: Recipient address rejected: Invalid-Recipient.", "user_unknown"),
    ("554 5.7.1 <anna@b.example>: Recipient address rejected: closed", "mailbox_disabled"),
    ("554 5.7.1 <anna@b.example>: Recipient address rejected: not in our list", "user_unknown"),
    ("550 5.2.1 This mailbox has been blocked due to inactivity", "mailbox_disabled"),
    ("550 the user's account was locked due to a violation", "mailbox_disabled"),
    ("550 192.0.2.1 is locked out", "reputation"),
    # A callout is judged by its inner reply.
    ("550-Callout verification failed: 550 552 5.2.2 <anna@b.example> Quota exceeded", "mailbox_full"),
    ("550-Verification failed for <bounces@shop.example> 550-Response: 550 user unknown 550 Sender verify failed",
     "sender_rejected"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), JUDGED)
def test_whom_the_words_are_about(text: str, reason: str) -> None:
    ours = frozenset(("bounces@shop.example", "shop.example"))
    assert classify(Report(final_recipient="anna@b.example", diagnostic_code=text), ours=ours).reason == reason


def test_an_address_of_ours_that_is_written_to_is_a_recipient() -> None:
    report = Report(final_recipient="anna@b.example", diagnostic_code="550 5.1.1 <anna@b.example>: unknown")
    assert classify(report, ours=frozenset(("anna@b.example",))).reason == "user_unknown"


def test_a_verdict_names_whom_its_words_are_of() -> None:
    ours = frozenset(("shop.example",))
    said = ("anna@b.example inactive", "sender @ shop.example: no such user", "HELO is invalid", "user unknown")
    texts = [f"550 {words}" for words in said]
    rules = [classify(Report(final_recipient="anna@b.example", diagnostic_code=text), ours=ours).rule for text in texts]
    assert rules == [
        "text: inactive, of the recipient",
        "text: no such user, of the sender",
        "text: invalid, of the host",
        "text: user unknown",
    ]


def test_a_verdict_names_what_it_overruled() -> None:
    verdict = classify(Report(status="5.1.1", diagnostic_code="552 5.1.1 over quota"))
    assert verdict.overruled == "status: 5.1.1 (user_unknown)"
    assert classify(Report(status="5.1.1", diagnostic_code="550 5.1.1 user unknown")).overruled == ""


@given(
    st.builds(
        Report,
        final_recipient=st.text(),
        status=st.text() | st.from_regex(r"[245]\.\d{1,3}\.\d{1,3}", fullmatch=True),
        diagnostic_code=st.lists(st.text() | st.sampled_from([row.text for row in ROWS])).map(" ".join)
        | st.from_regex(r"([45][0-9]{2}[ -]){0,2}[45]\.[0-9]\.[0-9]{1,3} .*"),
        remote_mta=st.text(),
    )
)
def test_any_report_gets_a_known_reason_and_its_class(report: Report) -> None:
    verdict = classify(report)
    assert verdict.class_ == REASONS[verdict.reason][0]
    assert verdict.rule
    assert verdict.reply_code in {"", *REPLY_CODES}


@given(st.text("45.012 -#:<>[]'x\n"))
def test_numbers_found_in_any_text_are_well_formed(text: str) -> None:
    line = single_spaced(text, TEXT_LIMIT)
    assert {reply.code for reply in replies(line)} <= REPLY_CODES.keys()
    assert all(re.fullmatch(r"[45](\.\d{1,3}){2}", status) and status in line for status in statuses(line))


@given(st.lists(st.text("ab ", min_size=1, max_size=5), max_size=8), st.text("ab ", max_size=40))
def test_the_finder_finds_what_searching_finds(phrases: list[str], text: str) -> None:
    def begins_word(at: int) -> bool:
        return at == 0 or text[at] == " " or text[at - 1] == " "

    expected = [
        (number, at, at + len(phrase))
        for number, phrase in enumerate(phrases)
        for at in range(len(text))
        if text.startswith(phrase, at) and begins_word(at)
    ]
    by_end = sorted(expected, key=lambda place: (place[2], place[1], place[0]))
    assert list(PhraseFinder(phrases).find(text)) == by_end


def test_scripts_without_spaces_have_no_words_to_begin() -> None:
    assert list(PhraseFinder(["邮箱已满"]).find("您的邮箱已满")) == [(0, 2, 6)]
    assert list(PhraseFinder(["full"]).find("xfull")) == []


@pytest.mark.parametrize("code", sorted(REPLY_CODES))
def test_no_reply_code_alone_is_hard(code: str) -> None:
    """What a host makes of its numbers only its words tell: 553 is anything about MAIL FROM at many."""
    assert classify(Report(diagnostic_code=f"smtp; {code} xyzzy")).class_ != "hard"
