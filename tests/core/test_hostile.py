"""No mail makes understanding raise, and none takes without end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.model import Parsed
from bounced.parse import parse
from bounced.tokens import Key
from bounced.workers.pools import KILL_SECONDS
from tests.core.test_samples import MAILS
from tests.core.test_samples import SENDER as NAMED
from tests.support.hostile import OURS, PLACES, RECIPIENT, filled, products, special

SENDER = replace(
    NAMED, anchors=OURS, keys=(Key("k2", bytes(32)),), verp=("b+{user}={domain}@s.test", "{any}-{id}@s.test")
)

#: Those that were the slowest, or raised, in benchmarks/parse.py, which tries them all.
UNITS = (b"<", b"@", b" ", b"x", b"(", b":", b"a@", b"\n", b"=?utf-8?q?a?= ", b"--b\n")


def is_sound(reading: Parsed) -> bool:
    """False when a decoder raised, which the core only notes down."""
    return reading.kind != "unreadable" or not reading.decoder


@pytest.mark.parametrize("place", PLACES)
def test_no_hostile_mail_makes_a_decoder_raise(place: str) -> None:
    """What they cost is measured by benchmarks/parse.py; here a mail without end would end the test."""
    assert unsound(filled(place, UNITS, widths=(60,))) == []


def test_no_special_one_does_either_nor_takes_its_worker_down() -> None:
    """They take 0.5 s at most where a mail may take two, and four times that under `make cover`."""
    started = time.process_time()
    for name, mail in special():
        assert unsound([(name, mail)]) == []
        started, before = time.process_time(), started
        assert started - before < KILL_SECONDS, name


def test_no_product_costs_more_than_1500_typical_mails() -> None:
    """F10, G4: 4,000 recipients and 8,000 lines took as long as 6,000, which is 4 seconds."""
    typical = RECIPIENT + b"Diagnostic-Code: smtp; 550 5.1.1 user unknown\n\n--b--\n"
    unit = cost([typical] * 200) / 200
    costs = {name: min(least(mail, 1500 * unit)) / unit for name, mail in products()}
    assert {name: round(units) for name, units in costs.items() if units > 1500} == {}


def least(mail: bytes, seconds: float) -> Iterator[float]:
    """What ``mail`` costs, measured again while that is more than ``seconds``: others use the machine too."""
    for _ in range(4):
        yield (measured := cost([mail]))
        if measured <= seconds:
            return


def cost(mails: Iterable[bytes]) -> float:
    started = time.process_time()
    for mail in mails:
        assert parse(mail, SENDER).kind != "unreadable"
    return time.process_time() - started


def unsound(mails: Iterable[tuple[str, bytes]]) -> list[str]:
    return [name for name, mail in mails if not is_sound(parse(mail, SENDER))]


@given(st.binary(max_size=3000))
@settings(deadline=None)
def test_no_bytes_make_it_raise(content: bytes) -> None:
    assert is_sound(parse(content, SENDER))


@given(st.sampled_from(MAILS), st.data())
@settings(deadline=None, max_examples=300)
def test_no_damage_to_a_sample_makes_it_raise(mail: Path, data: st.DataObject) -> None:
    content = bytearray(mail.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from((0, 1, 10, 500)))
        content[at : at + length] = data.draw(st.binary(max_size=12) | st.sampled_from((content[:at], content[at:])))
    assert is_sound(parse(bytes(content), SENDER))
