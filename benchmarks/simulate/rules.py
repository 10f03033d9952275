"""Who decides whom not to mail any more: `bounced` with several configurations, and models of other programs."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Protocol

from benchmarks.simulate.reports import Failure
from benchmarks.simulate.world import sent_at
from bounced import pipeline, times, tokens
from bounced.config import load, rules, sender
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Item
from bounced.sources import files
from bounced.workers import Workers

KEY = "k2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

TOKENS = """
[identify]
token_keys = "token.keys"
[trust]
own_domains = ["sender.example"]
count = "verified"
"""

AT_ONCE = "[policy]\nhard = { bounces = 1, days = 0 }\n"

SOONER = """
[policy]
hard = { bounces = 2, days = 6 }
soft = { bounces = 5, days = 28 }
"""

EXPIRY = """
[policy.expire]
soft = "60d"
mailbox_disabled = "60d"
"""

LADDERS = """
[policy.expire]
soft = ["30d", "60d", "120d"]
mailbox_disabled = ["30d", "60d", "120d"]
"""

#: Configurations by name.
CONFIGURATIONS: Mapping[str, str] = {
    "default": "",
    "hard at once, no guard": f"{AT_ONCE}[policy.incidents]\naddresses = 0\n",
    "hard at once": AT_ONCE,
    "hard at once, hard ladder": f"{AT_ONCE}[policy.expire]\nhard = ['7d', '30d', 'never']\n",
    "default + expiry": EXPIRY,
    "2/6, 5/28, expiry, tokens": f"{SOONER}{EXPIRY}{TOKENS}",
    "2/6, 5/28, ladders, tokens": f"{SOONER}{LADDERS}{TOKENS}",
    "default + proof": "",
    "recommended + proof": f"{SOONER}{LADDERS}[policy.lift]\nhard = 2\n{TOKENS}",
    "hard at once + proof": AT_ONCE,
}

#: Those whose sender fills the table ``sends``.
RECORDED = frozenset(name for name in CONFIGURATIONS if name.endswith("+ proof"))


@dataclass(frozen=True, slots=True)
class Message:
    """One that is sent."""

    message_id: str
    address: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """An incident was opened when so many ``reports`` of a week had been read, the latest of them from ``at``."""

    at: datetime
    dimension: str
    name: str
    reports: int


class Rule(Protocol):
    """Reads the failures of a week, and says whom not to mail."""

    alarms: list[Alarm]

    def return_path(self, number: int, sent: datetime) -> str:
        """The envelope sender of the message to recipient ``number``."""

    def send(self, messages: Sequence[Message]) -> None:
        """Sends the messages of a week."""

    def read(self, now: datetime, mbox: Path, failures: Sequence[Failure]) -> None:
        """Takes the reports that there are at ``now``: as an mbox, and as what they say."""

    def suppressed(self, now: datetime) -> set[str]:
        """The addresses that must not be mailed at ``now``."""

    def close(self) -> None:
        """Ends what it has begun."""


class Bounced:
    """The ledger, the pipeline and a worker of `bounced scan`, kept open for the year."""

    def __init__(self, folder: Path, configuration: str, addresses: Sequence[str], *, records: bool) -> None:
        keys, file, self._database = folder / "token.keys", folder / "bounced.toml", folder / "bounced.db"
        keys.write_text(KEY)
        keys.chmod(0o600)
        file.write_text(f'[database]\npath = "{self._database}"\n{configuration.replace("token.keys", str(keys))}')
        config = load(file)
        self._key = next(iter(sender(config).keys), None)
        self._records, self._now = records, sent_at(0)
        self.alarms: list[Alarm] = []
        self._taken = 0  # reports since the last newsletter
        self._ledger = Ledger(config.database.path, config.rule(), clock=lambda: self._now)
        self._workers = Workers(sender(config), rules(config), count=1)
        if self._key:
            rows = enumerate(addresses)
            with closing(sqlite3.connect(self._database)) as db, db:
                db.executemany("INSERT INTO recipients (id, address) VALUES (?, ?)", rows)

    def close(self) -> None:
        """Ends the worker."""
        self._workers.close()
        self._ledger.close()

    def return_path(self, number: int, sent: datetime) -> str:
        """With a token, where the configuration has a key."""
        if not self._key:
            return "bounces@news.sender.example"
        token = tokens.make(self._key, (sent + tokens.LIFE).date(), recipient_id=str(number))
        return tokens.return_path("bounces@news.sender.example", token)

    def send(self, messages: Sequence[Message]) -> None:
        """As docs/sent.md says."""
        self._taken = 0
        if self._records:
            rows = [(message.message_id, message.address, times.iso(message.sent_at)) for message in messages]
            with closing(sqlite3.connect(self._database)) as db, db:
                db.executemany("INSERT INTO sends (message_id, address, sent_at) VALUES (?, ?, ?)", rows)

    def read(self, now: datetime, mbox: Path, failures: Sequence[Failure]) -> None:
        """As `bounced scan` does; notes which incidents are opened by it."""
        self._now = now

        def note(items: Sequence[Item], receipt: Receipt) -> None:
            self._taken += len(items)
            latest = max((item.message.arrived_at for item in items), default=now)
            opened = [change for change in receipt.incidents if change.is_open]
            self.alarms += [Alarm(latest, change.dimension, change.name, self._taken) for change in opened]

        [mailbox] = files.open_source(str(mbox), BytesIO())
        pipeline.drain(mailbox, self._ledger, self._workers, note)
        for _ in self._ledger.settle():
            pass
        self._ledger.upkeep.recount()

    def suppressed(self, now: datetime) -> set[str]:
        """By the table, since the view asks for the time of today."""
        sql = "SELECT address FROM suppressions WHERE since <= ? AND (until IS NULL OR until > ?)"
        text = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        with closing(sqlite3.connect(self._database)) as db:
            return {address for (address,) in db.execute(sql, (text, text))}


@dataclass
class Model:
    """A rule of another program; without tokens, as they have none."""

    def __post_init__(self) -> None:
        self.out: set[str] = set()
        self.alarms: list[Alarm] = []

    def close(self) -> None:
        """Nothing."""

    def return_path(self, number: int, sent: datetime) -> str:
        """The same for all."""
        return "bounces@news.sender.example"

    def send(self, messages: Sequence[Message]) -> None:
        """Nothing: none of these programs asks what was sent."""

    def read(self, now: datetime, mbox: Path, failures: Sequence[Failure]) -> None:
        """Takes the reports."""
        raise NotImplementedError

    def suppressed(self, now: datetime) -> set[str]:
        """Whom it has put out; none of these programs takes anybody back."""
        return self.out


class FirstBounce(Model):
    """Mautic, and listmonk's setting for hard bounces: the first one puts out."""

    def read(self, now: datetime, mbox: Path, failures: Sequence[Failure]) -> None:
        """Whatever it says."""
        self.out |= {failure.address for failure in failures}


class Mailman(Model):
    """Mailman 3: five points, one a day, forgotten when none comes for a week (bounce_info_stale_after)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._scores: Counter[str] = Counter()
        self._latest: dict[str, datetime] = {}

    def read(self, now: datetime, mbox: Path, failures: Sequence[Failure]) -> None:
        """A point for the first of a day."""
        for failure in sorted(failures, key=lambda failure: failure.at):
            latest = self._latest.get(failure.address)
            if latest and latest.date() == failure.at.date():
                continue
            if latest and failure.at - latest > timedelta(days=7):
                self._scores[failure.address] = 0
            self._scores[failure.address] += 1
            self._latest[failure.address] = failure.at
            if self._scores[failure.address] >= 5:
                self.out.add(failure.address)


class Odoo(Model):
    """Odoo: five bounces in thirteen weeks, more than a week between the first and the last of them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._dates: dict[str, list[datetime]] = {}

    def read(self, now: datetime, mbox: Path, failures: Sequence[Failure]) -> None:
        """The dates of the last quarter."""
        for failure in sorted(failures, key=lambda failure: failure.at):
            dates = [at for at in self._dates.get(failure.address, []) if failure.at - at < timedelta(weeks=13)]
            self._dates[failure.address] = dates = [*dates, failure.at]
            if len(dates) >= 5 and dates[-1] - dates[0] > timedelta(weeks=1):
                self.out.add(failure.address)


MODELS: Mapping[str, type[Model]] = {
    "Mautic, listmonk": FirstBounce,
    "Mailman 3": Mailman,
    "Odoo": Odoo,
}
