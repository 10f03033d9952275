"""`bounced api`: checks a second, one address each, over 32 connections that are kept. `python -m benchmarks http`"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import api
from tests.support.api import Host

CONNECTIONS = 32
REQUESTS = 300  # of each
SUPPRESSED = 10_000

#: Clock ticks of /proc a second.
TICKS = 100


def rows() -> Iterator[tuple[str, float]]:
    """By the second of the server's own processor time, as others use the processor too; and as a ratio."""
    with tempfile.TemporaryDirectory() as folder:
        host = api.host(Path(folder), "requests_per_second = 1000000")
        with Ledger(str(host.database), Policy()) as ledger:
            names = [f"reader{number * 5}@example.net" for number in range(SUPPRESSED)]
            ledger.decisions.decide(names, "suppress", "all", "")
        token = host.token("bench", "check")
        with api.running(host) as process:
            check = _rate(host, process.pid, "/v1/check?address=reader{}%40example.net", token)
            nothing = _rate(host, process.pid, "/v1/nothing?{}", token)
            begun = time.perf_counter()
            host.check_many(token, {"addresses": [f"reader{number}@example.net" for number in range(10_000)]})
            seconds = time.perf_counter() - begun
    yield "api: checks a second of processor time (2000)", check
    yield "api: a check, times a request that finds nothing", nothing / check
    yield "api: addresses a second, ten thousand in a request", 10_000 / seconds


def _rate(host: Host, process: int, path: str, token: str) -> float:
    before = _processor_seconds(process)
    asyncio.run(_ask_all(host, path, token))
    return CONNECTIONS * REQUESTS / (_processor_seconds(process) - before)


async def _ask_all(host: Host, path: str, token: str) -> None:
    await asyncio.gather(*(_ask(host.port, path, token) for _ in range(CONNECTIONS)))


async def _ask(port: int, path: str, token: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    authorization = f"Authorization: Bearer {token}\r\n"
    for number in range(REQUESTS):
        writer.write(f"GET {path.format(number)} HTTP/1.1\r\nHost: bench\r\n{authorization}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    writer.close()


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
