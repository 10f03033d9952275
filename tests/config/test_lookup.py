"""`check` reads two sections of the configuration, and comes to what the whole file says."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from bounced import config
from bounced.config import lookup
from bounced.config.database import DatabaseSection
from bounced.config.model import Config
from bounced.errors import UserError
from bounced.policy.scopes import StreamKind

ROOT = Path(__file__).parents[2]

FILES = {
    "empty": "",
    "a path": '[database]\npath = "/srv/x.db"\n',
    "streams": '[streams]\ninvoices = "transactional"\n"Neuigkeiten aus Köln" = "marketing"\n',
    "other sections": '[mailbox.b]\nhost = "h.test"\nuser = "u"\npassword_file = "p"\n[policy]\n',
    "keys that were renamed": '[database]\nkeep_unread = "9d"\n',
    "blanks around a path": '[database]\npath = " x.db"\n',
    "tenants": '[tenant.acme]\ndomains = ["acme.test"]\n[tenant.globex]\n',
    "a byte order mark": "\ufeff[database]\npath = 'x.db'\n",
}

WRONG = {
    "no TOML": "[database",
    "a number": "[database]\npath = 7\n",
    "no path": '[database]\npath = ""\n',
    "an unknown key": '[database]\npaht = "x.db"\n',
    "an unknown section": '[databse]\npath = "x.db"\n',
    "a reserved stream": '[streams]\nall = "marketing"\n',
    "an unknown kind": '[streams]\nx = "bulk"\n',
    "no table": "streams = 7\n",
    "not a table": 'database = "x.db"\n',
    "a parenthesis in the name of a tenant": '[tenant."acme)x"]\n',
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bounced.toml"


@pytest.mark.parametrize("text", [*FILES.values(), (ROOT / "bounced.toml.sample").read_text("utf-8")])
def test_it_says_what_the_whole_file_says(text: str, path: Path) -> None:
    path.write_text(text, "utf-8")
    whole = config.load(path)
    assert lookup.load(path) == (whole.database.path, whole.streams, tuple(whole.tenant))


def test_without_a_file_the_defaults_apply() -> None:
    whole = config.load(None)
    assert lookup.load(None) == (whole.database.path, whole.streams, ())


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_wrong_there_is_said_as_for_every_command(text: str, path: Path) -> None:
    path.write_text(text, "utf-8")
    with pytest.raises(UserError) as whole:
        config.load(path)
    with pytest.raises(UserError) as error:
        lookup.load(path)
    assert error.value.problems == whole.value.problems != ()


def test_a_file_that_is_missing_is_said_to_be(path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        lookup.load(path)


def test_it_knows_all_sections_keys_and_kinds() -> None:
    assert set(Config.model_fields) == lookup.SECTIONS
    assert {*DatabaseSection.model_fields, "keep_unread"} == lookup.DATABASE
    assert get_args(StreamKind) == lookup.STREAM_KINDS
