"""The brake in the daemon: it warns once, and a person lets it go on while the daemon runs."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)

AT_ONCE = "[policy]\nhard = { bounces = 1, days = 0 }\n"
BRAKE = '[policy.brake]\naddresses = 3\nlearn = "0s"\n'
RECORDED = "SELECT count(*) = {} FROM events"
SUPPRESSED = "SELECT count(*) = {} FROM suppressed"


def configure(daemon: Daemon, server: ImapServer, policy: str) -> None:
    daemon.configure({"bounces": server}, poll="1s")
    daemon.config.write_text(daemon.config.read_text() + policy)


def deliver(server: ImapServer, *numbers: int) -> None:
    for number in numbers:
        server.append("INBOX", bounce(number, f"a{number}@rcpt.test", DAY0), DAY0)


def test_the_daemon_warns_once_and_goes_on_after_resume(daemon: Daemon, mail_devel: ImapServer) -> None:
    configure(daemon, mail_devel, AT_ONCE + BRAKE)
    with daemon.running():
        deliver(mail_devel, *range(5))
        assert 'see="bounced withheld"' in daemon.wait_for("WARNING brake", "limit=3")
        daemon.wait_until(RECORDED.format(5))
        assert daemon.rows("SELECT count(*) FROM suppressed") == [(3,)]
        resumed = daemon.bounced("resume")
        assert (resumed.returncode, resumed.stderr) == (0, "newly suppressed: 2 addresses\n")
        deliver(mail_devel, 5)
        daemon.wait_until(SUPPRESSED.format(6))
        assert daemon.stop()[0] == 0
        assert not [line for line in daemon.rest() if "WARNING brake" in line]


def test_a_kill_keeps_what_is_withheld_and_says_it_again_in_status(daemon: Daemon, mail_devel: ImapServer) -> None:
    configure(daemon, mail_devel, AT_ONCE + BRAKE)
    with daemon.running():
        daemon.wait_for("started")
        deliver(mail_devel, *range(5))
        daemon.wait_until(RECORDED.format(5))
        daemon.kill()
    assert daemon.rows("SELECT count(*) FROM withheld") == [(2,)]
    assert "brake" in daemon.bounced("status").stdout
    with daemon.running():
        daemon.wait_for("started")
        deliver(mail_devel, 5)
        daemon.wait_until(RECORDED.format(6))
        assert daemon.rows("SELECT count(*) FROM suppressed") == [(3,)]
        assert daemon.stop()[0] == 0


def test_a_reload_that_would_suppress_too_many_suppresses_nobody(daemon: Daemon, mail_devel: ImapServer) -> None:
    configure(daemon, mail_devel, "")
    with daemon.running():
        daemon.wait_for("started")
        deliver(mail_devel, *range(5))
        daemon.wait_until(RECORDED.format(5))
        configure(daemon, mail_devel, AT_ONCE + BRAKE)
        daemon.hup()
        daemon.wait_for("WARNING policy-changed", "withheld=5")
        assert daemon.rows("SELECT count(*) FROM suppressed") == [(0,)]
        assert daemon.bounced("resume").returncode == 0
        assert daemon.rows("SELECT count(*) FROM suppressed") == [(5,)]
        assert daemon.stop()[0] == 0


def test_strangers_withhold_nobody_who_is_proved_dead(daemon: Daemon, mail_devel: ImapServer) -> None:
    """Who was withheld among them is suppressed by the report about what went to him."""
    configure(daemon, mail_devel, AT_ONCE + BRAKE + '[trust]\nown_domains = ["sender.test"]\n')
    with daemon.running():
        deliver(mail_devel, *range(40))
        daemon.wait_until(RECORDED.format(40))
        daemon.wait_until("SELECT count(*) = 37 FROM withheld")
        sent = daemon.directory / "sends.csv"
        rows = [f"{n}@sender.test,a{n}@rcpt.test,2026-09-01T11:00:00+00:00" for n in (139, 140)]
        sent.write_text("\n".join(["message_id,address,sent_at", *rows]).replace("a139", "a39"))
        assert daemon.bounced("sends", "import", str(sent)).returncode == 0
        mail_devel.append("INBOX", bounce(139, "a39@rcpt.test", DAY0), DAY0)
        mail_devel.append("INBOX", bounce(140, "a140@rcpt.test", DAY0), DAY0)
        daemon.wait_until("SELECT count(*) = 2 FROM suppressed WHERE address IN ('a39@rcpt.test', 'a140@rcpt.test')")
        assert daemon.rows("SELECT count(*) FROM withheld") == [(36,)]
        assert daemon.stop()[0] == 0
