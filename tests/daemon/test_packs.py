"""A pack that the daemon takes while it runs: new mail, recorded failures and suppressions are by its tables."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.daemon import Daemon, bounce, days
from tests.support.packs import pack_file, with_phrase
from tests.support.servers import ImapServer

DAYS = days(datetime(2026, 9, 1, 12, tzinfo=UTC), 0, 8, 16, 24)

REASONS = "SELECT reason, count(*) FROM events GROUP BY reason"
SUPPRESSED = "SELECT address FROM suppressed"


def test_a_reload_with_a_pack_judges_what_is_recorded_and_what_comes(daemon: Daemon, mail_devel: ImapServer) -> None:
    daemon.configure({"bounces": mail_devel})
    built_in = daemon.config.read_text()
    pack = pack_file(daemon.directory / "pack.toml", with_phrase("policy", "user unknown"))
    for number, day in enumerate(DAYS[:3]):
        mail_devel.append("INBOX", bounce(number, "a@rcpt.test", day), day)
    with daemon.running():
        daemon.wait_for("suppressed", "address=a@rcpt.test")
        daemon.config.write_text(f'{built_in}[classify]\npack = "{pack}"\n')
        daemon.hup()
        daemon.wait_for("INFO reclassified", 'tables="2099-01-01, version 1"', "judged=3", "changed=3", "released=1")
        assert (daemon.rows(REASONS), daemon.rows(SUPPRESSED)) == ([("policy", 3)], [])
        mail_devel.append("INBOX", bounce(3, "a@rcpt.test", DAYS[3]), DAYS[3])
        daemon.wait_until("SELECT count(*) = 4 FROM events")
        assert daemon.rows(REASONS) == [("policy", 4)]
        daemon.config.write_text(built_in)
        daemon.hup()
        daemon.wait_for("INFO reclassified", "judged=4", "changed=4", "suppressed=1")
        assert (daemon.rows(REASONS), daemon.rows(SUPPRESSED)) == ([("user_unknown", 4)], [("a@rcpt.test",)])
        assert daemon.stop()[0] == 0
        told = [*daemon.lines, *daemon.rest()]  # before or after the other line
        assert any(line.startswith("INFO released address=a@rcpt.test ") for line in told)


def test_newer_tables_of_an_upgrade_are_applied_when_it_starts(daemon: Daemon, mail_devel: ImapServer) -> None:
    daemon.configure({"bounces": mail_devel})
    for number, day in enumerate(DAYS[:3]):
        mail_devel.append("INBOX", bounce(number, "a@rcpt.test", day), day)
    assert daemon.bounced("run", "--once").returncode == 0
    pack = pack_file(daemon.directory / "pack.toml", with_phrase("policy", "user unknown"))
    daemon.config.write_text(f'{daemon.config.read_text()}[classify]\npack = "{pack}"\n')
    once = daemon.bounced("run", "--once")
    assert "INFO reclassified" in once.stderr
    assert (daemon.rows(REASONS), daemon.rows(SUPPRESSED)) == ([("policy", 3)], [])
    assert "INFO reclassified" not in daemon.bounced("run", "--once").stderr
