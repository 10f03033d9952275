"""HTML by functions: text is escaped, and nothing but these functions makes an element."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from bounced.peer import printable

#: Characters of a text in an element.
TEXT_LIMIT = 1000


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str) -> Html:
    """An element; children that are no Html are text, of which a browser acts on nothing."""
    written = "".join(f' {key.rstrip("_")}="{_text(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{written}>{''.join(map(_child, children))}</{name}>")


def joined(parts: Iterable[str]) -> Html:
    """One after the other."""
    return Html("\n".join(map(_child, parts)))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> Html:
    """A table that scrolls by itself where the page is narrow, "none" without rows.

    ``numbers`` are the columns that are aligned right.
    """
    head = [element("th", name, class_=_alignment(place, numbers)) for place, name in enumerate(columns)]
    body = [
        element("tr", *(element("td", cell, class_=_alignment(place, numbers)) for place, cell in enumerate(row)))
        for row in rows
    ]
    if not body:
        return element("p", f"{columns[0]}: none")
    whole = element("table", element("thead", element("tr", *head)), element("tbody", *body))
    return element("div", whole, class_="wide", tabindex="0")


def link(url: str, text: str) -> Html:
    """A link to a page of our own tables; never to what a mail says."""
    return element("a", text, href=url, rel="noopener noreferrer")


def _alignment(place: int, numbers: Sequence[int]) -> str:
    return "number" if place in numbers else "text"


def _child(child: str) -> str:
    """``child`` as HTML, in which no line of text ends between a number and its percent sign."""
    return child if isinstance(child, Html) else _text(child).replace(" %", "\N{NO-BREAK SPACE}%")


def _text(text: str) -> str:
    return escape(printable(text, TEXT_LIMIT))
