"""The interface answers as the commands do."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from bounced import Suppressions, times
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import api, commands
from tests.support.api import EVERYTHING, Answer, Host
from tests.support.commands import COMPLAINT, DAY0, bounced
from tests.support.daemon import bounce, days
from tests.support.lookup import STREAMS, WRITTEN

SCOPES = ("all", "marketing", *STREAMS)


def ask(host: Host, token: str, path: str, **parameters: object) -> Answer:
    return host.ask(f"/v1/{path}?{urlencode(parameters)}", token)


@pytest.mark.parametrize("scope", SCOPES)
def test_one_address_is_checked_as_the_library_does(served: Host, token: str, scope: str) -> None:
    with Suppressions(served.database, STREAMS) as suppressions:
        for text in WRITTEN:
            answer = ask(served, token, "check", address=text, scope=scope).json
            expected = [(item.scope, item.cause, item.detail) for item in suppressions.all(text, scope)]
            assert [(row["scope"], row["cause"], row["detail"]) for row in answer["suppressions"]] == expected
            assert answer["allowed"] is not bool(expected)


@pytest.mark.parametrize("scope", SCOPES)
def test_many_addresses_are_checked_as_the_library_does(served: Host, token: str, scope: str) -> None:
    answer = served.check_many(token, {"addresses": WRITTEN, "scope": scope}).json
    with Suppressions(served.database, STREAMS) as suppressions:
        assert {row["address"] for row in answer["suppressed"]} == suppressions.filter(WRITTEN, scope).keys()
    assert answer["checked"] == len(WRITTEN)


def test_ten_thousand_addresses_are_one_request(served: Host, token: str) -> None:
    addresses = [f"reader{number}@b.test" for number in range(9_999)]
    answer = served.check_many(token, {"addresses": [*addresses, "all@b.test"]}).json
    assert (answer["checked"], [row["address"] for row in answer["suppressed"]]) == (10_000, ["all@b.test"])
    refused = served.check_many(token, {"addresses": [*addresses, "a@b.test", "b@b.test"]})
    assert refused.status == 400
    assert refused.json["errors"][0]["pointer"] == "/addresses"


def test_nothing_is_checked_when_one_of_many_is_no_address(served: Host, token: str) -> None:
    refused = served.check_many(token, {"addresses": ["all@b.test", "a@b@c.test", "", *["x"] * 100]})
    assert (refused.status, refused.problem) == (400, "addresses: none was checked")
    assert [fault["pointer"] for fault in refused.json["errors"]] == [f"/addresses/{n}" for n in range(1, 11)]


@pytest.mark.parametrize(
    "text", ["", "root", "a@b@c.test", "a@b.test\r\nX: y", "a\0@b.test", "a b@c.test", "\ud800@b.test"]
)
def test_what_is_no_address_is_never_allowed(served: Host, token: str, text: str) -> None:
    written = quote(text, errors="surrogatepass")
    refused = served.ask(f"/v1/check?address={written}", token)
    assert (refused.status, refused.problem[:3]) in ((400, "the"), (400, "add"))


def test_a_plus_that_is_not_encoded_is_told(served: Host, token: str) -> None:
    assert "%2B" in served.ask("/v1/check?address=kim+news@b.test", token).problem


def pages(host: Host, token: str, limit: int) -> Iterator[Answer]:
    cursor: str | None = ""
    while cursor is not None:
        answer = ask(host, token, "suppressions", cursor=cursor, limit=limit)
        yield answer
        cursor = answer.json["next_cursor"]


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_pages_are_the_list(served: Host, token: str, limit: int) -> None:
    listed = [row for page in pages(served, token, limit) for row in page.json["suppressions"]]
    with closing(sqlite3.connect(served.database)) as db:
        db.row_factory = sqlite3.Row
        rows = [dict(row) for row in db.execute("SELECT * FROM suppressed ORDER BY address, scope, cause")]
    of_the_view = ("address_unicode", "mailbox")
    assert listed == [{name: value for name, value in row.items() if name not in of_the_view} for row in rows]
    assert len(rows) > 5


def test_what_changes_between_two_pages_moves_no_other_row(fresh: Host) -> None:
    token = fresh.token("list", "list")
    with Ledger(str(fresh.database), Policy()) as ledger, api.running(fresh):
        ledger.decisions.decide([f"{name}@b.test" for name in "bdfhj"], "suppress", "all", "")
        listing = pages(fresh, token, 2)
        listed = [row["address"][0] for row in next(listing).json["suppressions"]]
        ledger.decisions.decide(["b@b.test", "d@b.test"], "release", "all", "")
        ledger.decisions.decide(["a@b.test", "e@b.test"], "suppress", "all", "")
        listed += [row["address"][0] for page in listing for row in page.json["suppressions"]]
    assert listed == list("bdefhj")


def followed(host: Host, token: str, after: int) -> Iterator[dict[str, object]]:
    """Every change after one, two at a time."""
    while (answer := ask(host, token, "outbox", after=after, limit=2).json)["changes"]:
        after = answer["after"]
        yield from answer["changes"]


def test_a_list_and_the_changes_since_are_the_list_of_now(fresh: Host) -> None:
    token = fresh.token("mirror", "list", "outbox")
    with Ledger(str(fresh.database), Policy()) as ledger, api.running(fresh):
        ledger.decisions.decide(["a@b.test", "b@b.test"], "suppress", "all", "")
        first = ask(fresh, token, "suppressions").json
        mirror = {row["address"] for row in first["suppressions"]}
        ledger.decisions.decide(["a@b.test"], "release", "all", "")
        ledger.decisions.decide(["c@b.test", "d@b.test", "e@b.test"], "suppress", "all", "")
        for change in followed(fresh, token, first["last_change"]):
            data = change["data"]
            assert isinstance(data, dict)
            (mirror.add if change["type"] == "suppression.added" else mirror.discard)(data["address"])
        assert mirror == {f"{name}@b.test" for name in "bcde"}


def test_who_has_missed_changes_is_told(fresh: Host) -> None:
    """Those that the outbox no longer has, and those of a database that a backup has replaced."""
    token = fresh.token("mirror", "outbox")
    with Ledger(str(fresh.database), Policy()) as ledger:
        ledger.decisions.decide([f"{name}@b.test" for name in "abcd"], "suppress", "all", "")
    with closing(sqlite3.connect(fresh.database)) as db, db:
        db.execute("DELETE FROM outbox_rows WHERE id <= 2")
    with api.running(fresh):
        assert {after: ask(fresh, token, "outbox", after=after).status for after in range(6)} == {
            0: 410,
            1: 410,
            2: 200,
            3: 200,
            4: 200,
            5: 410,
        }
        assert "/v1/suppressions" in ask(fresh, token, "outbox", after=0).problem
        with closing(sqlite3.connect(fresh.database)) as db, db:
            db.execute("DELETE FROM outbox_rows")
        assert {after: ask(fresh, token, "outbox", after=after).status for after in (3, 4, 5)} == {
            3: 410,
            4: 200,
            5: 410,
        }


def test_explain_and_rates_are_what_the_commands_print(tmp_path: Path) -> None:
    host = api.host(tmp_path)
    now = times.now()
    mails = [(bounce(number, "anna@rcpt.test", when), when) for number, when in enumerate(days(now, -17, -8, 0))]
    commands.count([*mails, (COMPLAINT, now)], str(host.database))
    with closing(sqlite3.connect(host.database)) as db, db:
        db.execute("INSERT INTO volume VALUES ('provider', 'rcpt.test', date('now'), 'hand', 3000)")
    token = host.token("everything", *EVERYTHING)
    with api.running(host):
        explained = ask(host, token, "explain", address="Anna@rcpt.test").json
        printed = json.loads(bounced("explain", "anna@rcpt.test", "--json", "--config", str(host.config)).stdout)
        assert explained["history"] == printed["history"]
        assert explained["suppressions"] == printed["suppressions"]
        assert len(ask(host, token, "explain", address="anna@rcpt.test", limit=1).json["history"]) == 1
        rates = ask(host, token, "rates").json["rates"]
        lines = bounced("health", "--json", "--config", str(host.config)).stdout.splitlines()
        assert rates == [row | {"pause": bool(row["pause"])} for row in map(json.loads, lines)]
        assert {row["dimension"] for row in ask(host, token, "rates", dimension="provider").json["rates"]} <= {
            "provider"
        }
    assert rates


def test_text_of_a_mail_is_text(tmp_path: Path) -> None:
    host = api.host(tmp_path)
    hostile = bounce(1, "anna@rcpt.test", DAY0).replace(b"5.1.1", "5.1.1 <script>1</script>\u202e\x1b[31m\0".encode())
    commands.count([(hostile, DAY0)], str(host.database))
    token = host.token("explain", "explain")
    with api.running(host):
        answer = ask(host, token, "explain", address="anna@rcpt.test")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content.isascii()
    assert answer.content.decode().isprintable()
    assert "<script>" in json.dumps(answer.json)


def test_an_answer_that_is_still_the_same_is_not_sent_again(served: Host, token: str) -> None:
    for path in ("check?address=all%40b.test", "suppressions?limit=2", "outbox?limit=2", "rates"):
        first = served.ask(f"/v1/{path}", token)
        for condition in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
            again = served.ask(f"/v1/{path}", token, If_None_Match=condition)
            assert (again.status, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert served.ask(f"/v1/{path}", token, If_None_Match='"other"').status == 200
        assert first.headers["cache-control"] == "private, no-cache"
        assert first.headers["vary"] == "Authorization"


def test_a_change_is_another_answer(fresh: Host) -> None:
    token = fresh.token("check", "check")
    with Ledger(str(fresh.database), Policy()) as ledger, api.running(fresh):
        first = ask(fresh, token, "check", address="anna@b.test")
        ledger.decisions.decide(["anna@b.test"], "suppress", "all", "")
        again = fresh.ask("/v1/check?address=anna%40b.test", token, If_None_Match=first.headers["etag"])
        assert (first.json["allowed"], again.status, again.json["allowed"]) == (True, 200, False)
