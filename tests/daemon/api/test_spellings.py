"""Spellings of one mailbox are answered as `bounced check` does, where the option says so."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import api

ASKED = ("k.im@gmail.com", "kim+x@googlemail.com", "kima@gmail.com", "k.im@example.org")


@pytest.mark.parametrize(("spellings", "forbidden"), [(("google",), ASKED[:2]), ((), ())], ids=["same", "apart"])
def test_every_spelling_has_one_answer(tmp_path: Path, spellings: tuple[str, ...], forbidden: tuple[str, ...]) -> None:
    host = api.host(tmp_path)
    with Ledger(str(host.database), Policy(spellings=spellings)) as ledger:
        ledger.decisions.decide(["ki.m+news@gmail.com"], "suppress", "all", "")
    token = host.token("reader", "check")
    with api.running(host):
        single = [host.ask(f"/v1/check?{urlencode({'address': address})}", token).json for address in ASKED]
        many = host.check_many(token, {"addresses": ASKED}).json
    assert [address for address, answer in zip(ASKED, single, strict=True) if not answer["allowed"]] == [*forbidden]
    assert [row["address"] for row in many["suppressed"]] == [*forbidden]
