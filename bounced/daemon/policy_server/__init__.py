"""The server that Postfix asks about recipients, by its policy delegation protocol (SMTPD_POLICY_README)."""

from bounced.daemon.listen import inherited, listening
from bounced.daemon.policy_server.server import run

__all__ = ["inherited", "listening", "run"]
