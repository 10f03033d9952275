"""Values that are computed when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class lazy(Generic[T]):
    """As ``functools.cached_property``, which has a lock before Python 3.12 and takes three times as long."""

    def __init__(self, function: Callable[..., T]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: object, _owner: object) -> T:
        value = instance.__dict__[self._function.__name__] = self._function(instance)
        return value
