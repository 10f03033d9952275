"""Spellings of one mailbox through the command line: `[policy] spellings`, `suppress`, `allow`, lists, `check -`."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from bounced.cli import main


def run(folder: Path, *words: str, text: str = "") -> Result:
    command, *rest = words
    group = [command, rest.pop(0)] if command == "list" else [command]
    return CliRunner().invoke(main, [*group, "--config", str(folder / "c.toml"), *rest], input=text)


def configured(folder: Path, spellings: str) -> None:
    (folder / "c.toml").write_text(f'[database]\npath = "{folder}/bounced.db"\n[policy]\nspellings = {spellings}\n')


def answers(folder: Path, *addresses: str) -> list[bool]:
    """Whether each of ``addresses`` may be mailed, asked one by one and by standard input."""
    one_by_one = [run(folder, "check", address).exit_code == 0 for address in addresses]
    listed = run(folder, "check", "-", text="".join(f"{address}\n" for address in addresses))
    assert [": yes" in line for line in listed.stdout.splitlines()] == one_by_one
    assert listed.exit_code == (0 if all(one_by_one) else 1)
    return one_by_one


def test_all_spellings_have_one_answer(tmp_path: Path) -> None:
    asked = ("kim@gmail.com", "k.i.m+x@googlemail.com", '"k@im"@gmail.com', "k.im@example.org")
    configured(tmp_path, '["google"]')
    (tmp_path / "list.csv").write_text(
        "EmailAddress,Reason,LastUpdateTime\nk.im+news@googlemail.com,BOUNCE,2023-04-01T21:03:05Z\n"
    )
    assert run(tmp_path, "list", "import", "--from", "ses", f"{tmp_path}/list.csv").exit_code == 0
    assert answers(tmp_path, *asked) == [False, False, True, True]
    exported = run(tmp_path, "list", "export", "--format", "txt").stdout
    assert exported == "k.im+news@googlemail.com\n"
    assert run(tmp_path, "allow", "ki.m@gmail.com").exit_code == 0
    assert answers(tmp_path, *asked) == [True, True, True, True]
    assert run(tmp_path, "disallow", "ki.m@gmail.com").exit_code == 0
    configured(tmp_path, "[]")
    assert run(tmp_path, "suppress", "ann@example.org").exit_code == 0  # any command that writes takes the new policy
    assert answers(tmp_path, *asked) == [True, True, True, True]


def test_a_provider_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    configured(tmp_path, '["gmail"]')
    result = run(tmp_path, "check-config")
    assert result.exit_code == 78
    assert "policy.spellings" in result.output
