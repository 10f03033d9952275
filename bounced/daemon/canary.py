"""Sends a canary now and then: a message to an address that bounces, whose report has to come back to a mailbox.

It goes the way of all mail: through the server that sends it, and back as a report to the address for reports. What
tells it from others is a token of ours in its header, which a report returns.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from email.message import Message
from email.utils import format_datetime

from bounced import times
from bounced.address import domain
from bounced.config import CanarySection, Config, Schedule, canary_token
from bounced.daemon import log
from bounced.daemon.smtp import NotSubmitted, server, submit
from bounced.errors import UserError
from bounced.ledger.canaries import CanaryChange
from bounced.ledger.ledger import Ledger
from bounced.peer import printable

#: Between two looks whether one is due, or missed.
INTERVAL = Schedule(timedelta(seconds=30))

#: Octets at random in the number of a canary.
NUMBER_OCTETS = 5

#: Characters of a problem that are kept.
PROBLEM_LENGTH_LIMIT = 300

#: How much longer than needed a token is valid: its last day is one in UTC.
DAY = timedelta(days=1)

SUBJECT = "Test of the processing of bounces"
TEXT = """\
This message is sent by bounced, the program that reads the bounces here, to an address that bounces. Its report shows
that bounces arrive; where it is missing, they do not. Nothing is to be done about it.
"""


def run(config: Config, ledger: Ledger, environment: Mapping[str, str]) -> None:
    """Looks whether canaries come back, and sends one when it is due. Raises LedgerError."""
    section = config.canary
    if section is None:
        ledger.canaries.forget()
        return
    if change := ledger.canaries.judge(section.within):
        _log(change)
    if ledger.canaries.is_due(section.every, section.within):
        _send(config, section, ledger, environment)


def _send(config: Config, section: CanarySection, ledger: Ledger, environment: Mapping[str, str]) -> None:
    number = secrets.token_hex(NUMBER_OCTETS)
    ledger.canaries.note(number)
    try:
        canary = message(config, section, number)
        expirations = submit([server(section, environment)], section.sender, [section.to], canary)
    except (NotSubmitted, UserError) as error:
        problem = printable(str(error), PROBLEM_LENGTH_LIMIT)
        ledger.canaries.failed(number, problem)
        log.fact(logging.WARNING, "canary-failed", problem=problem)
    else:
        ledger.canaries.sent(number)
        ledger.expirations.note("canary", expirations)


def message(config: Config, section: CanarySection, number: str) -> Message:
    """The canary with ``number`` in its token. Raises UserError where there is no key for that."""
    now = times.now()
    canary = Message()
    canary["From"], canary["To"], canary["Subject"] = section.sender, section.to, SUBJECT
    canary["Date"] = format_datetime(now)
    canary["Message-ID"] = f"<canary.{number}@{domain(section.sender)}>"
    canary["Auto-Submitted"] = "auto-generated"
    canary[config.identify.token_header] = canary_token(config, number, (now + section.within + DAY).date())
    canary.set_payload(TEXT)
    return canary


def _log(change: CanaryChange) -> None:
    if change.is_missed:
        log.fact(logging.WARNING, "canary-missed", since=change.since, problem=change.problem)
    else:
        log.fact(logging.WARNING, "canary-returned", since=change.since)
