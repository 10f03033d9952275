"""The documentation is true: what it shows runs, what it lists is complete, and what is generated is current.

`python -m tests.docs.test_docs` writes the generated parts, and what the README's commands print, anew.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from click import Group

from bounced import config, model, policy, reasons
from bounced.config import Config
from bounced.config.identify import IdentifySection
from bounced.daemon import preflight
from bounced.errors import UserError
from bounced.ledger.ledger import Ledger
from bounced.parse import parse
from tests.support import documents
from tests.support.documents import DOCS, INDEX, PAGES, README, ROOT, SAMPLE

DATABASE = DOCS / "database.md"
COMMANDS = DOCS / "commands.md"
CONFIGURATION = DOCS / "configuration.md"
SENDERS = DOCS / "senders.md"
DSN = b"""\
From: MAILER-DAEMON@mx.test
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; box7@inner.test
Action: failed
Status: 5.1.1
--x--
"""
INSTALLED = "/var/lib/bounced/bounced.db"
DAY_0 = datetime(2026, 9, 7, tzinfo=UTC)


def environment(configuration: Path) -> Mapping[str, str]:
    """What makes `bounced` in a shell the one under test, with ``configuration`` and no other."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "BOUNCED_CONFIG": str(configuration)}


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The finished command, run in ``folder`` with the configuration there; both outputs in one."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment(folder / "bounced.toml"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


def prepared(folder: Path) -> Path:
    """``folder``, with the samples beside it and the defaults that hold without a configuration."""
    (folder / "samples").symlink_to(ROOT / "samples")
    (folder / "bounced.toml").write_text('[database]\npath = "bounced.db"\n')
    return folder


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of the story of samples/, read with the README's configuration."""
    directory = tmp_path_factory.mktemp("story")
    [readme] = documents.blocks(README, "toml")
    (directory / "bounced.toml").write_text('[database]\npath = "bounced.db"\n' + readme)
    scanned = shell(f"bounced scan {ROOT / 'samples' / 'story'}", directory)
    assert scanned.returncode == 0, scanned.stdout
    return directory / "bounced.db"


# generated parts


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_generated_parts_are_current(page: Path) -> None:
    text = page.read_text("utf-8")
    assert documents.regenerated(text) == text, "run: python -m tests.docs.test_docs"


def test_every_command_is_in_the_table_and_has_its_help() -> None:
    text = COMMANDS.read_text("utf-8")
    for name, command in documents.commands().items():
        assert isinstance(command, Group) or f"| [`bounced {name}" in text
        assert f"Usage: bounced {name} " in text


def test_the_readme_is_short_and_names_six_commands() -> None:
    assert len(README.read_text("utf-8").split()) <= 900
    named = [re.fullmatch(r"bounced (\S+)", row[0]) for row in documents.table(README, "## Try it")]
    assert {found[1] for found in named if found} <= documents.commands().keys()
    assert len(named) == 6


# what can be run


def run_examples(block: str, folder: Path) -> str:
    """A console block with what its commands print, run one after the other in ``folder``."""
    shown = re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    return "".join(f"$ {command}\n{shell(command, folder).stdout}" for command in shown)


def test_the_readme_shows_what_its_commands_print(tmp_path: Path) -> None:
    [block] = documents.blocks(README, "console")
    assert block.startswith("$ bounced scan samples/story\n22 messages: ")
    assert run_examples(block, prepared(tmp_path)) == block, "run: python -m tests.docs.test_docs"


def test_make_targets_exist() -> None:
    named = {target for page in PAGES for target in re.findall(r"\bmake ([a-z]+)`?", "\n".join(code(page)))}
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"demo", "test"} <= named <= set(targets)


def code(page: Path) -> Iterator[str]:
    """Everything in ``page`` that is marked as code."""
    yield from documents.blocks(page, "sh")
    yield from re.findall(r"`([^`\n]+)`", page.read_text("utf-8"))


def statements() -> list[str]:
    """Every SQL statement of the documentation."""
    return [
        statement.strip()
        for page in PAGES
        for block in documents.blocks(page, "sql")
        for statement in block.split(";")
        if statement.strip()
    ]


@pytest.mark.parametrize("statement", statements())
def test_sql_examples_find_something(statement: str, story: Path) -> None:
    with closing(sqlite3.connect(f"file:{story}?mode=ro", uri=True)) as reader:
        reader.execute("CREATE TEMP TABLE recipients AS SELECT 'Ben@example.net' AS address")
        assert reader.execute(statement).fetchall()


def test_the_shell_example_for_lists_of_addresses(story: Path) -> None:
    (story.parent / "recipients.txt").write_text("Anna@example.org\nBEN@example.net\nerik@example.net\n")
    [loop] = [block for block in documents.blocks(DOCS / "readers.md", "sh") if "bounced check" in block]
    assert shell(loop, story.parent).stdout == ""
    assert (story.parent / "may-be-mailed.txt").read_text() == "ben@example.net\n"


def test_the_python_example(story: Path) -> None:
    [example] = documents.blocks(DOCS / "readers.md", "python")
    assert INSTALLED in example
    names: dict[str, Any] = {}
    exec(example.replace(INSTALLED, str(story)), names)
    with closing(names["ledger"]):
        asked = [("Anna@example.org", "all"), ("erik@example.net", "all"), ("erik@example.net", "marketing")]
        assert [names["may_be_mailed"](*question) for question in asked] == [False, True, False]


@pytest.fixture
def international(tmp_path: Path) -> Path:
    """A database in which an address with an international domain is suppressed."""
    with Ledger(str(tmp_path / "bounced.db"), policy.Policy()) as ledger:
        ledger.decisions.decide(["анна@xn--e1afmkfd.xn--p1ai"], "suppress", "all", "")
    return tmp_path / "bounced.db"


U_LABELS = ("АННА@пример.рф", "анна@ПРИМЕР.рф", "анна@xn--e1afmkfd.xn--p1ai")


@pytest.mark.parametrize("text", U_LABELS)
def test_the_python_example_finds_international_domains(international: Path, text: str) -> None:
    [example] = documents.blocks(DOCS / "readers.md", "python")
    names: dict[str, Any] = {}
    exec(example.replace(INSTALLED, str(international)), names)
    with closing(names["ledger"]):
        assert not names["may_be_mailed"](text)
        assert names["may_be_mailed"]("бен@пример.рф")


@pytest.mark.parametrize("text", U_LABELS)
def test_the_statements_for_php_and_exim_find_international_domains(international: Path, text: str) -> None:
    [php] = documents.blocks(DOCS / "readers.md", "php")
    [exim] = [block for block in documents.blocks(DOCS / "readers.md", "text") if "lookup sqlite" in block]
    for example, expansion in ((php, ":address"), (exim, "'${quote_sqlite:${lc:$local_part@$domain}}'")):
        statement = re.search(
            r"SELECT 1 FROM.*?(?=\"|})", example.replace("\\\n", " ").replace(expansion, "?1"), re.DOTALL
        )
        assert statement
        with closing(sqlite3.connect(f"file:{international}?mode=ro", uri=True)) as reader:
            assert reader.execute(statement[0], [text.lower()]).fetchall() == [(1,)]
            assert reader.execute(statement[0], ["бен@пример.рф"]).fetchall() == []


# the rule


def history(days: str) -> list[policy.Entry]:
    """The entries that a cell like "0, 8, (delivered on 12), 16" of the README's table stands for."""
    delivered = re.findall(r"\(delivered on (\d+)\)", days)
    failed = re.findall(r"\d+", re.sub(r"\(.*?\)", "", days))
    found = [(int(day), policy.Entry(0, at(day), "failed", "hard", "user_unknown")) for day in failed]
    return [entry for _, entry in found] + [policy.Entry(0, at(day), "delivered") for day in delivered]


def at(day: str) -> datetime:
    return DAY_0 + timedelta(days=int(day))


@pytest.mark.parametrize(("days", "answer"), documents.table(README, "## The rule"))
def test_the_rule_of_the_readme_is_the_rule(days: str, answer: str) -> None:
    found = policy.decide("a@b.test", history(days), policy.Policy()).suppressions
    said = re.fullmatch(r"(?:no|yes, on day (\d+))(?:[,:] .*)?", answer)
    assert said, f"can't read {answer!r}"
    assert [one.since for one in found] == ([at(said[1])] if said[1] else [])


def test_the_reasons_of_the_page_on_trust_are_those_of_the_rule() -> None:
    rule = policy.Policy(count={"bounce": "plausible"})
    plausible = policy.Entry(0, at("0"), "failed", "hard", "user_unknown", trust="plausible")
    histories = (
        [replace(plausible, trust="unverified")],
        [replace(plausible, held="its mailbox is for complaints")],
        [replace(plausible, held="reports about one message name more than 1000 addresses")],
        [replace(plausible, held="complaints about more than one recipient in one message")],
        [replace(plausible, held="more than 20 complaints from one source in a day")],
        [replace(plausible, id=number) for number in range(rule.reports_per_address + 1)],
    )
    notes = [policy.decide("a@b.test", entries, rule).steps[-1].note for entries in histories]
    assert [row[0] for row in documents.table(DOCS / "trust.md", "## What counts")] == notes


# configuration


def written(path: Path, text: str) -> Path:
    """``path``, with ``text`` in it."""
    path.write_text(text)
    return path


def test_the_configuration_in_the_readme_needs_only_a_password(tmp_path: Path) -> None:
    [text] = documents.blocks(README, "toml")
    assert len(text.splitlines()) <= 10
    assert only_about_this_machine(preflight.check(written(tmp_path / "bounced.toml", text), {}))


def test_the_sample_needs_only_a_password(tmp_path: Path) -> None:
    text = SAMPLE.read_text("utf-8")
    assert only_about_this_machine(preflight.check(written(tmp_path / "bounced.toml", text), {}))


def only_about_this_machine(problems: list[str]) -> bool:
    """True when there is a password missing and nothing else wrong but, perhaps, the directory of the database."""
    password = [
        line for line in problems if "/etc/bounced/bounces.password:" in line or "no systemd credentials" in line
    ]
    directory = [line for line in problems if "no directory /var/lib/bounced" in line]
    return len(password) == 1 and len(password) + len(directory) == len(problems)


def sections(text: str) -> Iterator[tuple[str, str]]:
    """The tables of the sample: each head, "" before the first one, with the lines below it."""
    parts = re.split(r"^#?(\[.*\])$", text, flags=re.MULTILINE)
    yield "", parts[0]
    yield from zip(parts[1::2], parts[2::2], strict=True)


def test_the_sample_has_every_key_with_its_default() -> None:
    text = SAMPLE.read_text("utf-8").replace("[mailbox.bounces", "[mailbox.NAME")
    parts = dict(sections(text))
    for head, section in documents.sections().items():
        optional = f"\n#{head}\n" in text
        for name, field in documents.keys(section):
            expected = documents.default(name, field)
            shown = re.findall(rf"^(#?){name} = (.*)$", parts[head], re.MULTILINE)
            if expected == {} and not shown:
                table = f"{head[:-1]}.{name}" if head else f"[{name}"
                assert re.search(rf"^#    {re.escape(table)}\b", parts[head], re.MULTILINE), name
            elif [mark for mark, _ in shown] == ["#"] and not (optional and expected is None):
                assert tomllib.loads(f"x = {shown[0][1]}")["x"] == expected, name
            else:
                assert [mark for mark, _ in shown] == ["#" * optional], f"{head} {name} must be there once"


def test_the_examples_in_the_sample_are_accepted(tmp_path: Path) -> None:
    tried = 0
    for head, lines in sections(SAMPLE.read_text("utf-8")):
        required = "\n".join(line for line in lines.splitlines() if line[:1].isalpha())
        for block in re.findall(r"(?:^#    .*\n)+", lines, re.MULTILINE):
            example = re.sub(r"^#    ", "", block, flags=re.MULTILINE)
            text = example if example.startswith("[") else f"{head}\n{required}\n{example}"
            config.load(written(tmp_path / "example.toml", text))
            tried += 1
    assert tried >= 8


def test_at_once_is_one_line_of_the_sample() -> None:
    assert "#    hard = { bounces = 1, days = 0 }\n" in SAMPLE.read_text("utf-8")


@pytest.mark.parametrize(
    "text", [*documents.blocks(CONFIGURATION, "toml"), *documents.blocks(DOCS / "trust.md", "toml")]
)
def test_the_examples_for_the_configuration_are_accepted(text: str, tmp_path: Path) -> None:
    assert config.load(written(tmp_path / "bounced.toml", text)) != Config()


@pytest.mark.parametrize("text", documents.blocks(SENDERS, "toml"))
def test_the_examples_for_senders_are_accepted(text: str, tmp_path: Path) -> None:
    assert config.load(written(tmp_path / "bounced.toml", text)).identify != IdentifySection()


def test_the_python_for_senders_runs() -> None:
    [program] = documents.blocks(SENDERS, "python")
    exec(program, {})


@pytest.mark.parametrize(
    ("sender", "about"),
    [
        ("bounces+anna=example.com@news.example.org", "Postfix"),
        ("bounces+anna=example.com@news.example.org", "Exim"),
        ("news-bounces+anna=example.com@lists.example.org", "Mailman 3"),
        ("bounce+anna==a==example.com==news@lists.example.org", "Mailman 3"),
    ],
)
def test_the_patterns_for_senders_find_the_recipient(sender: str, about: str, tmp_path: Path) -> None:
    page = SENDERS.read_text("utf-8").partition(f"\n## {about}\n")[2].partition("\n## ")[0]
    section = written(tmp_path / "section.md", page)
    configured = [
        config.load(written(tmp_path / "bounced.toml", text)).sender() for text in documents.blocks(section, "toml")
    ]
    mail = f"Delivered-To: {sender}\nEnvelope-To: {sender}\n".encode() + DSN
    charged = {parse(mail, found).events[0].address for found in configured}
    assert "anna@example.com" in charged


def test_a_mistake_in_the_sample_would_be_found(tmp_path: Path) -> None:
    text = SAMPLE.read_text("utf-8").replace("\nhost =", "\nhots =")
    with pytest.raises(UserError, match="hots: unknown key"):
        config.load(written(tmp_path / "bounced.toml", text))


# the contract


def test_every_migration_is_documented(story: Path) -> None:
    with closing(sqlite3.connect(f"file:{story}?mode=ro", uri=True)) as reader:
        applied = [name for (name,) in reader.execute("SELECT name FROM _sqlite_migrations ORDER BY name")]
    assert [row[0] for row in documents.table(DATABASE, "## Migrations")] == applied


@pytest.mark.parametrize("view", ["suppressed", "events_view"])
def test_the_columns_of_the_views(view: str, story: Path) -> None:
    with closing(sqlite3.connect(f"file:{story}?mode=ro", uri=True)) as reader:
        columns = reader.execute("SELECT name, type FROM pragma_table_info(?)", [view]).fetchall()
    documented = [tuple(row[:2]) for row in documents.table(DATABASE, f"## {view}")]
    assert documented == [(name, type_ or "TEXT") for name, type_ in columns]


def test_the_columns_of_the_rates(story: Path) -> None:
    with closing(sqlite3.connect(f"file:{story}?mode=ro", uri=True)) as reader:
        columns = [name for (name,) in reader.execute("SELECT name FROM pragma_table_info('campaign_health')")]
    assert [row[0] for row in documents.table(DATABASE, "## campaign_health")] == columns


def test_the_example_for_programs_that_send(story: Path) -> None:
    [example] = documents.blocks(DOCS / "sent.md", "python")
    assert INSTALLED in example
    names: dict[str, Any] = {}
    exec(example.replace(INSTALLED, str(story)), names)
    with closing(names["db"]) as db:
        for _ in range(2):
            names["sent"]("<1@our.test>", "Anna@example.org", "spring")
        assert db.execute("SELECT message_id, address, campaign FROM sends").fetchall() == [
            ("1@our.test", "anna@example.org", "spring")
        ]


def test_the_number_of_reasons() -> None:
    assert f"One of {len(reasons.REASONS)}, each" in DATABASE.read_text("utf-8")


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("kind", get_args(model.Kind)),
        ("action", get_args(model.Action)),
        ("class", get_args(model.Class)),
        ("trust", get_args(model.Trust)),
        ("cause", get_args(model.Cause)),
    ],
)
def test_the_closed_lists(heading: str, values: tuple[str, ...]) -> None:
    assert [row[0].strip("'") for row in documents.table(DATABASE, f"### {heading}")] == list(values)


# links


def slugs(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        found = (page.parent / name) if name else page
        assert found.exists(), target
        assert not anchor or anchor in slugs(found), target


def test_every_page_is_in_the_index_exactly_once() -> None:
    listed = [(DOCS / name).resolve() for name in re.findall(r"^\| \[.*?\]\((.*?)\)", INDEX.read_text("utf-8"), re.M)]
    assert sorted(listed) == sorted(page for page in PAGES if page not in (README, INDEX))


def test_the_index_has_three_groups_and_the_readme_leads_to_it() -> None:
    groups = re.findall(r"^## (.*)$", INDEX.read_text("utf-8"), re.M)
    assert groups == ["Run it", "Make your mail identifiable", "Change it"]
    assert f"]({INDEX.relative_to(ROOT)})" in README.read_text("utf-8")


def test_the_places_in_the_overview_exist() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_0-9]+\.py)?)`", (DOCS / "overview.md").read_text("utf-8"))
    assert len(named) > 30
    assert [name for name in named if not any((root / name).exists() for root in (ROOT / "bounced", ROOT))] == []


def test_no_example_has_readers_see_stale_data() -> None:
    """`immutable=1` and `--immutable`: SQLite leaves the -wal file out then."""
    for page in PAGES:
        assert not any("immutable" in block for block in re.findall(r"(?ms)^```.*?^```$", page.read_text("utf-8")))


def test_the_tests_that_are_named_exist() -> None:
    named = re.findall(r"`((?:\w+/)+test_\w+\.py)::(\w+)`", (DOCS / "faults.md").read_text("utf-8"))
    written = {name: (ROOT / "tests" / name).read_text("utf-8") for name, _ in named}
    assert len(named) > 60
    assert [pair for pair in named if f"\ndef {pair[1]}(" not in written[pair[0]]] == []


def test_every_folder_of_samples_is_described() -> None:
    text = (ROOT / "samples" / "README.md").read_text("utf-8")
    folders = [path.name for path in (ROOT / "samples").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert [name for name in folders if f"`{name}/" not in text] == []


def main() -> None:
    """Writes the generated parts and the output of the README's commands anew."""
    for page in PAGES:
        page.write_text(documents.regenerated(page.read_text("utf-8")), "utf-8")
    [block] = documents.blocks(README, "console")
    with tempfile.TemporaryDirectory() as folder:
        README.write_text(
            README.read_text("utf-8").replace(block, run_examples(block, prepared(Path(folder)))), "utf-8"
        )


if __name__ == "__main__":
    main()
