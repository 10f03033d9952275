"""Redacted mails: nobody is in them any more, and they are read as before."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.mime import charset, parts
from bounced.mime.parts import Part, Unreadable
from bounced.model import Parsed
from bounced.parse import parse
from bounced.redaction import redact
from bounced.redaction.words import domains, is_known, unspaced
from tests.core.test_samples import MAILS, SAMPLES, SENDER

CORPUS = SAMPLES.parents[1] / "shared" / "corpus" / "mails"

#: Recipients in forms that redaction takes for words: X.400, percent signs, xtext, source routes.
DIFFERENT = {SAMPLES / "dsn" / "address-forms.eml"}

_WORDS = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
#: Mails in which the words are encoded: only their parsed form is looked at.
_ENCODED = re.compile(rb"base64|quoted-printable|\?[bq]\?|\x1b", re.IGNORECASE)
_PLACEHOLDERS = {"recipient", "host", "example", "boundary", "octets", "microsoftexchange", ""}
_STRUCTURE = re.compile(
    r"^[!-9;-~]{1,100}[ \t]{0,8}:"
    r"|charset\s{0,5}=\s{0,5}[\"']?[\w.:-]{2,40}|=\?[\w.:*-]{2,60}\?[bq]\?[^?\s]*\?=|\\[nrtbf]",
    re.IGNORECASE | re.MULTILINE,
)


def essence(reading: Parsed) -> tuple[object, ...]:
    """What redaction must not change."""
    return reading.kind, len(reading.events), sorted((event.action, event.status) for event in reading.events)


def texts(part: Part) -> Iterator[str]:
    """All that a part says, also inside returned messages."""
    yield from (f"{name}: {value}" for name, value in part.header.headers)
    yield charset.decode(part.body, part.header.get("Content-Type"))
    for child in part.children:
        yield from texts(child)


def strangers(mail: bytes) -> set[str]:
    """The words of a redacted mail that should not be there, however they are encoded."""
    allowed = _PLACEHOLDERS.union(*(domain.split(".") for domain in domains()))
    plain = "" if _ENCODED.search(mail) else charset.decode(mail, "")
    said = "\n".join((plain, *texts(parts.parse(mail))))
    return {
        word
        for word in _WORDS.findall(unspaced().sub(" ", _STRUCTURE.sub("\n", said)))
        if not (is_known(word) or set(word) <= set("x01'’") or word.lower().rstrip("0123456789") in allowed)
    }


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: str(mail.relative_to(SAMPLES)))
def test_a_redacted_sample_names_nobody_and_is_read_as_before(mail: Path) -> None:
    content = mail.read_bytes()
    redacted = redact(content)
    if mail not in DIFFERENT:
        assert essence(parse(redacted, SENDER)) == essence(parse(content, SENDER))
    assert strangers(redacted) == set()


def test_the_reasons_mostly_stay_the_same() -> None:
    pairs = [(parse(redact(content), SENDER), parse(content, SENDER)) for content in map(Path.read_bytes, MAILS)]
    same = [[event.reason for event in one.events] == [event.reason for event in other.events] for one, other in pairs]
    assert sum(same) > 0.97 * len(same)


def test_redacted_corpus_mails_parse_the_same_and_name_no_recipient() -> None:
    if not CORPUS.is_dir():
        pytest.skip("no ../shared/corpus here to redact")
    different, named = [], []
    for mail in sorted(CORPUS.glob("*.eml")):
        content = mail.read_bytes()
        redacted = redact(content)
        before = parse(content, SENDER)
        if essence(parse(redacted, SENDER)) != essence(before):
            different.append(mail.name)
        named += [(mail.name, name) for name in names(before) if name.encode() in redacted.lower()]
    assert len(different) < 8, different
    assert named == []


def names(reading: Parsed) -> Iterator[str]:
    """What the events call people, places and messages, beyond words that may stay."""
    for event in reading.events:
        local, _, host = event.address.partition("@")
        yield from (name for name in (local, host, event.original_message_id.lower()) if name and not harmless(name))


def harmless(name: str) -> bool:
    return (
        len(name) < 5
        or set(name) <= set("x0.")
        or name in {"example", *domains()}
        or all(map(is_known, re.split(r"[\W_]+", name)))
    )


def test_what_was_the_same_stays_the_same() -> None:
    before = b"To: <Jo@a.test>\nFrom: max@a.test\nX: jo@A.test boo+jo=a.test@b.test [198.51.100.7] 198.51.100.7\n\n"
    assert redact(before) == (
        b"To: <recipient1@host1.example>\nFrom: recipient2@host1.example\nX: recipient1@host1.example"
        b" xxx+recipient1=host1.example@host2.example [192.0.2.1] 192.0.2.1\n\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Subject: Jo's order 4711\r\n\r\nhi\r\n", b"Subject: xx'x order 1000\r\n\r\nhi\r\n"),
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_by_Jo?=\n\n", b"Subject: =?utf-8?q?xxxxx_by_xx?=\n\n"),
        (b"Subject: =?iso-2022-jp?b?GyRCO3NFRBsoQg==?=\n\n", b"Subject: =?iso-2022-jp?b?eHg=?=\n\n"),
        (b"X-A: 550 5.1.1 user unknown #5.1.1\n\n", b"X-A: 550 5.1.1 user unknown #5.1.1\n\n"),
        (
            b"X-A: mx1.mail.outlook.com, mx.test, unknown.Please\n\n",
            b"X-A: host1.outlook.com, host2.example, unknown.Please\n\n",
        ),
        (b"Content-Transfer-Encoding: base64\n\nSm8gRG9l\n", b"Content-Transfer-Encoding: base64\n\neHggeHh4\n"),
        (
            b"Content-Transfer-Encoding: quoted-printable\n\nJ=C3=B8=\nhn\n",
            b"Content-Transfer-Encoding: quoted-printable\n\nxxxx\n",
        ),
        (b"Content-Type: image/png\n\n\x89PNG\n", b"Content-Type: image/png\n\n[5 octets]\n"),
        (
            b'Content-Type: multipart/mixed; boundary="jo"\n\n--jo\n\nJo\n--jo--\nJo\n',
            b'Content-Type: multipart/mixed; boundary="=_boundary_1"\n\n--=_boundary_1\n\nxx\n--=_boundary_1--\nxx\n',
        ),
        (b"Content-Type: message/rfc822\n\nFrom: Jo\n\nJo\n", b"Content-Type: message/rfc822\n\nFrom: xx\n\nxx\n"),
        (b"", b""),
    ],
)
def test_structure_stays_and_words_go(before: bytes, after: bytes) -> None:
    assert redact(before) == after


@given(st.binary(max_size=2000), st.sampled_from(MAILS))
@settings(deadline=None, max_examples=150)
def test_no_bytes_make_it_raise(noise: bytes, mail: Path) -> None:
    content = mail.read_bytes()
    half = len(content) // 2
    for damaged in (noise, content[:half] + noise + content[half:]):
        with contextlib.suppress(Unreadable):
            parts.parse(redact(damaged))
