"""The public names: which they are, what they cost, and that they are the same in every order of imports."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import assert_type

import pytest

import bounced
from bounced import Decoded, Judgment, Parsed, Policy, Report, Sender, Suppression, Suppressions, Verdict, tokens

NAMES = [
    "REASONS",
    "Decoded",
    "Entry",
    "Event",
    "Judgment",
    "LedgerError",
    "Limit",
    "MailboxError",
    "Parsed",
    "Policy",
    "Report",
    "Sender",
    "Suppression",
    "Suppressions",
    "TrustAnchors",
    "UserError",
    "Verdict",
    "__version__",
    "classify",
    "decide",
    "decode",
    "parse",
    "tokens",
]

#: An expression that uses each name, and is True.
USES = {
    "REASONS": "bounced.REASONS['mailbox_full'][0] == 'soft'",
    "Decoded": "bounced.Decoded('other', '').reports == ()",
    "Entry": "bounced.Entry(1, NOW, 'failed').at == NOW",
    "Event": "bounced.Event('a@b.test', 'bounce').trust == 'unverified'",
    "Judgment": "bounced.Judgment((), (), None).suppressions == ()",
    "LedgerError": "issubclass(bounced.LedgerError, bounced.UserError)",
    "Limit": "bounced.Limit(3, 15).days == 15",
    "MailboxError": "issubclass(bounced.MailboxError, Exception)",
    "Parsed": "not bounced.Parsed('other').recognized",
    "Policy": "bounced.Policy().limits['hard'].bounces == 3",
    "Report": "bounced.Report(status='5.1.1').action == ''",
    "Sender": "bounced.Sender().campaign == ''",
    "Suppression": "bounced.Suppression('all', 'manual', 'manual', '', NOW).until is None",
    "Suppressions": "callable(bounced.Suppressions.filter)",
    "TrustAnchors": "bounced.TrustAnchors(('b.test',)).owns('a.b.test')",
    "UserError": "bounced.UserError('a', 'b').problems == ('a', 'b')",
    "Verdict": "bounced.Verdict('unknown', 'soft', '', '', '').class_ == 'soft'",
    "__version__": "bounced.__version__.count('.') == 2",
    "classify": "bounced.classify(bounced.Report(status='5.1.1')).reason == 'user_unknown'",
    "decide": "bounced.decide('a@b.test', [], bounced.Policy()).streak is None",
    "decode": "bounced.decode(b'Subject: hello').kind == 'other'",
    "parse": "bounced.parse(b'Subject: hello', bounced.Sender()).subject == 'hello'",
    "tokens": "bounced.tokens.parse('nonsense') is None",
}

#: The modules that have the name of something public.
MODULES = "import bounced.parse, bounced.decode, bounced.classify, bounced.tokens"

#: Runs each program that it is given in a process that has imported nothing of the package but what ``{imports}`` does.
FORKS = """
import os, sys
from datetime import UTC, datetime
NOW = datetime.now(UTC)
{imports}
for program in sys.argv[1:]:
    child = os.fork()
    if not child:
        exec(program)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit("failed: " + program)
"""


def fresh(program: str, *arguments: str) -> str:
    """What ``program`` prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_these_are_the_public_names() -> None:
    assert bounced.__all__ == NAMES
    assert set(NAMES) <= set(dir(bounced))


def test_the_list_is_literal() -> None:
    tree = ast.parse(Path(bounced.__file__).read_text("utf-8"))
    assigned = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    assert ast.literal_eval(assigned["__all__"]) == NAMES


def test_the_package_alone_loads_nothing_else() -> None:
    loaded = fresh("import sys; before = set(sys.modules); import bounced; print(*set(sys.modules) - before)").split()
    assert [name for name in loaded if name.startswith("bounced")] == ["bounced"]
    assert "typing" not in loaded


@pytest.mark.parametrize(
    ("imports", "program"),
    [
        ("import bounced", "assert {use}; " + MODULES + "; assert {use}; from bounced import {name}"),
        (
            "import bounced",
            "from bounced import {name}; " + MODULES + "; assert {name} is bounced.{name}; assert {use}",
        ),
        (MODULES, "assert {use}; from bounced import {name}; assert {name} is bounced.{name}"),
        (MODULES, "from bounced import {name}; assert {name} is bounced.{name}; assert {use}"),
    ],
)
def test_a_name_is_the_same_in_every_order_of_imports(imports: str, program: str) -> None:
    """Python makes a module that is imported an attribute of its package: ``parse`` would be a function or a module."""
    fresh(FORKS.format(imports=imports), *(program.format(name=name, use=USES[name]) for name in NAMES))


def test_all_names_at_once() -> None:
    same = " and ".join(f"{name} is bounced.{name}" for name in NAMES)
    fresh(f"from bounced import *; import bounced; assert {same}")


@pytest.mark.parametrize("name", ["parse", "decode", "classify"])
def test_the_modules_of_functions_are_still_imported_by_name(name: str) -> None:
    module = import_module(f"bounced.{name}")
    assert inspect.ismodule(module)
    assert getattr(module, name) is getattr(bounced, name)


def test_what_is_not_public_is_no_name() -> None:
    with pytest.raises(AttributeError, match="module 'bounced' has no attribute 'pares'"):
        getattr(bounced, "pares")  # noqa: B009  mypy knows that there is none
    with pytest.raises(ImportError, match="cannot import name 'pares' from 'bounced'"):
        exec("from bounced import pares")


def test_a_type_checker_sees_what_python_sees() -> None:
    """`mypy --strict` reads this file: each of these would be an error if the name were anything else."""
    assert_type(bounced.parse(b"", Sender()), Parsed)
    assert_type(bounced.decode(b""), Decoded)
    assert_type(bounced.classify(Report()), Verdict)
    assert_type(bounced.decide("a@b.test", [], Policy()), Judgment)
    assert_type(tokens.parse(""), tokens.Token | None)


def sending(suppressions: Suppressions) -> None:
    """Never called: mypy reads it."""
    assert_type(suppressions.get("a@b.test"), Suppression | None)
    assert_type(suppressions.filter(["a@b.test"]), dict[str, Suppression])


@pytest.mark.parametrize("name", NAMES)
def test_every_name_says_what_it_is(name: str) -> None:
    if name not in ("REASONS", "__version__"):
        assert inspect.getdoc(getattr(bounced, name))


@pytest.mark.parametrize("of", [bounced.Suppressions, tokens])
def test_so_does_everything_public_in_it(of: object) -> None:
    functions = [value for name, value in inspect.getmembers(of, inspect.isfunction) if not name.startswith("_")]
    assert functions
    assert [found.__qualname__ for found in functions if not inspect.getdoc(found)] == []
