"""Understands mails in processes that can be killed.

flufl.bounce can be made to run for ever by a mail of 4 kB, in a regex that holds the GIL: no thread could stop it.
A mail that took a worker down is tried once more alone and then kept as unreadable; the others are not touched by it.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from bounced.identify import Marks
from bounced.model import Reading
from bounced.rules import Rule
from bounced.understand import understand

#: What one mail may cost. Typical is 1 ms and 60 MB.
MAIL_SECONDS = 5.0
WORKER_OCTETS = 512 * 1024 * 1024

#: More is a matter of the configuration: a worker takes 60 MB even when it has nothing to do.
MOST_WORKERS = 8

#: Mails handed to a worker at once: enough that the passing to and fro is not what costs, few enough to share out.
CHUNK = 16


class Stopped(Exception):
    """The workers were closed while they were at it; nothing is known about the mails."""


class Workers:
    """``count`` processes, started when first needed. ``understand`` may be called from several threads."""

    def __init__(self, marks: Marks, rules: Sequence[Rule] = (), count: int | None = None) -> None:
        self._known = (marks, tuple(rules))
        self._count = count or min(os.cpu_count() or 1, MOST_WORKERS)
        self._lock = threading.Lock()
        self._waiting: set[ProcessFuture[list[Reading]]] = set()
        self._pool = self._new_pool()
        self._closed = False

    def configure(self, marks: Marks, rules: Sequence[Rule]) -> None:
        """Has mails understood by these from now on."""
        self._known = (marks, tuple(rules))

    def close(self) -> None:
        """Ends the processes, whatever they are doing; waiting calls raise Stopped."""
        with self._lock:
            self._closed = True
            self._pool.stop()
        for future in tuple(self._waiting):  # pebble itself would leave their callers waiting for ever
            future.cancel()
        self._pool.join()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def understand(self, contents: Sequence[bytes]) -> list[Reading]:
        """The reading of each mail, in order; one that can't be read within the limits is ``unreadable``."""
        chunks = [contents[start : start + CHUNK] for start in range(0, len(contents), CHUNK)]
        futures = [self._schedule(chunk) for chunk in chunks]
        readings: list[Reading] = []
        for chunk, future in zip(chunks, futures, strict=True):
            try:
                readings += future.result()
            except CancelledError as error:
                raise Stopped from error
            except Exception:  # noqa: BLE001  some mail in this chunk: find out which
                readings += [self._alone(content) for content in chunk]
        return readings

    def _alone(self, content: bytes) -> Reading:
        try:
            [reading] = self._schedule([content]).result()
        except CancelledError as error:
            raise Stopped from error
        except TimeoutError:
            return Reading("unreadable", problem=f"took longer than {MAIL_SECONDS:g} seconds")
        except (ProcessExpired, BrokenProcessPool):
            return Reading("unreadable", problem="the process that read it died")
        except Exception as error:  # noqa: BLE001  whatever a worker raises belongs to this mail
            return Reading("unreadable", problem=f"{type(error).__name__}: {error}"[:200])
        return reading

    def _schedule(self, contents: Sequence[bytes]) -> ProcessFuture[list[Reading]]:
        with self._lock:
            if self._closed:
                raise Stopped
            if not self._pool.active:
                self._pool.stop()
                self._pool = self._new_pool()
            future = self._pool.schedule(_work, args=(list(contents), *self._known), timeout=MAIL_SECONDS)
            self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(self._count, initializer=_start, context=multiprocessing.get_context("spawn"))


def _work(contents: list[bytes], marks: Marks, rules: tuple[Rule, ...]) -> list[Reading]:
    return [understand(content, marks, rules) for content in contents]


def _start() -> None:
    """Prepares a worker: it has limits, leaves Ctrl-C to its parent, and dies with it."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())  # the daemon's main thread blocks some
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (WORKER_OCTETS, WORKER_OCTETS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
