"""Figures for Prometheus: an endpoint on the loopback interface, a file for its node exporter, or both.

The package prometheus_client is an extra: nothing else imports this room unless [metrics] is set.
"""

from __future__ import annotations

import os
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Info, start_http_server, write_to_textfile

from bounced.config import MetricsSection
from bounced.daemon.metrics.events import Events
from bounced.daemon.metrics.state import State
from bounced.errors import EXIT_CONFIG, UserError


class Metrics:
    """The figures of one daemon, of what it takes (``events``, an output) and of the ledger at ``path``."""

    def __init__(self, section: MetricsSection, path: str) -> None:
        self._section = section
        self._registry = CollectorRegistry()
        self.events = Events(self._registry)
        self._registry.register(State(path))
        Info("bounced_build", "The version that runs.", registry=self._registry).info(
            {"version": version("bounced-daemon")}
        )

    def listen(self) -> None:
        """Serves the endpoint, if there is one. Raises UserError."""
        if not self._section.listen:
            return
        host, port = self._section.address
        try:
            start_http_server(port, host, self._registry)
        except OSError as error:
            raise UserError(f"metrics.listen: {error.strerror or error}", exit_code=EXIT_CONFIG) from None

    def write(self) -> None:
        """Writes the file, if there is one, in one step. Raises OSError."""
        if self._section.textfile:
            umask = os.umask(0o022)
            try:
                write_to_textfile(self._section.textfile, self._registry)
            finally:
                os.umask(umask)
