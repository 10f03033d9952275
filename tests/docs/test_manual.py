"""The manual pages have all that the help has, and nothing in them is taken for a request of the formatter."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from bounced.errors import EXIT_CODES
from tests.conftest import missing
from tests.support import documents, manual, roff


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("text with `--code` and *stress*", ".PP\ntext with \\fB\\-\\-code\\fR and \\fIstress\\fR"),
        ("[a `link`](docs/x.md#y)\nand more", ".PP\na link and more"),
        (".so /etc/passwd", ".PP\n\\&.so /etc/passwd"),
        ("```sh\n.x\n'y\nprintf '\\\\0'\n```", ".PP\n.RS 4\n.nf\n\\&.x\n\\&'y\nprintf '\\e\\e0'\n.fi\n.RE"),
        ("## Exit status", '.SH "EXIT STATUS"'),
        ("* one\n  item\n* two", '.IP "\\(bu" 4\none item\n.IP "\\(bu" 4\ntwo'),
        ("1. one", '.IP "1." 4\none'),
        ("| a | b |\n|---|---|\n| `x\\|y` | z |", ".TP\n\\fBx|y\\fR\nz"),
        ("| a | b | c |\n|---|---|---|\n| x |  | z |", ".TP\nx\nc: z"),
    ],
)
def test_markdown_becomes_roff(markdown: str, expected: str) -> None:
    assert roff.page("x", 1, markdown).partition(".ad l\n")[2] == f"{expected}\n"


def test_every_command_option_and_exit_code_is_in_the_manual() -> None:
    text = manual.pages()["bounced.1"].replace("\\-", "-")
    for name, command in documents.commands().items():
        assert all(f"{option}" in text for parameter in command.params for option in parameter.opts if option[0] == "-")
        assert f"bounced {name}" in text
    assert set(re.findall(r"(?m)^(\d+)(?: EX_\w+)?$", text)) == {str(code.number) for code in EXIT_CODES}


def test_every_key_is_in_the_manual() -> None:
    text = manual.pages()["bounced.toml.5"].replace("\\-", "-")
    for section in documents.sections().values():
        assert [name for name, _ in documents.keys(section) if f"\\fB{name}\\fR" not in text] == []


@pytest.mark.parametrize("name", manual.pages())
def test_the_formatter_has_no_complaint(name: str) -> None:
    if not shutil.which("groff"):
        missing("groff (Debian: groff-base)")
    command = ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z", "-rLL=200n", str(manual.MAN / name)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""
