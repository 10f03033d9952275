"""The exit codes: one table, which is the only place with their numbers."""

from __future__ import annotations

import ast
import os

import pytest

from bounced.errors import EXIT_CODES
from tests.test_imports import TREES


def test_numbers_are_those_of_sysexits() -> None:
    assert {code.sysexits for code in EXIT_CODES if code.sysexits} >= {"EX_OK", "EX_CONFIG", "EX_IOERR"}
    for code in EXIT_CODES:
        assert not code.sysexits or code.number == getattr(os, code.sysexits)


def test_a_name_has_one_number() -> None:
    assert len({(code.name, code.number) for code in EXIT_CODES}) == len({code.name for code in EXIT_CODES})


def exits(tree: ast.AST) -> list[ast.expr]:
    """What is passed on as the status of the process."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "exit_code"]
    return named + [arg for call in calls if ast.unparse(call.func).endswith(("exit", "_exit")) for arg in call.args]


@pytest.mark.parametrize("module", [module for module in TREES if module != "workers.worker"])
def test_nobody_exits_with_a_number_of_its_own(module: str) -> None:
    """A worker does: its process is no command."""
    numbers = [node for value in exits(TREES[module]) for node in ast.walk(value) if isinstance(node, ast.Constant)]
    assert [node.value for node in numbers if isinstance(node.value, int)] == []
