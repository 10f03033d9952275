"""Packs: the built-in tables as a file and back, and what a file must not hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bounced import config
from bounced.classify import classify
from bounced.classify.pack import digest, document, packed, problems, tables_of, unpacked
from bounced.classify.phrases import Phrase
from bounced.classify.tables import BUILT_IN
from bounced.config import Config
from bounced.config.classify import ClassifySection
from bounced.config.pack import ROWS_LIMIT, written
from bounced.daemon import preflight
from bounced.errors import UserError
from bounced.identify import Sender
from bounced.model import Report
from bounced.parse import parse
from tests.support.packs import pack_file, with_phrase

SAMPLES = Path(__file__).parents[2] / "samples"

SMALL = """
format = 1
date = "2099-01-01"
version = 1
[[phrases]]
reason = "policy"
texts = ["no thanks"]
[[statuses]]
reason = "policy"
statuses = ["X.7.1"]
[nouns]
recipient = ["mailbox"]
[reply_codes]
refused = ["550"]
[exit_statuses]
user_unknown = ["67"]
"""

MANY_TEXTS = str([f"t{number}" for number in range(ROWS_LIMIT)])


def named(path: Path) -> Config:
    return Config(classify=ClassifySection(pack=str(path)))


def test_a_pack_of_the_built_in_tables_is_these_tables(tmp_path: Path) -> None:
    assert config.read_pack(pack_file(tmp_path / "pack.toml", BUILT_IN)) == BUILT_IN


def test_a_built_pack_gives_the_same_verdicts_on_all_samples(tmp_path: Path) -> None:
    tables = config.read_pack(pack_file(tmp_path / "pack.toml", BUILT_IN))
    mails = [path.read_bytes() for path in SAMPLES.rglob("*.eml")]
    assert len(mails) > 100
    assert [parse(mail, Sender(), tables=tables) for mail in mails] == [parse(mail, Sender()) for mail in mails]


def test_the_built_in_tables_hold_nothing_that_a_pack_may_not() -> None:
    assert list(problems(document(BUILT_IN))) == []


def test_a_small_pack_says_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "pack.toml"
    path.write_text(SMALL)
    tables = config.read_pack(path)
    assert tables.phrases == (Phrase("policy", "no thanks"),)
    assert classify(Report(diagnostic_code="550 No thanks"), tables=tables).rule == "text: no thanks"
    assert classify(Report(diagnostic_code="550 user unknown"), tables=tables).reason == "refused"
    assert classify(Report(status="5.7.1"), tables=tables).reason == "policy"
    assert classify(Report(status="5.1.1"), tables=tables).reason == "unknown"
    assert classify(Report(diagnostic_code="67"), tables=tables).reason == "user_unknown"


def test_tables_cross_to_another_process_and_are_kept_there() -> None:
    tables = with_phrase("policy", "zzyzx")
    assert unpacked(packed(tables)) == tables
    assert unpacked(packed(tables)) is unpacked(packed(tables))
    assert unpacked(packed(BUILT_IN)) is BUILT_IN


def test_a_digest_is_of_what_tables_say() -> None:
    assert digest(BUILT_IN) == digest(tables_of(document(BUILT_IN)))
    assert digest(BUILT_IN) == digest(replace(BUILT_IN, date="2099-01-01", version=7))
    assert digest(BUILT_IN) != digest(with_phrase("policy", "zzyzx"))
    assert digest(BUILT_IN) != digest(replace(BUILT_IN, phrases=BUILT_IN.phrases[::-1]))


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("format = 1", "format = 2", "format: input should be 1"),
        ("2099-01-01", "2099-13-01", 'date: must be a day, like "2026-11-28"'),
        ('date = "2099-01-01"', "date = 2099-01-01", 'date: must be a day, like "2026-11-28"'),
        ("version = 1", "version = 0", "version: input should be greater than or equal to 1"),
        ("version = 1", "", "version: missing; add version = "),
        ('texts = ["no thanks"]', "texts = []", "phrases.0.texts: list should have at least 1 item"),
        ("texts =", "text =", 'phrases.0.text: unknown key; did you mean "texts"?'),
        ('reason = "policy"\ntexts', 'reason = "polici"\ntexts', "phrases.0.reason: is not a reason"),
        ('reason = "policy"\ntexts', 'reason = "unknown"\nrank = "top"\ntexts', "phrases.0.rank: input should be"),
        ("no thanks", "no  thanks", 'phrases.0.texts.0: no reply holds "no  thanks" once it is folded; write "no '),
        (
            "no thanks",
            "No thanks",
            'phrases.0.texts.0: no reply holds "No thanks" once it is folded; write "no thanks"',
        ),
        ("no thanks", "$", 'phrases.0.texts.0: no reply holds "$" once it is folded'),
        ("no thanks", "no\\u001bthanks", "phrases.0.texts.0: must be text of at most 200 characters, without control"),
        ("no thanks", "x" * 201, "phrases.0.texts.0: must be text of at most 200"),
        ('"no thanks"', '"no thanks", "no thanks"', "phrases.0.texts.1: repeats phrases.0.texts.0"),
        (
            "[[statuses]]",
            '[[phrases]]\nreason = "virus"\ntexts = ["no thanks"]\n[[statuses]]',
            'phrases.1.texts.0: contradicts phrases.0.texts.0 ("no thanks" is policy there)',
        ),
        ('["X.7.1"]', '["X.7.1", "X.7.1"]', 'statuses.0.statuses.1: repeats statuses.0.statuses.0 ("X.7.1" is policy'),
        ('["X.7.1"]', '["2.1.5"]', "statuses.0.statuses.0: string should match pattern"),
        ('["X.7.1"]', '["X.7.1"]\nreply_code = "250"', "statuses.0.reply_code"),
        ('["mailbox"]', '["mailbox"]\nsender = ["mailbox"]', "nouns.sender.0: contradicts nouns.recipient.0"),
        ("recipient =", "weather =", "nouns.weather: input should be 'recipient'"),
        ('["550"]', '["550"]\npolicy = ["550"]', 'reply_codes.policy.0: contradicts reply_codes.refused.0 ("550" is'),
        ('["550"]', '["5xx"]', "reply_codes.refused.0: string should match pattern"),
        ("refused =", "refuzed =", "reply_codes.refuzed: is not a reason"),
        ('["67"]', '["67"]\npolicy = ["067"]', "exit_statuses.policy.0: string should match pattern"),
        ("[[phrases]]", "[[phrases", "is not TOML"),
        (
            '["no thanks"]',
            MANY_TEXTS,
            "has 30,004 texts and codes",
        ),
        ("format = 1", f"format = 1 #{'x' * 4 * 1024 * 1024}", "is larger than 4 MB"),
    ],
)
def test_a_wrong_pack_is_explained_with_its_place(tmp_path: Path, before: str, after: str, problem: str) -> None:
    path = tmp_path / "pack.toml"
    path.write_text(SMALL.replace(before, after, 1))
    with pytest.raises(UserError) as caught:
        config.tables(named(path))
    assert [line for line in caught.value.problems if line.startswith(f"{path}: {problem}")], caught.value.problems
    main = tmp_path / "bounced.toml"
    main.write_text(f'[database]\npath = "{tmp_path}/x.db"\n[classify]\npack = "{path}"\n')
    assert any(problem in line for line in preflight.check(main))


def test_a_pack_with_many_mistakes_names_some(tmp_path: Path) -> None:
    path = tmp_path / "pack.toml"
    path.write_text(SMALL.replace('"no thanks"', ", ".join(f'"No {number}"' for number in range(100))))
    with pytest.raises(UserError) as caught:
        config.read_pack(path)
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1].endswith("and maybe more")


def test_a_missing_pack_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file or directory"):
        config.tables(named(tmp_path / "pack.toml"))


def test_the_newer_tables_are_used_and_a_note_says_so(tmp_path: Path) -> None:
    newer, older = with_phrase("policy", "zzyzx"), replace(with_phrase("policy", "zzyzx"), date="2020-01-01")
    same_day = replace(newer, date=BUILT_IN.date, version=BUILT_IN.version)
    path = tmp_path / "pack.toml"
    note = f"classify.pack: is older than the tables of this version ({BUILT_IN.name}), which are used"
    for tables, used, notes in ((newer, newer, []), (older, BUILT_IN, [note]), (same_day, same_day, [])):
        pack_file(path, tables)
        assert config.tables(named(path)) == used
        assert [line for line in preflight.notes(named(path)) if "pack" in line] == notes
    assert config.tables(Config()) is BUILT_IN


def test_what_is_written_can_be_compared_line_by_line() -> None:
    before, after = (set(written(tables).splitlines()) for tables in (BUILT_IN, with_phrase("policy", "zzyzx")))
    assert len(after - before) <= 4
