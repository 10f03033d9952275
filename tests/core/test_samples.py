"""Every sample is read as the expectation beside it says: no claim that is not there, and none missing.

`python -m tests.core.test_samples` writes the expectations that are missing, to be corrected by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bounced.cli.parse import parsed_row
from bounced.identify import Sender
from bounced.parse import parse

SAMPLES = Path(__file__).parents[2] / "samples"

#: What the senders of the samples put into their mails, as a configuration would name it.
SENDER = Sender(campaign="X-Campaign-ID", recipient="X-Recipient", headers=("List-Id",))

#: How sure that is and who says so: tests/core/test_identify.py and others have tables for it.
PROVENANCE = (
    "overruled",
    "trust",
    "evidence",
    "charged_by",
    "recipient_id",
    "stream",
    "sending_domain",
    "source",
    "campaign_by",
    "stream_by",
    "sending_domain_by",
)

MAILS = sorted(SAMPLES.rglob("*.eml"))


def read(mail: Path) -> dict[str, Any]:
    """What `bounced` reads in a sample."""
    row = parsed_row(parse(mail.read_bytes(), SENDER))
    del row["subject"]
    for event in row["events"]:
        for name in PROVENANCE:
            event.pop(name, None)
    return row


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: str(mail.relative_to(SAMPLES)))
def test_the_sample_is_read_as_expected(mail: Path) -> None:
    expected = json.loads(mail.with_suffix(".json").read_text("utf-8"))
    about = expected.pop("about")
    assert read(mail) == expected, about


def test_every_expectation_has_its_sample_and_says_what_it_is_about() -> None:
    expectations = {
        path: json.loads(path.read_text("utf-8")) for path in SAMPLES.rglob("*.json") if path.parent.name != "lists"
    }
    assert {path.with_suffix(".eml") for path in expectations} == set(MAILS)
    assert [path.name for path, expected in expectations.items() if len(expected["about"]) < 10] == []


def test_no_sample_is_a_copy_from_elsewhere() -> None:
    """Samples are made by this project: names and addresses are those for documentation."""
    corpus = SAMPLES.parents[1] / "shared" / "corpus"
    if not corpus.is_dir():
        pytest.skip("no ../shared/corpus here to compare with")
    known = {path.read_bytes() for path in corpus.rglob("*.eml")}
    assert [mail.name for mail in MAILS if mail.read_bytes() in known] == []


def main() -> None:
    """Writes what is missing."""
    for mail in MAILS:
        path = mail.with_suffix(".json")
        if not path.exists():
            row = {"about": "", **read(mail)}
            path.write_text(json.dumps(row, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
