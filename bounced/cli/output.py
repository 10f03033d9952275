"""How results are printed: tables and text for people, CSV and JSON for programs. Nothing of a message gets out raw."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from bounced.address import by_tenant
from bounced.ledger.erased import is_entry
from bounced.peer import counted, days, printable
from bounced.reasons import REASONS

Row = dict[str, Any]


def reclassified(row: Row) -> str:
    """What came of judging the recorded failures by the tables of now, on one line."""
    if not row["judged"] + row["kept"]:
        return f"tables of {printable(row['tables'])}"
    more = "" if row["finished_at"] else ", and there are more"
    return (
        f"tables of {printable(row['tables'])}: {counted(row['judged'], 'recorded failure')} judged{more}, "
        f"{row['changed']} changed, {row['kept']} kept; {counted(row['suppressed'], 'suppression')} began, "
        f"{row['released']} ended"
    )


def as_json(value: object) -> str:
    """``value`` as JSON on one line, ASCII only: it can hide no terminal controls."""
    return json.dumps(value)


def as_csv(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180) with a header row; ``'`` precedes what a spreadsheet would run."""
    for cells in chain([columns], ([_cell(row[name]) for name in columns] for row in rows)):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(cells)
        yield line.getvalue()


def _cell(value: object) -> object:
    from bounced.lists.cells import guarded  # for which `check` would wait

    if not isinstance(value, str):
        return value
    return guarded(printable(value, len(value)))


def as_table(rows: Iterable[Row], columns: Sequence[str], spare: Sequence[str] = ()) -> str:
    """A table for people, cut to the terminal, where it may lack the columns ``spare``; ``""`` without rows."""
    cells = [[printable(str(row[name])) if row[name] is not None else "" for name in columns] for row in rows]
    if not cells:
        return ""
    from bounced.cli import terminal  # for which `check` would wait

    table = [list(columns), *cells]
    width = terminal.width()
    return "\n".join(terminal.aligned(table if width is None else list(terminal.fitted(table, width, spare))))


def log_counts(row: Row) -> str:
    """What was read of a mail log so far, and what was lost."""
    lost = [
        f"{row['unknown']:,} without a known Message-ID" if row["unknown"] else "",
        f"{counted(row['skipped'], 'line')} too long" if row["skipped"] else "",
        counted(row["gaps"], "gap") if row["gaps"] else "",
    ]
    lines = counted(row["lines"], "line", separator=",")
    deliveries = f"{row['deliveries']:,} {'delivery' if row['deliveries'] == 1 else 'deliveries'}"
    read = f"{printable(row['job'])}: {lines}, {deliveries}"
    return "; ".join(filter(None, (read, *lost)))


#: What proves the campaign and the stream of an event.
NAMED_BY = {"token": "in the token", "dkim": "in a signed header", "sends": "in the table sends"}


def explanation(answer: Row) -> Iterator[str]:
    """The lines of `bounced explain`."""
    yield from _standing(answer)
    for step in answer["history"]:
        yield ""
        yield from _step(step)
    if not answer["history"]:
        yield "nothing is known about this address"
    yield ""
    yield from _forecast(answer)
    if answer["earlier"]:
        yield f"and {counted(answer['earlier'], 'earlier step')} (--limit)"
    if answer["expired"]:
        yield expired(answer["expired"])


def expired(events: int) -> str:
    """A remark on held events that are not there any more."""
    verbs = ("was", "is") if events == 1 else ("were", "are")
    number = counted(events, "event", separator=",")
    return f"{number} {verbs[0]} held for longer than keep_held, and {verbs[1]} deleted"


def as_what(row: Mapping[str, Any], address: str) -> str:
    """By which entry ``address`` is suppressed if not by itself: what covers it, or what stayed when it was erased."""
    entry = by_tenant(row["address"])[1]
    if entry == address:
        return ""
    return ", erased" if is_entry(entry) else f", as {printable(entry)}"


def releasing(row: Row, address: str) -> str:
    """The command that releases ``address`` of a suppression."""
    entry = address if is_entry(row["address"]) else row["address"]
    cause = "" if row["cause"] == "bounce" else f"--cause {row['cause']} "
    return f"`bounced release {cause}{printable(entry)}`"


def _standing(answer: Row) -> Iterator[str]:
    address = printable(answer["address"])
    if not answer["suppressions"]:
        yield f"{address}: may be mailed"
    if withheld := answer["withheld_suppression"]:
        reason = printable(withheld["reason"])
        yield f"{address}: would be suppressed ({reason}); withheld by the brake since {withheld['since']}"
        proof = "; no failure of it is verified: one that is suppresses it, too" if withheld["unproved"] else ""
        yield f"    `bounced resume` suppresses it, and all others that are withheld{proof}"
    for row in answer["suppressions"]:
        until = f" until {row['until']}" if row["until"] else ""
        cause = f"{row['cause']}{as_what(row, answer['address'])}"
        suppressed = f"{address}: suppressed ({row['scope']} mail) since {row['since']}{until}: {cause}"
        if row["cause"] == "bounce":
            failures = counted(row["bounces"], "failure")
            yield f"{suppressed}, {failures} from {row['first_bounce_at']} to {row['last_bounce_at']}"
        else:
            yield suppressed


def _step(step: Row) -> Iterator[str]:
    facts = [step[name] for name in ("class", "reason", "feedback_type", "status", "reply_code") if step.get(name)]
    yield printable(" ".join([step["at"], step["what"], *facts]))
    yield f"    {printable(step['note'])}{_of_incidents(step.get('incidents', []))}"
    if step.get("happened_at", step["at"]) != step["at"]:
        yield f"    dated by the mailbox; Received: says {step['happened_at']}"
    if "trust" in step:
        accepted = f", accepted {step['accepted_at']}" if step["accepted_at"] else ""
        because = f" ({step['evidence']})" if step["evidence"] else ""
        yield printable(f"    event {step['id']}: {step['trust']}{because}{accepted}", 300)
    labels = {
        "diagnostic_code": "said",
        "why": "why",
        "list": "list",
        "charged_by": "charged by",
        "original_message_id": "about",
        "rule": "rule",
        "reported_from": "from",
        "source": "source",
    }
    for name, label in labels.items():
        if step.get(name):
            yield f"    {label}: {printable(step[name])}"
    if _is_named(step):
        yield f"    provider: {printable(step['provider'])}"
    if first := step.get("first_verdict"):
        verdict = f"{first['class']} {first['reason']} (rule: {first['rule']})"
        yield printable(f"    first judged: {verdict}, judged again {first['judged_at']}", 300)
    for name in ("campaign", "stream"):
        if step.get(name):
            yield f"    {name}: {printable(step[name])} ({NAMED_BY.get(step[f'{name}_by'], 'not proved')})"
    for name, value in step.get("headers", {}).items():
        if value not in (step["campaign"], step["stream"]):
            yield f"    {printable(name)}: {printable(value)}"


def _of_incidents(numbers: Sequence[int]) -> str:
    """Where to read about the incidents that hold an event."""
    return f" ({', '.join(f'bounced incident show {number}' for number in numbers)})" if numbers else ""


def _is_named(step: Row) -> bool:
    """True when the provider is another one than the domain of the address."""
    return bool(step.get("provider")) and step["provider"] != (step["address"] or "").rpartition("@")[2]


def _forecast(answer: Row) -> Iterator[str]:
    for_good = [row for row in answer["suppressions"] if row["scope"] == "all" and not row["until"]]
    if for_good:
        commands = " and ".join(dict.fromkeys(releasing(row, answer["address"]) for row in for_good))
        yield f"next: stays suppressed until {commands}"
    elif not answer["withheld_suppression"]:
        yield from _next(answer)


def _next(answer: Row) -> Iterator[str]:
    if probation := answer["probation"]:
        lasts = "for good" if probation["lifetime_days"] is None else f"for {days(probation['lifetime_days'])}"
        yield (
            f"next: on probation from {probation['since']} to {probation['until']}: one failure of "
            f"{_kind(probation['kind'])} suppresses it {lasts} (step {probation['step']} of {probation['steps']})"
        )
    for row in answer["next"]:
        if probation and probation["kind"] == row["class"]:
            continue
        more = "one more failure" if row["failures"] == 1 else f"{row['failures']} more failures"
        lapses = f", if before {row['lapses_at']}" if row["lapses_at"] else ""
        yield f"next: {more} of class {row['class']}, the last one after {row['after']}{lapses}, would suppress it"


def _kind(kind: str) -> str:
    return f"reason {kind}" if kind in REASONS else f"class {kind}"
