"""Between whoever logs and whoever takes the log: nobody waits for a pipe that is not read, or a journal that hangs."""

from __future__ import annotations

import logging
import queue
import signal
import threading

from bounced.daemon.log_line import Line, line

#: Records that wait to be written.
RECORDS_LIMIT = 2000

#: Seconds that one record waits for room, after which nobody waits until something was written again.
ROOM_SECONDS = 0.5


class Queued(logging.Handler):
    """Has ``writer`` write records in a thread of its own.

    What finds no room is dropped, and a record that says how many were follows the next one that was written.
    """

    def __init__(self, writer: logging.Handler) -> None:
        super().__init__()
        self._writer = writer
        self._records: queue.Queue[logging.LogRecord] = queue.Queue(RECORDS_LIMIT)
        self._dropped = 0
        self._is_stuck = False
        self._queued, self._written, self._done = 0, 0, threading.Condition()
        self.lost = 0  # records that were dropped since the start
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queues ``record``. Its lock is held meanwhile: one thread at a time waits for room."""
        try:
            self._records.put(_rendered(record), block=not self._is_stuck, timeout=ROOM_SECONDS)
            self._queued += 1
        except queue.Full:
            self._is_stuck = True
            self._dropped += 1
            self.lost += 1

    def is_written(self, patience: float) -> bool:
        """True when all records that are queued now were written, which may take ``patience`` seconds."""
        queued = self._queued
        with self._done:
            return self._done.wait_for(lambda: self._written >= queued, patience)

    def finish(self, patience: float) -> None:
        """Waits until all is written, for ``patience`` seconds at most. The process should exit after that."""
        with self._records.all_tasks_done:
            self._records.all_tasks_done.wait_for(lambda: not self._records.unfinished_tasks, patience)

    def _write(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # they are for the main thread
        while True:
            record = self._records.get()
            # emit() instead of handle(): at the end logging.shutdown() takes the lock of every handler.
            self._writer.emit(record)
            self._is_stuck = False
            dropped, self._dropped = self._dropped, 0
            if dropped:
                self._writer.emit(_about_dropped(dropped))
            self._records.task_done()
            with self._done:
                self._written += 1
                self._done.notify_all()


def _rendered(record: logging.LogRecord) -> logging.LogRecord:
    """``record`` with its text fixed: what a library has put into it may change before it is written."""
    if not any(isinstance(part, Line) for part in (record.msg, *(record.args or ()))):
        record.msg, record.args = record.getMessage(), None
    return record


def _about_dropped(records: int) -> logging.LogRecord:
    text = line("log-dropped", lines=records)
    return logging.LogRecord("bounced", logging.WARNING, __file__, 0, "%s", (text,), None)
