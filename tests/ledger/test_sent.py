"""What the sender tells by CSV files, by numbers and by logs: taken whole or not at all, and never twice."""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced import times
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Policy
from bounced.sent import mta_log, tables
from tests.support.commands import bounced, one_line

CSV = """\
message_id,address,campaign,sent_at
<1@our.test>,Anna@Rcpt.test,spring,2026-09-01T12:00:00+02:00
2@our.test,jörg@bücher.test,"spring, late",2026-09-02

3@our.test,carl@rcpt.test,,
"""

#: As Postfix 3.7 writes it, with either form of date and by itself (maillog_file), and Exim 4.96 and 4.97.
LOGS = Path(__file__).parent / "logs"
POSTFIX, EXIM = ((LOGS / name).read_text("utf-8") for name in ("postfix.txt", "exim.txt"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own, without any configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOUNCED_CONFIG", raising=False)
    return tmp_path


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as reader:
        return reader.execute(sql).fetchall()


# files


@pytest.mark.parametrize("how", ["file", "standard input"])
def test_a_file_of_sends_is_taken_and_may_be_taken_again(how: str, here: Path) -> None:
    (here / "sent.csv").write_text(CSV, "utf-8-sig")
    given = ("sent.csv", b"") if how == "file" else ("-", CSV.encode())
    assert bounced("sends", "import", given[0], stdin=given[1]).stderr.startswith("3 rows, 3 new")
    assert bounced("sends", "import", given[0], stdin=given[1]).stderr.startswith("3 rows, 0 new")
    assert rows("SELECT message_id, address, campaign, sent_at FROM sends WHERE campaign <> ''") == [
        ("1@our.test", "anna@rcpt.test", "spring", "2026-09-01T10:00:00Z"),
        ("2@our.test", "jörg@xn--bcher-kva.test", "spring, late", "2026-09-02T00:00:00Z"),
    ]
    assert rows("SELECT sent FROM volume WHERE name = 'rcpt.test'") == [(1,), (1,)]


def test_a_file_may_have_no_rows(here: Path) -> None:
    (here / "sent.csv").write_text("message_id,address\n")
    assert bounced("sends", "import", "sent.csv").stderr == "0 rows, 0 new or changed\n"


def test_recipients_follow_the_sender(here: Path) -> None:
    for address, said in (("anna@rcpt.test", "1 new"), ("anna@rcpt.test", "0 new"), ("anna@new.test", "1 new")):
        (here / "who.csv").write_text(f"address,id\n{address},4711\n")
        assert f"1 row, {said} or changed" in bounced("recipients", "import", "who.csv").stderr
    assert rows("SELECT id, address FROM recipients") == [("4711", "anna@new.test")]


def test_twins_of_idna_2003_stay_apart(here: Path) -> None:
    (here / "who.csv").write_text("id,address\n1,joe@Faß.example\n2,joe@fass.example\n", "utf-8")
    assert bounced("recipients", "import", "who.csv").exit_code == 0
    assert rows("SELECT id, address FROM recipients") == [("1", "joe@xn--fa-hia.example"), ("2", "joe@fass.example")]


def test_an_import_attributes_what_waits_for_it(here: Path) -> None:
    with Ledger("bounced.db", Policy()) as ledger:
        message = RawMessage(Origin("file:/x", "1"), datetime(2026, 9, 3, tzinfo=UTC), b"x", 1)
        event = Event("", "complaint", feedback_type="abuse", original_message_id="1@our.test")
        ledger.take([Item(message, "0" * 64, Parsed("complaint", "arf", "", (event,)))])
    (here / "sent.csv").write_text(CSV)
    told = bounced("sends", "import", "sent.csv").stderr.splitlines()
    assert told == ["3 rows, 3 new or changed, 1 report attributed", "newly suppressed: 1 address"]
    assert rows("SELECT address, scope FROM suppressed") == [("anna@rcpt.test", "marketing")]
    assert rows("SELECT complaints FROM campaign_health WHERE name = 'spring'") == []  # it is of September


MANY = [*(f"line {n}: address" for n in range(2, 22)), "and more; nothing was imported"]

WRONG: dict[str, tuple[str, list[str]]] = {
    "no head": ("1@our.test,a@b.test\n", ["line 1: must be a header row with message_id and address at least, of: "]),
    "nothing": ("", ["line 1: must be a header row"]),
    "a column that is unknown": ("message_id,address,subject\n", ["line 1: must be a header row"]),
    "a column twice": ("message_id,address,address\n", ["line 1: must be a header row"]),
    "values": (
        "message_id,address,sent_at\n1@x,a@b.test,\n<>,a@b.test,\n2@x,anna,\n"
        '3@x,"a@b.test, c@d.test",\n4@x,a@b.test,today\n5 6,a@b.test,\n,a@b.test,\n',
        [
            "line 3: message_id is not a Message-ID",
            "line 4: address is not an email address",
            "line 5: address is not an email address",
            "line 6: sent_at must look like 2026-09-01T12:00:00Z",
            "line 7: message_id is not a Message-ID",
            "line 8: message_id is empty",
        ],
    ),
    "addresses that claim others": (
        "message_id,address\n1@x,IMCEASMTP-victim+40example+2Enet@evil.test\n1@x,victim@example.net@evil.test\n"
        '1@x,"""victim@example.net""@evil.test"\n1@x, a@b.test\n1@x,\'a@b.test\n1@x,Ann <a@b.test>\n',
        [f"line {n}: address is not an email address" for n in range(2, 8)],
    ),
    "too few values": ("message_id,address\n1@x\n", ["line 2: has 1 values for 2 columns"]),
    "a quote that is open": ('message_id,address\n"1@x,a@b.test\n', ["line 2: unexpected end of data"]),
    "no UTF-8": ("message_id,address,campaign\n1@x,a@b.test,caf\udce9\n", ["line 2: campaign contains control"]),
    "many": (
        "message_id,address\n" + "1@x,anna\n" * 30,
        MANY,
    ),
}


@pytest.mark.parametrize(("content", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_row_is_named_and_nothing_is_imported(content: str, says: list[str], here: Path) -> None:
    (here / "sent.csv").write_bytes(content.encode("utf-8", "surrogateescape"))
    result = bounced("sends", "import", "sent.csv")
    assert result.exit_code == 2
    lines = [line.removeprefix("bounced: sent.csv: ") for line in result.stderr.splitlines()]
    assert [line[: len(said)] for line, said in zip(lines, says, strict=True)] == says
    assert not (here / "bounced.db").exists()


def test_a_file_that_is_not_there_is_one_line() -> None:
    for words in (("sends", "import"), ("recipients", "import"), ("volume", "log")):
        assert one_line(bounced(*words, "missing")) == "bounced: missing: No such file or directory"


def test_the_rows_of_a_message_are_never_torn_apart() -> None:
    lines = ["message_id,address\n", *(f"{n // 7000}@x,a{n}@b.test\n" for n in range(20_000))]
    assert [len(piece) for piece in tables.pieces(lines, tables.SENDS)] == [7000, 7000, 6000]


def test_what_was_sent_long_ago_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "DROPPED_ROWS_LIMIT", 10)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with Ledger("bounced.db", Policy(), clock=lambda: now) as ledger:
        dates = [f"2026-09-{1 + n % 28:02}T00:00:00Z" for n in range(56)]
        made: list[tables.Row] = [(f"{n}@x", "a@b.test", "", "", "", at) for n, at in enumerate(dates)]
        ledger.write(lambda db: tables.write(db, tables.SENDS, made))
        assert ledger.upkeep.forget(now - datetime(2026, 9, 20, tzinfo=UTC)) == 38
        assert ledger.upkeep.forget(timedelta(days=400)) == 0
    assert rows("SELECT count(*), min(sent_at) FROM sends") == [(18, "2026-09-20T00:00:00Z")]
    assert rows("SELECT min(day) FROM volume") == [("2026-09-20",)]


def test_what_proves_delivery_is_delivered_or_engaged(here: Path) -> None:
    lines = "address,at,kind\na@b.test,2026-09-01T12:00:00Z,\nc@b.test,2026-09-02T12:00:00Z,engaged\n"
    (here / "proofs.csv").write_text(lines)
    assert bounced("delivered", "import", "proofs.csv").exit_code == 0
    known = "SELECT text, kind FROM deliveries JOIN texts ON texts.id = address ORDER BY text"
    assert rows(known) == [("a@b.test", "delivered"), ("c@b.test", "engaged")]
    (here / "proofs.csv").write_text("address,kind\na@b.test,opened\n")
    assert "must be delivered or engaged" in one_line(bounced("delivered", "import", "proofs.csv"))


# numbers


@pytest.mark.parametrize(
    ("command", "head", "column"),
    [
        ("delivered", "address,at", "at"),
        ("recipients", "address,id,confirmed_at", "confirmed_at"),
        ("recipients", "address,id,engaged_at", "engaged_at"),
    ],
)
def test_nothing_is_proved_in_the_future(here: Path, command: str, head: str, column: str) -> None:
    """A date in the local time of the sender, without its zone, is at most 14 hours late."""
    row = "anna@example.org," + "1," * head.count("id")
    Path("rows.csv").write_text(f"{head}\n{row}{times.iso(times.now() + timedelta(hours=14))}\n")
    assert bounced(command, "import", "rows.csv").exit_code == 0
    late = times.iso(times.now() + timedelta(days=2))
    Path("rows.csv").write_text(f"{head}\n{row}{late}\n")
    problem = f"rows.csv: line 2: {column} is in the future: {late}"
    assert problem in one_line(bounced(command, "import", "rows.csv"))


def test_volume_adds_up() -> None:
    campaign = ["--campaign", "spring"]
    for words in (campaign, [*campaign, "--domain", "Our.test", "--provider", "bücher.test"]):
        assert bounced("volume", "add", *words, "--sent", "100", "--day", "2026-09-01").exit_code == 0
    assert rows("SELECT dimension, name, day, origin, sent FROM volume") == [
        ("campaign", "spring", "2026-09-01", "hand", 200),
        ("provider", "xn--bcher-kva.test", "2026-09-01", "hand", 100),
        ("sending_domain", "our.test", "2026-09-01", "hand", 100),
    ]
    for day in ("today", "yesterday", "2d"):
        assert bounced("volume", "add", "--provider", "b.test", "--sent", "1", "--day", day).exit_code == 0
    assert len(rows("SELECT day FROM volume WHERE name = 'b.test'")) == 3
    assert "add --campaign, --domain or --provider" in one_line(bounced("volume", "add", "--sent", "1"))
    assert "is not a domain" in one_line(bounced("volume", "add", "--sent", "1", "--domain", "a b"))


# logs


def found_in(text: str) -> list[tuple[str, str, str]]:
    found = mta_log.deliveries(text.splitlines(), date(2026, 9, 8))
    return [(one.day, one.sending_domain, one.provider) for one in found]


def test_the_log_of_postfix() -> None:
    assert found_in(POSTFIX) == [
        ("2026-09-07", "news.our.test", "rcpt.test"),
        ("2026-09-08", "news.our.test", "other.test"),
        ("2026-09-07", "our.test", "rcpt.test"),
    ]


def test_the_log_of_exim() -> None:
    assert found_in(EXIM) == [
        ("2026-09-07", "our.test", "rcpt.test"),
        ("2026-09-07", "our.test", "rcpt.test"),
        ("2026-09-07", "our.test", "other.test"),
        ("2026-09-07", "our.test", "nowhere.test"),
        ("2026-09-07", "our.test", "rcpt.test"),
    ]


def test_dates_without_a_year_are_of_the_year_that_has_passed() -> None:
    log = "\n".join(POSTFIX.splitlines()[6:8]).replace("Sep 07", "Dec 31")
    [found] = mta_log.deliveries(log.splitlines(), date(2026, 1, 2))
    assert found.day == "2025-12-31"


@pytest.mark.parametrize("day", ["2026-02-31", "2026-13-01", "9999-99-99", "2026-09-10"])
def test_a_day_that_there_was_not_yet_is_not_counted(day: str) -> None:
    exim = "{0} 02:15:00 1abcde-000001-AB <= n@our.test\n{0} 02:15:00 1abcde-000001-AB => a@rcpt.test H=mx [192.0.2.1]"
    assert found_in(exim.format(day)) == []
    assert found_in(exim.format("2026-09-09")) == [("2026-09-09", "our.test", "rcpt.test")]


def test_messages_whose_end_was_never_logged_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mta_log, "SENDERS_LIMIT", 1)
    first, delivery = POSTFIX.splitlines()[6:8]
    assert list(mta_log.deliveries([first, first.replace("BcDf", "BcDg"), delivery], date(2026, 9, 8))) == []


def plain(path: Path, text: str) -> None:
    path.write_text(text)


def packed(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()))


@pytest.mark.parametrize("write", [plain, packed])
def test_a_log_that_is_read_again_doubles_nothing(write: Callable[[Path, str], None], here: Path) -> None:
    write(here / "exim.log", EXIM)
    write(here / "mail.log", POSTFIX)
    at = datetime(2026, 9, 8, tzinfo=UTC).timestamp()
    os.utime(here / "mail.log", (at, at))
    for _ in range(2):
        assert bounced("volume", "log", "mail.log", "exim.log").stderr == "8 messages on 2 days\n"
    write(here / "part.log", "\n".join(EXIM.splitlines()[:3]))
    assert bounced("volume", "log", "part.log").exit_code == 0
    assert rows("SELECT name, day, origin, sent FROM volume WHERE dimension = 'provider'") == [
        ("nowhere.test", "2026-09-07", "log", 1),
        ("other.test", "2026-09-07", "log", 1),
        ("other.test", "2026-09-08", "log", 1),
        ("rcpt.test", "2026-09-07", "log", 5),
    ]


def test_a_log_may_come_on_standard_input_and_hold_anything() -> None:
    junk = b"\xff" * 30_000 + b"\n" + EXIM.encode() + b"to=<" * 10_000
    assert bounced("volume", "log", "-", stdin=junk).stderr == "5 messages on 1 day\n"
    none = "0 messages on 0 days\nno line is a delivery to another host, as Postfix and Exim log it\n"
    assert bounced("volume", "log", "-", stdin=b"Nov  1 10:00:00 mail dovecot: imap-login: Login\n").stderr == none


def test_a_log_in_which_nothing_is_understood_fails() -> None:
    assert bounced("volume", "log", "-", stdin=b"Nov  1 10:00:00 mail dovecot: imap-login: Login\n").exit_code == 65
    assert bounced("volume", "log", "-", stdin=b"").exit_code == 0, "it was rotated just now"


def test_the_domain_of_the_envelope_meets_that_of_the_reports() -> None:
    """A VERP host: envelope senders of a domain of their own, which no report names."""
    log = EXIM.encode().replace(b"our.test", b"bounce.our.test")
    assert bounced("volume", "log", "--from-domain", "Bounce.our.test=our.test", "-", stdin=log).exit_code == 0
    assert rows("SELECT DISTINCT name FROM volume WHERE dimension = 'sending_domain'") == [("our.test",)]


@pytest.mark.parametrize("pair", ["our.test", "=our.test", "bounce.our.test=", "a b=our.test"])
def test_a_wrong_pair_of_domains_is_one_line(pair: str) -> None:
    result = bounced("volume", "log", "--from-domain", pair, "-", stdin=b"")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


def test_a_log_whose_packing_is_broken_is_one_line(here: Path) -> None:
    (here / "mail.log.gz").write_bytes(gzip.compress(POSTFIX.encode())[:-20])
    assert one_line(bounced("volume", "log", "mail.log.gz")).startswith("bounced: mail.log.gz: Compressed file ended")
    (here / "mail.log.gz").write_bytes(gzip.compress(b"")[:10] + b"\xff")
    assert one_line(bounced("volume", "log", "mail.log.gz")).startswith("bounced: mail.log.gz: Error -3 while decomp")
