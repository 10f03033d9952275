"""A peer that takes webhooks as fast as Python can: `python -m benchmarks.peer PORT FILE FAILING`.

It answers 503 to FAILING (0 to 1) of the requests, and adds a line to FILE for each that it takes, before it answers.
It speaks just enough HTTP/1.1 for that: a request has a Content-Length and comes in one connection after the other.
"""

from __future__ import annotations

import asyncio
import random
import sys
from typing import BinaryIO

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILS = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, taken: BinaryIO, failing: float) -> None:
    """Answers the requests of a connection."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            content = await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r")[0]))
            fails = random.random() < failing  # noqa: S311
            if not fails:
                taken.write(content + b"\n")
                taken.flush()
            writer.write(FAILS if fails else OK)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def serve(port: int, path: str, failing: float) -> None:
    """Listens until it is killed."""
    with open(path, "ab") as taken:  # noqa: PTH123
        server = await asyncio.start_server(lambda r, w: answer(r, w, taken, failing), "127.0.0.1", port)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
