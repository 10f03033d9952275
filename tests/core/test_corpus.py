"""Real complaints, from a collection that is not part of the repository: who is charged by them, and who never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounced import address
from bounced.decode import decode
from bounced.identify import Sender
from bounced.identify.sender import within
from bounced.parse import parse

MAILS = Path(__file__).parents[3] / "shared" / "corpus" / "mails"

pytestmark = pytest.mark.skipif(not MAILS.is_dir(), reason="there is no collection of mails beside this checkout")

#: Complaints that name nobody, and why. What they hold is tied to a recipient by marks of the sender only.
UNATTRIBUTED = {
    "sisimai-bsd-arf-01.eml": "redacted@… in To, <redacted> in Received; our own addresses are all that is left",
    "sisimai-bsd-arf-15.eml": 'To is "undisclosed"; the reporter and ourselves are all that is left',
    "sisimai-dos-arf-01.eml": "as sisimai-bsd-arf-01.eml",
    "sisimai-mac-arf-01.eml": "as sisimai-bsd-arf-01.eml",
}


def complaints() -> list[Path]:
    return [path for path in sorted(MAILS.glob("*.eml")) if decode(path.read_bytes()).kind == "complaint"]


def test_every_complaint_with_a_clue_is_attributed() -> None:
    nameless = [
        path.name
        for path in complaints()
        if not all(event.address for event in parse(path.read_bytes(), Sender()).events)
    ]
    assert nameless == sorted(UNATTRIBUTED)


def test_nobody_who_reports_is_charged() -> None:
    for path in complaints():
        decoded = decode(path.read_bytes())
        reporter = address.claimed(decoded.header.get("From")) if decoded.original.headers else ""
        for event in parse(path.read_bytes(), Sender()).events:
            assert event.address != reporter, path.name
            local, _, domain = event.address.rpartition("@")
            assert local != "postmaster" or not within(event.reporting_mta, (domain,)), path.name


def test_we_are_never_charged() -> None:
    """Whoever the mail came to, and whoever the returned message was from, is us."""
    for path in sorted(MAILS.glob("*.eml")):
        decoded = decode(path.read_bytes())
        stated = (decoded.header.get("To"), decoded.header.get("Delivered-To"), decoded.original.get("From"))
        own = tuple(filter(None, map(address.claimed, stated)))
        for event in parse(path.read_bytes(), Sender(own_addresses=own)).events:
            assert event.address not in own, path.name
