"""Programs that sinks tell of suppressions, on the loopback interface, scripted after the documents of each recipe."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = Any
Reply = tuple[int, Json]
NOT_FOUND: Reply = (404, {"message": "not found"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request; its path as it came, still quoted."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json
    headers: Mapping[str, str]

    def matches(self, method: str, pattern: str) -> list[str] | None:
        """The groups of ``pattern`` in the path, unquoted, where it and ``method`` match."""
        found = re.fullmatch(pattern, self.path) if method == self.method else None
        return [unquote(group) for group in found.groups()] if found else None


@dataclass
class Program:
    """Answers what ``reply`` says, and keeps the requests. ``broken`` replaces the next answers."""

    requests: list[Request] = field(default_factory=list)
    broken: list[Reply] = field(default_factory=list)

    def reply(self, request: Request) -> Reply:
        """The answer."""
        raise NotImplementedError

    def answer(self, request: Request) -> Reply:
        """The answer, once the request was noted."""
        self.requests.append(request)
        return self.broken.pop(0) if self.broken else self.reply(request)


@contextmanager
def running(program: Program) -> Iterator[str]:
    """The URL of ``program``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = _read(content, self.headers.get("Content-Type", ""))
            status, reply = program.answer(Request(self.command, parts.path, query, body, dict(self.headers)))
            text = b"" if reply is None else json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _read(content: bytes, type_: str) -> Json:
    if type_ == "application/x-www-form-urlencoded":
        return {name: values[0] for name, values in parse_qs(content.decode(), keep_blank_values=True).items()}
    return json.loads(content) if content else None


def has_basic(request: Request) -> bool:
    """True when it is user's, with the secret."""
    return request.headers.get("Authorization") == f"Basic {base64.b64encode(b'user:geheim').decode()}"


def has_bearer(request: Request) -> bool:
    """True when it has the secret."""
    return request.headers.get("Authorization") == "Bearer geheim"


@dataclass
class Listmonk(Program):
    """https://listmonk.app/docs/apis/subscribers/, https://listmonk.app/docs/bounces/"""

    status: dict[str, str] = field(default_factory=dict)
    bounces: list[Json] = field(default_factory=list)
    lists: dict[str, dict[int, str]] = field(default_factory=dict)  # the status of each subscription
    managed: frozenset[int] = frozenset(range(100))  # the lists that the user may manage: others are passed over
    has_patch: bool = True

    def reply(self, request: Request) -> Reply:
        if not has_basic(request):
            return 403, {"message": "invalid API credentials"}
        addresses = list(self.status)
        if request.matches("GET", "/api/subscribers") is not None:
            found = re.fullmatch(r"LOWER\(subscribers\.email\) = '((?:[^']|'')*)'", request.query["query"])
            assert found
            address = found[1].replace("''", "'")
            return 200, {"data": {"results": [self._row(address)] if address in self.status else [], "total": 1}}
        if found_ := request.matches("PUT", r"/api/subscribers/(\d+)/blocklist"):
            self.status[addresses[int(found_[0])]] = "blocklisted"
            self._end(addresses[int(found_[0])], range(100))
            return 200, {"data": True}
        if request.matches("PUT", "/api/subscribers/lists") is not None:
            assert request.body["action"] == "unsubscribe"
            for number in request.body["ids"]:
                self._end(addresses[number], self.managed.intersection(request.body["target_list_ids"]))
            return 200, {"data": True}
        if found_ := request.matches("PATCH", r"/api/subscribers/(\d+)") if self.has_patch else None:
            self.status[addresses[int(found_[0])]] = request.body["status"]
            return 200, {"data": self._row(addresses[int(found_[0])])}
        if request.matches("POST", "/webhooks/bounce") is not None:
            self.bounces.append(request.body)
            return 200, {"data": True}
        return NOT_FOUND

    def _end(self, address: str, numbers: Collection[int]) -> None:
        """As its query `unsubscribe-subscribers-from-lists`: who is not on a list gets no subscription."""
        mine = self.lists.get(address, {})
        mine.update({number: "unsubscribed" for number in mine if number in numbers})

    def _row(self, address: str) -> Json:
        lists = [{"id": n, "subscription_status": state} for n, state in self.lists.get(address, {}).items()]
        number = list(self.status).index(address)
        return {"id": number, "email": address, "status": self.status[address], "lists": lists}


@dataclass
class OAuth:
    """https://devdocs.mautic.org/en/latest/rest_api/authentication.html, the client credentials flow."""

    tokens: list[str] = field(default_factory=list)  # that were issued
    good: set[str] = field(default_factory=set)
    lifetime: int = 3600
    down: list[Reply] = field(default_factory=list)  # what the next grants are answered with

    def grant(self, request: Request) -> Reply:
        """A token for the client and its secret; only the form says who it is."""
        if self.down:
            return self.down.pop(0)
        wanted = {"grant_type": "client_credentials", "client_id": "1_abc", "client_secret": "geheim"}
        if request.method != "POST" or request.body != wanted:
            text = "The client credentials are invalid"
            return 400, {"errors": [{"message": text, "code": 400, "type": "invalid_client"}]}
        self.tokens.append(f"token-{len(self.tokens)}")
        self.good.add(self.tokens[-1])
        return 200, {
            "access_token": self.tokens[-1],
            "expires_in": self.lifetime,
            "token_type": "bearer",
            "scope": "",
        }

    def has_token(self, request: Request) -> bool:
        """True for one that is good."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme == "Bearer" and token in self.good


@dataclass
class Mautic(Program):
    """https://devdocs.mautic.org/en/latest/rest_api/contacts.html; the search finds more than the address."""

    contacts: dict[int, Json] = field(default_factory=dict)
    oauth: OAuth | None = None  # in place of basic authentication

    def add(self, number: int, address: str, *reasons: Json) -> None:
        """Adds a contact, who is not to be contacted for ``reasons``."""
        fields = {"core": {"email": {"alias": "email", "value": address}}, "all": {"id": number, "email": address}}
        self.contacts[number] = {"id": number, "fields": fields, "doNotContact": list(reasons)}

    def reply(self, request: Request) -> Reply:
        if self.oauth and request.path == "/oauth/v2/token":
            return self.oauth.grant(request)
        if not (self.oauth.has_token(request) if self.oauth else has_basic(request)):
            return 401, {"errors": [{"message": "API authorization denied.", "code": 401, "type": "access_denied"}]}
        if request.matches("GET", "/api/contacts") is not None:
            text = request.query["search"].removeprefix("email:")
            found = {str(n): c for n, c in self.contacts.items() if text in c["fields"]["all"]["email"].lower()}
            return 200, {"total": str(len(found)), "contacts": found or []}  # PHP: no keys, no object
        if groups := request.matches("POST", r"/api/contacts/(\d+)/dnc/email/add"):
            entry = {"channel": "email", **request.body}
            self.contacts[int(groups[0])]["doNotContact"] = [entry]
            return 200, {"channel": "email", **request.body}
        if groups := request.matches("POST", r"/api/contacts/(\d+)/dnc/email/remove"):
            self.contacts[int(groups[0])]["doNotContact"] = []
            return 200, {"contact": self.contacts[int(groups[0])]}
        return NOT_FOUND


@dataclass
class Keila(Program):
    """lib/keila_web/api/ in https://github.com/pentacent/keila"""

    status: dict[str, str] = field(default_factory=dict)

    def reply(self, request: Request) -> Reply:
        if not has_bearer(request):
            return 403, {"errors": [{"status": "403", "title": "Not authorized"}]}
        if request.matches("GET", "/api/v1/contacts") is not None:
            wanted = json.loads(request.query["filter"])["email"]
            rows = [self._row(address) for address in self.status if address == wanted]
            return 200, {"data": rows, "meta": {"count": len(rows), "page": 0, "page_count": 1}}
        if groups := request.matches("PATCH", r"/api/v1/contacts/(c_\w+)"):
            address = list(self.status)[int(groups[0][2:])]
            self.status[address] = request.body["data"]["status"]
            return 200, {"data": self._row(address)}
        return NOT_FOUND

    def _row(self, address: str) -> Json:
        return {"id": f"c_{list(self.status).index(address)}", "email": address, "status": self.status[address]}


@dataclass
class GhostSite(Program):
    """https://docs.ghost.org/admin-api"""

    newsletters: dict[str, list[str]] = field(default_factory=dict)
    is_login: Callable[[str], bool] = lambda _: True

    def reply(self, request: Request) -> Reply:
        if not self.is_login(request.headers["Authorization"]) or "Accept-Version" not in request.headers:
            return 401, {"errors": [{"message": "Invalid token"}]}
        if request.matches("GET", "/ghost/api/admin/members/") is not None:
            wanted = re.fullmatch(r"email:'((?:[^'\\]|\\.)*)'", request.query["filter"])
            assert wanted
            address = re.sub(r"\\(.)", r"\1", wanted[1])
            return 200, {"members": [self._row(address)] if address in self.newsletters else []}
        if groups := request.matches("PUT", r"/ghost/api/admin/members/([0-9a-f]{24})/"):
            address = list(self.newsletters)[int(groups[0], 16)]
            self.newsletters[address] = request.body["members"][0]["newsletters"]
            return 200, {"members": [self._row(address)]}
        return NOT_FOUND

    def _row(self, address: str) -> Json:
        number = list(self.newsletters).index(address)
        return {"id": f"{number:024x}", "email": address, "newsletters": [{"id": n} for n in self.newsletters[address]]}


@dataclass
class Blacklist:
    """Odoo's model mail.blacklist (addons/mail/models/mail_blacklist.py)."""

    entries: dict[str, bool] = field(default_factory=dict)

    def create(self, rows: list[Json]) -> list[int]:
        """As its `create`: an entry that is there stays as it is."""
        for row in rows:
            self.entries.setdefault(row["email"], True)
        return [list(self.entries).index(row["email"]) + 1 for row in rows]

    def write(self, numbers: list[int], values: Json) -> bool:
        """Sets ``active``."""
        for number in numbers:
            self.entries[list(self.entries)[number - 1]] = values["active"]
        return True

    def search(self, domain: Json) -> list[int]:
        """Of those that are active."""
        [[_, operator, wanted]] = domain
        assert operator == "="
        return [n for n, (email, active) in enumerate(self.entries.items(), 1) if active and email == wanted]


@dataclass
class Odoo(Program):
    """https://www.odoo.com/documentation/19.0/developer/reference/external_api.html"""

    blacklist: Blacklist = field(default_factory=Blacklist)

    def reply(self, request: Request) -> Reply:
        if not has_bearer(request) or request.headers.get("X-Odoo-Database") != "shop":
            return 401, {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}
        body = request.body
        match request.path.removeprefix("/json/2/mail.blacklist/"):
            case "create":
                return 200, self.blacklist.create(body["vals_list"])
            case "write":
                return 200, self.blacklist.write(body["ids"], body["vals"])
            case "search":
                return 200, self.blacklist.search(body["domain"])
        return NOT_FOUND


@dataclass
class OdooRpc(Program):
    """https://www.odoo.com/documentation/18.0/developer/reference/external_api.html"""

    blacklist: Blacklist = field(default_factory=Blacklist)
    error: str = ""  # the name of the exception that the next call of a model raises

    def reply(self, request: Request) -> Reply:
        assert request.path == "/jsonrpc"
        call = request.body["params"]
        if call["service"] == "common":
            return self._result(7 if call["args"] == ["shop", "user", "geheim"] else False)
        database, uid, secret, model, method, arguments = call["args"]
        assert (database, uid, secret, model) == ("shop", 7, "geheim", "mail.blacklist")
        if self.error:
            name, self.error = self.error, ""
            return 200, {"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "data": {"name": name, "message": "no"}}}
        return self._result(getattr(self.blacklist, method)(*arguments))

    def _result(self, result: Json) -> Reply:
        return 200, {"jsonrpc": "2.0", "id": 1, "result": result}


@dataclass
class KumoMta(Program):
    """https://docs.kumomta.com/reference/http/api_admin_suppression_v1/"""

    entries: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def reply(self, request: Request) -> Reply:
        if request.path != "/api/admin/suppression/v1":
            return NOT_FOUND
        body = request.body
        if request.method == "POST":
            if self.errors:
                return 200, {"created": 0, "updated": 0, "errors": self.errors}
            assert body["type"] in ("transactional", "non_transactional")
            assert body["source"] in ("manual", "bounce", "complaint")
            self.entries[body["recipient"], body["type"]] = body["source"]
            return 200, {"created": 1, "updated": 0, "errors": []}
        gone = [key for key in self.entries if key[0] == body["recipient"] and key[1] == body.get("type", key[1])]
        for key in gone:
            del self.entries[key]
        return 200, {"deleted": len(gone), "errors": []}
