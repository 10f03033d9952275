"""bounced token make, show and keys."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bounced import tokens
from bounced.tokens import Key
from tests.support.commands import bounced, one_line
from tests.support.tokens import K2, X7, made


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a file of two keys; the file."""
    keys = tmp_path / "token.keys"
    keys.write_text(f"x7 {X7.secret.hex()}\nk2 {K2.secret.hex()}\n")
    keys.chmod(0o600)
    (tmp_path / "bounced.toml").write_text(f'[identify]\ntoken_keys = "{keys}"\n')
    monkeypatch.setenv("BOUNCED_CONFIG", str(tmp_path / "bounced.toml"))
    return keys


def test_make_and_show(configured: Path) -> None:
    result = bounced("token", "make", "--recipient-id", "4711", "--campaign", "autumn", "--stream", "news")
    assert result.exit_code == 0
    token = result.stdout.strip()
    assert token.startswith("1x7")
    shown = bounced("token", "show", "--json", f"bounces+{token}@example.org")
    said = json.loads(shown.stdout)
    today = datetime.now(UTC).date()
    assert timedelta(89) <= date.fromisoformat(said.pop("expires")) - today <= timedelta(90)
    assert said == {
        "verified": True,
        "problem": "",
        "key": "x7",
        "recipient": "",
        "recipient_id": "4711",
        "campaign": "autumn",
        "stream": "news",
    }
    assert shown.exit_code == 0
    assert "secret" not in shown.output
    assert X7.secret.hex() not in result.output + shown.output


def test_make_with_another_key_for_a_return_path(configured: Path) -> None:
    words = ["--recipient", "a@b.test", "--key", "k2", "--expires", "1d", "--return-path", "bounces@example.org"]
    result = bounced("token", "make", *words)
    path = result.stdout.strip()
    assert path.startswith("bounces+1k2")
    assert path.endswith("@example.org")
    assert "recipient: a@b.test\n" in bounced("token", "show", path).stdout


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (["make"], 2, "bounced: give either a recipient or a recipient ID"),
        (["make", "--recipient-id", "1", "--key", "zz"], 2, "bounced: --key: no key zz in the key file, only x7, k2"),
        (["make", "--recipient-id", "1", "--expires", "50000d"], 2, "bounced: invalid value for '--expires': "),
        (["make", "--recipient-id", "1", "--expires", "soon"], 2, "bounced: invalid value for '--expires': "),
        (
            ["make", "--recipient", f"{'a' * 40}@b.test", "--return-path", "b@c.test"],
            2,
            "bounced: the local part would",
        ),
        (["new-key", "--id", "K1"], 2, "bounced: 'K1' is not a key ID: use two characters of a-z and 2-7"),
    ],
)
def test_what_is_wrong_is_said(configured: Path, words: list[str], status: int, why: str) -> None:
    result = bounced("token", *words)
    assert result.exit_code == status
    assert result.stderr.startswith(why)
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (made(Key("k2", X7.secret)), "problem: token with invalid signature\nkey: k2\nrecipient_id: 4711\n"),
        (made(K2, date(2020, 1, 1)), "problem: token expired on 2020-01-01\nkey: k2\n"),
        (made(Key("zz", X7.secret)), "problem: token with unknown key zz\nkey: zz\n"),
        ("hello\x1b[2J", "verified: False\nproblem: token damaged or truncated\n"),
    ],
)
def test_show_says_why_a_token_does_not_hold(configured: Path, token: str, said: str) -> None:
    result = bounced("token", "show", token)
    assert result.exit_code == 1
    assert said in result.stdout


def test_new_keys_differ(configured: Path) -> None:
    lines = {bounced("token", "new-key", "--id", "k2").stdout for _ in range(3)}
    assert len(lines) == 3
    assert all(len(key.secret) == 32 for line in lines for key in tokens.parse_keys(line))


def test_without_keys_there_are_no_tokens(configured: Path) -> None:
    configured.with_name("bounced.toml").write_text("")
    result = bounced("token", "make", "--recipient-id", "1")
    assert result.exit_code == 78
    assert one_line(result) == "bounced: identify.token_keys: no key file configured"


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (b"x7 0011\n", 0o600, 'line 1: must be "ID SECRET", as `bounced token new-key` prints it'),
        (b"# none\n", 0o600, "contains no key; `bounced token new-key` prints one"),
        (b"\xff", 0o600, "is not UTF-8"),
        (b"x7 " + b"00" * 32, 0o644, "is accessible to others (mode 0644): chown "),
        (b"x7 " + b"00" * 32, 0o640, "is accessible to its group (mode 0640): chown "),
    ],
)
def test_a_file_of_keys_that_is_of_no_use_is_one_line(configured: Path, content: bytes, mode: int, why: str) -> None:
    configured.write_bytes(content)
    configured.chmod(mode)
    result = bounced("token", "make", "--recipient-id", "1")
    assert result.exit_code == 78
    assert one_line(result).startswith(f"bounced: identify.token_keys: {configured}: {why}")
    assert f"bounced: identify.token_keys: {configured}: {why}" in bounced("check-config").stderr


def test_a_file_of_keys_that_is_not_there(configured: Path) -> None:
    configured.unlink()
    assert one_line(bounced("token", "make", "--recipient-id", "1")).endswith("token.keys: No such file or directory")
