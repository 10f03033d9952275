"""What servers answer in other languages means what it says: the class and the reason, in each of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bounced.classify import classify
from bounced.classify.replies import without_marks
from bounced.model import Report, Verdict

REPLIES: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "foreign_replies.toml").read_text("utf-8")
)
ROWS = [
    (language, reason, text) for language, rows in REPLIES.items() for reason, texts in rows.items() for text in texts
]


def judged(text: str, status: str = "") -> Verdict:
    return classify(Report(final_recipient="a@b.test", action="failed", status=status, diagnostic_code=f"smtp; {text}"))


@pytest.mark.parametrize("language", REPLIES)
def test_a_reply_means_what_it_says(language: str) -> None:
    replies = {text: reason for row, reason, text in ROWS if row == language}
    assert {text: judged(f"550 {text}").reason for text in replies} == replies


@pytest.mark.parametrize("language", REPLIES)
def test_a_reply_means_the_same_without_accents_and_with_a_vague_status(language: str) -> None:
    replies = {without_marks(text.lower()): reason for row, reason, text in ROWS if row == language}
    assert {text: judged(f"554 5.0.0 {text}", "5.0.0").reason for text in replies} == replies


@pytest.mark.parametrize("language", REPLIES)
def test_every_language_has_words_for_a_mailbox_that_fails(language: str) -> None:
    assert {"user_unknown", "mailbox_full", "mailbox_disabled"} <= REPLIES[language].keys()
