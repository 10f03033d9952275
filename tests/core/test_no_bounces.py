"""What comes to a bounce mailbox and is no bounce: alerts, receipts, digests, notices, phishing, mail of people."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bounced.identify import Sender
from bounced.parse import parse

MAILS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "no_bounces.toml").read_text("utf-8"))["mail"]
RETURNED = """
--- Original message ---

Return-Path: <bounces@shop.example>
Message-ID: <1@shop.example>
From: news@shop.example
To: anna@dest.example
Subject: News
"""


def source(mail: dict[str, Any]) -> bytes:
    sender = mail.get("sender", "")
    lines = [
        *([] if sender == "none" else [f"Return-Path: <{sender}>"]),
        "To: bounces@shop.example",
        f"From: {mail['from']}",
        f"Subject: {mail['subject']}",
        *mail.get("header", ()),
    ]
    return "\n".join([*lines, "", mail["text"]]).encode()


@pytest.mark.parametrize("mail", MAILS, ids=[mail["about"] for mail in MAILS])
def test_nobody_fails_by_what_is_no_bounce(mail: dict[str, Any]) -> None:
    events = parse(source(mail), Sender()).events
    assert [event.address for event in events if event.action in ("failed", "delayed") or event.feedback_type] == []


@pytest.mark.parametrize(
    "author",
    ["Mail Delivery System <notice@mail.example>", "MAILER-DAEMON@mx.dest.example", "no-reply@app.dest.example"],
)
def test_the_same_words_with_a_message_of_ours_are_a_bounce(author: str) -> None:
    text = f"The message could not be delivered to anna@dest.example: 550 5.1.1 User unknown\n{RETURNED}"
    events = parse(source({"from": author, "subject": "Delivery failed", "text": text}), Sender()).events
    assert [(event.address, event.action, event.reason) for event in events] == [
        ("anna@dest.example", "failed", "user_unknown")
    ]
