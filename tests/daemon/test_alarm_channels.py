"""How alarms reach people: by mail, through a second server when the first is the trouble, and by Apprise."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from email.message import Message
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bounced.config import AlarmsSection
from bounced.config.alarms import AlarmsMailSection
from bounced.daemon.alarms.channels import Channel, channels, names
from bounced.daemon.sinks import Unavailable
from bounced.errors import UserError
from bounced.ledger.sinks import Notice
from bounced.model import Expiration
from tests.conftest import missing
from tests.support.daemon import secret_file
from tests.support.submission import Inbox, closed_port
from tests.support.webhooks import listening

FACTS = {
    "kind": "disk",
    "name": "disk:/var",
    "state": "WARNING",
    "problem": "3 % free",
    "advice": "make room",
    "since": "2026-09-17T12:00:00Z",
}
RAISED = Notice(4, "2026-09-17T12:00:00Z", "alarm.raised", "", FACTS)
OVER = Notice(9, "2026-09-17T13:00:00Z", "alarm.recovered", "", {**FACTS, "until": "2026-09-17T12:30:00Z"})
HOSTILE = "x\r\nBcc: eve@evil.test\r\n\r\n\x1b[31m"


def text(message: Message) -> str:
    """The body, decoded."""
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


@contextmanager
def tarpit(greeting: bytes = b"", octets: bytes = b"2") -> Iterator[int]:
    """The port of a server whose answer never ends: after ``greeting``, ``octets`` now and then."""
    end = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def drip() -> None:
            with server.accept()[0] as peer:
                peer.sendall(greeting)
                while not end.wait(0.05):
                    try:
                        peer.sendall(octets)
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            end.set()
            thread.join()


def by_mail(port: int, **keys: Any) -> Channel:
    """The channel for mail of a server on this machine."""
    mail = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "sender": "bounced@example.org",
        "to": ["a@b.test"],
        **keys,
    }
    [channel] = channels(AlarmsSection.model_validate({"mail": mail}), {}, {})
    return channel


def tell(channel: Channel, *notices: Notice) -> None:
    for notice in notices:
        channel.sink.deliver(notice)
    channel.sink.flush()


def test_what_comes_together_is_one_message(plain: int, inbox: Inbox) -> None:
    channel = by_mail(plain, to=["a@b.test", "c@d.test"])
    tell(channel, RAISED, OVER)
    tell(channel)
    [message] = inbox.messages
    assert inbox.envelopes == [("bounced@example.org", ["a@b.test", "c@d.test"])]
    title = f"bounced on {socket.gethostname()}: WARNING: disk:/var: 3 % free (and 1 more)"
    subject = "".join(message["Subject"].splitlines())
    assert (subject, message["From"], message["To"]) == (title, "bounced@example.org", "a@b.test, c@d.test")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<alarm.4-9.20260917120000@example.org>"
    assert text(message).replace("\r\n", "\n") == (
        "WARNING: disk:/var: 3 % free\ndisk, since 2026-09-17T12:00:00Z\nWhat to do: make room.\n\n"
        "over: WARNING: disk:/var: 3 % free\ndisk, since 2026-09-17T12:00:00Z until 2026-09-17T12:30:00Z\n"
        "What to do: make room.\n"
    )


def test_it_can_be_read_as_it_is_sent(plain: int, inbox: Inbox) -> None:
    """Where nothing decodes it: a pager, grep, a spool. A line of any length fits into SMTP."""
    tell(by_mail(plain), RAISED._replace(data={**FACTS, "problem": "3 % free, " * 200}))
    [message] = inbox.messages
    assert message["Content-Transfer-Encoding"] == "quoted-printable"
    assert message["Content-Type"] == 'text/plain; charset="utf-8"'
    lines = message.as_string().splitlines()
    assert "What to do: make room." in lines
    assert max(map(len, lines)) <= 78


def test_no_text_of_a_server_adds_a_header(plain: int, inbox: Inbox) -> None:
    tell(by_mail(plain), RAISED._replace(data={**FACTS, "name": HOSTILE, "problem": HOSTILE, "advice": HOSTILE}))
    [message] = inbox.messages
    assert message["Bcc"] is None
    assert inbox.envelopes == [("bounced@example.org", ["a@b.test"])]
    assert "\x1b" not in text(message)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("campaign https://evil.test/pay?a=b.c: fails", "campaign https[:]//evil[.]test/pay?a=b[.]c: fails"),
        ("(HTTPS://evil.test)", "(HTTPS[:]//evil[.]test)"),
        ("see www.evil.test now", "see www[.]evil[.]test now"),
        ("evil.test/pay", "evil[.]test/pay"),
        ("log /var/log.d/mail.log: gone", "log /var/log.d/mail.log: gone"),
        ("domain gmail.com: fails at 3.5 %", "domain gmail.com: fails at 3.5 %"),
        ("imap:in/INBOX.Sent: NO", "imap:in/INBOX.Sent: NO"),
    ],
)
def test_what_others_say_becomes_no_link(words: str, shown: str, plain: int, inbox: Inbox) -> None:
    """A campaign is named by whoever writes a report; mail programs and chats make links of what looks like one."""
    tell(by_mail(plain), RAISED._replace(data={**FACTS, "name": words, "problem": words}))
    [message] = inbox.messages
    assert text(message).startswith(f"WARNING: {shown}: {shown}\r\n")
    assert shown in "".join(message["Subject"].splitlines())


def test_a_second_server_takes_it_when_the_first_is_the_trouble(with_login: int, inbox: Inbox, tmp_path: Path) -> None:
    password = secret_file(tmp_path / "password", "geheimnis\n")
    login = {"user": "alarms", "password_file": str(password), "ca_file": str(tmp_path / "ca.pem")}
    tell(by_mail(closed_port(), second={"host": "127.0.0.1", "port": with_login, **login}), RAISED)
    assert len(inbox.messages) == 1


def test_what_no_server_takes_is_sent_again_and_shows_no_password(
    with_login: int, inbox: Inbox, tmp_path: Path
) -> None:
    password = secret_file(tmp_path / "password", "falsches-geheimnis\n")
    login = {"user": "alarms", "password_file": str(password), "ca_file": str(tmp_path / "ca.pem")}
    first, nobody = {"tls": "starttls", **login}, closed_port()
    channel = by_mail(with_login, **first, second={"host": "127.0.0.1", "port": nobody, "tls": "none"})
    with pytest.raises(Unavailable) as refused:
        tell(channel, RAISED)
    assert f"127.0.0.1:{with_login}: " in str(refused.value)
    assert f"127.0.0.1:{nobody}: Connection refused" in str(refused.value)
    assert "falsches" not in str(refused.value)
    assert inbox.messages == []


def test_a_certificate_that_nobody_signed_is_refused(with_login: int, tmp_path: Path) -> None:
    password = secret_file(tmp_path / "password", "geheimnis\n")
    channel = by_mail(with_login, tls="starttls", user="alarms", password_file=str(password))
    with pytest.raises(Unavailable, match="certificate"):
        tell(channel, RAISED)


@pytest.mark.parametrize(
    ("greeting", "octets"),
    [(b"", b"2"), (b"220 x\r\n", b"2"), (b"220 x\r\n", b"250-x\r\n"), (b"220 x\r\n250 x\r\n250 x\r\n250 x\r\n", b"3")],
    ids=["greeting", "line", "answer", "data"],
)
def test_a_server_that_never_ends_its_answers_is_left(greeting: bytes, octets: bytes) -> None:
    """The whole session has one limit, however soon each octet comes."""
    with tarpit(greeting, octets) as port, pytest.raises(Unavailable, match="longer than 1 s"):
        tell(by_mail(port, timeout="1s"), RAISED)


@pytest.mark.parametrize(
    "address", ["a@b.test\r\nBcc: eve@evil.test", "a b@c.test", "a@b.test,c@d.test", "<a@b.test>", "a"]
)
def test_nothing_but_an_address_is_one(address: str) -> None:
    with pytest.raises(ValueError, match="must be an address"):
        AlarmsMailSection.model_validate({"host": "x.test", "sender": address, "to": ["a@b.test"]})


def test_no_password_leaves_the_machine_without_tls() -> None:
    with pytest.raises(ValueError, match="only for the local machine"):
        AlarmsMailSection.model_validate({"host": "x.test", "tls": "none", "sender": "a@b.test", "to": ["a@b.test"]})


def by_apprise(path: Path, *urls: str) -> Channel:
    """The channel for URLs of Apprise."""
    if not find_spec("apprise"):
        missing("apprise")
    file = secret_file(path / "urls", "\n".join(urls))
    [channel] = channels(AlarmsSection(apprise_file=str(file)), {}, {})
    return channel


def test_apprise_tells_every_service(tmp_path: Path) -> None:
    with listening() as first, listening() as second:
        tell(by_apprise(tmp_path, *(each.url.replace("http:", "json:") for each in (first, second))), RAISED, OVER)
    for each in (first, second):
        [request] = each.requests
        assert "disk:/var: 3 % free" in request["title"]
        assert "What to do: make room." in request["message"]


def test_the_worst_comes_first_and_what_is_over_last(plain: int, inbox: Inbox) -> None:
    """The subject has to tell a pager whether anybody must get up."""
    critical = Notice(7, RAISED.written_at, RAISED.type, "", {**FACTS, "name": "writing", "state": "CRITICAL"})
    over = Notice(3, OVER.written_at, OVER.type, "", {**OVER.data, "name": "login", "state": "CRITICAL"})
    tell(by_mail(plain, tls="none"), over, RAISED, critical)
    [message] = inbox.messages
    assert "CRITICAL: writing: 3 % free (and 2 more)" in " ".join(message["Subject"].split())
    paragraphs = text(message).replace("\r", "").split("\n\n")
    assert [paragraph.split(": ")[1] for paragraph in paragraphs] == ["writing", "disk:/var", "CRITICAL"]
    assert message["Message-ID"].startswith("<alarm.3-7.")


def test_no_text_of_a_server_is_markup(tmp_path: Path) -> None:
    """A service of HTML would show a link of somebody else's in a message of ours."""
    hostile = Notice(
        4, RAISED.written_at, RAISED.type, "", {**FACTS, "problem": "<a href='http://evil.test'>log in</a>"}
    )
    with listening() as peer:
        tell(by_apprise(tmp_path, f"{peer.url.replace('http:', 'json:')}?format=html"), hostile)
    [request] = peer.requests
    assert "<a" not in request["message"]
    assert "&lt;a" in request["message"]


def test_what_apprise_can_not_send_is_sent_again_and_shows_no_url(tmp_path: Path) -> None:
    channel = by_apprise(tmp_path, f"json://user:geheimnis@127.0.0.1:{closed_port()}/")
    with pytest.raises(Unavailable) as failed:
        tell(channel, RAISED)
    assert str(failed.value) == "Apprise: not taken by JSON"


def test_a_url_of_no_service_is_named_by_its_number(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        by_apprise(tmp_path, "json://127.0.0.1/", "geheimnis://x")
    assert refused.value.problems == ("alarms: apprise: URL 2 is of no service that Apprise knows",)


def test_the_names_of_the_channels_are_known_without_their_secrets(tmp_path: Path) -> None:
    mail = {"host": "x.test", "sender": "a@b.test", "to": ["a@b.test"]}
    by_apprise(tmp_path, "json://127.0.0.1/")
    keys = {"mail": mail, "command": ["true"], "apprise_file": str(tmp_path / "urls")}
    section = AlarmsSection.model_validate(keys)
    assert names(section) == {channel.name for channel in channels(section, {}, {})}
    assert names(AlarmsSection()) == set()


def test_what_the_server_shows_is_noted_with_each_message(with_login: int, tmp_path: Path) -> None:
    noted: list[tuple[str, Sequence[Expiration]]] = []
    secret_file(tmp_path / "password", "geheimnis")
    keys = {"host": "127.0.0.1", "port": with_login, "ca_file": str(tmp_path / "ca.pem"), "user": "alarms"}
    mail = {**keys, "password_file": str(tmp_path / "password"), "sender": "a@b.test", "to": ["c@d.test"]}
    note = lambda source, expirations: noted.append((source, expirations))  # noqa: E731
    [channel] = channels(AlarmsSection.model_validate({"mail": mail}), {}, {}, note)
    channel.sink.deliver(RAISED)
    channel.sink.flush()
    [(source, [expiration])] = noted
    assert (source, expiration.kind, expiration.name) == ("alarms.mail", "certificate", f"127.0.0.1:{with_login}")
    assert expiration.ends_at.year > 2030
