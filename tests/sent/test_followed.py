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


@pytest.mark.parametrize(
    "begins",
    [
        "2026-09-07T06:14:06.323576+00:00 vm {name}[{pid}]:",  # rsyslog, RSYSLOG_FileFormat; syslog-ng, ts-format(iso)
        "2026-09-07T11:59:06+05:45 vm {name}[{pid}]:",
        "Sep  7 06:14:06 vm {name}[{pid}]:",  # rsyslog, syslog-ng, postlogd, GNU and BSD syslogd
        "Sep  7 06:14:06 vm mail.info {name}[{pid}]:",  # BusyBox 1.35 (Alpine)
        "Sep  7 06:14:06 {name}[{pid}]:",  # syslogd -S of BusyBox
        "<22>1 2026-09-07T06:14:06.323576+00:00 vm {name} {pid} - -",  # RFC 5424: syslogd -O of FreeBSD
        "<22>1 2026-09-07T06:14:06Z vm {name} {pid} - - \ufeff",
        '<22>1 2026-09-07T06:14:06Z vm {name} {pid} mail [meta sequenceId="1"][timeQuality a="\\"\\]: "]',  # syslog-ng
        f"@{AT} - {{name}}[{{pid}}]:",  # journald
    ],
)
@pytest.mark.parametrize("instance", ["postfix", "postfix-out", "postfix/relay", "postfix-out/submission"])
def test_every_syslog_daemon_and_instance_is_read(monkeypatch: pytest.MonkeyPatch, begins: str, instance: str) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    lines = []
    for line in (*MESSAGE, SENT):
        service, _, text = line.partition("postfix/")[2].partition("[")
        lines.append(f"{begins.format(name=f'{instance}/{service}', pid=17)} {text.partition(': ')[2]}")
    assert sent("postfix", *lines) == [ANNA]
    assert sent("postfix", *lines, senders=("other.test",)) == []
    lines = [f"{begins.format(name='exim', pid=17)} {line.partition(' +0000 ')[2]}" for line in EXIM]
    assert sent("exim", *lines) == [ANNA]


@pytest.mark.parametrize("manager", ["oqmgr", "nqmgr"])
def test_the_queue_manager_may_be_another(manager: str) -> None:
    """The master.cf of Postfix offers oqmgr(8)."""
    lines = [line.replace("/qmgr", f"/{manager}") for line in (*MESSAGE, SENT)]
    assert sent("postfix", *lines) == [ANNA]
    assert sent("postfix", *lines, senders=("other.test",)) == []
    assert read("postfix", lines[0].partition("cleanup")[0] + f"{manager}[2]: 4F1X: removed").removed == {b"4F1X"}


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
        ("<Anna@rcpt.test>", "<Anna@rcpt.test>, relay=x[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (@evil.test>"),
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
        f"Sep  7 06:14:06 mx mail.info sshd: Invalid user {SENT.partition(' mx ')[2]}",
        f"Sep  7 06:14:06 mx sshd: Invalid user {SENT.partition(' mx ')[2]}",
        f"Sep  7 06:14:06 mx sshd: {SENT.partition(' mx ')[2]}",
        f"Sep  7 06:14:06 sshd: {SENT.partition(' mx ')[2]}",
        f"Sep  7 06:14:06 mx evil.test {SENT.partition(' mx ')[2]}",
        f"<22>1 2026-09-07T06:14:06Z mx sshd 9 - - {SENT}",
        f"<22>1 2026-09-07T06:14:06Z mx sshd 9 - - {SENT.partition(' mx ')[2]}",
        "<22>1 2026-09-07T06:14:06Z mx postfix/smtp 9 - [broken 4F1X: to=<anna@rcpt.test>, relay=x[192.0.2.1]:25, "
        "status=sent (250)",
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
        "2026-09-07T08:14:06+02:00 mx exim[7]: [1/3] ",  # a long line is several
        "2026-09-07T08:14:06+02:00 mx exim[7]: [1\\2] ",
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


LOG_SELECTORS = {
    "default": (
        "2026-09-07 06:14:06 1oVabc-000123-4X <= bounces@our.test H=app.our.test [192.0.2.9] U=root P=esmtpa "
        "A=plain:login:our user S=285 id=1@news.our.test",
        '2026-09-07 06:14:06 1oVabc-000123-4X => anna@rcpt.test <a@our.test> R=smart T=t_smtp H=mx [192.0.2.1] C="250"',
    ),
    "+all": (
        "2026-09-07 06:14:06.011 +0000 [7197] 1oVabc-000123-4X <= bounces@our.test H=app.our.test [192.0.2.9] "
        "I=[198.51.100.3]:0 U=root P=esmtpa L.- A=plain:login:our user S=285 M8S=0 RT=0.007s id=1@news.our.test "
        'T="hello id=forged@x H=a [192.0.2.66]" from <bounces@our.test> for "b id=2@x"@rcpt.test anna@rcpt.test',
        "2026-09-07 06:14:06.767 +0000 [7734] 1oVabc-000123-4X => anna@rcpt.test <alias@our.test> F=<bounces@our.test> "
        'P=<bounces@our.test> R=smart T=t_smtp S=298 H=mx [192.0.2.1]:2526 I=[127.0.0.1]:34446 L C="250" QT=0.1s',
    ),
    "+millisec +pid": (
        "2026-09-07 06:14:06.772 [7801] 1oVabc-000123-4X <= bounces@our.test H=app.our.test [192.0.2.9] P=esmtpa "
        "S=285 id=1@news.our.test",
        "2026-09-07 06:14:06.773 [7801] 1oVabc-000123-4X => anna@rcpt.test R=smart T=t_lmtp H=mx [2001:db8::1]:24",
    ),
    "+tls_cipher, over one connection": (
        "2026-09-07 06:14:06 1oVabc-000123-4X <= bounces@our.test H=([192.0.2.9]) [192.0.2.9] P=esmtps "
        "X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no S=285 K id=1@news.our.test",
        "2026-09-07 06:14:06 1oVabc-000123-4X => anna@rcpt.test R=smart T=t_smtp H=mx [192.0.2.1]* X=TLS1.3:A:256",
    ),
}


@pytest.mark.parametrize("selector", LOG_SELECTORS)
def test_what_exim_logs_is_read_whatever_it_selects(monkeypatch: pytest.MonkeyPatch, selector: str) -> None:
    """As Exim 4.96 wrote it, with other addresses."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert sent("exim", *LOG_SELECTORS[selector]) == [ANNA]


@pytest.mark.parametrize("kind", ["postfix", "exim"])
def test_hostile_lines_take_no_time(kind: str) -> None:
    lines = [b"2026-09-07 06:14:06 1oVabc-000123-4X => " + part * (1_000_000 // len(part)) for part in HOSTILE]
    lines += [b"2026-09-07T06:14:06+00:00 mx postfix/smtp[3]: A: to=<" + part * 100_000 for part in HOSTILE]
    lines += [b"<22>1 2026-09-07T06:14:06+00:00 mx exim 3 - [" + part * 100_000 for part in (*HOSTILE, b"\\", b"][")]
    start = time.process_time()
    READERS[kind](("our.test",), LATEST).read(lines)
    assert time.process_time() - start < timedelta(seconds=20).total_seconds()


HOSTILE = (b" ", b" H=", b" H=a [", b"<", b"<a@", b" id=", b"> status=sent ", b" relay=", b"[", b"]: ")
