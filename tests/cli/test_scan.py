"""scan and parse: counted once whatever happens, nothing written by a dry run, and nothing raw on the terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from bounced.classify.tables import BUILT_IN
from bounced.sources.batches import MAX_MESSAGES
from tests.core import test_parse
from tests.support.commands import (
    AS_ANYBODY,
    COMMAND,
    DAY0,
    bounced,
    directory_of_its_own,
    events,
    one_line,
    process,
    write,
)
from tests.support.daemon import PATIENCE, Daemon, bounce, days
from tests.support.servers import ImapServer
from tests.support.signing import NAME, dsn, newsletter, record, sign

MAILS = [bounce(number, f"u{number}@rcpt.test", DAY0) for number in range(40)]
ANNA = [bounce(number, "anna@rcpt.test", day) for number, day in enumerate(days(DAY0, 0, 8, 16))]

#: What must never reach a terminal: ESC, the C1 CSI, a bidi override, NUL, a bell.
HOSTILE = "\x1b[31m\x9b31m\u202e\x00\x07"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own."""
    return directory_of_its_own(tmp_path, monkeypatch)


def printable(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)


def test_without_any_configuration_a_repeat_adds_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOUNCED_CONFIG")
    write(here / "mails", ANNA)
    first, second = bounced("scan", "mails"), bounced("scan", "mails")
    assert (first.exit_code, first.stdout) == (second.exit_code, second.stdout) == (0, "")
    assert first.stderr == "3 messages: 3 counted\nnew: 3 bounce\nnewly suppressed: 1 address\n"
    assert second.stderr == "3 messages: 3 repeated\n"
    assert len(events()) == 3
    assert (here / "bounced.db").stat().st_mode & 0o777 == 0o640


def test_the_same_mail_from_a_directory_an_mbox_and_standard_input_counts_once(here: Path) -> None:
    write(here / "mails", ANNA)
    mbox = b"".join(b"From x Tue Sep  1 12:00:00 2026\n" + mail + b"\n" for mail in ANNA)
    (here / "old.mbox").write_bytes(mbox)
    result = bounced("scan", "mails", "old.mbox", "-", stdin=mbox.replace(b"\n", b"\r\n"))
    assert result.stderr.startswith("9 messages: 6 repeated, 3 counted\n")
    assert len(events()) == 3


def test_five_thousand_mails_in_an_mbox(here: Path) -> None:
    with (here / "old.mbox").open("wb") as file:
        for number in range(5000):
            file.write(b"From x Tue Sep  1 12:00:00 2026\n" + bounce(number, f"u{number}@rcpt.test", DAY0) + b"\n")
    assert bounced("scan", "old.mbox").stderr == "5000 messages: 5000 counted\nnew: 5000 bounce\n"
    assert len(set(events())) == 5000


def test_an_empty_file_counts_nothing(here: Path) -> None:
    (here / "empty.eml").touch()
    result = bounced("scan", "empty.eml")
    assert result.exit_code == 0
    assert "counted" not in result.stderr
    assert events() == []


def crowd(name: str) -> bytes:
    return test_parse.dsn(*(test_parse.group(f"{name}{n}@rcpt.test") for n in range(1201)))


def test_recipients_that_are_not_stored_are_counted(here: Path) -> None:
    """Attacks G1 to G3: one message about thousands of recipients."""
    (here / "crowd.eml").write_bytes(crowd("a"))
    parsed = json.loads(bounced("parse", "--json", "crowd.eml").stdout)
    stored, dropped = len(parsed["events"]), parsed["events_dropped"]
    assert (stored + dropped, dropped > 200) == (1201, True)
    problem = f"and {dropped:,} more, which are not stored"
    assert problem in bounced("parse", "crowd.eml").stdout.splitlines()[0]
    summary = bounced("scan", "crowd.eml").stderr
    assert f"not stored: {dropped} events (see bounced unrecognized)" in summary.splitlines()
    [row] = map(json.loads, bounced("unrecognized", "--json").stdout.splitlines())
    assert (row["problem"], row["events_dropped"], row["kept"]) == (problem, dropped, 1)
    (here / "crowd2.eml").write_bytes(crowd("b"))
    assert json.loads(bounced("scan", "--json", "crowd2.eml").stdout)["events_dropped"] == dropped


def test_a_dry_run_says_what_would_happen_and_writes_nothing(here: Path) -> None:
    write(here / "mails", ANNA)
    result = bounced("scan", "--dry-run", "mails")
    assert result.stderr.splitlines() == [
        "dry run: 3 messages: 3 counted",
        "dry run: new: 3 bounce",
        "dry run: newly suppressed: 1 address",
    ]
    assert not (here / "bounced.db").exists()
    bounced("scan", "mails/00000.eml")
    before = (here / "bounced.db").read_bytes()
    told = json.loads(bounced("scan", "--dry-run", "--json", "mails").stdout)
    assert told == {
        "database": "bounced.db",
        "dry_run": True,
        "outcomes": {"repeated": 1, "counted": 2},
        "kinds": {"bounce": 2},
        "not_counted": 0,
        "newly_suppressed": ["anna@rcpt.test"],
        "newly_released": [],
    }
    assert (here / "bounced.db").read_bytes() == before


def test_since_leaves_out_what_arrived_before(here: Path) -> None:
    write(here / "mails", ANNA)
    assert bounced("scan", "--since", "2026-09-09T12:00:01Z", "mails").stderr.startswith("1 message: 1 counted")
    assert bounced("scan", "--since", "2026-09-09T14:00:00+02:00", "mails").stderr.startswith(
        "2 messages: 1 counted, 1 repeated"
    )
    assert bounced("scan", "--since", "2026-09-01", "mails").stderr.startswith("3 messages: 2 repeated, 1 counted")


def test_dates_do_not_depend_on_the_time_zone(here: Path) -> None:
    write(here / "mails", ANNA)
    tokyo = {**os.environ, "TZ": "Asia/Tokyo"}
    assert process("scan", "--since", "2026-09-09T12:00:00", "mails", env=tokyo).stderr.startswith(
        "2 messages: 2 counted"
    )
    assert [when for _, when, _ in events()] == ["2026-09-09T12:00:00Z", "2026-09-17T12:00:00Z"]
    local, remote = bounced("explain", "anna@rcpt.test"), process("explain", "anna@rcpt.test", env=tokyo)
    assert remote.stdout.split("\nnext:")[0] == local.stdout.split("\nnext:")[0]
    assert "2026-09-17T12:00:00Z failed" in remote.stdout


def test_two_scans_at_once_count_everything_once(here: Path) -> None:
    write(here / "mails", [bounce(n, f"u{n}@rcpt.test", DAY0) for n in range(600)])
    both = [subprocess.Popen([*COMMAND, "scan", "--json", "mails"], stdout=subprocess.PIPE) for _ in range(2)]
    told = [json.loads(one.communicate(timeout=PATIENCE)[0])["outcomes"] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sum(outcomes.get("counted", 0) for outcomes in told) == 600
    assert len(set(events())) == len(events()) == 600


def test_ctrl_c_is_one_line_and_the_repeat_counts_the_rest(here: Path) -> None:
    os.mkfifo(here / "pipe")
    mbox = b"".join(b"From x Tue Sep  1 12:00:00 2026\n" + mail + b"\n" for mail in MAILS)
    with (here / "pipe").open("r+b", buffering=0) as pipe:
        # A shell's background commands, this test perhaps among them, ignore Ctrl-C and hand that down.
        listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        scan = subprocess.Popen(
            [*COMMAND, "scan", "-"], stdin=pipe, stderr=subprocess.PIPE, text=True, preexec_fn=listening
        )
        pipe.write(mbox)
        wait_until((here / "bounced.db").exists)
        scan.send_signal(signal.SIGINT)
        [line] = scan.communicate(timeout=PATIENCE)[1].splitlines()
    assert line.startswith("bounced: interrupted: no message was counted yet; run it again: it continues")
    assert scan.returncode == 130
    assert bounced("scan", "-", stdin=mbox).exit_code == 0
    assert len(set(events())) == len(events()) == 40


def test_ctrl_c_says_what_was_counted_and_how_to_go_on(here: Path) -> None:
    mails = [bounce(n, f"u{n}@rcpt.test", DAY0) for n in range(MAX_MESSAGES + 100)]
    mbox = b"".join(b"From x Tue Sep  1 12:00:00 2026\n" + mail + b"\n" for mail in mails)
    listening = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        [*COMMAND, "scan", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=listening
    ) as scan:
        assert scan.stdin is not None
        scan.stdin.write(mbox)
        scan.stdin.flush()  # it waits for the end of the last message
        wait_until(lambda: (here / "bounced.db").exists() and len(events()) == MAX_MESSAGES)
        scan.send_signal(signal.SIGINT)
        assert scan.stderr is not None
        told = scan.stderr.read().decode()
    assert told == (
        f"bounced: interrupted: {MAX_MESSAGES} messages: {MAX_MESSAGES} counted;"
        " run it again: it continues, and counts nothing twice\n"
    )
    assert (
        f"{MAX_MESSAGES + 100} messages: {MAX_MESSAGES} repeated, 100 counted"
        in bounced("scan", "-", stdin=mbox).stderr
    )


def closed(folder: Path) -> None:
    os.chdir(folder)
    folder.chmod(0)


def gone(folder: Path) -> None:
    os.chdir(folder)
    folder.rmdir()


@pytest.mark.parametrize("place", [closed, gone])
def test_mails_are_read_wherever_it_is_started(here: Path, place: Callable[[Path], None]) -> None:
    """As by runuser in /root, which the user may not enter."""
    write(here / "mails", MAILS)
    (here / "bounced.toml").write_text(f'[database]\npath = "{here}/bounced.db"\n')
    (here / "elsewhere").mkdir()
    words = ("scan", str(here / "mails"), "--config", str(here / "bounced.toml"))
    ended = process(*words, before=AS_ANYBODY, preexec_fn=partial(place, here / "elsewhere"))
    assert ended.returncode == 0
    assert "unreadable" not in ended.stderr
    assert len(events()) == len(MAILS)


def test_a_bar_shows_on_a_terminal_only(here: Path) -> None:
    write(here / "mails", MAILS)
    anchors, theirs = pty.openpty()
    ended = process("scan", "mails", stderr=theirs)
    os.close(theirs)
    shown = os.read(anchors, 10_000)
    os.close(anchors)
    assert ended.returncode == 0
    last = shown.decode().split("\x1b[?25h")[0].rpartition("\r")[2]
    assert re.search(r"here/mails  \[#{15}\]  100%  40 messages, \d+/s$", last)
    assert max(map(len, re.split(r"[\r\n]+", shown.decode().replace("\x1b[?25l", "")))) <= 80
    assert "#" not in bounced("scan", "mails").output


def test_a_bar_of_a_mailbox_counts_its_messages(here: Path, dovecot: ImapServer) -> None:
    """And a stream, whose end is not known, has a rate."""
    dovecot.append_all("INBOX", [(mail, None) for mail in MAILS])
    daemon = Daemon(here)
    daemon.configure({"bounces": dovecot}, on_done="leave")
    shown = []
    for source, stdin in [("imap:bounces", b""), ("-", MAILS[0])]:
        anchors, theirs = pty.openpty()
        words = ["scan", "--config", str(daemon.config), source]
        ended = subprocess.run([*COMMAND, *words], input=stdin, stderr=theirs, timeout=PATIENCE)
        os.close(theirs)
        shown.append(os.read(anchors, 10_000).decode())
        os.close(anchors)
        assert ended.returncode == 0
    assert re.search(r"imap:bounces/INBOX  \[#{15}\]  100%  40 messages, \d+/s", shown[0])
    assert re.search(r"1 message, \d+/s", shown[1])


def test_nothing_from_a_mail_reaches_the_terminal_raw(here: Path) -> None:
    evil = (
        MAILS[0]
        .replace(b"550 5.1.1 user unknown", b"550 5.1.1 user unknown " + HOSTILE.encode())
        .replace(b"Subject: ", b"Subject: " + HOSTILE.encode())
        .replace(b"X-Campaign-ID: autumn", b"X-Campaign-ID: " + HOSTILE.encode())
    )
    odd = b"From: " + HOSTILE.encode() + b" <a@b.test>\nSubject: " + HOSTILE.encode() + b"hi\n\nhello\n"
    mails = write(here / "mails", [evil, odd])
    (mails / "00001.eml").rename(mails / "\x1b[31m\udcff\u202e\n.eml")
    (here / "bounced.toml").write_text('[database]\npath = "bounced.db"\n[identify]\ncampaign = "X-Campaign-ID"\n')
    for command in (
        ["parse", "mails"],
        ["parse", "--json", "mails"],
        ["scan", "mails"],
        ["explain", "u0@rcpt.test"],
        ["explain", "--json", "u0@rcpt.test"],
        ["unrecognized"],
        ["unrecognized", "--json"],
    ):
        result = bounced(*command, "--config", "bounced.toml")
        assert result.exit_code == 0
        assert result.output
        assert printable(result.output), command
    bounced("suppress", "--why", HOSTILE, "u0@rcpt.test")
    for command in (
        ["explain", "u0@rcpt.test"],
        ["suppressions"],
        ["suppressions", "--csv"],
        ["check", "u0@rcpt.test"],
    ):
        assert printable(bounced(*command).output), command


@pytest.mark.parametrize(
    "words",
    [["scan"], ["parse"], ["check"], ["--config"], ["scan", "--since"], ["check", "--scope"], ["unrecognized"], []],
)
def test_nothing_from_the_command_line_reaches_the_terminal_raw(words: list[str]) -> None:
    result = bounced(*words, "\x1b[31m\u202e")
    assert result.exit_code in (2, 78)
    assert printable(result.output)


def test_parse_prints_one_object_a_mail_and_touches_no_database(here: Path) -> None:
    write(here / "mails", ANNA[:2])
    rows = [json.loads(line) for line in bounced("parse", "--json", "mails", "mails/00000.eml").stdout.splitlines()]
    assert [row["file"] for row in rows] == ["mails/00000.eml", "mails/00001.eml", "mails/00000.eml"]
    assert rows[0] == rows[2]
    assert (rows[0]["kind"], rows[0]["decoder"]) == ("bounce", "dsn")
    [event] = rows[0]["events"]
    assert (event["address"], event["class"], event["reason"]) == ("anna@rcpt.test", "hard", "user_unknown")
    assert [path.name for path in here.iterdir()] == ["mails"]


def test_parse_tells_people_who_failed_and_why() -> None:
    verdict = ["-: bounce dsn", "    anna@rcpt.test failed hard user_unknown 5.1.1 550"]
    why = [
        "        said: 550 5.1.1 user unknown",
        "        rule: text: user unknown",
        f"        tables: {BUILT_IN.date}, version {BUILT_IN.version}",
        "        trust: plausible: no own domains configured",
        "        from: 192.0.2.1",
    ]
    assert bounced("parse", "-", stdin=ANNA[0]).stdout.splitlines() == verdict
    assert bounced("parse", "--explain", "-", stdin=ANNA[0]).stdout.splitlines() == verdict + why
    nowhere = ANNA[0].replace(b"Received:", b"X-Received:")
    assert bounced("parse", "--explain", "-", stdin=nowhere).stdout.splitlines() == verdict + why[:-1]


def test_what_is_ours_is_said_by_the_configuration(here: Path) -> None:
    keys = f'own_domains = ["example.org"]\n[trust.dkim_keys]\n"{NAME}" = "{record()}"\n'
    (here / "ours.toml").write_text(f'workers = 1\n[database]\npath = "bounced.db"\n[trust]\n{keys}')
    originals = (sign(newsletter()), newsletter(), b"From: a@strangers.test\n\nx")
    write(here / "mails", [dsn(original) for original in originals])
    for command in ("scan", "parse"):
        said = bounced(command, "--config", "ours.toml", "--json", "mails").stdout
    parsed = [event for line in said.splitlines() for event in json.loads(line)["events"]]
    with closing(sqlite3.connect("bounced.db")) as reader:
        recorded = reader.execute("SELECT trust, evidence FROM events_view ORDER BY id").fetchall()
    assert [trust for trust, _ in recorded] == ["verified", "plausible", "unverified"]
    assert [(event["trust"], event["evidence"]) for event in parsed] == recorded


def test_what_may_be_a_part_of_another_message_is_plausible_at_most(here: Path) -> None:
    """F24, A30"""
    keys = f'own_domains = ["example.org"]\n[trust.dkim_keys]\n"{NAME}" = "{record()}"\n'
    (here / "ours.toml").write_text(f'workers = 1\n[database]\npath = "bounced.db"\n[trust]\n{keys}')
    (here / "anybody.toml").write_text('workers = 1\n[database]\npath = "bounced.db"\n')
    separator = b"From x Tue Sep  1 12:00:00 2026\n"
    quoted = separator + dsn(sign(newsletter())) + b"\n"
    (here / "quoted.mbox").write_bytes(quoted)
    (here / "unquoted.mbox").write_bytes(quoted + separator + b"Subject: x\n\nsee\nFrom here on\n")
    note = 'bounced: unquoted.mbox: 1 unquoted lines in messages begin with "From "'
    for config, mbox, expected in [
        ("ours.toml", "quoted.mbox", "verified"),
        ("ours.toml", "unquoted.mbox", "plausible"),
        ("anybody.toml", "unquoted.mbox", "plausible"),
    ]:
        result = bounced("parse", "--config", config, "--json", mbox)
        [event] = json.loads(result.stdout.splitlines()[0])["events"]
        assert (event["trust"], note in result.stderr.splitlines()) == (expected, mbox == "unquoted.mbox")
    assert note in bounced("scan", "--config", "ours.toml", "unquoted.mbox").stderr.splitlines()


def test_reasons_can_have_the_names_of_others(here: Path) -> None:
    write(here / "mails", ANNA)
    assert "failed hard userunknown" in bounced("parse", "--vocabulary", "sisimai", "mails").stdout
    bounced("scan", "mails")
    assert "Permanent/NoEmail" in bounced("suppressions", "--vocabulary", "ses").stdout


def test_parse_of_an_mbox_numbers_its_mails(here: Path) -> None:
    (here / "old.mbox").write_bytes(b"".join(b"From x Tue Sep  1 12:00:00 2026\n" + mail + b"\n" for mail in ANNA))
    rows = [json.loads(line) for line in bounced("parse", "--json", "old.mbox").stdout.splitlines()]
    assert [row["file"] for row in rows] == ["old.mbox#1", "old.mbox#2", "old.mbox#3"]


def test_a_source_that_is_not_there_stops_before_anything_is_counted(here: Path) -> None:
    write(here / "mails", ANNA)
    result = bounced("scan", "mails", "nowhere")
    assert (result.exit_code, one_line(result)) == (2, "bounced: nowhere: no such file or directory")
    assert not (here / "bounced.db").exists()


def wait_until(happened: Callable[[], bool]) -> None:
    """Returns when ``happened()`` is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")
