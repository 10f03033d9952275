"""What the lines of a mail log say was sent, and of which message; what strangers choose in them says nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bounced.sent.followed import READERS, Piece

LATEST = datetime(2026, 11, 29, tzinfo=UTC)
AT = int(datetime(2026, 9, 7, 6, 14, 6, tzinfo=UTC).timestamp())

MESSAGE = [
    "2026-09-07T06:14:05+00:00 mx postfix/cleanup[1]: 4F1X: message-id=<1@news.our.test>",
    "2026-09-07T06:14:05+00:00 mx postfix/qmgr[2]: 4F1X: from=<bounces+anna=rcpt.test@News.our.test>, size=512",
]
SENT = (
    "2026-09-07T06:14:06+00:00 mx postfix/smtp[3]: 4F1X: to=<Anna@rcpt.test>, relay=mx.rcpt.test[192.0.2.1]:25, "
    "delay=0.1, delays=0.01/0/0.05/0.04, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 1)"
)
EXIM = [
    "2026-09-07 06:14:05 +0000 1oVabc-000123-4X <= bounces@news.our.test H=(app) [192.0.2.9] id=1@news.our.test",
    "2026-09-07 06:14:06 +0000 1oVabc-000123-4X => Anna@rcpt.test R=dnslookup T=remote_smtp H=mx.rcpt.test [192.0.2.1]",
]


@pytest.fixture(autouse=True, params=["UTC", "Asia/Kathmandu"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The zone of the machine makes no difference where a date has one."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def read(kind: str, *lines: str, senders: tuple[str, ...] = ("our.test",)) -> Piece:
    return READERS[kind](senders, LATEST).read([line.encode() for line in lines])


def sent(kind: str, *lines: str, senders: tuple[str, ...] = ("our.test",)) -> list[tuple[str, int, str | None]]:
    return [
        (delivery.address, delivery.at, delivery.message_id)
        for delivery in read(kind, *lines, senders=senders).deliveries
    ]


ANNA = ("anna@rcpt.test", AT, "1@news.our.test")


@pytest.mark.parametrize("senders", [("our.test",), ("news.our.test",), ("bounces+anna=rcpt.test@news.our.test",)])
def test_postfix_sends_a_message_to_another_host(senders: tuple[str, ...]) -> None:
    piece = read("postfix", *MESSAGE, SENT, senders=senders)
    assert [delivery[1:] for delivery in piece.deliveries] == [ANNA]
    assert (piece.lines, piece.queued, piece.removed) == (3, {b"4F1X": b"1@news.our.test"}, set())


@pytest.mark.parametrize("sender", ["bounces@other.test", "", "root", "bounces@our.test.other.test", "x" * 400])
def test_nobody_here_hears_of_the_failures_of_other_senders(sender: str) -> None:
    other = MESSAGE[1].replace("bounces+anna=rcpt.test@News.our.test", sender)
    assert sent("postfix", MESSAGE[0], other, SENT) == []
    assert sent("exim", EXIM[0].replace("bounces@news.our.test", sender or "<>"), EXIM[1]) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("relay=mx.rcpt.test[192.0.2.1]:25", "relay=local"),
        ("relay=mx.rcpt.test[192.0.2.1]:25", "relay=none"),
        ("relay=mx.rcpt.test[192.0.2.1]:25", "relay=127.0.0.1[127.0.0.1]:10024"),
        ("relay=mx.rcpt.test[192.0.2.1]:25", "relay=localhost[::1]:10024"),
        ("relay=mx.rcpt.test[192.0.2.1]:25", "relay=mx.our.test[private/dovecot-lmtp]"),
        ("postfix/smtp[3]", "postfix/local[3]"),
        ("postfix/smtp[3]", "postfix/virtual[3]"),
        ("postfix/smtp[3]", "postfix/pipe[3]"),
        ("postfix/smtp[3]", "smtp[3]"),
        ("status=sent (250 2.0.0 Ok: queued as 1)", "status=deferred (452 status=sent (in a while))"),
        ("status=sent (250 2.0.0 Ok: queued as 1)", "status=bounced (550 status=sent never)"),
        ("<Anna@rcpt.test>", "<anna>"),
        ("<Anna@rcpt.test>", "<an\udce9na@rcpt.test>"),
        ("2026-09-07T06:14:06+00:00", "2026-99-07T06:14:06+00:00"),
        ("2026-09-07T06:14:06+00:00", "Feb 30 06:14:06"),
        ("2026-09-07T06:14:06+00:00", "Foo  7 06:14:06"),
    ],
)
def test_what_postfix_does_otherwise_is_no_delivery(old: str, new: str) -> None:
    line = SENT.replace(old, new)
    assert line != SENT
    lines = [*(line.encode() for line in MESSAGE), line.encode("utf-8", "surrogateescape")]
    assert READERS["postfix"](("our.test",), LATEST).read(lines).deliveries == []


@pytest.mark.parametrize(
    "line",
    [
        f"2026-09-07T06:14:06+00:00 mx dovecot: imap-login: user=<{SENT.partition(' mx ')[2]}",
        f"2026-09-07T06:14:06+00:00 mx postfix/smtpd[3]: warning: {SENT}",
        "2026-09-07T06:14:06+00:00 mx postfix/smtpd[3]: 4F1X: to=<a@rcpt.test>, relay=x[192.0.2.1]:25, status=sent ()",
        "Sep  7 06:14:06 mx sshd[9]: 4F1X: to=<anna@rcpt.test>, relay=x[192.0.2.1]:25, status=sent (250)",
        "status=sent ",
        "",
        "]: : to= status=sent ",
    ],
)
def test_what_strangers_write_into_a_log_is_no_delivery(line: str) -> None:
    assert sent("postfix", *MESSAGE, line) == []


def test_strangers_change_nothing_about_what_is_queued() -> None:
    forged = [
        "2026-09-07T06:14:06+00:00 mx evil[1]: 4F1X: message-id=<2@x.test>",
        "2026-09-07T06:14:06+00:00 mx postfix/smtpd[1]: 4F1X: removed",
        "2026-09-07T06:14:06+00:00 mx postfix/smtpd[1]: 4F1X: from=<>",
        "2026-09-07T06:14:06+00:00 mx postfix/cleanup[1]: 4F1X: message-id=none",
    ]
    assert sent("postfix", *MESSAGE, *forged, SENT) == [ANNA]


def test_a_message_of_an_earlier_piece_is_looked_up_there() -> None:
    assert sent("postfix", SENT) == [("anna@rcpt.test", AT, None)]
    assert sent("exim", EXIM[1]) == [("anna@rcpt.test", AT, None)]
    assert sent("postfix", "2026-09-07T06:14:06+00:00 mx postfix/qmgr[2]: 4F1X: removed", SENT) == []


def test_a_queue_id_is_used_again() -> None:
    removed = "2026-09-07T06:14:06+00:00 mx postfix/qmgr[2]: 4F1X: removed"
    again = [MESSAGE[0].replace("1@", "2@"), MESSAGE[1], SENT]
    piece = read("postfix", *MESSAGE, SENT, removed, *again)
    assert [delivery.message_id for delivery in piece.deliveries] == ["1@news.our.test", "2@news.our.test"]
    assert (piece.queued, piece.removed) == ({b"4F1X": b"2@news.our.test"}, set())
    assert read("postfix", *MESSAGE, removed).removed == {b"4F1X"}


def test_a_message_without_a_message_id_proves_nothing() -> None:
    assert sent("postfix", MESSAGE[0].replace("1@news.our.test", ""), MESSAGE[1], SENT) == []
    assert sent("exim", EXIM[0].replace(" id=1@news.our.test", ' T="Re: id=1@news.our.test"'), EXIM[1]) == []


def test_exim_sends_a_message_to_other_hosts() -> None:
    more = EXIM[1].replace("=> Anna", "-> ben")
    assert sent("exim", *EXIM, more) == [ANNA, ("ben@rcpt.test", AT, "1@news.our.test")]
    alias = EXIM[1].replace("Anna@rcpt.test", "anna@rcpt.test <list@our.test>")
    local = EXIM[1].replace("Anna@rcpt.test", "anna <anna@rcpt.test>")
    assert sent("exim", EXIM[0], alias, local) == [ANNA, ANNA]
    done = "2026-09-07 06:14:07 +0000 1oVabc-000123-4X Completed"
    assert read("exim", *EXIM, done).removed == {b"1oVabc-000123-4X"}


@pytest.mark.parametrize(
    "line",
    [
        EXIM[1].replace("H=mx.rcpt.test [192.0.2.1]", "H=localhost [127.0.0.1]"),
        EXIM[1].replace("H=mx.rcpt.test [192.0.2.1]", "H=localhost [::1]"),
        EXIM[1].replace(" H=mx.rcpt.test [192.0.2.1]", ""),
        EXIM[1].replace("=>", "=="),
        EXIM[1].replace("=>", "**"),
        EXIM[1].replace("Anna@rcpt.test", "anna"),
        f"2026-09-07 06:14:06 +0000 H=(x) [192.0.2.9] rejected EHLO: {EXIM[1]}",
    ],
)
def test_what_exim_does_otherwise_is_no_delivery(line: str) -> None:
    assert sent("exim", EXIM[0], line) == []


@pytest.mark.parametrize(
    "begins",
    [
        "2026-09-07T06:14:06.123456+00:00 mx exim[77]: ",
        f"@{AT} - exim[77]: ",
        "2026-09-07T08:14:06+02:00 mx exim4[7]: ",
    ],
)
def test_exim_by_way_of_syslog(begins: str) -> None:
    with_date = [f"{begins}{line}" for line in EXIM]
    without = [f"{begins}{line.partition(' +0000 ')[2]}" for line in EXIM]
    assert sent("exim", *with_date) == sent("exim", *without) == [ANNA]


def test_the_dates_of_syslog_are_of_the_year_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    dates = {
        "Sep  7 06:14:06": datetime(2026, 9, 7, 6, 14, 6, tzinfo=UTC),
        "Nov 29 23:00:00": datetime(2026, 11, 29, 23, tzinfo=UTC),
        "Dec 31 23:59:59": datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC),
        "Feb 29 12:00:00": datetime(2024, 2, 29, 12, tzinfo=UTC),
        f"@{AT}": LATEST.fromtimestamp(AT, UTC),
    }
    lines = [SENT.replace("2026-09-07T06:14:06+00:00", date) for date in dates]
    assert [at for _, at, _ in sent("postfix", *MESSAGE, *lines)] == [int(at.timestamp()) for at in dates.values()]


def test_dates_of_one_second_differ_by_their_zones_and_not_by_their_fractions() -> None:
    dates = {
        "2026-09-07T06:14:06.123456+00:00": AT,
        "2026-09-07T06:14:06.9+00:00": AT,
        "2026-09-07T06:14:06.123456+01:00": AT - 3600,
        "2026-09-07T06:14:06Z": AT,
    }
    lines = [SENT.replace("2026-09-07T06:14:06+00:00", date) for date in dates]
    assert [at for _, at, _ in sent("postfix", *MESSAGE, *lines)] == list(dates.values())
    lines = [EXIM[1].replace("06 +0000", f"06{zone}") for zone in (".1 +0000", ".25 +0000", ".25 +0100", " -0100")]
    assert [at for _, at, _ in sent("exim", EXIM[0], *lines)] == [AT, AT, AT - 3600, AT + 3600]


def test_each_message_may_have_a_sender_of_its_own() -> None:
    local = "bounces+" + "recipient=" * 12  # VERP makes local parts longer than RFC 5321 allows
    long = [line.replace("bounces+anna=rcpt.test", local) for line in MESSAGE]
    assert sent("postfix", *long, SENT) == [ANNA]
    assert sent("postfix", *long, SENT, senders=("bounces@news.our.test",)) == []


@pytest.mark.parametrize("program", [f"{'x' * 200}/smtp[3]", "x\ty/smtp[3]", "postfix/smtp[3/smtp[4]"])
def test_what_is_no_program_of_postfix_sends_nothing(program: str) -> None:
    assert sent("postfix", *MESSAGE, SENT.replace("postfix/smtp[3]", program)) == []


def test_a_long_message_id_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    [(_, _, message_id)] = sent("postfix", MESSAGE[0].replace("1@", "1" * 5000), MESSAGE[1], SENT)
    assert message_id == "1" * 998


@pytest.mark.parametrize("kind", ["postfix", "exim"])
def test_hostile_lines_take_no_time(kind: str) -> None:
    lines = [b"2026-09-07 06:14:06 1oVabc-000123-4X => " + part * (1_000_000 // len(part)) for part in HOSTILE]
    lines += [b"2026-09-07T06:14:06+00:00 mx postfix/smtp[3]: A: to=<" + part * 100_000 for part in HOSTILE]
    start = time.process_time()
    READERS[kind](("our.test",), LATEST).read(lines)
    assert time.process_time() - start < timedelta(seconds=20).total_seconds()


HOSTILE = (b" ", b" H=", b" H=a [", b"<", b"<a@", b" id=", b"> status=sent ", b" relay=", b"[", b"]: ")
