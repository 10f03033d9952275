"""Replies of mailing list managers to a post: it was rejected, or is held for a moderator.

The recipient that failed is the list. Notes to moderators and owners are not reports about our mail.
"""

from __future__ import annotations

import re

from bounced import address
from bounced.mime import Mail, one_line, phrases
from bounced.model import Decoded, Report

#: Headers that identify each list manager: Mailman, ezmlm, fml, Sympa, Majordomo, Lyris, LISTSERV.
_SIGNATURES = frozenset(
    (
        *("x-mailman-version", "x-beenthere", "x-list-administrivia", "mailing-list", "x-mlserver", "x-ml-name"),
        *("x-loop", "x-sympa-to", "x-majordomo-version", "x-listserver", "x-listserv-list"),
    )
)
#: Subjects of notes about a held post, or about a member that the manager itself removed.
_NOTES = phrases(
    r"^your message to .{1,200} awaits (?:moderator )?approval",
    r"^\d{1,4} .{1,200} moderator request",
    r"^.{1,200} post from \S{1,320} requires approval",
    r"^(?:moderate for|confirm (?:sub|unsub)scribe|approve) \S",
    r"^returned post for \S",  # ezmlm: no moderator acted in time
    r"^bounce \S{1,320}:",  # Majordomo, to the list owner
    r"^(?:uncaught )?bounce(?: action)? notification",  # Mailman, to the list owner
)
#: Subjects of rejections, with the list if it is named.
_REFUSALS = phrases(
    r"^request to mailing list .{1,200} rejected|^your message to .{1,200} was rejected",  # Mailman 2 and 3
    r"^your message for list (?P<list>\S{1,64}) (?:has been|was) rejected",  # Sympa
    r"^you .{1,320} are not (?:a )?member",  # fml
    r"^(?:rejected|refused) (?:post(?:ing)?|message) (?:to|for) .{1,200}",
)
_LIST_HEADERS = ("X-BeenThere", "List-Post", "X-ML-Address")
_LIST_IN_TEXT = re.compile(r"(?:mailing )?list:? {0,2}<(?P<name>[^<>\s]{3,320})>", re.IGNORECASE)
#: "news-bounces@", "owner-news@" and the like stand for the list "news".
_SERVICE = re.compile(r"(?:owner-)?(?P<name>.{1,64}?)(?:-(?:bounces|admin|owner|help|request|ctl))?", re.IGNORECASE)


def decode(mail: Mail) -> Decoded | None:
    """A failure of the list for a rejection, kind ``other`` for a note; ``None`` if no list manager wrote it."""
    header = mail.header
    if not header.has_any(_SIGNATURES):
        return None
    subject = header.get("Subject").strip()
    refusal = _REFUSALS.search(subject)
    if not (refusal or _NOTES.search(subject)):
        return None
    list_address = _list(mail, refusal["list"] or "") if refusal else ""
    report = Report(action="failed", final_recipient=list_address, diagnostic_code=one_line(mail.text))
    return Decoded("bounce", "list-manager", (report,)) if list_address else Decoded("other", "list-manager")


def _list(mail: Mail, name: str) -> str:
    """The posting address of the list; ``name`` is its local part if the subject has it."""
    in_text = _LIST_IN_TEXT.search(mail.text)
    subject = mail.header.get("Subject")
    claims = (*map(mail.header.get, _LIST_HEADERS), in_text["name"] if in_text else "", subject)
    return next(filter(None, map(address.parse, claims)), "") or _served(mail, name)


def _served(mail: Mail, name: str) -> str:
    """The list that the sender, a robot, serves."""
    local, _, domain = mail.signs.author.rpartition("@")
    service = _SERVICE.fullmatch(local)
    return f"{name or service['name']}@{domain}" if service else ""
