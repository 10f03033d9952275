"""[metrics]: figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from pydantic import Field

from bounced.config.section import Section
from bounced.config.values import Text
from bounced.peer import is_loopback


class MetricsSection(Section):
    """[metrics]"""

    listen: Text = Field(
        default="", description='where Prometheus finds them, on this machine: "127.0.0.1:9718"; "": nowhere'
    )
    textfile: Text = Field(
        default="", description='file ("….prom") that is written each minute, for the node exporter; "": none'
    )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of ``listen``."""
        host, _, port = self.listen.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port) if port.isascii() and port.isdecimal() else -1

    def __bool__(self) -> bool:
        return bool(self.listen or self.textfile)

    def _problems(self) -> Iterator[str]:
        host, port = self.address if self.listen else ("127.0.0.1", 1)
        if not 0 < port < 65536 or not is_loopback(host):
            yield 'listen: must be a port of the local machine, like "127.0.0.1:9718"'
        if self.textfile and not self.textfile.endswith(".prom"):
            yield 'textfile: must end with ".prom"'
        if self and not find_spec("prometheus_client"):
            yield "needs the package prometheus-client: pip install 'bounced-daemon[metrics]'"
