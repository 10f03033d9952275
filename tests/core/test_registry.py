"""The decoders in their order: one owns a mail, and none that is asked earlier lays a claim to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounced import mime
from bounced.decode import DECODERS, Decoder, decode, fallback

SAMPLES = Path(__file__).parents[2] / "samples"
DECODER = dict(DECODERS)
ORDER = tuple(DECODER)

#: Decoders of layouts that many programs share: they may claim what an earlier, more exact decoder owns.
GENERAL = {
    "failed-recipients",  # a header that many put beside their own layout
    "qmail",  # paragraphs that begin with "<address>:"
    "exchange",  # a code below a recipient
    "free-text",
    "fallback",
    "answer",
    "unnamed",
}
#: What stands where it does because a later decoder would take it for its own.
BEFORE = {
    "x-arf": {"arf"},  # a feedback report that has one for machines beside it
    "arf": {"auto-reply"},  # an unsubscribe button's mail is sent automatically
    "not-a-report": {"dsn", "auto-reply"},  # receipts have RFC 3464's fields
    "challenge": {"dsn", "auto-reply"},  # Boxbe wraps challenges into delivery status notifications
    "list-manager": {"auto-reply"},  # posts that are held are answered automatically
}
OWNED = sorted(path for name in ORDER for path in (SAMPLES / name).glob("*.eml"))
FOREIGN = sorted((SAMPLES / "other").glob("*.eml"))


def claims(mail: mime.Mail) -> list[str]:
    """The decoders that claim the mail, in their order."""
    return [name for name, decoder in DECODERS if decoder(mail) is not None]


def name_of(path: Path) -> str:
    return str(path.relative_to(SAMPLES))


@pytest.mark.parametrize("path", OWNED, ids=name_of)
def test_a_sample_is_claimed_by_its_owner_and_after_that_by_general_decoders_only(path: Path) -> None:
    first, *others = claims(mime.read(path.read_bytes()))
    assert first == path.parent.name
    assert set(others) <= GENERAL | BEFORE.get(first, set())


@pytest.mark.parametrize("path", FOREIGN, ids=name_of)
def test_what_is_no_report_is_claimed_by_nobody(path: Path) -> None:
    assert claims(mime.read(path.read_bytes())) == []


def test_every_module_of_the_room_is_a_decoder() -> None:
    modules = {path.stem.replace("_", "-") for path in Path(fallback.__file__).parent.glob("[a-z]*.py")}
    assert modules == set(ORDER)


def test_every_decoder_has_a_sample() -> None:
    assert {path.parent.name for path in OWNED} == set(ORDER)


def test_every_claim_names_the_decoder_that_made_it() -> None:
    assert {decode(path.read_bytes()).decoder for path in OWNED} == set(ORDER)


@pytest.mark.parametrize("decoder", DECODER.values(), ids=DECODER)
def test_an_empty_mail_is_declined(decoder: Decoder) -> None:
    assert decoder(mime.read(b"Subject: Hello\n\n")) is None
