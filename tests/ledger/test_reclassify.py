"""Failures that are judged again by other tables: as if they had been read by these, whatever kills the process."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from bounced.classify import classify
from bounced.classify.again import judge
from bounced.classify.rules import Rule
from bounced.classify.tables import BUILT_IN, Tables
from bounced.ledger import reclassify, schema
from bounced.ledger.ledger import Ledger, Receipt
from bounced.ledger.preview import Part, Preview, preview
from bounced.ledger.reclassify import Reclassification
from bounced.model import Event, Item, Report
from bounced.peer import STORED_LIMIT
from bounced.policy import Limit, Policy
from tests.support.ledger import NOW, item, rows
from tests.support.packs import OTHERS, recorded, with_phrase

POLICY = Policy({**Policy().limits, "hard": Limit(2, 5)}, {}, count={"bounce": "plausible"}, addresses_per_message=2)

TEXTS = (
    *(
        "550 5.1.1 user unknown",
        "550 5.7.1 spam",
        "452 4.2.2 over quota",
        "550 mailbox rejected",
        "451 try again later",
    ),
    *("", "550 user unknown " + "x" * STORED_LIMIT, "550 5.7.1 <us@a.example>: rejected", "550 refused"),
)

FACTS = "SELECT * FROM events ORDER BY id"
TRUTH = (
    "SELECT id, address, kind, action, class, reason, status, reply_code, rule, trust, evidence, held, diagnostic_code,"
    " words, stated_status, own_names FROM events ORDER BY id"
)
DERIVED = (
    "SELECT * FROM suppressions ORDER BY address, scope, cause",
    "SELECT address, event, why FROM doubts ORDER BY address, event",
    "SELECT dimension, name, complaint, identity, day FROM latest_outcomes ORDER BY 1, 2, 3, 4",
)

#: What is hard in the built-in tables is a block in these.
BLOCK = with_phrase("policy", "user unknown")

reports = st.lists(
    st.tuples(
        st.sampled_from(["a@b.test", "c@d.test", ""]),
        st.integers(0, 40),
        st.sampled_from(TEXTS),
        st.sampled_from(["", "5.1.1", "5.7.1"]),
        st.sampled_from(["failed", "failed", "failed", "delayed", "delivered"]),
        st.sampled_from(["plausible", "plausible", "verified", "unverified"]),
    ),
    max_size=12,
)


def report_item(number: int, fact: Any, tables: Tables, rules: Sequence[Rule] = ()) -> Item:
    address, day, text, status, action, trust = fact
    report = Report(action, address or "a@b.test", "", status, text)
    event = Event(address, "delivered", "delivered", status=status)
    if action != "delivered":
        verdict = classify(report, rules, ours=frozenset(("us@a.example", "a.example")), tables=tables)
        event = recorded(report, verdict, address)
    marked = replace(event, trust=trust, recipient_id="" if address else "4711")
    return item(number, day, marked)


def found(ledger: Ledger, *statements: str) -> list[Any]:
    return [ledger._db.execute(statement).fetchall() for statement in statements]


def judged(ledger: Ledger, tables: Tables) -> list[Receipt]:
    return list(ledger.reclassify(judge(tables)))


def whole(fact: Any) -> bool:
    return len(fact[2]) <= STORED_LIMIT


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=reports, learns_at=st.integers(0, 12), stops_at=st.integers(0, 3))
def test_it_is_as_if_the_new_tables_had_judged_from_the_beginning(
    monkeypatch: pytest.MonkeyPatch, facts: Any, learns_at: int, stops_at: int
) -> None:
    monkeypatch.setattr(reclassify.next_events, "__defaults__", (3,))
    ends = []
    for tables in (BUILT_IN, OTHERS):
        with Ledger(":memory:", POLICY, dry_run=True) as ledger:
            for number, fact in enumerate(facts):
                ledger.take([report_item(number, fact, tables if whole(fact) else BUILT_IN)])
                if number == learns_at:
                    ledger.write(
                        lambda db: db.execute("INSERT INTO recipients (id, address) VALUES ('4711', 'a@b.test')")
                    )
                    list(ledger.attribute())
            told = preview(ledger._db, judge(OTHERS), POLICY, NOW)
            before = set(found(ledger, "SELECT address, scope, cause FROM suppressions")[0])
            for _, _ in zip(range(stops_at), ledger.reclassify(judge(OTHERS)), strict=False):
                pass  # then it is killed
            judged(ledger, OTHERS)
            ledger.upkeep.recount()
            after = set(found(ledger, "SELECT address, scope, cause FROM suppressions")[0])
            assert {(address, one.scope, one.cause) for address, one in told.difference.suppressed} == after - before
            assert {(address, one.scope, one.cause) for address, one in told.difference.released} == before - after
            ends.append(found(ledger, TRUTH, *DERIVED))
            progress = ledger.reclassification.progress()
            assert progress is not None
            assert (progress.judged, progress.kept) == (told.judged, told.kept)
            assert progress.changed == told.changed.total()
            assert judged(ledger, OTHERS) == []
            assert found(ledger, TRUTH, *DERIVED) == ends[-1]
    assert ends[0] == ends[1]


def failing(*days: int, text: str = "550 5.1.1 user unknown", address: str = "a@b.test") -> list[Any]:
    return [(address, day, text, "", "failed", "plausible") for day in days]


def take(ledger: Ledger, facts: Iterable[Any], tables: Tables = BUILT_IN, *, first: int = 0, digest: str = "") -> None:
    for number, fact in enumerate(facts, first):
        one = report_item(number, fact, tables)
        assert one.parsed is not None
        ledger.take([replace(one, parsed=replace(one.parsed, tables=digest))])


def test_suppressions_follow_and_what_was_recorded_is_kept(tmp_path: Path) -> None:
    path = str(tmp_path / "bounced.db")
    with Ledger(path, POLICY) as ledger:
        take(ledger, failing(0, 8, 16))
        [before] = found(ledger, FACTS)
        assert [address for (address,) in rows(path, "SELECT address FROM suppressed")] == ["a@b.test"]
        judged(ledger, BUILT_IN)
        block = with_phrase("policy", "user unknown")
        receipts = judged(ledger, block)
        assert [[address for address, _ in receipt.ended] for receipt in receipts if receipt.ended] == [["a@b.test"]]
        assert rows(path, "SELECT count(*), min(class), max(reason) FROM events") == [(3, "block", "policy")]
        assert rows(path, "SELECT reason FROM reclassified JOIN verdicts ON id = verdict") == [("user_unknown",)] * 3
        progress = ledger.reclassification.progress()
        assert progress is not None
        assert (progress.tables, progress.judged, progress.changed, progress.kept) == (block.name, 3, 3, 0)
        assert (progress.suppressed, progress.released) == (0, 1)
        judged(ledger, BUILT_IN)
        assert found(ledger, FACTS) == [before]
        assert rows(path, "SELECT count(*) FROM reclassified") == [(0,)]
        assert [address for (address,) in rows(path, "SELECT address FROM suppressed")] == ["a@b.test"]


def test_what_an_own_rule_decided_and_what_is_cut_stays(tmp_path: Path) -> None:
    path = str(tmp_path / "bounced.db")
    own = Rule("virus", text="user", name="rules.toml #1")
    with Ledger(path, POLICY) as ledger:
        ledger.take([report_item(1, failing(0)[0], BUILT_IN, [own])])
        take(ledger, failing(1, text="550 user unknown " + "x" * STORED_LIMIT), first=2)
        judged(ledger, OTHERS)
        progress = ledger.reclassification.progress()
    assert rows(path, "SELECT reason FROM events ORDER BY id") == [("virus",), ("user_unknown",)]
    assert progress is not None
    assert (progress.judged, progress.kept) == (0, 2)


def test_a_message_that_other_tables_judged_meanwhile_is_judged_again(tmp_path: Path) -> None:
    """A worker had it when the daemon was reloaded, or another program has other tables."""
    path = str(tmp_path / "bounced.db")
    new, old = (judge(tables).digest for tables in (OTHERS, BUILT_IN))
    with Ledger(path, POLICY) as ledger:
        take(ledger, failing(0))
        judged(ledger, OTHERS)
        take(ledger, failing(2), OTHERS, first=1, digest=new)
        assert judged(ledger, OTHERS) == []
        take(ledger, failing(4), first=2, digest=old)
        assert rows(path, "SELECT reason FROM events ORDER BY id") == [("policy",), ("policy",), ("user_unknown",)]
        assert judged(ledger, OTHERS) != []
        assert judged(ledger, OTHERS) == []
    assert rows(path, "SELECT DISTINCT reason FROM events") == [("policy",)]


def test_an_empty_ledger_is_by_the_tables_of_now(tmp_path: Path) -> None:
    with Ledger(str(tmp_path / "bounced.db"), POLICY) as ledger:
        assert ledger.reclassification.progress() is None
        judged(ledger, BUILT_IN)
        progress = ledger.reclassification.progress()
    assert progress is not None
    assert (progress.tables, progress.judged, bool(progress.finished_at)) == (BUILT_IN.name, 0, True)


def test_two_programs_with_other_tables_do_not_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reclassify.next_events, "__defaults__", (1,))
    path = str(tmp_path / "bounced.db")
    with Ledger(path, POLICY) as ledger, Ledger(path, POLICY) as other:
        take(ledger, failing(0, 8, 16))
        ours = ledger.reclassify(judge(OTHERS))
        next(ours)
        judged(other, BUILT_IN)
        assert list(ours) == []
    assert rows(path, "SELECT DISTINCT reason FROM events") == [("user_unknown",)]


def test_events_of_earlier_versions_are_judged_with_care(tmp_path: Path) -> None:
    """They have no basis: nothing becomes hard that was not."""
    path = str(tmp_path / "bounced.db")
    with Ledger(path, POLICY) as ledger:
        take(ledger, [*failing(0), *failing(1, text="550 5.7.1 spam"), *failing(2, text="452 4.2.2 over quota")])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE verdicts SET words = '', stated_status = '', own_names = ''")
    with Ledger(path, POLICY) as ledger:
        judged(ledger, OTHERS)
        progress = ledger.reclassification.progress()
    assert rows(path, "SELECT reason FROM events ORDER BY id") == [("policy",), ("spam_content",), ("unknown",)]
    assert progress is not None
    assert (progress.judged, progress.changed, progress.kept) == (2, 2, 1)


def test_a_file_of_the_schema_before_can_be_judged(tmp_path: Path) -> None:
    path = str(tmp_path / "bounced.db")
    with closing(sqlite3.connect(path)) as connection:
        schema.migrations.apply(Database(connection, execute_plugins=False), stop_before="m019_judged")
        connection.execute(
            "INSERT INTO verdicts (kind, action, class, reason, rule) VALUES ('bounce', 'failed', 'hard', "
            "'user_unknown', 'text: user unknown')"
        )
        connection.commit()
    with Ledger(path, POLICY) as ledger:
        judged(ledger, OTHERS)
    assert rows(path, "SELECT words, stated_status, own_names FROM verdicts") == [("", "", "")]


def test_a_preview_changes_nothing_and_names_examples(tmp_path: Path) -> None:
    path = str(tmp_path / "bounced.db")
    block = with_phrase("policy", "user unknown")
    with Ledger(path, POLICY) as ledger:
        take(ledger, [*failing(0, 4, 8, 16), *failing(3, text="452 4.2.2 over quota")])
        before = found(ledger, FACTS, *DERIVED)
        told = preview(ledger._db, judge(block), POLICY, NOW)
        assert found(ledger, FACTS, *DERIVED) == before
    key = ("hard", "user_unknown", "block", "policy")
    assert (told.judged, told.kept, told.changed) == (5, 0, {key: 4})
    assert [example["id"] for example in told.examples[key]] == [1, 2, 3]
    assert told.examples[key][0] == {
        "address": "a@b.test",
        "id": 1,
        "happened_at": "2026-09-01T12:00:00Z",
        "diagnostic_code": "550 5.1.1 user unknown",
        "rule": "text: user unknown",
        "new_rule": "text: user unknown",
    }
    changed = told.difference
    assert ([address for address, _ in changed.released], changed.suppressed) == (["a@b.test"], [])


def test_a_preview_counts_all_and_names_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bounced.ledger.preview.SUPPRESSIONS_LIMIT", 1)
    addresses = [f"a@{name}.test" for name in "bc"]
    with Ledger(str(tmp_path / "bounced.db"), POLICY) as ledger:
        take(ledger, [item for address in addresses for item in failing(0, 8, 16, address=address)])
        told = preview(ledger._db, judge(with_phrase("policy", "user unknown")), POLICY, NOW)
        again = preview(ledger._db, judge(with_phrase("policy", "user unknown")), POLICY, NOW)
    changed = told.difference
    assert ([address for address, _ in changed.released], changed.ended.total()) == (addresses[:1], 2)
    assert (changed.suppressed, changed.began.total(), told.changed.total()) == ([], 0, 6)
    assert again == told


@settings(max_examples=25, deadline=None)
@given(facts=reports, others=st.lists(st.integers(0, 40), max_size=6), is_whole=st.booleans())
def test_any_number_of_parts_says_the_same(facts: Any, others: Sequence[int], is_whole: bool) -> None:
    """Also of what charges nobody, and of what was charged later."""
    facts += [(f"{day}@b.test", day, TEXTS[0], "", "failed", "plausible") for day in others]
    with Ledger(":memory:", POLICY, dry_run=True) as ledger:
        ledger.take([report_item(number, fact, BUILT_IN) for number, fact in enumerate(facts) if number % 2])
        ledger.write(lambda db: db.execute("INSERT INTO recipients (id, address) VALUES ('4711', 'a@b.test')"))
        list(ledger.attribute())
        ledger.write(lambda db: db.execute("DELETE FROM recipients"))
        ledger.take([report_item(number, fact, BUILT_IN) for number, fact in enumerate(facts) if not number % 2])
        of_one, *several = (told_in(of, ledger._db, is_whole) for of in (1, 2, 5))
    assert several == [of_one, of_one]


def told_in(of: int, db: Database, is_whole: bool) -> Preview:
    """What as many parts say together, the last one first."""
    last, *rest = (
        preview(db, judge(OTHERS), POLICY, NOW, part=Part(number, of), is_whole=is_whole)
        for number in reversed(range(of))
    )
    for part in rest:
        last.add(part)
    return last


def test_of_a_preview_all_or_those_that_change_are_judged(tmp_path: Path) -> None:
    with Ledger(str(tmp_path / "bounced.db"), POLICY) as ledger:
        take(ledger, [*failing(0, 8), *failing(3, address="c@d.test", text="452 4.2.2 over quota")])
        some, every = (preview(ledger._db, judge(BLOCK), POLICY, NOW, is_whole=is_whole) for is_whole in (False, True))
        same = preview(ledger._db, None, POLICY, NOW, is_whole=True)
    assert (some.difference.addresses, every.difference.addresses) == (1, 2)
    assert (some.changed, some.judged) == (every.changed, every.judged)
    assert (same.judged, same.difference.addresses, same.changed.total()) == (0, 2, 0)


def test_a_kill_at_any_step_of_it_is_finished_by_the_next_run(tmp_path: Path) -> None:
    """A real SIGKILL, before every line that writes: what is in the file is by the one or the other tables."""
    functions = (Reclassification._write, Reclassification._change, reclassify._write)
    lines = {line for function in functions for *_, line in function.__code__.co_lines() if line}
    was_killed, expected = judged_in(tmp_path / "expected", 0)
    assert (was_killed, expected[0][0][5], expected[1]) == (False, "policy", [])
    ends = {line: judged_in(tmp_path / str(line), line) for line in sorted(lines)}
    assert sum(was_killed for was_killed, _ in ends.values()) >= 12
    assert {line: end for line, (_, end) in ends.items() if end != expected} == {}


def judged_in(folder: Path, killed_at: int) -> tuple[bool, list[Any]]:
    """Whether a process was killed that judged a ledger by other tables, and what is in there after the next one."""
    folder.mkdir()
    path = str(folder / "bounced.db")
    with Ledger(path, POLICY) as ledger:
        take(ledger, [*failing(0, 8, 16, 24), *failing(3, address="c@d.test", text="452 4.2.2 over quota")])
        judged(ledger, BUILT_IN)
    status = judge_in_child(path, killed_at)
    assert os.WIFSIGNALED(status) or not status
    tables = (TRUTH, *DERIVED, "SELECT event, verdict FROM reclassified ORDER BY event")
    with Ledger(path, POLICY) as ledger:
        judged(ledger, BLOCK)
    return os.WIFSIGNALED(status), [rows(path, sql) for sql in tables]


def judge_in_child(path: str, killed_at: int) -> int:
    """The status of a process that judges the ledger, and that is killed when it reaches a line of the module."""

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line" and frame.f_lineno == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace if frame.f_code.co_filename == reclassify.__file__ else None

    if pid := os.fork():
        return os.waitpid(pid, 0)[1]
    sys.settrace(trace)
    with Ledger(path, POLICY) as ledger:
        judged(ledger, BLOCK)
    os._exit(0)
