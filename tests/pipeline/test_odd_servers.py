"""Servers that answer as nobody expects: each message is counted once, and ends in its folder once."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from bounced.errors import MailboxError
from bounced.sources.imap import Disposition, ImapMailbox
from tests.support.polling import Polling, report, stored
from tests.support.products import Product, ProductImap
from tests.support.products.server import Twist

ORDINARY = Product(
    name="ordinary",
    seen_in=(),
    greeting="ready",
    greeted="IMAP4rev1 AUTH=PLAIN ID",
    capabilities="IMAP4rev1 ID IDLE MOVE NAMESPACE SPECIAL-USE UIDPLUS",
)
WITHOUT_MOVE = replace(ORDINARY, capabilities="IMAP4rev1 UIDPLUS")
REPORTS = [stored(report(number)) for number in range(3)]

TAGGED = re.compile(rb"^(?=[A-P]{4}\d+ )", re.MULTILINE)
TAGGED_OK = re.compile(rb"^([A-P]{4}\d+) OK [^\r]*", re.MULTILINE)
BODY = re.compile(rb"(?s)BODY\[\]<0> \{\d+\}\r\n.*(?=\)\r\n\Z)")
FLAGS = b"* 2 FETCH (FLAGS (\\Seen))\r\n"
LOGINS = ("LOGIN", "AUTHENTICATE")
FETCHED = re.compile(rb"(?=^\* \d+ FETCH \()", re.MULTILINE)


def before_the_end(noise: bytes) -> Twist:
    """Untagged responses before each tagged one."""
    return lambda name, answer: TAGGED.sub(lambda _: noise, answer, count=1) if name else answer


def of(command: str, twist: Callable[[bytes], bytes]) -> Twist:
    """Another answer to one command."""
    return lambda name, answer: twist(answer) if name == command else answer


def once(twist: Twist) -> Twist:
    """Only the first time that it makes a difference."""
    did: list[bytes] = []

    def first(name: str, answer: bytes) -> bytes:
        twisted = answer if did else twist(name, answer)
        did.extend([twisted] if twisted != answer else [])
        return twisted

    return first


def fetched(twist: Callable[[list[bytes]], list[bytes]]) -> Twist:
    """Other FETCH responses."""

    def twisted(name: str, answer: bytes) -> bytes:
        if name != "UID FETCH":
            return answer
        *responses, last = FETCHED.split(answer)
        begin, end = last[: last.rfind(b")\r\n") + 3], last[last.rfind(b")\r\n") + 3 :]
        return b"".join([*twist([text for text in [*responses, begin] if text]), end])

    return twisted


def refused(words: bytes) -> Callable[[bytes], bytes]:
    """Nothing but a refusal."""
    return lambda answer: re.sub(rb"(?s)\A.*?([A-P]{4}\d+) [^\r\n]*\r\n\Z", rb"\1 " + words + rb"\r\n", answer)


def lines(pattern: bytes, instead: bytes) -> Callable[[bytes], bytes]:
    """Other words in an answer."""
    return lambda answer: re.sub(pattern, instead, answer)


def _quoted(responses: list[bytes]) -> list[bytes]:
    """Bodies as quoted strings can't have line ends: sizes as strings."""
    return [re.sub(rb"RFC822.SIZE (\d+)", rb'RFC822.SIZE "\1"', text) for text in responses]


def _apart(responses: list[bytes]) -> list[bytes]:
    """Each item in a response of its own."""
    pattern = re.compile(rb"\* (\d+) FETCH \(UID (\d+) (RFC822.SIZE \d+) (INTERNALDATE [^)]+)\)\r\n")
    return [pattern.sub(rb"* \1 FETCH (UID \2 \3)\r\n* \1 FETCH (\4 UID \2)\r\n", text) for text in responses]


def _small(answer: bytes) -> bytes:
    """All but the tag in small letters."""
    return re.sub(rb"(?m)^([A-P]{4}\d+)?(.*)$", lambda line: (line[1] or b"") + line[2].lower(), answer)


def _uid_behind(responses: list[bytes]) -> list[bytes]:
    return [re.sub(rb"(?s)\((UID \d+) (.*)\)\r\n\Z", rb"(\2 \1)\r\n", text) for text in responses]


def lines_of_copy(code: bytes) -> Twist:
    """Another response code of COPY and MOVE."""

    def twist(name: str, answer: bytes) -> bytes:
        return TAGGED_OK.sub(rb"\1 OK " + code + b" done", answer) if name in ("UID COPY", "UID MOVE") else answer

    return twist


#: What is read and settled at the first poll, without a problem.
HARMLESS: dict[str, Twist] = {
    "noise": before_the_end(
        b"* OK [ALERT] Maintenance\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* NO disk is nearly full\r\n"
    ),
    "an alert beyond ASCII": before_the_end("* OK [ALERT] Größe\r\n".encode("latin-1")),
    "responses that nobody knows": before_the_end(b"* XFOO (a b)\r\n* 3 XBAR\r\n* VANISHED 4711\r\n"),
    "flags of others": before_the_end(b"* 2 FETCH (FLAGS (\\Seen))\r\n* 3 FETCH (FLAGS () UID 3 MODSEQ (12))\r\n"),
    "new messages at any time": of("UID FETCH", lambda answer: b"* 9 EXISTS\r\n" + answer),
    "backwards": fetched(lambda responses: responses[::-1]),
    "twice": fetched(lambda responses: [*responses, *responses]),
    "items apart": fetched(_apart),
    "sizes as strings": fetched(_quoted),
    "more items": fetched(
        lambda all_: [text.replace(b"(UID", b'(FLAGS (\\Recent $X) MODSEQ (7) X-Y ("a" NIL) UID') for text in all_]
    ),
    "body without its range": fetched(lambda responses: [text.replace(b"BODY[]<0>", b"BODY[]") for text in responses]),
    "small letters": lambda name, answer: answer if name in ("UID FETCH", "LIST") else _small(answer),
    "no text": lambda _, answer: re.sub(rb"(?m)^([A-P]{4}\d+ OK) done\r$", rb"\1\r", answer),
    "line ends of one octet": lambda name, answer: answer if name == "UID FETCH" else answer.replace(b"\r\n", b"\n"),
    "MODSEQ of a search": of("UID SEARCH", lines(rb"\* SEARCH ([\d ]+)\r", rb"* SEARCH \1 (MODSEQ 917162500)\r")),
    "search beyond the order": of("UID SEARCH", lines(rb"\* SEARCH 1 2 3", b"* SEARCH 3 1 2 2 1")),
    "search of others": of("UID SEARCH", lines(rb"\* SEARCH 1", b"* SEARCH 4294967295 1")),
    "ESEARCH": of("UID SEARCH", lines(rb"\* SEARCH ([\d ]+)\r", rb'* ESEARCH (TAG "x") UID ALL 1:3\r')),
    "NAMESPACE refused": of("NAMESPACE", refused(b"BAD command syntax error")),
    "NAMESPACE without an answer": of("NAMESPACE", lines(rb"\* NAMESPACE .*\r\n", b"")),
    "NAMESPACE of nobody": of("NAMESPACE", lines(rb"\* NAMESPACE .*\r\n", b"* NAMESPACE NIL NIL NIL\r\n")),
    "NAMESPACE with extensions": of(
        "NAMESPACE", lines(rb"\* NAMESPACE .*\r\n", b'* NAMESPACE (("" "/" "X-PARAM" ("FLAG1" "FLAG2"))) NIL NIL\r\n')
    ),
    "ID refused": of("ID", refused(b"BAD what")),
    "CAPABILITY in several lines": of("CAPABILITY", lines(rb" MOVE", b" MOVE\r\n* CAPABILITY")),
    "MOVE announced and unknown": of("UID MOVE", refused(b"BAD unknown command")),
    "folders in another case": of("LIST", lines(b'"Bounced"', b'"BOUNCED"')),
    "no delimiter": of("LIST", lines(b'"/"', b"NIL")),
    "names as literals": of("LIST", lines(rb'"Bounced"', b"{7}\r\nBounced")),
    "names as atoms": of("LIST", lines(rb'"Bounced"', b"Bounced")),
    "no flags": of("SELECT", lines(rb"\* FLAGS.*\r\n\* OK \[PERMANENTFLAGS.*\r\n", b"")),
    "UIDVALIDITY in STATUS only": of("SELECT", lines(rb"\* OK \[UIDVALIDITY 7\].*\r\n", b"")),
    "the highest UIDVALIDITY": lambda _, answer: answer.replace(b"[UIDVALIDITY 7]", b"[UIDVALIDITY 4294967295]"),
    "UIDNEXT of another planet": of("SELECT", lines(rb"UIDNEXT \d+", b"UIDNEXT 18446744073709551615")),
    "a clock far ahead": of("UID FETCH", lines(rb"01-Sep-2026", b"01-Sep-2099")),
    "a date as in a mail": of("UID FETCH", lines(rb"01-Sep-2026 12:00:00", b"Tue, 1 Sep 2026 12:00:00")),
    "a date of a domino": of("UID FETCH", lines(rb"01-Sep-2026", b"00-Jan-0000")),
    "blank lines behind literals": of("UID FETCH", lines(rb"\r\n\)\r\n", b"\r\n\r\n)\r\n")),
    "blank lines behind responses": of("UID FETCH", lines(rb"\)\r\n", b")\r\n\r\n")),
    "COPYUID on a line of its own": of("UID MOVE", lines(rb"\A", b"[COPYUID 7 1:3 4:6]\r\n")),
    "COPYUID before the end": of("UID MOVE", lines(rb"\A", b"* OK [COPYUID 7 1:3 4:6] Moved UIDs.\r\n")),
    "COPYUID with a star": lines_of_copy(b"[COPYUID 7 1:3 4:*]"),
    "COPYUID of two fields": lines_of_copy(b"[COPYUID 7 4:6]"),
    "COPYUID of UIDVALIDITY 0": lines_of_copy(b"[COPYUID 0 1:3 4:6]"),
    "COPYUID of nothing": lines_of_copy(b"[COPYUID]"),
    "a code that is none": lambda _, answer: TAGGED_OK.sub(
        rb'\1 OK [Error="Wrong (Server): no] access" Proxy=X:1993] done', answer
    ),
    "an alert instead of an answer": lambda _, answer: TAGGED_OK.sub(
        rb"\1 OK [ALERT] Your mailbox is nearly full", answer
    ),
    "a soft quota": of("UID MOVE", lines(rb"\A", b"* NO [OVERQUOTA] Soft quota exceeded\r\n")),
    "untagged BAD": before_the_end(b"* BAD Command Error. 12\r\n"),
    "the folder before, closed": of("SELECT", lines(rb"\A", b"* OK [CLOSED] Previous mailbox closed.\r\n")),
    "EXPUNGE of what nobody knew": of("SELECT", lines(rb"\A", b"* 9 EXPUNGE\r\n")),
    "EXPUNGE of others": of("UID FETCH", lambda answer: b"* 9 EXPUNGE\r\n" + answer),
    "VANISHED for EXPUNGE": of("UID MOVE", lines(rb"\* \d+ EXPUNGE", b"* VANISHED 1:3")),
    "a continuation that nobody asked for": of("UID FETCH", lines(rb"\A", b"+ idling\r\n")),
    "flags between messages": fetched(lambda all_: [part for text in all_ for part in (text, FLAGS)]),
    "flags behind the body": fetched(lambda all_: [text[:-3] + b" FLAGS (\\Seen))\r\n" for text in all_]),
    "the UID behind the body": fetched(_uid_behind),
    "blanks in parentheses": fetched(lambda all_: [text[:-3] + b" )\r\n" for text in all_]),
    "blanks at the end": of("UID SEARCH", lines(rb"(SEARCH[ \d]*)\r", rb"\1 \r")),
    "blanks at the end of STATUS": of("STATUS", lines(rb"\)\r", b") \r")),
    "literal8": of("UID FETCH", lines(rb"\{(\d+)\}\r", rb"~{\1}\r")),
    "NUL octets": of("UID FETCH", lines(rb"user unknown", b"user\0unknown")),
    "sizes of 0": of("UID FETCH", lines(rb"SIZE \d+", b"SIZE 0")),
    "no READ-WRITE": of("SELECT", lines(rb"\[READ-WRITE\] ", b"")),
    "no flags permitted": of("SELECT", lines(rb"PERMANENTFLAGS \([^)]*\)", b"PERMANENTFLAGS ()")),
    "codes that nobody knows": of(
        "SELECT", lines(rb"\A", b'* OK [NOMODSEQ] .\r\n* OK [X-A (b "c)")] .\r\n* OK [MAILBOXID (F1)] .\r\n')
    ),
    "UIDNEXT that is no number": of("SELECT", lines(rb"UIDNEXT \d+", b"UIDNEXT NIL")),
    "LIST of everything": of(
        "LIST", lines(rb"\A", b'* LIST (\\\\Noselect) "/" ""\r\n* LIST (\\\\X \\\\Unmarked) "/" Other\r\n')
    ),
    "a large greeting": lambda name, answer: answer if name else b"* OK " + b"x" * 1_000_000 + b"\r\n",
    "a greeting in several lines": lambda name, answer: answer if name else answer + b"* OK [ALERT] Welcome\r\n",
}

#: What fails once, and is over at the next poll.
PASSING: dict[str, Twist] = {
    "BYE behind an answer": once(of("UID SEARCH", lambda answer: answer + b"* BYE too long\r\n")),
    "BYE in mid fetch": once(of("UID FETCH", lambda answer: b"* BYE Server shutting down\r\n")),
    "BYE as a greeting": once(lambda name, answer: answer if name else b"* BYE overloaded\r\n"),
    "an answer for another command": once(of("UID SEARCH", lambda _: b"ZZZZ99 OK done\r\n")),
    "unavailable": once(of("SELECT", refused(b"NO [UNAVAILABLE] later"))),
    "in use": once(of("SELECT", refused(b"NO [INUSE] locked by POP3"))),
    "server bug": once(of("UID SEARCH", refused(b"NO [SERVERBUG] oops"))),
    "client bug": once(of("SELECT", refused(b"BAD [CLIENTBUG] no"))),
    "limit": once(of("SELECT", refused(b"NO [LIMIT] too many"))),
    "some have gone": once(of("UID FETCH", refused(b"NO [EXPUNGEISSUED] Some messages no longer exist"))),
    "refused at the end": once(
        of("UID FETCH", lines(rb"([A-P]{4}\d+) OK done\r", rb"\1 NO Some messages could not be FETCHed (Failure)\r"))
    ),
    "argument error": once(of("UID FETCH", refused(b"BAD Command Argument Error. 11"))),
    "the folder is deleted": once(of("UID SEARCH", refused(b"NO [NONEXISTENT] Mailbox was deleted"))),
    "deleted by somebody else": once(of("UID FETCH", refused(b"NO Mailbox deleted by another session"))),
    "in use while it is read": once(of("UID FETCH", refused(b"NO [INUSE] Mailbox in use"))),
    "no body at first": once(fetched(lambda all_: [BODY.sub(b"BODY[]<0> NIL", text) for text in all_])),
    "an empty body at first": once(fetched(lambda all_: [BODY.sub(b'BODY[]<0> ""', text) for text in all_])),
    "COPYUID of others": once(lines_of_copy(b"[COPYUID 7 11:13 4:6]")),
    "BYE behind the login": once(lambda name, answer: answer + b"* BYE\r\n" if name in LOGINS else answer),
    "BYE instead of a login": once(
        lambda name, answer: b"* BYE Too many connections\r\n" if name in LOGINS else answer
    ),
    "IMAP is not enabled": once(of("CAPABILITY", refused(b"NO [ALERT] Please enable IMAP access first."))),
    "a new UIDVALIDITY without an end": once(
        of("UID FETCH", lambda answer: b"* OK [UIDVALIDITY 8] renumbered\r\n" + answer)
    ),
    "quota of the target": once(of("UID MOVE", refused(b"NO [OVERQUOTA] full"))),
    "the target has gone": once(of("UID MOVE", refused(b"NO [TRYCREATE] no such folder"))),
    "no answer to SELECT": once(of("SELECT", lines(rb"\* 3 EXISTS\r\n", b""))),
    "a new UIDVALIDITY at any time": once(
        of("UID FETCH", lambda answer: b"* OK [UIDVALIDITY 8] renumbered\r\n* BYE\r\n" + answer)
    ),
}


def polled(server: ProductImap, polling: Polling, polls: int) -> list[str]:
    """The problems of so many polls, ten minutes after each other."""
    problems: list[str] = []
    with closing(ImapMailbox(server.account(), "INBOX", Disposition("move", "Bounced", "Bounced"))) as mailbox:
        for _ in range(polls):
            try:
                polling.poll(mailbox)
            except MailboxError as problem:
                problems.append(str(problem))
            polling.now += timedelta(minutes=10)
    return problems


def is_exact(server: ProductImap, polling: Polling) -> None:
    """Each was counted once, and lies in its folder once."""
    assert polling.rows("SELECT count(*), count(DISTINCT address) FROM events") == [(3, 3)]
    assert server.contents("INBOX") == []
    assert sorted(server.contents("Bounced")) == REPORTS
    assert polling.rows("SELECT count(*) FROM places WHERE settled = 0") == [(0,)]


@pytest.mark.parametrize("product", [ORDINARY, WITHOUT_MOVE], ids=["MOVE", "COPY"])
@pytest.mark.parametrize("twist", HARMLESS.values(), ids=HARMLESS)
def test_what_is_odd_and_harmless(twist: Twist, product: Product, polling: Polling) -> None:
    with ProductImap(replace(product, folders={"INBOX": "", "Bounced": ""}), twist) as server:
        server.deliver("INBOX", *REPORTS)
        assert polled(server, polling, 1) == []
        is_exact(server, polling)
        assert server.connections == 1


@pytest.mark.parametrize("product", [ORDINARY, WITHOUT_MOVE], ids=["MOVE", "COPY"])
@pytest.mark.parametrize("twist", PASSING.values(), ids=PASSING)
def test_what_fails_once(twist: Twist, product: Product, polling: Polling) -> None:
    with ProductImap(product, twist) as server:
        server.deliver("INBOX", *REPORTS)
        problems = polled(server, polling, 3)
        is_exact(server, polling)
        assert len(problems) <= 1
        assert server.connections <= 4
