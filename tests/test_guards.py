"""Every fault that docs/faults.md names has a guard in the code; `make guards` takes each out, to see its test fail."""

from __future__ import annotations

import pytest

from tests.guards import ROW, Guard, faults, guards, lines, rows


def test_every_fault_has_one() -> None:
    assert [guard.fault for guard in guards()] == list(rows())


def test_no_row_is_skipped() -> None:
    assert [line for line in lines() if not ROW.fullmatch(line)] == []
    assert len(rows()) == len(lines())
    assert sorted(faults()) == sorted(rows())


@pytest.mark.parametrize("guard", guards(), ids=lambda guard: guard.fault)
def test_it_is_where_it_is_said_to_be(guard: Guard) -> None:
    assert guard.edits
    assert guard.missing() == []
