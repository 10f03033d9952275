"""What the log looks like: text, JSON, and the journal's own protocol, received by a socket of the test's."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced.config import Config
from bounced.daemon import log_output
from bounced.daemon.log_line import VALUE_LENGTH_LIMIT, line
from bounced.daemon.log_output import Journal, Json, Text
from tests.support.daemon import Daemon
from tests.support.servers import ImapServer

UNIT = Path(__file__).resolve().parents[2] / "systemd" / "bounced.service"


def record(*told: object, level: int = logging.INFO, fault: BaseException | None = None) -> logging.LogRecord:
    """What a logger hands to its handlers."""
    error = (type(fault), fault, fault.__traceback__) if fault else None
    return logging.LogRecord("bounced.imap", level, __file__, 1, str(told[0]), told[1:], error)


def fact(what: str, **facts: object) -> logging.LogRecord:
    """The record of a fact."""
    return record("%s", line(what, **facts))


def fault(text: str) -> Exception:
    """An error that was raised."""
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


# text and JSON


def test_text_is_one_line_with_its_level() -> None:
    assert Text().format(fact("mail", address=("a@b.test", "c@d.test"), name="1 2")) == (
        'INFO mail address=a@b.test,c@d.test name="1 2"'
    )


def test_what_others_say_in_words_is_a_note() -> None:
    said = Text().format(record("%s: no answer\n%s", "imap:x/INBOX", "INFO mail address=forged@b.test"))
    assert said == r'INFO note logger=bounced.imap text="imap:x/INBOX: no answer\nINFO mail address=forged@b.test"'


def test_no_traceback_can_forge_a_line() -> None:
    said = Text().format(record("%s", line("fault"), fault=fault("x\nINFO mail address=a@b.test\x1b[2J")))
    first, *rest = said.splitlines()
    assert first == "INFO fault"
    assert all(text.startswith("  ") and text.isprintable() for text in rest)
    assert rest[-1] == r"  INFO mail address=a@b.test\x1b[2J"


def test_json_has_numbers_and_lists() -> None:
    said = json.loads(Json().format(fact("poll", mailbox="imap:x/INBOX", counted=3, address=("a@b.test",), empty="")))
    assert said.pop("time").endswith("Z")
    assert said == {
        "level": "info",
        "event": "poll",
        "mailbox": "imap:x/INBOX",
        "counted": 3,
        "address": ["a@b.test"],
    }


def test_json_has_the_traceback_in_it() -> None:
    shown = Json().format(record("%s", line("fault"), fault=fault("x\ny")))
    assert len(shown.splitlines()) == 1
    assert json.loads(shown)["traceback"].splitlines()[-2:] == ["  ValueError: x", "  y"]


@given(st.dictionaries(st.sampled_from(["address", "subject"]), st.text() | st.tuples(st.text(), st.text())))
def test_json_is_one_line_of_ascii(facts: dict[str, Any]) -> None:
    shown = Json().format(fact("mail", **facts))
    assert shown.isascii()
    assert shown.isprintable()
    assert json.loads(shown)["event"] == "mail"


# the journal


class Journald:
    """Receives entries as systemd-journald does (systemd's docs/JOURNAL_NATIVE_PROTOCOL.md)."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(10)

    def entry(self) -> dict[str, list[str]]:
        """The fields of the next entry, each with its values."""
        data = self._socket.recv(1 << 20)
        fields: dict[str, list[str]] = defaultdict(list)
        while data:
            head, _, data = data.partition(b"\n")
            name, equals, value = head.partition(b"=")
            if not equals:
                length = int.from_bytes(data[:8], "little")
                value, data = data[8 : 8 + length], data[8 + length :]
                assert data[:1] == b"\n"
                data = data[1:]
            fields[name.decode()].append(value.decode())
        return fields

    def close(self) -> None:
        """Goes away."""
        self._socket.close()
        Path(self.path).unlink(missing_ok=True)


@pytest.fixture
def journald(tmp_path: Path) -> Iterator[Journald]:
    found = Journald(tmp_path / "socket")
    yield found
    found.close()


@pytest.fixture
def journal(journald: Journald) -> Iterator[Journal]:
    """A handler that is connected with it; what it can't deliver goes to its stream."""
    handler = Journal("mail-bounced", logging.StreamHandler(io.StringIO()), journald.path)
    handler.setFormatter(Text(with_level=False))
    yield handler
    handler.close()


def test_every_fact_is_a_field(journald: Journald, journal: Journal) -> None:
    journal.handle(fact("mail", mailbox="imap:x/INBOX", address=("a@b.test", "c@d.test"), counted=3))
    assert journald.entry() == {
        "MESSAGE": ["mail mailbox=imap:x/INBOX address=a@b.test,c@d.test counted=3"],
        "PRIORITY": ["6"],
        "SYSLOG_FACILITY": ["3"],
        "SYSLOG_IDENTIFIER": ["mail-bounced"],
        "BOUNCED_EVENT": ["mail"],
        "BOUNCED_MAILBOX": ["imap:x/INBOX"],
        "BOUNCED_ADDRESS": ["a@b.test", "c@d.test"],
        "BOUNCED_COUNTED": ["3"],
    }


@pytest.mark.parametrize(("level", "priority"), [(10, "7"), (20, "6"), (25, "6"), (30, "4"), (40, "3"), (50, "2")])
def test_levels_have_their_priorities(journald: Journald, journal: Journal, level: int, priority: str) -> None:
    journal.handle(record("%s", line("mail"), level=level))
    assert journald.entry()["PRIORITY"] == [priority]


def test_several_lines_are_one_field(journald: Journald, journal: Journal) -> None:
    journal.handle(record("%s", line("fault"), fault=fault("x\nPRIORITY=0")))
    entry = journald.entry()
    assert entry["PRIORITY"] == ["6"]
    [message] = entry["MESSAGE"]
    assert message.splitlines()[-1] == "  PRIORITY=0"


@given(value=st.text() | st.tuples(st.text(), st.text()))
def test_no_value_can_forge_a_field(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    journald = Journald(tmp_path_factory.mktemp("journal") / "socket")
    journal = Journal("bounced", logging.NullHandler(), journald.path)
    journal.setFormatter(Text(with_level=False))
    journal.handle(fact("mail", subject=value))
    entry = journald.entry()
    journal.close()
    journald.close()
    assert set(entry) <= {
        *("MESSAGE", "PRIORITY", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "BOUNCED_EVENT", "BOUNCED_SUBJECT")
    }
    assert all(text.isprintable() for texts in entry.values() for text in texts)


def test_the_largest_entry_fits(journald: Journald, journal: Journal) -> None:
    def deep(levels: int) -> None:
        if levels:
            deep(levels - 1)
        raise ValueError("\U0001f600" * 100_000)

    facts = {f"fact{number}": ("\U0001f600" * 1_000,) * 6 for number in range(20)}
    with pytest.raises(ValueError) as error:
        deep(500)
    journal.handle(record("%s", line("mail", **facts), fault=error.value))
    assert len(journald.entry()["BOUNCED_FACT0"][0]) == VALUE_LENGTH_LIMIT


def test_without_a_journal_lines_go_to_standard_error(journald: Journald) -> None:
    stream = io.StringIO()
    journal = Journal("bounced", logging.StreamHandler(stream), journald.path)
    journal.setFormatter(Text(with_level=False))
    journald.close()
    journal.handle(fact("mail", name="1"))
    journal.close()
    assert "mail name=1" in stream.getvalue()


def test_the_journal_is_where_standard_error_leads(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream:
        found = os.fstat(stream.fileno())
        there = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        elsewhere = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino + 1}"}
        answers = [log_output.is_journal(stream, environment) for environment in (there, elsewhere, {})]
        handler = log_output.handler("json", "bounced", stream, there)
        assert isinstance(handler, Journal)
        handler.close()
        assert not isinstance(log_output.handler("json", "bounced", stream, elsewhere), Journal)
    assert answers == [True, False, False]
    assert not log_output.is_journal(io.StringIO(), there)


def test_the_unit_and_the_configuration_give_the_same_name() -> None:
    assert f"\nSyslogIdentifier={Config().log.identifier}\n" in UNIT.read_text()


def test_every_line_of_the_daemon_is_json_when_that_is_wanted(tmp_path: Path, dovecot: ImapServer) -> None:
    daemon = Daemon(tmp_path)
    dovecot.append("INBOX", b"Subject: x\r\n\r\nx\r\n")
    daemon.configure({"bounces": dovecot})
    daemon.config.write_text(daemon.config.read_text() + '[log]\nformat = "json"\n')
    with daemon.running():
        daemon.wait_for('"event": "poll"', '"not_a_report": 1')
        assert daemon.stop()[0] == 0
    said = [json.loads(text) for text in [*daemon.lines, *daemon.rest()]]
    assert {"started", "mail", "poll", "stopped"} <= {one["event"] for one in said}
