"""Configurations of the pages and of the sample are accepted."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounced import config
from bounced.config import Config
from bounced.config.identify import IdentifySection
from bounced.daemon import preflight
from bounced.errors import UserError
from bounced.parse import parse
from tests.support import documents
from tests.support.documents import DOCS, README, SAMPLE

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


def test_a_credential_instead_of_it_is_a_note_outside_of_the_unit(tmp_path: Path) -> None:
    file, credential = 'password_file = "/etc/bounced/bounces.password"', 'password_credential = "bounces-password"'
    path = written(tmp_path / "bounced.toml", SAMPLE.read_text("utf-8").replace(f"\n{file}\n", f"\n{credential}\n"))
    assert [line for line in preflight.check(path, {}) if "no directory /var/lib/bounced" not in line] == []
    [note] = [line for line in preflight.notes(config.load(path), {}) if line.startswith("mailbox.")]
    assert note.startswith("mailbox.bounces: the systemd credential bounces-password was not checked: ")
    [problem] = preflight.check(path, {"CREDENTIALS_DIRECTORY": str(tmp_path)})[:1]
    assert problem.endswith("/bounces-password: No such file or directory")


def only_about_this_machine(problems: list[str]) -> bool:
    """True when there is a password missing and nothing else wrong but, perhaps, the directory of the database."""
    password = [line for line in problems if "/etc/bounced/bounces.password:" in line]
    directory = [line for line in problems if "no directory /var/lib/bounced" in line]
    return len(password) == 1 and len(password) + len(directory) == len(problems)


def sections(text: str) -> Iterator[tuple[str, str]]:
    """The tables of the sample: each head, "" before the first one, with the lines below it."""
    parts = re.split(r"^#?(\[.*\])$", text, flags=re.MULTILINE)
    yield "", parts[0]
    yield from zip(parts[1::2], parts[2::2], strict=True)


def test_the_sample_has_every_key_with_its_default() -> None:
    text = SAMPLE.read_text("utf-8").replace("[mailbox.bounces", "[mailbox.NAME").replace("[sink.crm", "[sink.NAME")
    text = text.replace("[export.postfix", "[export.NAME")
    text = text.replace("[logs.mta", "[logs.NAME").replace("[tenant.acme", "[tenant.NAME")
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
