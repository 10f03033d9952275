"""Who may ask what, how often, and how a request has to be."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounced.daemon.api.bodies import BODY_LIMIT, DROPPED_LIMIT
from bounced.daemon.api.limits import Rates
from bounced.daemon.api.tokens import TokenFile, digest, parsed
from bounced.errors import EXIT_USAGE
from tests.support import api
from tests.support.api import EVERYTHING, Host
from tests.support.commands import bounced

CHECK = "/v1/check?address=ben%40b.test"
PATHS = {
    "check": CHECK,
    "list": "/v1/suppressions",
    "explain": "/v1/explain?address=ben%40b.test",
    "outbox": "/v1/outbox",
    "rates": "/v1/rates",
}


@pytest.mark.parametrize("scope", EVERYTHING)
def test_a_token_is_for_its_scopes_only(served: Host, scope: str) -> None:
    token = served.token(f"only-{scope}", scope)
    statuses = {name: served.ask(path, token).status for name, path in PATHS.items()}
    assert statuses == {name: 200 if name == scope else 403 for name in PATHS}
    refused = served.ask(PATHS["list" if scope != "list" else "check"], token)
    assert "lacks the scope" in refused.problem
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize("path", [*PATHS.values()])
def test_nobody_asks_without_a_token(served: Host, token: str, path: str) -> None:
    assert served.ask(path).status == 401
    for authorization in ("", "Bearer", "Bearer ", f"Basic {token}", token, f"Bearer {token}x", f"Bearer {token[:-1]}"):
        refused = served.ask(path, Authorization=authorization)
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith('Bearer realm="bounced"')
        assert token not in refused.problem
    assert served.ask(path, Authorization=f"bearer  {token}").status == 200


def test_a_token_is_shown_once_and_kept_as_a_digest(tmp_path: Path) -> None:
    host = api.host(tmp_path)
    token = host.token("shop", "check", "outbox")
    assert stat.S_IMODE(host.tokens.stat().st_mode) == 0o640
    assert token not in host.tokens.read_text()
    [kept], wrong = parsed(host.tokens.read_text())
    assert (kept.name, kept.digest, set(kept.scopes)) == ("shop", digest(token), {"check", "outbox"})
    assert wrong == []
    assert TokenFile(host.tokens).token(token) == kept
    assert TokenFile(host.tokens).token(kept.digest) is None


def test_a_name_has_one_token(tmp_path: Path) -> None:
    host = api.host(tmp_path)
    host.token("shop")
    before = host.tokens.read_text()
    ended = bounced("api", "token", "shop", "--config", str(host.config))
    assert ended.exit_code == EXIT_USAGE
    assert "there is a token of that name" in ended.stderr
    assert host.tokens.read_text() == before


@pytest.mark.parametrize("words", [["a b"], ["x" * 65], [""], ["a\nb"], ["-"], ["shop", "--tenant", "nobody"]])
def test_a_name_fits_a_line(tmp_path: Path, words: list[str]) -> None:
    host = api.host(tmp_path)
    ended = bounced("api", "token", *words, "--config", str(host.config))
    assert ended.exit_code == EXIT_USAGE
    assert not host.tokens.exists()


def test_a_token_goes_behind_a_line_that_was_not_ended(tmp_path: Path) -> None:
    host = api.host(tmp_path)
    first = host.token("first")
    host.tokens.write_text(host.tokens.read_text().rstrip("\n"))
    second = host.token("second")
    assert [TokenFile(host.tokens).token(text) is not None for text in (first, second)] == [True, True]


def test_a_wrong_line_lets_nobody_in_and_keeps_nobody_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    host = api.host(tmp_path)
    token = host.token("shop")
    line = host.tokens.read_text().splitlines()[1]
    wrong = [line.replace("check", "everything"), line[:-2], f"{line} more", "sha256:", line.replace("sha256:", "md5:")]
    host.tokens.write_text("\n".join([*wrong, "", "# a comment", line]))
    assert TokenFile(host.tokens).token(token) is not None
    assert "not a token in line 1, 2, 3, 4, 5" in caplog.text
    host.tokens.write_text("\n".join(wrong))
    assert TokenFile(host.tokens).token(token) is None


def test_a_change_of_the_file_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    host, now = api.host(tmp_path), 0.0
    tokens = TokenFile(host.tokens, clock=lambda: now)
    assert tokens.token("") is None
    assert "No such file" in caplog.text
    token = host.token("shop")
    now += 1
    assert tokens.token(token) is not None
    host.tokens.write_text(host.tokens.read_text().replace("check", "rates"))
    now += 1
    renewed = tokens.token(token)
    assert renewed is not None
    assert renewed.scopes == {"rates"}
    host.tokens.unlink()
    now += 1
    assert tokens.token(token) is None


def test_a_revoked_token_is_refused_by_the_running_server(fresh: Host) -> None:
    token, other = fresh.token("shop", "check"), fresh.token("other", "check")
    with api.running(fresh):
        assert fresh.ask(CHECK, token).status == 200
        lines = fresh.tokens.read_text().splitlines(keepends=True)
        fresh.tokens.write_text("".join(line for line in lines if not line.startswith("shop ")))
        while fresh.ask(CHECK, token).status == 200:
            pass
        assert fresh.ask(CHECK, token).status == 401
        assert fresh.ask(CHECK, other).status == 200


def test_a_bucket_fills_by_the_second() -> None:
    now = 0.0
    rates = Rates(2, 10, clock=lambda: now)
    assert [rates.wait("a", 5) for _ in range(3)] == [0, 0, 3]
    assert rates.wait("b", 10) == 0
    now = 2.5
    assert (rates.wait("a", 5), rates.wait("a", 1), rates.wait("b", 6)) == (0, 1, 1)
    now = 1000
    assert [rates.wait("a", 10), rates.wait("a", 1)] == [0, 1]


def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    host = api.host(tmp_path, "requests_per_second = 1")
    bounced("suppress", "anna@b.test", "--config", str(host.config))
    first, second = host.token("first", "check"), host.token("second", "check")
    with api.running(host):
        answers = [host.check_many(first, {"addresses": ["ben@b.test"] * 10_000}) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 429]
        assert answers[1].problem == "too many requests with this token"
        assert 90 <= int(answers[1].headers["retry-after"]) <= 101
        assert host.check_many(second, {"addresses": ["ben@b.test"]}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"addresses": ["\xff@b.test"]}',
        b'{"addresses": ["\\ud800@b.test"]}',
        b'{"addresses": "a@b.test"}',
        b'{"addresses": []}',
        b'{"addresses": [1]}',
        b'{"addresses": ["a@b.test"], "scope": ""}',
        b'{"addresses": ["a@b.test"], "scope": "a\\nb"}',
        b'{"addresses": ["a@b.test"], "scope": 1}',
        b'{"addresses": ["a@b.test"], "' + b"x" * 10_000 + b'": 1}',
        json.dumps({"addresses": ["x" * 1001]}).encode(),
    ],
    ids=range(15),
)
def test_a_body_that_is_not_as_described_is_refused(served: Host, token: str, body: bytes) -> None:
    refused = served.check_many(token, body)
    assert refused.status == 400
    assert refused.problem == "the request is not as described"
    assert 0 < len(refused.json["errors"]) <= 10
    assert len(refused.content) < 2000


@pytest.mark.parametrize(
    "path",
    [
        "/v1/check",
        "/v1/check?address=",
        "/v1/check?address=a%40b.test&address=c%40b.test",
        "/v1/check?address=a%40b.test&other=1",
        "/v1/check?address=%ff%40b.test",
        "/v1/check?address=a%40b.test&scope=",
        "/v1/suppressions?limit=0",
        "/v1/suppressions?limit=1001",
        "/v1/suppressions?limit=1.0",
        "/v1/suppressions?limit=-1",
        "/v1/suppressions?limit=%D9%A3",
        "/v1/suppressions?cursor=x",
        "/v1/suppressions?cursor=WzFd",
        "/v1/suppressions?cursor=WyJhIiwiYiIsMV0=",
        f"/v1/suppressions?cursor={'W1tb' * 1000}",
        "/v1/outbox?after=99999999999999999999",
        "/v1/outbox?after=9223372036854775808",
        "/v1/rates?dimension=planet",
        "/v1/health?x=1",
        "/v1/check?" + "&".join(f"x{number}=1" for number in range(200)),
    ],
)
def test_parameters_that_are_not_as_described_are_refused(served: Host, token: str, path: str) -> None:
    refused = served.ask(path, token)
    assert refused.status == 400
    assert refused.problem
    assert len(refused.content) < 2000


def test_another_type_of_body_is_refused(served: Host, token: str) -> None:
    body = b'{"addresses": ["a@b.test"]}'
    for type_ in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert served.ask("/v1/check", token, "POST", body, Content_Type=type_).status == 415
    assert served.ask("/v1/check", token, "POST", body, Content_Type="Application/JSON; charset=utf-8").status == 200
    assert served.ask("/v1/check?scope=all", token, "POST", body, Content_Type="application/json").status == 400


def chunks(size: int) -> Iterator[bytes]:
    return (b" " * 65536 for _ in range(size // 65536 + 1))


def test_a_body_that_is_too_long_is_refused(served: Host, token: str) -> None:
    for body in (b" " * (BODY_LIMIT + 1), chunks(BODY_LIMIT)):
        refused = served.ask("/v1/check", token, "POST", body, Content_Type="application/json")
        assert (refused.status, refused.problem) == (413, "the body may have 8 MB")
    head = f"POST /v1/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    endless = f"{head}Content-Length: {10 * DROPPED_LIMIT}\r\n\r\n".encode() + b" " * DROPPED_LIMIT + b" "
    assert served.raw(endless).startswith(b"HTTP/1.1 413 ")


def test_head_is_get_without_the_body(served: Host, token: str) -> None:
    for name, path in PATHS.items():
        got, head = served.ask(path, token), served.ask(path, token, "HEAD")
        assert (head.status, head.content) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"]
        assert (
            head.headers["etag"] == got.headers["etag"] or name == "explain"
        )  # which says what would happen from now on
    assert served.ask("/v1/check", "", "HEAD").status == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"])
def test_another_method_is_refused(served: Host, token: str, method: str) -> None:
    refused = served.ask("/v1/suppressions", token, method)
    assert (refused.status, refused.problem) == (405, "not by this method")
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/check/", "/v2/check", "/v1/..%2fcheck", "//", "/v1/check%00"])
def test_another_path_is_not_there(served: Host, token: str, path: str) -> None:
    refused = served.ask(path, token)
    assert (refused.status, refused.problem) == (404, "nothing is here")
