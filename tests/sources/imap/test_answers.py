"""What responses of a server say: the same as imapclient's own parser makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import gen_parsed_response

from bounced.sources.imap.answers import DEPTH_LIMIT, Response, values

#: What servers send, and what they should not.
ITEMS = [
    *(b"UID 7", b"RFC822.SIZE 4711", b'RFC822.SIZE "4711"', b"0012", b"4294967295", b"NIL", b'"NIL"', b'""', b"nil"),
    *(b'INTERNALDATE " 1-Sep-2026 12:00:00 +0000"', b'"a \\"b\\" \\\\ \\q"', b"FLAGS (\\Seen $X)", b"FLAGS ()"),
    *(b"BODY[HEADER.FIELDS (A B)]<0>", b"BODY[]<0> NIL", b"((a) (b (c)))", b"$50%", b"a\x01b", "ü".encode(), b"\t"),
]


def responses(seed: int) -> Iterator[list[Response]]:
    draw = random.Random(seed)
    for _ in range(500):
        items = b" ".join(draw.choices(ITEMS, k=draw.randint(1, 6)))
        yield [b"1 (%s)" % items]
        yield [(b"1 (%s BODY[]<0> {4}" % items, b"(\r\n)"), b" %s)" % items, b"2 (FLAGS ())"]


@pytest.mark.parametrize("seed", range(4))
def test_values_are_those_of_imapclient(seed: int) -> None:
    assert [(stated, values(stated)) for stated in responses(seed)] == [
        (stated, list(gen_parsed_response(stated))) for stated in responses(seed)
    ]


def test_each_kind_of_value() -> None:
    answer: list[Response] = [(b'3 (UID 7 X NIL "a \\" b" 007 (0 ()) BODY[] {2}', b"( "), b")"]
    assert values(answer) == [3, (b"UID", 7, b"X", None, b'a " b', b"007", (0, ()), b"BODY[]", b"( ")]


@pytest.mark.parametrize(
    "answer",
    [
        *([b"1 (UID 7"], [b"1 UID 7)"], [b'1 (X "a)'], [b"1 (BODY[]"], [b"1 (BODY[ 1)"]),
        *([(b"1 (BODY[] {3}", b"ab"), b")"], [b"1 (BODY[] {3}"], [b"(" * (DEPTH_LIMIT + 1) + b")" * (DEPTH_LIMIT + 1)]),
    ],
)
def test_what_does_not_end_is_no_answer(answer: list[Response]) -> None:
    with pytest.raises(ProtocolError):
        values(answer)


@pytest.mark.parametrize("text", [b'"\\a', b"[", b"a[", b"("])
def test_a_hostile_line_is_refused_in_the_time_of_its_length(text: bytes) -> None:
    """With a pattern that goes back it would not end."""
    with pytest.raises(ProtocolError):
        values([text * 100_001])


@pytest.mark.parametrize("text", [b"a[]", b"{1", b"\\", b'""', b"\r\n", b"() "])
def test_a_hostile_line_is_read_in_the_time_of_its_length(text: bytes) -> None:
    assert len(values([text * 100_001])) <= 100_001
