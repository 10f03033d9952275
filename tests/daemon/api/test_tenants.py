"""A token of a tenant is answered of that tenant, and of nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounced.address import of_tenant
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import api
from tests.support.api import EVERYTHING, Host

TENANTS = ("", "acme", "acme-2", "zeta")

MORE = """
[tenant.acme]
domains = ["acme.example"]
[tenant.acme-2]
domains = ["acme-2.example"]
[tenant.zeta]
domains = ["zeta.example"]
"""

PATHS = (
    "/v1/suppressions?limit=2",
    "/v1/suppressions",
    "/v1/outbox",
    "/v1/outbox?limit=1",
    "/v1/explain?address=all%40b.test",
    "/v1/explain?address=%22%21x%22%40b.test",
    "/v1/check?address=all%40b.test",
    "/v1/rates",
)


def own(tenant: str) -> list[str]:
    """Addresses that are suppressed for one tenant only; of nobody some that stand before and behind all tenants'."""
    return [f"{name}-{tenant or 'house'}@b.test" for name in ("!x", "anna", "~z")]


@pytest.fixture
def shared(tmp_path: Path) -> Host:
    """A database that four share."""
    host = api.host(tmp_path, MORE)
    with Ledger(str(host.database), Policy()) as ledger:
        for tenant in TENANTS:
            ledger.decisions.decide([of_tenant(tenant, name) for name in own(tenant)], "suppress", "all", "")
        ledger.decisions.decide([of_tenant("acme", "all@b.test")], "suppress", "all", "")
    return host


def test_nobody_sees_another_ones_addresses(shared: Host) -> None:
    tokens = {tenant: shared.token(f"of-{tenant}", *EVERYTHING, tenant=tenant) for tenant in TENANTS}
    with api.running(shared):
        for tenant, token in tokens.items():
            others = [name for other in TENANTS if other != tenant for name in own(other)]
            for path in PATHS:
                answer = shared.ask(path, token)
                assert answer.status == 200
                assert [name for name in others if name in answer.content.decode()] == []
                assert f"({tenant})" not in answer.content.decode()
            checked = shared.check_many(token, {"addresses": [*others, *own(tenant), "all@b.test"]}).json
            expected = [*own(tenant), *(["all@b.test"] if tenant == "acme" else [])]
            assert [row["address"] for row in checked["suppressed"]] == expected
            assert shared.ask("/v1/check?address=all%40b.test", token).json["allowed"] is (tenant != "acme")


@pytest.mark.parametrize("tenant", TENANTS)
def test_each_sees_all_of_its_own(shared: Host, tenant: str) -> None:
    token = shared.token("it", *EVERYTHING, tenant=tenant)
    expected = {*own(tenant), *(["all@b.test"] if tenant == "acme" else [])}
    with api.running(shared):
        listed, cursor = list[str](), ""
        while cursor is not None:
            page = shared.ask(f"/v1/suppressions?limit=2&cursor={cursor}", token).json
            listed += [row["address"] for row in page["suppressions"]]
            cursor = page["next_cursor"]
        assert sorted(listed) == sorted(expected)
        told, after, last = list[str](), 0, 1
        while after < last:
            answer = shared.ask(f"/v1/outbox?limit=2&after={after}", token).json
            told += [change["data"]["address"] for change in answer["changes"]]
            after, last = answer["after"], answer["last_change"]
        assert sorted(told) == sorted(expected)
