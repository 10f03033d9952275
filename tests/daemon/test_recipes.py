"""Recipes: each program is told what is in force, against a peer that is scripted after its documents."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import urllib3
from pydantic import ValidationError

from bounced.config import SinkSection
from bounced.daemon.sinks import login
from bounced.errors import UserError
from bounced.ledger.ledger import Ledger
from bounced.lists.recipes import RECIPES
from tests.support import programs, sinks
from tests.support.ledger import failed
from tests.support.programs import GhostSite, Keila, KumoMta, Listmonk, Mautic, OAuth, Odoo, OdooRpc, Program
from tests.support.sinks import release, state, suppress, take

ANNA = "anna@b.test"

#: A legal address with everything in it that could end a quoted text.
ODD = "o'neill+{address}\\%@b.test"


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, sinks.AT_ONCE) as opened:
        opened.sinks.follow("crm")
        yield opened


@dataclass
class Told:
    """A program that is told by a sink."""

    ledger: Ledger
    job: Any

    def run(self) -> tuple[int, int, str]:
        """Delivers what there is; what the state of the sink is then."""
        self.job.run()
        return state(self.ledger)


@contextmanager
def told(ledger: Ledger, program: Program, kind: str, **keys: Any) -> Iterator[Told]:
    """The sink of the recipe ``kind``, with all keys that it needs."""
    recipe = RECIPES[kind]
    settings = {"user": "user", "database": "shop"}
    needed = {key: value for key, value in settings.items() if key in recipe.needs and "client_id" not in keys}
    secret = "geheim" if "secret" in recipe.needs else ""
    with programs.running(program) as url:
        place = sinks.sink(ledger, keys.pop("secret", secret), kind=kind, url=url, **needed, **keys)
        yield Told(ledger, sinks.delivery(ledger, place))
        place.close()


def test_every_recipe_has_its_own_name_and_one_action_at_least() -> None:
    assert all(name == recipe.name and recipe.actions for name, recipe in RECIPES.items())
    assert len(RECIPES) == 10


def test_listmonk_blocklists_and_enables(ledger: Ledger) -> None:
    program = Listmonk(status={"other@b.test": "enabled", ANNA: "enabled", ODD: "enabled", "off@b.test": "disabled"})
    with told(ledger, program, "listmonk") as sink:
        take(ledger, 1, failed(ANNA))
        suppress(ledger, ODD, "unknown@b.test")
        assert sink.run() == (0, 0, "")
        blocked = [address for address, status in program.status.items() if status == "blocklisted"]
        assert blocked == [ANNA, ODD]
        release(ledger, ANNA, ODD)
        assert sink.run() == (0, 0, "")
    assert program.status == {"other@b.test": "enabled", ANNA: "enabled", ODD: "enabled", "off@b.test": "disabled"}


def subscribed(*statuses: str) -> dict[int, str]:
    """To the lists 3, 4, …"""
    return dict(enumerate(statuses, 3))


def test_listmonk_ends_subscriptions_to_some_lists(ledger: Ledger) -> None:
    program = Listmonk(
        status={"other@b.test": "enabled", ANNA: "enabled", ODD: "blocklisted"},
        lists={ANNA: subscribed("confirmed", "unconfirmed", "confirmed"), "other@b.test": subscribed("confirmed")},
    )
    with told(ledger, program, "listmonk", action="unsubscribe", lists=[3, 4, 9]) as sink:
        take(ledger, 1, failed(ANNA))
        suppress(ledger, ODD, "unknown@b.test")
        assert sink.run() == (0, 0, "")
        expected = subscribed("unsubscribed", "unsubscribed", "confirmed")
        assert program.lists == {ANNA: expected, "other@b.test": subscribed("confirmed")}
        release(ledger, ANNA, ODD)
        assert sink.run() == (0, 0, "")
        assert program.lists[ANNA] == expected
    assert program.status == {"other@b.test": "enabled", ANNA: "enabled", ODD: "blocklisted"}


def test_listmonk_blocklists_where_all_mail_is_suppressed_and_else_unsubscribes(ledger: Ledger) -> None:
    program = Listmonk(
        status={ANNA: "enabled", "carl@b.test": "enabled"},
        lists={ANNA: subscribed("confirmed", "confirmed"), "carl@b.test": subscribed("confirmed", "confirmed")},
    )
    with told(ledger, program, "listmonk", action="by-scope", lists=[3]) as sink:
        take(ledger, 1, failed(ANNA))
        take(ledger, 2, sinks.complaint("carl@b.test"))
        assert sink.run() == (0, 0, "")
        assert program.status == {ANNA: "blocklisted", "carl@b.test": "enabled"}
        assert program.lists["carl@b.test"] == subscribed("unsubscribed", "confirmed")
        take(ledger, 3, sinks.complaint(ANNA))
        ledger.decisions.decide([ANNA], "release", "all", "")
        assert sink.run() == (0, 0, "")
        assert program.status[ANNA] == "blocklisted", "as long as anything is suppressed"
        release(ledger, ANNA, "carl@b.test")
        assert sink.run() == (0, 0, "")
    assert program.status == {ANNA: "enabled", "carl@b.test": "enabled"}
    assert program.lists["carl@b.test"] == subscribed("unsubscribed", "confirmed")


def test_listmonk_says_yes_and_does_nothing_for_who_may_not_manage_a_list(ledger: Ledger) -> None:
    lists = {ANNA: subscribed("confirmed", "confirmed")}
    program = Listmonk(status={ANNA: "enabled"}, lists=lists, managed=frozenset([3]))
    with told(ledger, program, "listmonk", action="unsubscribe", lists=[3, 4]) as sink:
        suppress(ledger, ANNA)
        problem = "keeps the subscription; may the user manage the list? It is number 4"
        assert sink.run() == (1, 0, problem)
        program.managed = frozenset([3, 4])
        assert sink.run() == (0, 0, "")
    assert program.lists == {ANNA: subscribed("unsubscribed", "unsubscribed")}


def test_listmonk_before_6_1_keeps_who_is_released_as_a_dead_letter(ledger: Ledger) -> None:
    program = Listmonk(status={ANNA: "enabled"}, has_patch=False)
    with told(ledger, program, "listmonk") as sink:
        suppress(ledger, ANNA)
        release(ledger, ANNA)
        suppress(ledger, ANNA)
        sink.run()
        release(ledger, ANNA)
        assert sink.run() == (0, 1, "")


def test_listmonk_is_told_of_bounces_and_complaints(ledger: Ledger) -> None:
    program = Listmonk()
    with told(ledger, program, "listmonk", action="bounce") as sink:
        take(ledger, 1, failed(ANNA, diagnostic_code="550 no"))
        assert sink.run() == (0, 0, "")
        release(ledger, ANNA)
        take(ledger, 2, sinks.complaint("carl@b.test"))
        assert sink.run() == (0, 0, "")
    assert program.bounces == [
        {"email": ANNA, "source": "bounced", "type": "hard", "meta": {"reason": "user_unknown", "detail": "550 no"}},
        {"email": "carl@b.test", "source": "bounced", "type": "complaint", "meta": {"reason": "abuse", "detail": ""}},
    ]


def test_mautic_marks_do_not_contact_and_takes_back_only_its_own(ledger: Ledger) -> None:
    program = Mautic()
    program.add(1, ANNA)
    program.add(2, f"hanna-{ANNA}")
    program.add(3, ANNA.upper())
    program.add(4, "carl@b.test", {"channel": "email", "reason": 1, "comments": "clicked unsubscribe"})
    with told(ledger, program, "mautic") as sink:
        take(ledger, 1, failed(ANNA))
        assert sink.run() == (0, 0, "")
        entry = {"channel": "email", "reason": 2, "comments": "bounced: user_unknown"}
        assert [contact["doNotContact"] for contact in program.contacts.values()][:3] == [[entry], [], [entry]]
        release(ledger, ANNA)
        suppress(ledger, "nobody@b.test")
        release(ledger, "nobody@b.test")
        assert sink.run() == (0, 0, "")
        assert program.contacts[1]["doNotContact"] == program.contacts[3]["doNotContact"] == []
        ledger.decisions.decide(["carl@b.test"], "suppress", "all", "")
        release(ledger, "carl@b.test")
        assert sink.run() == (0, 0, "")
    assert program.contacts[4]["doNotContact"] != []


def mautic_with_tokens(**keys: Any) -> tuple[Mautic, OAuth]:
    program = Mautic(oauth=(oauth := OAuth(**keys)))
    program.add(1, ANNA)
    program.add(2, "carl@b.test")
    return program, oauth


def is_marked(program: Mautic, number: int) -> bool:
    return bool(program.contacts[number]["doNotContact"])


def test_mautic_takes_a_token_for_as_long_as_it_lasts(ledger: Ledger) -> None:
    program, oauth = mautic_with_tokens()
    with told(ledger, program, "mautic", client_id="1_abc") as sink:
        take(ledger, 1, failed(ANNA))
        assert sink.run() == (0, 0, "")
        assert is_marked(program, 1)
        release(ledger, ANNA)
        suppress(ledger, "carl@b.test")
        assert sink.run() == (0, 0, "")
    assert (is_marked(program, 1), is_marked(program, 2)) == (False, True)
    assert oauth.tokens == ["token-0"]


def test_a_token_that_expires_in_the_middle_is_replaced(ledger: Ledger) -> None:
    """A change is two requests: the token of the second one is refused, though it should have been good for an hour."""
    program, oauth = mautic_with_tokens()

    def expires_after_a_look_up(request: programs.Request) -> programs.Reply:
        answer = Mautic.reply(program, request)
        if request.method == "GET" and len(oauth.tokens) == 1:
            oauth.good.clear()
        return answer

    program.reply = expires_after_a_look_up  # type: ignore[method-assign]
    with told(ledger, program, "mautic", client_id="1_abc") as sink:
        suppress(ledger, ANNA, "carl@b.test")
        assert sink.run() == (0, 0, "")
    assert is_marked(program, 1)
    assert is_marked(program, 2)
    assert oauth.tokens == ["token-0", "token-1"]


def test_a_token_of_no_lifetime_is_kept_until_it_is_refused(ledger: Ledger) -> None:
    program, oauth = mautic_with_tokens(lifetime=0)
    with told(ledger, program, "mautic", client_id="1_abc") as sink:
        suppress(ledger, ANNA)
        assert sink.run() == (0, 0, "")
    assert is_marked(program, 1)
    assert oauth.tokens == ["token-0"]


@pytest.mark.parametrize(
    ("down", "problem"),
    [
        ([(503, {"detail": "down"})] * 9, "no token: answers 503"),
        ([(302, None)], "no token: answers 302"),
        ([(200, {"error": "no"})], "no token: none in the answer"),
        ([(200, {"access_token": "two words"})], "no token: none in the answer"),
        ([(200, None)], "no token: none in the answer"),
        ([(400, {"client_secret": "geheim", "form": "geheim"})], 'no token: answers 400 {"client_secret": "***"'),
    ],
)
def test_no_token_is_no_fault_of_a_change(ledger: Ledger, down: list[programs.Reply], problem: str) -> None:
    program, _ = mautic_with_tokens(down=list(down))
    with told(ledger, program, "mautic", client_id="1_abc") as sink:
        suppress(ledger, ANNA)
        waiting, dead, said = sink.run()
        assert (waiting, dead, said[: len(problem)]) == (1, 0, problem)
        assert "geheim" not in said
        assert {request.path for request in program.requests} == {"/oauth/v2/token"}
        assert sink.run() == (0, 0, "")
    assert is_marked(program, 1)


def test_a_client_that_is_refused_waits(ledger: Ledger) -> None:
    program, _ = mautic_with_tokens()
    with told(ledger, program, "mautic", client_id="1_abc", secret="wrong!") as sink:
        suppress(ledger, ANNA)
        waiting, dead, said = sink.run()
    assert (waiting, dead) == (1, 0)
    assert "The client credentials are invalid" in said


def test_a_new_token_that_is_refused_too_is_not_asked_for_again_and_again(ledger: Ledger) -> None:
    program, oauth = mautic_with_tokens()
    program.reply = lambda request: (  # type: ignore[method-assign]
        oauth.grant(request) if request.path == "/oauth/v2/token" else (401, {"show": request.headers["Authorization"]})
    )
    with told(ledger, program, "mautic", client_id="1_abc") as sink:
        suppress(ledger, ANNA)
        waiting, dead, said = sink.run()
    assert (waiting, dead) == (1, 0)
    assert said == 'answers 401 {"show": "Bearer ***"}'
    assert len(oauth.tokens) == 2


def test_keila_sets_the_status(ledger: Ledger) -> None:
    program = Keila(status={ANNA: "active", 'o"d@b.test': "active", "carl@b.test": "active"})
    with told(ledger, program, "keila") as sink:
        take(ledger, 1, failed(ANNA))
        take(ledger, 2, sinks.complaint("carl@b.test"))
        assert sink.run() == (0, 0, "")
        assert program.status == {ANNA: "unreachable", 'o"d@b.test': "active", "carl@b.test": "unsubscribed"}
        release(ledger, ANNA, "carl@b.test")
        assert sink.run() == (0, 0, "")
    assert program.status == {ANNA: "active", 'o"d@b.test': "active", "carl@b.test": "unsubscribed"}


def is_ghost_login(header: str) -> bool:
    """As Ghost checks it: signed by the key, for the Admin API, issued just now."""
    scheme, _, token = header.partition(" ")
    head, claims, signature = token.split(".")
    signed = hmac.digest(b"\x01\x02", f"{head}.{claims}".encode(), hashlib.sha256)
    facts = json.loads(base64.urlsafe_b64decode(claims + "=="))
    now = datetime.now(UTC).timestamp()
    return (
        scheme == "Ghost"
        and json.loads(base64.urlsafe_b64decode(head + "=="))["kid"] == "abc1"
        and base64.urlsafe_b64decode(signature + "=") == signed
        and facts["aud"] == "/admin/"
        and abs(now - facts["iat"]) < 60
        and 0 < facts["exp"] - facts["iat"] <= 300
    )


def test_ghost_takes_a_member_off_all_newsletters(ledger: Ledger) -> None:
    program = GhostSite(newsletters={"x@b.test": ["n"], ANNA: ["n", "m"], ODD: ["n"]}, is_login=is_ghost_login)
    with told(ledger, program, "ghost", secret="abc1:0102") as sink:
        suppress(ledger, ANNA, ODD)
        assert sink.run() == (0, 0, "")
        release(ledger, ANNA)
        assert sink.run() == (0, 0, "")
    assert program.newsletters == {"x@b.test": ["n"], ANNA: [], ODD: []}


@pytest.mark.parametrize("kind", ["odoo", "odoo-rpc"])
def test_odoo_blacklists_and_archives(ledger: Ledger, kind: str) -> None:
    program = Odoo() if kind == "odoo" else OdooRpc()
    program.blacklist.entries = {"old@b.test": False, "other@b.test": True}
    with told(ledger, program, kind) as sink:
        suppress(ledger, ANNA, "old@b.test")
        assert sink.run() == (0, 0, "")
        assert program.blacklist.entries == {"old@b.test": True, "other@b.test": True, ANNA: True}
        release(ledger, ANNA, "old@b.test")
        assert sink.run() == (0, 0, "")
    assert program.blacklist.entries == {"old@b.test": False, "other@b.test": True, ANNA: False}


@pytest.mark.parametrize(
    ("error", "expected"),
    [("odoo.exceptions.UserError", (0, 1)), ("odoo.exceptions.AccessDenied", (1, 0))],
)
def test_odoo_says_in_an_answer_of_200_that_it_failed(ledger: Ledger, error: str, expected: tuple[int, int]) -> None:
    with told(ledger, OdooRpc(error=error), "odoo-rpc") as sink:
        suppress(ledger, ANNA)
        waiting, dead, problem = sink.run()
    assert (waiting, dead) == expected
    assert ("AccessDenied" in problem) == (waiting == 1)


def test_odoo_refuses_the_login(ledger: Ledger) -> None:
    with told(ledger, OdooRpc(), "odoo-rpc", secret="wrong") as sink:
        suppress(ledger, ANNA)
        assert sink.run() == (1, 0, "answers without the uid")


def test_kumomta_has_both_types_of_mail(ledger: Ledger) -> None:
    program = KumoMta()
    with told(ledger, program, "kumomta") as sink:
        take(ledger, 1, failed(ANNA))
        take(ledger, 2, sinks.complaint("carl@b.test"))
        assert sink.run() == (0, 0, "")
        assert program.entries == {
            (ANNA, "transactional"): "bounce",
            (ANNA, "non_transactional"): "bounce",
            ("carl@b.test", "non_transactional"): "complaint",
        }
        release(ledger, ANNA, "carl@b.test")
        assert sink.run() == (0, 0, "")
        assert program.entries == {}
        program.errors = ["no such thing"]
        suppress(ledger, ANNA)
        assert sink.run() == (0, 1, "")


def test_what_is_still_in_force_for_another_cause_is_not_lifted(ledger: Ledger) -> None:
    program = KumoMta()
    with told(ledger, program, "kumomta") as sink:
        take(ledger, 1, failed(ANNA))
        take(ledger, 2, sinks.complaint(ANNA))
        sink.run()
        ledger.decisions.decide([ANNA], "release", "all", "")
        assert sink.run() == (0, 0, "")
        assert program.entries == {(ANNA, "non_transactional"): "complaint"}


def test_only_what_forbids_mail_of_a_scope(ledger: Ledger) -> None:
    program = KumoMta()
    with told(ledger, program, "kumomta", scope="all") as sink:
        take(ledger, 1, sinks.complaint("carl@b.test"))
        take(ledger, 2, failed(ANNA))
        assert sink.run() == (0, 0, "")
    assert {address for address, _ in program.entries} == {ANNA}


def test_domains_are_left_out(ledger: Ledger) -> None:
    program = KumoMta()
    with told(ledger, program, "kumomta") as sink:
        suppress(ledger, "@b.test", "*.b.test")
        assert sink.run() == (0, 0, "")
    assert program.requests == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ((401, {}), (1, 0)),
        ((302, {}), (1, 0)),
        ((404, {}), (1, 0)),
        ((500, {}), (1, 0)),
        ((200, None), (1, 0)),
        ((200, {"data": {"results": [{"id": "../../admin", "email": ANNA}]}}), (1, 0)),
        ((200, {"data": {"results": [{"email": ANNA}]}}), (1, 0)),
        ((422, {}), (0, 1)),
        ((200, {"data": {"results": [{"id": 1}]}}), (1, 0)),
        ((200, {"data": None}), (1, 0)),
        ((200, {}), (1, 0)),
        ((200, []), (1, 0)),
        ((200, {"data": {"results": []}}), (0, 0)),
        ((200, {"data": {"results": [{"id": 1, "email": "other@b.test"}]}}), (0, 0)),
    ],
)
def test_answers_that_a_recipe_does_not_know(ledger: Ledger, reply: programs.Reply, expected: tuple[int, int]) -> None:
    program = Listmonk(status={ANNA: "enabled"}, broken=[reply] * 9)
    with told(ledger, program, "listmonk") as sink:
        suppress(ledger, ANNA)
        assert sink.run()[:2] == expected
    assert all(request.path == "/api/subscribers" for request in program.requests)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"kind": "mautic"}, "user: mautic needs it, or client_id"),
        ({"kind": "mautic", "user": "user", "client_id": "1_abc"}, "set only one of user, client_id"),
        ({"kind": "keila", "client_id": "1_abc"}, "client_id: is not for keila"),
        ({"kind": "webhook", "client_id": "1_abc"}, "client_id: is not for webhook"),
        ({"kind": "mautic", "client_id": "1_abc", "lists": [1]}, "lists: is not for mautic"),
        ({"kind": "listmonk", "user": "u", "lists": [1]}, 'lists: is not for action = "block"'),
        ({"kind": "listmonk", "user": "u", "action": "unsubscribe"}, 'lists: action = "unsubscribe" needs it'),
        ({"kind": "listmonk", "user": "u", "action": "by-scope", "lists": []}, 'lists: action = "by-scope" needs it'),
        ({"kind": "listmonk", "user": "u", "action": "by-scope", "lists": [0]}, "greater than 0"),
        ({"kind": "listmonk", "user": "u", "action": "by-scope", "lists": ["3"]}, "valid integer"),
        (
            {"kind": "listmonk", "user": "u", "action": "list"},
            "action: must be one of block, unsubscribe, by-scope, bo",
        ),
    ],
)
def test_keys_that_do_not_belong_together(keys: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        SinkSection.model_validate({"url": "https://x.test", "secret_env": "SECRET", **keys})


@pytest.mark.parametrize(
    ("name", "secret", "problem"),
    [("ghost", "geheim", "Admin API key"), ("ghost", "a:xyz", "Admin API key"), ("bearer", "ü", "ASCII")],
)
def test_a_secret_that_is_none(name: str, secret: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        getattr(login, name)("", secret, datetime.now(UTC))


def test_kumomta_needs_no_login() -> None:
    assert login.basic("", "", datetime.now(UTC)) == {}


@pytest.mark.skipif(
    "BOUNCED_GHOST" not in os.environ, reason="BOUNCED_GHOST is not set to the URL and the key of a Ghost"
)
def test_a_real_ghost(ledger: Ledger) -> None:
    """Too large to be installed for the tests: docs/sinks.md says how it was tried."""
    url, key = os.environ["BOUNCED_GHOST"].split()
    address = f"o'neill+{os.getpid()}@b.test"

    def ask(method: str, path: str, body: Any = None) -> Any:
        headers = {**login.ghost("", key, datetime.now(UTC)), "Content-Type": "application/json"}
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request(method, f"{url}/ghost/api/admin{path}", json=body, headers=headers)
        assert answer.status < 300, answer.data
        return answer.json()

    member = ask("POST", "/members/", {"members": [{"email": address, "name": "Anna"}]})["members"][0]
    assert member["newsletters"] != []
    job = sinks.delivery(ledger, sinks.sink(ledger, key, kind="ghost", url=url))
    suppress(ledger, address, "unknown@b.test")
    job.run()
    release(ledger, address)
    job.run()
    assert state(ledger) == (0, 0, "")
    assert ask("GET", f"/members/{member['id']}/")["members"][0]["newsletters"] == []
