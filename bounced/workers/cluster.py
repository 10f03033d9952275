"""Work on a Dask cluster (extra "cluster"): its workers read and parse, and this process alone writes.

1. Each worker parses in a process of its own that can be killed (bounced.workers.pool): a message that hangs costs that
   process, and its result is the same as here. The worker itself only reads.
2. A worker that dies costs time: Dask hands its work to another one, and what Dask blames for it is handed out again.
3. A cluster without workers, or that is gone, is no message's fault: the caller stops, and nothing is lost.
4. What a function raises on a worker is returned instead: Dask would log it there, with the messages.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, Generic, TypeVar, cast
from uuid import uuid4

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, Security, Worker, WorkerPlugin, get_worker
from distributed.core import connect

from bounced.errors import UserError
from bounced.identify import Sender
from bounced.model import Parsed
from bounced.peer import printable
from bounced.workers import Workers
from bounced.workers.dkim_keys import NoKeys
from bounced.workers.pool import Processes
from bounced.workers.pools import Stopped

Result = TypeVar("Result")

DISTRIBUTION = "bounced-daemon"

#: What to name for a cluster on this machine.
LOCAL = "local"

#: Letters of a reason that a person is told.
REASON_LENGTH_LIMIT = 300

#: Seconds in which a cluster must answer.
CONNECT_SECONDS = 10.0

#: Seconds after which a cluster is given up that has no worker; Dask replaces one within a few.
NO_WORKER_SECONDS = 60.0

#: Seconds between two looks at a cluster that does not answer.
LOOK_SECONDS = 1.0

#: How often Dask may say that work kills workers, four of them each time, until the cluster is given up.
BLAMES_ALLOWED = 5

SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",
    "distributed.worker.daemon": False,  # may start processes
}

ON_THIS_MACHINE = {
    "threads_per_worker": 1,
    "dashboard_address": ":0",  # on loopback; the usual port may be in use
    "scheduler_kwargs": {"dashboard": False},
    "silence_logs": logging.CRITICAL,
}


class Lost(Stopped):
    """The cluster, or all of its workers, are gone; the text says which."""


class _Raised:
    """What a function raised on a worker."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class _Plugin(WorkerPlugin):  # type: ignore[misc]
    """Has each worker of a cluster ready to parse for the scan that calls it ``name``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = version(DISTRIBUTION)

    def setup(self, worker: Worker) -> None:
        """Raises RuntimeError when it can't parse here."""
        count = worker.state.nthreads
        self.pool = Processes(count)
        if self.version != (other := version(DISTRIBUTION)):
            raise RuntimeError(f"{worker.address} has version {other} of bounced, not {self.version}")
        if multiprocessing.current_process().daemon:
            raise RuntimeError(
                f"{worker.address} may not start processes: set DASK_DISTRIBUTED__WORKER__DAEMON=False where it starts"
            )
        self.workers = Workers(Sender(), count=count, keys=NoKeys(), pool=self.pool)

    def teardown(self, worker: Worker) -> None:
        """Ends the processes."""
        self.pool.close()


@dataclass(slots=True)
class Task(Generic[Result]):
    """A call on some worker; see Ticket."""

    cluster: Cluster
    call: Callable[[str], Result | _Raised]  # its argument is the name of the plugin
    future: Future

    def result(self) -> Result:
        """What it returns. Raises Stopped, and what it raised."""
        result = self.cluster.result(self)
        if isinstance(result, _Raised):
            raise result.error
        return result

    def give_up(self) -> None:
        """Forgets it."""
        self.future.cancel()


class Cluster:
    """The workers of the scheduler at ``address``, or ``count`` on this machine for "local"; see Pool.

    Raises UserError when they can't be used.
    """

    def __init__(self, address: str, count: int | None = None) -> None:
        dask.config.set(SETTINGS)
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it tells the terminal of each worker that died
        self._local: LocalCluster | None = None
        try:
            if address == LOCAL:
                self._local = LocalCluster(n_workers=count, **ON_THIS_MACHINE)
            else:
                asyncio.run(_reach(address))
            self._client = Client(self._local or address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError, TimeoutError) as error:
            raise UserError(f"{address}: no Dask scheduler there: {_reason(error)}") from error
        self._plugin = f"bounced-{uuid4()}"
        try:
            self._client.wait_for_workers(1, timeout=NO_WORKER_SECONDS)
            self._register()
        except Exception as error:  # whatever a worker raises
            self.close()
            raise UserError(f"{address}: its workers can't be used: {_reason(error)}") from error
        #: How many messages can be parsed at a time.
        self.count: int = sum(self._client.nthreads().values())

    def _register(self) -> None:
        """Has all workers ready, also those that replace one which dies meanwhile."""
        for _ in range(BLAMES_ALLOWED):
            with suppress(OSError):
                self._client.register_plugin(_Plugin(self._plugin))
                return
        raise Lost("its workers die again and again")

    def close(self) -> None:
        """Ends what was started for us; calls that wait raise Stopped."""
        with suppress(Exception):  # of a cluster that is gone, or that did not take it
            self._client.unregister_worker_plugin(self._plugin)
        self._client.close()
        if self._local:
            self._local.close()

    @property
    def stalled_for(self) -> float:
        """0.0: see rule 3."""
        return 0.0

    def schedule(self, work: Callable[[], list[Parsed]]) -> Task[list[Parsed]]:
        """Hands ``work`` to a process of some worker."""
        return self._task(partial(_parsed, work))

    def read(self, read: Callable[[Workers], Result]) -> Task[Result]:
        """Has some worker call ``read``, which is pickled and can parse there by its argument."""
        return self._task(partial(_read, read))

    def result(self, task: Task[Result]) -> Result | _Raised:
        """What the call of ``task`` returned, as often as that takes. Raises Stopped."""
        for _ in range(BLAMES_ALLOWED):
            self._wait(task.future)
            if task.future.status == "finished":
                return cast("Result | _Raised", task.future.result())
            error = task.future.exception() if task.future.status == "error" else Lost("the scheduler is gone")
            if not isinstance(error, KilledWorker):
                raise Lost(f"the Dask cluster failed: {_reason(error)}")
            task.future = self._submit(task.call)
        raise Lost("the Dask cluster failed: its workers die again and again")

    def _task(self, call: Callable[[str], Result | _Raised]) -> Task[Result]:
        return Task(self, call, self._submit(call))

    def _submit(self, call: Callable[[str], Any]) -> Future:
        return self._client.submit(call, self._plugin, pure=False)

    def _wait(self, future: Future) -> None:
        """Returns when ``future`` is done. Raises Lost when there is no worker for long."""
        seen = time.monotonic()
        while not future.done():
            with suppress(TimeoutError, CancelledError):
                future.exception(timeout=LOOK_SECONDS)
            seen = time.monotonic() if self._has_workers() else seen
            if time.monotonic() - seen > NO_WORKER_SECONDS:
                raise Lost("the Dask cluster failed: it has no workers")

    def _has_workers(self) -> bool:
        try:
            return bool(self._client.nthreads())
        except (OSError, TimeoutError):  # the scheduler is gone, or is on its way
            return False


async def _reach(address: str) -> None:
    """Raises what is wrong with ``address``: a Client that fails over that ends 20 seconds later, with a traceback."""
    comm = await connect(address, timeout=CONNECT_SECONDS, **Security().get_connection_args("client"))
    await comm.close()


def _parsed(work: Callable[[], list[Parsed]], plugin: str) -> list[Parsed] | _Raised:
    """What ``work`` returns in a process of this worker."""
    return _guarded(lambda: _here(plugin).pool.schedule(work).result())


def _read(read: Callable[[Workers], Result], plugin: str) -> Result | _Raised:
    """What ``read`` returns in this worker."""
    return _guarded(lambda: read(_here(plugin).workers))


def _here(plugin: str) -> _Plugin:
    return cast(_Plugin, get_worker().plugins[plugin])


def _guarded(call: Callable[[], Result]) -> Result | _Raised:
    try:
        return call()
    except Exception as error:  # noqa: BLE001  see rule 4
        return _Raised(error)


def _reason(error: BaseException) -> str:
    """The reason, on one line."""
    return printable(" ".join(str(error).split()) or type(error).__name__, REASON_LENGTH_LIMIT)
