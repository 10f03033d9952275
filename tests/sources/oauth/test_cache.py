"""One access token for all connections of an account: fetched in time, by one thread, and anew when it is refused."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from bounced.errors import LoginRefused, MailboxError
from bounced.sources.oauth.cache import RENEWAL_MARGIN, AccessToken, TokenCache


class Source:
    """Gives out "1", "2", …; ``problems`` first, one for each time it is asked."""

    def __init__(self, lifetime: float = 3600.0, *problems: MailboxError) -> None:
        self.lifetime = lifetime
        self.problems = list(problems)
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> AccessToken:
        self.asked += 1
        assert self.gate.wait(30)
        if self.problems:
            raise self.problems.pop(0)
        return AccessToken(str(self.asked), self.lifetime)


@pytest.mark.parametrize(("lifetime", "margin"), [(3600.0, RENEWAL_MARGIN), (100.0, 10.0)])
def test_a_token_is_replaced_shortly_before_it_expires(lifetime: float, margin: float) -> None:
    now = [0.0]
    tokens = TokenCache(Source(lifetime), lambda: now[0])
    assert tokens.current() == "1"
    now[0] = lifetime - margin - 0.1
    assert tokens.current() == "1"
    now[0] = lifetime - margin
    assert tokens.current() == "2"


def test_a_token_that_was_refused_is_replaced_once() -> None:
    tokens = TokenCache(Source(), lambda: 0.0)
    assert tokens.current() == "1"
    tokens.refused("1")
    assert tokens.current() == "2"
    tokens.refused("1")
    assert tokens.current() == "2"


def test_a_failure_is_tried_again_by_the_next_who_asks() -> None:
    seconds = count(0.0)
    tokens = TokenCache(Source(3600.0, MailboxError("no answer")), lambda: next(seconds))
    with pytest.raises(MailboxError, match="no answer"):
        tokens.current()
    assert tokens.current() == "2"


def together(source: Source) -> list[str]:
    """What each of four threads gets that have all asked before the source answers: a token, or the problem's type."""

    def clock() -> float:
        looks.release()
        return time.monotonic()

    def ask() -> str:
        try:
            return tokens.current()
        except MailboxError as problem:
            return type(problem).__name__

    looks = threading.Semaphore(0)
    tokens = TokenCache(source, clock)
    source.gate.clear()
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(ask) for _ in range(4)]
        for _ in range(5):  # each looks at the clock when it asks, and the one that fetches once more
            assert looks.acquire(timeout=30)
        source.gate.set()
        return [answer.result() for answer in answers]


def test_many_threads_fetch_one_token() -> None:
    source = Source()
    assert together(source) == ["1"] * 4
    assert source.asked == 1


def test_many_threads_share_a_failure() -> None:
    """Else each would wait for an endpoint that does not answer, one after the other."""
    source = Source(3600.0, LoginRefused("no"))
    assert together(source) == ["LoginRefused"] * 4
    assert source.asked == 1


def test_a_token_is_not_shown() -> None:
    assert "geheimnis" not in repr(AccessToken("geheimnis", 1.0))
