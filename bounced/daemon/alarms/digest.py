"""Some alarms as one message, in words for a person."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from bounced.ledger.sinks import Notice
from bounced.peer import printable

#: Characters of a title, and of a problem in a text.
TITLE_LENGTH_LIMIT = 150
PROBLEM_LENGTH_LIMIT = 500

#: Alarms in one text.
ALARMS_LIMIT = 100

#: What the type of a change is for a person.
VERBS = {"alarm.raised": "", "alarm.reminded": "still ", "alarm.recovered": "over: "}

#: Sends alarms. Raises Unavailable.
Send = Callable[[Sequence[Notice]], None]


class Digest:
    """A sink that sends what was delivered together at once, the worst first."""

    lanes = 1

    def __init__(self, send: Send) -> None:
        self._send = send
        self._notices: list[Notice] = []

    def deliver(self, notice: Notice) -> None:
        """Takes an alarm."""
        self._notices.append(notice)

    def flush(self) -> None:
        """Sends what was taken. Raises Unavailable; then it is taken again."""
        notices, self._notices = sorted(self._notices, key=_rank), []
        if notices:
            self._send(notices)

    def close(self) -> None:
        """What is being sent ends in its time."""


def _rank(notice: Notice) -> tuple[bool, bool]:
    """What is critical comes first, what is over comes last; what is alike stays in its order."""
    return notice.type == "alarm.recovered", notice.data["state"] != "CRITICAL"


def host() -> str:
    """The name of this machine."""
    return printable(socket.gethostname(), 64)


def title(notices: Sequence[Notice]) -> str:
    """The first of the alarms, and how many more there are."""
    more = f" (and {len(notices) - 1} more)" if len(notices) > 1 else ""
    return printable(f"bounced on {host()}: {_headline(notices[0])}", TITLE_LENGTH_LIMIT) + more


def text(notices: Sequence[Notice]) -> str:
    """All of them, a paragraph each."""
    left = len(notices) - ALARMS_LIMIT
    rest = [f"and {left} more: bounced alarms"] if left > 0 else []
    return "\n\n".join([*map(_paragraph, notices[:ALARMS_LIMIT]), *rest]) + "\n"


def _paragraph(notice: Notice) -> str:
    data = {name: _shown(str(value)) for name, value in notice.data.items()}
    until = f" until {data['until']}" if data.get("until") else ""
    advice = [f"What to do: {data['advice']}."] if data.get("advice") else []
    return "\n".join([_headline(notice), f"{data['kind']}, since {data['since']}{until}", *advice])


def _headline(notice: Notice) -> str:
    state, name, problem = (_shown(notice.data[key]) for key in ("state", "name", "problem"))
    return f"{VERBS[notice.type]}{state}: {name}: {problem}"


def _shown(text: str) -> str:
    """What a mail or a server may say, on one line and without links, which mail programs and chats make by themselves.

    A host alone remains one: most are those of providers, and nobody's words lead to a page of it.
    """
    return " ".join(map(_without_link, printable(text, PROBLEM_LENGTH_LIMIT).split(" ")))


def _without_link(word: str) -> str:
    is_link = "://" in word or ("." in word.partition("/")[0] and "/" in word) or word.lower().startswith("www.")
    return word.replace("://", "[:]//").replace(".", "[.]") if is_link else word
