"""The template for Zabbix asks for what `bounced status --json` has, and for nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import documents
from tests.support.commands import bounced

TEXT = (documents.ROOT / "contrib" / "zabbix" / "bounced.json").read_text()
[TEMPLATE] = json.loads(TEXT)["zabbix_export"]["templates"]

CONFIG = """
[mailbox.bounces]
host = "imap.example.org"
user = "bounces"
password_env = "PASSWORD"
"""

#: A path to a member of the whole, or of the row of a list that one macro or two name.
PATH = re.compile(r'\$\.(\w+)(?:\[\?\(@\.(\w+)=="\{#[A-Z]+\}"(?: && @\.(\w+)=="\{#[A-Z]+\}")?\)\]\.(\w+)\.first\(\))?')


@pytest.fixture
def status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the agent reads."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bounced.toml").write_text(f'[database]\npath = "bounced.db"\n{CONFIG}')
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.upkeep.ran("backup", "the disk is full")
    return json.loads(bounced("status", "--json", "--config", "bounced.toml").stdout)


def items() -> Iterator[Any]:
    yield from TEMPLATE["items"]
    for rule in TEMPLATE["discovery_rules"]:
        yield rule
        yield from rule["item_prototypes"]


def test_every_path_leads_to_something(status: Any) -> None:
    paths = [step["parameters"][0] for item in items() for step in item.get("preprocessing", [])]
    assert len(paths) > 15
    for path in paths:
        matched = PATH.fullmatch(path)
        assert matched, path
        whole, *members = matched.groups()
        assert whole in status
        assert not any(members) or set(filter(None, members)) <= status[whole][0].keys(), path
    macros = [macro["path"] for rule in TEMPLATE["discovery_rules"] for macro in rule["lld_macro_paths"]]
    assert macros == ["$.mailbox", "$.job", "$.kind", "$.name"]


def test_triggers_ask_for_items_of_the_template() -> None:
    keys = {item["key"] for item in items()}
    asked = re.findall(
        r"\(/bounced/([\w.]+(?:\[[^\]]*\])?)[,)]", " ".join(re.findall(r'"expression": "(.*?)",\n', TEXT))
    )
    assert len(asked) > 4
    assert set(asked) <= keys
    assert {item["master_item"]["key"] for item in items() if item.get("type") == "DEPENDENT"} == {"bounced.status"}


def test_the_agent_is_told_of_the_one_key_that_it_is_asked_for() -> None:
    parameter = "UserParameter=bounced.status,bounced status --json || true"
    assert [item["key"] for item in items() if "master_item" not in item] == ["bounced.status"]
    assert parameter in TEMPLATE["description"]
    assert parameter in (documents.DOCS / "monitoring.md").read_text()


def test_its_identifiers_are_of_the_kind_that_zabbix_takes() -> None:
    """Zabbix refuses the import otherwise: 32 digits of a random UUID, each once."""
    identifiers = re.findall(r'"uuid": "([0-9a-f]{32})"', TEXT)
    assert len(identifiers) == len(set(identifiers)) == TEXT.count('"uuid"')
    assert {UUID(text).version for text in identifiers} == {4}


def test_every_problem_is_discovered_and_ends_where_it_is_no_longer_there(status: Any) -> None:
    """Zabbix keeps the item of a row that has gone, and its trigger as it was: what can't be found is OK."""
    assert {("backup", "backup", "WARNING"), ("mailbox", "imap:bounces/INBOX", "CRITICAL")} <= {
        (problem["kind"], problem["name"], problem["state"]) for problem in status["open_problems"]
    }
    [rule] = (rule for rule in TEMPLATE["discovery_rules"] if rule["key"] == "bounced.problems")
    state, text = rule["item_prototypes"]
    [step] = state["preprocessing"]
    assert (step["error_handler"], step["error_handler_params"]) == ("CUSTOM_VALUE", "OK")
    assert [trigger["priority"] for trigger in state["trigger_prototypes"]] == ["HIGH", "WARNING"]
    assert text["preprocessing"][0]["error_handler_params"] == ""
