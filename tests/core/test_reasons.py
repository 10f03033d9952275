"""The names of others, and docs/reasons.md, which is made from the tables: `python -m tests.core.test_reasons`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounced.reasons import REASONS, VOCABULARY, translated

REASONS_MD = Path(__file__).parents[2] / "docs" / "reasons.md"

HEAD = """# Reasons

Why a delivery failed, from one closed list. The class shows how final the failure is and whose fault: `hard` and `soft`
count against the recipient, `block` is the sender's fault and does not. The last three columns are what
`--vocabulary ses|powermta|sisimai` prints: the closest name used by Amazon SES (bounceType/bounceSubType), PowerMTA and
Sisimai 5.0. This page is generated from the tables in the code by `python -m tests.core.test_reasons`.

| reason | class | meaning | Amazon SES | PowerMTA | Sisimai |
|---|---|---|---|---|---|
"""


def page() -> str:
    """What docs/reasons.md must be."""
    rows = (
        f"| `{reason}` | {class_} | {meaning} | {' | '.join(VOCABULARY[reason])} |\n"
        for reason, (class_, meaning) in REASONS.items()
    )
    return HEAD + "".join(rows)


def test_every_reason_has_a_name_everywhere() -> None:
    assert list(VOCABULARY) == list(REASONS)
    assert all(name for names in VOCABULARY.values() for name in names)


def test_the_page_is_what_the_tables_say() -> None:
    assert REASONS_MD.read_text("utf-8") == page()


@pytest.mark.parametrize(
    ("reason", "vocabulary", "name"),
    [
        ("user_unknown", "", "user_unknown"),
        ("user_unknown", "ses", "Permanent/NoEmail"),
        ("mailbox_full", "powermta", "quota-issues"),
        ("reputation", "sisimai", "blocked"),
        ("abuse", "ses", "abuse"),
        ("", "ses", ""),
    ],
)
def test_translation(reason: str, vocabulary: str, name: str) -> None:
    assert translated(reason, vocabulary) == name


if __name__ == "__main__":
    REASONS_MD.write_text(page(), "utf-8")
