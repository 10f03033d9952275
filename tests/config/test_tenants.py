"""[tenant.NAME]: what two can't have in common, and tables that name one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bounced.config import Config
from bounced.config.file import problems

MAILBOX = {"host": "h.test", "user": "u", "password_file": "p"}
ACME = {"domains": ["acme.test"], "streams": ["bills"], "token_keys": ["ac"], "logins": ["shop"]}


def said(data: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as error:
        Config.model_validate(data)
    return problems(error.value)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"mailbox": {"b": {**MAILBOX, "tenant": "acme"}}}, "mailbox.b.tenant: there is no [tenant.acme]"),
        ({"export": {"x": {"format": "txt", "path": "/x", "tenant": "*"}}}, "export.x.tenant: there is no [tenant.*]"),
        ({"sink": {"x": {"file": "/x", "tenant": "a"}}}, "sink.x.tenant: there is no [tenant.a]"),
        (
            {"trust": {"own_domains": ["x.test"]}, "tenant": {"acme": ACME}},
            "tenant.acme.domains: acme.test must be in [trust] own_domains too: it is not yours otherwise",
        ),
        ({"tenant": {"a(b": {}}}, "tenant.a(b: string should match pattern '^[A-Za-z0-9_-]{1,64}$'"),
    ],
)
def test_what_is_wrong(data: dict[str, Any], problem: str) -> None:
    assert said(data) == [problem]


def test_nothing_is_of_two_tenants() -> None:
    assert said({"tenant": {"acme": ACME, "globex": ACME}}) == [
        f"tenant: {key}: {value} is of more than one tenant"
        for key, value in (("domains", "acme.test"), ("streams", "bills"), ("token_keys", "ac"), ("logins", "shop"))
    ]


def test_a_whole_one() -> None:
    config = Config.model_validate(
        {
            "tenant": {"acme": {**ACME, "domains": ["News.Acme.test", "Bücher.example"]}},
            "trust": {"own_domains": ["acme.test", "bücher.example"]},
            "mailbox": {"b": {**MAILBOX, "tenant": "acme"}},
            "export": {"x": {"format": "txt", "path": "/x", "tenant": "acme"}},
            "sink": {"x": {"file": "/x", "tenant": "*"}, "y": {"file": "/y", "tenant": "acme"}},
        }
    )
    tenants = config.sender().tenants
    assert tenants.domains == {"news.acme.test": "acme", "xn--bcher-kva.example": "acme"}
    assert (tenants.keys, tenants.streams) == ({"ac": "acme"}, {"bills": "acme"})
