"""The configuration: every problem at once with its mend, secrets from outside the file only, and never shown."""

from __future__ import annotations

import grp
import json
import os
import pwd
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from bounced import config
from bounced.address import claimed
from bounced.config import Config, MailboxSection, Schedule
from bounced.errors import UserError
from bounced.identify.sender import TrustAnchors
from bounced.policy import Ladder, Limit
from tests.support import sns
from tests.support.commands import AS_ANYBODY, bounced, one_line, process
from tests.support.daemon import secret_file

BAD = sorted((Path(__file__).parent / "bad-configs").glob("*.toml"))

SECRET = "geheimnis"

GOOD = """
workers = 1
[database]
path = "bounced.db"
keep_unrecognized = "30d"
[mailbox.bounces]
host = "imap.example.org"
user = "bounces@example.org"
password_env = "PASSWORD"
poll = "15m"
[identify]
campaign = "X-Campaign-ID"
verp = ["bounces-{user}={domain}@news.example.org"]
[policy]
hard = { bounces = 1, days = 0 }
expire = { mailbox_full = "60d", soft = ["30d", "never"], hard = ["7d", "never"] }
[trust]
own_domains = ["Example.org", "bücher.example."]
count_by_kind = { complaint = "verified" }
authserv_ids = ["MX.example.org"]
dkim_keys = { "K1._domainkey.Example.org." = "v=DKIM1; p=AAAA" }
[policy.provider."Example.ORG"]
soft = { bounces = 5, days = 1.5 }
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own, with one secret in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PASSWORD", SECRET)
    for name in ("BOUNCED_CONFIG", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def mailbox(**keys: str) -> MailboxSection:
    return MailboxSection.model_validate({"host": "imap.example.org", "user": "bounces", **keys})


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_file_says_all_that_it_must_and_nothing_else(file: Path) -> None:
    must_say = sorted(re.findall(r"^# must say: (.+)$", file.read_text(), re.MULTILINE))
    result = bounced("check-config", "--config", str(file))
    said = sorted(line.removeprefix(f"bounced: {file}: ") for line in result.stderr.splitlines())
    assert result.exit_code == 78
    assert [line for line, words in zip(said, must_say, strict=True) if not line.startswith(words)] == []
    assert SECRET not in result.output


def test_other_commands_say_the_same_and_do_nothing(here: Path) -> None:
    (here / "bad.toml").write_text("polici = 3\n")
    for command in (["run"], ["scan", "-"], ["status"], ["check", "a@rcpt.test"]):
        result = bounced(*command, "--config", "bad.toml")
        assert result.exit_code == 78
        assert one_line(result) == 'bounced: bad.toml: polici: unknown key; did you mean "policy"?'
    assert [path.name for path in here.iterdir()] == ["bad.toml"]


def test_a_monitor_sees_what_is_wrong_with_it(here: Path) -> None:
    """Nagios shows standard output, and takes any status above 2 for unknown."""
    (here / "bad.toml").write_text("polici = 3\n")
    seen = bounced("status", "--config", "bad.toml")
    assert seen.stdout == 'BOUNCED UNKNOWN - bad.toml: polici: unknown key; did you mean "policy"?\n'
    as_json = bounced("status", "--json", "--config", "bad.toml")
    assert json.loads(as_json.stdout)["state"] == "UNKNOWN"
    assert (seen.exit_code, as_json.exit_code) == (78, 78)


def test_a_good_file_means_what_it_says(here: Path) -> None:
    (here / "good.toml").write_text(GOOD)
    assert bounced("check-config", "--config", "good.toml").exit_code == 0
    found = config.load(here / "good.toml")
    box, rule = found.mailbox["bounces"], found.rule()
    assert (box.port, box.tls, box.folders, box.on_done) == (0, "implicit", ["INBOX"], "move")
    assert (box.poll, box.timeout) == (Schedule(timedelta(minutes=15)), timedelta(minutes=1))
    assert found.database.keep_unrecognized == timedelta(days=30)
    assert found.sender().verp == ("bounces-{user}={domain}@news.example.org",)
    assert rule.limit("hard", "a@rcpt.test") == Limit(1, 0)
    assert rule.limit("soft", "a@rcpt.test") == Limit(3, 15)
    assert rule.limit("soft", "a@example.org") == Limit(5, 1.5)
    assert rule.limit("block", "a@example.org") == Limit(0, 0)
    assert found.sender().anchors == TrustAnchors(
        ("example.org", "xn--bcher-kva.example"),
        {"k1._domainkey.example.org": "v=DKIM1; p=AAAA"},
        authserv_ids=("mx.example.org",),
    )
    assert found.trust.thresholds() == {
        **dict.fromkeys(("bounce", "delivered", "auto-reply"), "plausible"),
        "complaint": "verified",
        "not-spam": "verified",
    }
    assert rule.expire == {
        "mailbox_full": Ladder((timedelta(days=60),), probation=False),
        "soft": Ladder((timedelta(days=30), None)),
        "hard": Ladder((timedelta(days=7), None)),
    }


def test_the_file_is_named_by_the_option_then_the_environment_then_etc(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("bounced.config.path", "bounced.cli.run"):
        monkeypatch.setattr(f"{place}.DEFAULT_PATH", here / "etc.toml")
    assert config.find(None, {}) is None
    (here / "etc.toml").touch()
    assert config.find(None, {}) == here / "etc.toml"
    assert config.find(None, {"BOUNCED_CONFIG": "e.toml"}) == Path("e.toml")
    assert config.find("o.toml", {"BOUNCED_CONFIG": "e.toml"}) == Path("o.toml")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("nope.toml", "No such file or directory"),
        (".", "Is a directory"),
        ("latin.toml", "is not TOML: "),
        ("fifo", "is not a regular file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(here: Path, path: str, why: str) -> None:
    (here / "latin.toml").write_bytes(b"# \xfc\n")
    os.mkfifo(here / "fifo")
    result = bounced("check-config", "--config", path)
    assert result.exit_code == 78
    assert one_line(result).startswith(f"bounced: {path}: {why}")


def test_a_file_that_nests_without_end_is_one_line(here: Path) -> None:
    (here / "deep.toml").write_text("x = " + "[" * 100_000)
    result = bounced("check-config", "--config", "deep.toml")
    assert result.exit_code == 78
    assert "is not TOML" in one_line(result)


def test_without_any_file_only_scan_and_its_like_work(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("bounced.config.path", "bounced.cli.run"):
        monkeypatch.setattr(f"{place}.DEFAULT_PATH", here / "etc.toml")
    for command in ("run", "check-config"):
        result = bounced(command)
        assert result.exit_code == 78
        assert "no configuration" in one_line(result)
        assert result.stderr.endswith(f"{here / 'etc.toml'} does not exist; `bounced setup` writes it\n")
    assert config.load(None).database.path == "bounced.db"


@pytest.mark.parametrize("closed", ["etc", "etc/bounced.toml"])
def test_whoever_may_not_read_the_file_learns_who_may(here: Path, monkeypatch: pytest.MonkeyPatch, closed: str) -> None:
    (here / "etc").mkdir()
    file = here / "etc" / "bounced.toml"
    file.touch()
    (here / closed).chmod(0)
    group = grp.getgrgid(os.getgid()).gr_name
    ended = process("check", "a@b.test", "--config", str(file), before=AS_ANYBODY)
    assert one_line(ended) == f"bounced: {file}: Permission denied; its group, {group}, may read it"
    assert ended.returncode == 78


def test_the_daemon_wants_a_mailbox(here: Path) -> None:
    (here / "empty.toml").touch()
    result = bounced("run", "--config", "empty.toml")
    assert result.exit_code == 78
    assert "add [mailbox.bounces]" in one_line(result)


def test_a_secret_comes_from_a_file_the_environment_or_a_credential(here: Path) -> None:
    secret_file(here / "password", f"{SECRET}\nits second line\n")
    environment = {"PASSWORD": SECRET, "CREDENTIALS_DIRECTORY": str(here)}
    for source, value in (("file", str(here / "password")), ("env", "PASSWORD"), ("credential", "password")):
        assert mailbox(**{f"password_{source}": value}).password(environment) == SECRET


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "contains no password"), (b"\n", "contains no password"), (b"geheimnis\xfc", "is not UTF-8")],
)
def test_a_secret_that_cannot_be_read_is_one_line_without_it(here: Path, content: bytes, why: str) -> None:
    secret_file(here / "password", content)
    with pytest.raises(UserError) as error:
        mailbox(password_file=str(here / "password")).password({})
    assert error.value.exit_code == 78
    assert str(error.value) == f"{here / 'password'}: {why}"


@pytest.mark.parametrize(
    ("mode", "whom"),
    [(mode, "others") for mode in (0o604, 0o602, 0o601, 0o644)]
    + [(mode, "its group") for mode in (0o640, 0o660, 0o440, 0o410)],
)
def test_a_secret_that_somebody_else_may_read_is_refused(here: Path, mode: int, whom: str) -> None:
    """J7, J8: a group, too: readers of the database are in one. The command that is printed corrects it."""
    path = secret_file(here / "pass word", SECRET)
    assert mailbox(password_file=str(path)).password({}) == SECRET
    path.chmod(mode)
    with pytest.raises(UserError) as error:
        mailbox(password_file=str(path)).password({})
    said, _, command = str(error.value).partition(": chown ")
    assert said == f"{path}: is accessible to {whom} (mode {mode:04o})"
    assert command == f"{owner()} '{path}' && chmod 400 '{path}'"
    subprocess.run(["/bin/sh", "-c", f"chown {command}"], check=True)
    assert mailbox(password_file=str(path)).password({}) == SECRET


def owner() -> str:
    """Root keeps secrets for the user of the unit, where there is one."""
    if os.geteuid():
        return f"{pwd.getpwuid(os.geteuid()).pw_name}:"
    return "bounced:" if any(user.pw_name == "bounced" for user in pwd.getpwall()) else "0"


def test_the_group_bits_of_a_systemd_credential_are_accepted(here: Path) -> None:
    credential = secret_file(here / "password", SECRET)
    environment = {"CREDENTIALS_DIRECTORY": str(here)}
    credential.chmod(0o440)
    assert mailbox(password_credential="password").password(environment) == SECRET
    credential.chmod(0o444)
    with pytest.raises(UserError, match=rf"is accessible to others \(mode 0444\): chmod go= {credential}"):
        mailbox(password_credential="password").password(environment)


def test_an_empty_variable_is_no_secret() -> None:
    with pytest.raises(UserError, match="the environment variable PASSWORD is not set"):
        mailbox(password_env="PASSWORD").password({"PASSWORD": ""})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_plain_text_is_for_this_machine_only(host: str) -> None:
    assert mailbox(host=host, tls="none", password_env="PASSWORD").tls == "none"
    with pytest.raises(ValueError, match="only for the local machine"):
        mailbox(host=f"{host}.example.org", tls="none", password_env="PASSWORD")


def test_the_domain_of_a_provider_is_written_as_people_write_it() -> None:
    found = Config.model_validate({"policy": {"provider": {"Bücher.Example": {"hard": {"bounces": 1, "days": 0.0}}}}})
    assert found.rule().limit("hard", claimed("anna@bücher.example")) == Limit(1, 0)
    assert found.rule().limit("hard", "anna@example.org") == Limit(3, 15)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "can't be read"), ("", "contains no PEM certificate"), ("no PEM\n", "contains no PEM certificate")],
)
def test_a_ca_file_that_holds_no_certificate_is_one_line(here: Path, content: str | None, problem: str) -> None:
    if content is not None:
        (here / "ca.pem").write_text(content)
    (here / "ca.toml").write_text(GOOD.replace("[identify]", 'ca_file = "ca.pem"\n[identify]'))
    result = bounced("check-config", "--config", "ca.toml")
    assert result.exit_code == 78
    assert one_line(result) == f"bounced: ca.toml: mailbox.bounces.ca_file: ca.pem {problem}"
    trustme.CA().cert_pem.write_to_path(here / "ca.pem")
    assert bounced("check-config", "--config", "ca.toml").exit_code == 0


def test_a_directory_to_which_the_group_may_write_is_a_note(here: Path) -> None:
    (here / "good.toml").write_text(GOOD)
    for mode, notes in [(0o750, 0), (0o770, 1), (0o2775, 1)]:
        here.chmod(mode)
        said = bounced("check-config", "--config", "good.toml")
        assert (said.exit_code, len(said.stderr.splitlines())) == (0, 1 + notes)
    assert said.stderr.startswith(f"good.toml: note: database.path: {here} is group-writable, ")


def test_without_own_domains_everything_counts_and_check_config_says_so(here: Path) -> None:
    assert Config.model_validate({}).trust.thresholds() == {}
    (here / "open.toml").write_text(GOOD.partition("own_domains")[0])
    opened = bounced("check-config", "--config", "open.toml")
    assert (opened.exit_code, opened.stdout) == (0, "")
    assert opened.stderr.splitlines() == [
        "open.toml: note: trust.own_domains: not set: every report counts, forged ones too; add your domains",
        "open.toml: no problems found",
    ]
    (here / "good.toml").write_text(GOOD)
    closed = bounced("check-config", "--config", "good.toml")
    assert (closed.exit_code, closed.stderr) == (0, "good.toml: no problems found\n")


def test_the_keys_of_the_version_before_are_accepted_and_told_their_new_names(here: Path) -> None:
    old = GOOD.replace("keep_unrecognized", "keep_unread").replace("[identify]", 'unread_folder = "Old"\n[identify]')
    (here / "old.toml").write_text(old)
    found = config.load(here / "old.toml")
    assert found.database.keep_unrecognized == timedelta(days=30)
    assert found.mailbox["bounces"].unrecognized_folder == "Old"
    checked = bounced("check-config", "--config", "old.toml")
    assert checked.exit_code == 0
    assert checked.stderr == (
        "old.toml: note: database.keep_unread: is now called keep_unrecognized; the old name still works\n"
        "old.toml: note: mailbox.bounces.unread_folder: is now called unrecognized_folder; the old name still works\n"
        "old.toml: no problems found\n"
    )


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    """As editors on Windows write it."""
    path = tmp_path / "bounced.toml"
    path.write_bytes(b"\xef\xbb\xbfworkers = 3\n")
    assert config.load(path).workers == 3


# certificates of Amazon SNS


def with_certificate(folder: Path, content: bytes) -> Config:
    (folder / "sns.pem").write_bytes(content)
    return Config.model_validate({"trust": {"sns_topics": [sns.TOPIC], "sns_certificates": [str(folder / "sns.pem")]}})


def test_the_keys_of_sns_come_from_the_certificates(here: Path) -> None:
    anchors = config.sender(with_certificate(here, sns.certificate())).anchors
    assert (anchors.sns_topics, anchors.sns_keys) == ((sns.TOPIC,), (sns.signing_key(),))


def no_rsa() -> bytes:
    return trustme.CA(key_type=trustme.KeyType.ECDSA).cert_pem.bytes()


@pytest.mark.parametrize("content", [b"", b"no certificate", sns.certificate(1024), no_rsa()])
def test_a_file_that_holds_no_certificate_of_sns_is_refused(here: Path, content: bytes) -> None:
    with pytest.raises(UserError, match=r"sns\.pem: is not the certificate .PEM. of an RSA key of at least 2048 bits"):
        config.sender(with_certificate(here, content))


def test_a_missing_certificate_is_a_problem_of_the_configuration(here: Path) -> None:
    settings = with_certificate(here, b"")
    (here / "sns.pem").unlink()
    with pytest.raises(UserError, match=r"^trust.sns_certificates: .*/sns.pem: No such file or directory"):
        config.sender(settings)


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        (
            {"database": {"keep_events": "179d"}},
            'database.keep_events: must be at least "180d", because of database.keep_held',
        ),
        ({"database": {"keep_events": "1d", "keep_held": "1d"}}, 'at least "90d", because of policy.max_gap'),
        (
            {"database": {"keep_events": "200d"}, "health": {"window": "201d"}},
            'at least "201d", because of health.window',
        ),
        (
            {
                "database": {"keep_events": "200d"},
                "policy": {"provider": {"b.test": {"hard": {"bounces": 3, "days": 101}}}},
            },
            'at least "202d", because of the limits of [policy]',
        ),
        (
            {"database": {"keep_texts": "41d"}},
            'database.keep_texts: must be at least "42d", because of policy.incidents',
        ),
        ({"database": {"keep_texts": "0d"}}, 'must be at least "1s"'),
    ],
)
def test_what_is_judged_needs_events_and_texts_for_so_long(tables: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        Config.model_validate(tables)


def test_events_and_texts_may_be_kept_for_a_time_or_forever() -> None:
    for keep in ("forever", "180d"):
        Config.model_validate({"database": {"keep_events": keep, "keep_texts": keep}})
