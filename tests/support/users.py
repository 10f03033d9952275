"""Does something as another user, in a process of its own: only root can."""

from __future__ import annotations

import codecs
import ctypes
import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")

PR_SET_DUMPABLE = 4


@dataclass(frozen=True, slots=True)
class User:
    """Numbers only: nobody has to be made for it."""

    uid: int
    gid: int
    groups: Sequence[int] = ()

    def does(self, work: Callable[[], Result]) -> Result:
        """What ``work`` returns, or the exception that it raises."""
        codecs.lookup("utf-8-sig")  # the other user may not be able to read Python's own files
        reading, writing = os.pipe()
        if not (child := os.fork()):
            self._answer(writing, work)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            answer: Any = pickle.loads(pipe.read())
        os.waitpid(child, 0)
        if isinstance(answer, Exception):
            raise answer
        found: Result = answer
        return found

    def _become(self) -> None:
        os.setgroups(self.groups)
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
        # The kernel has closed our memory because of that; the memory of a program that systemd starts is open.
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)

    def _answer(self, writing: int, work: Callable[[], object]) -> None:
        try:
            if os.geteuid() != self.uid:
                self._become()
            answer: object = work()
        except Exception as error:  # noqa: BLE001
            answer = error
        os.write(writing, pickle.dumps(answer))
        os._exit(0)
