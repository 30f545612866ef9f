"""The stub of Krita's module, and the fake host, checked against the real module."""

import ast
import re
from pathlib import Path

import pytest

from tests.krita_plugin.rig import KritaUser, run_in_krita

pytestmark = pytest.mark.krita
HERE = Path(__file__).parent
STUB = HERE.parents[1] / "krita_plugin" / "krita.pyi"
FAKE = HERE / "fake_krita" / "krita.py"
OURS = {"Image"}
"""Classes of the fake that are none of Krita's."""


def classes(file: Path) -> dict[str, dict[str, ast.stmt]]:
    """Class -> public member -> its definition."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.name: {
            name: statement
            for statement in node.body
            for name in [getattr(statement, "name", None) or _target(statement)]
            if name and not name.startswith("_")
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name not in OURS
    }


def _target(statement: ast.stmt) -> str | None:
    target = statement.target if isinstance(statement, ast.AnnAssign) else None
    return target.id if isinstance(target, ast.Name) else None


FAKED = {name: found for name, found in classes(FAKE).items() if name not in ("Action", "Icon")}
METHODS = [
    (name, member)
    for name, members in classes(STUB).items()
    for member, definition in members.items()
    if isinstance(definition, ast.FunctionDef)
]


@pytest.fixture(scope="module")
def api(krita_user: KritaUser) -> dict[str, dict[str, str | None]]:
    """What the real module has of the stub's and the fake's members."""
    stub = classes(STUB)
    asked = {name: sorted({*stub.get(name, ()), *FAKED.get(name, ())}) for name in {*stub, *FAKED}}
    return run_in_krita(krita_user, "describe_api", asked)


def test_every_name_exists(api: dict[str, dict[str, str | None]]) -> None:
    missing = [
        f"{name}.{member}"
        for name, members in api.items()
        for member, found in members.items()
        if found is None
    ]
    assert missing == []


@pytest.mark.parametrize(("name", "member"), METHODS)
def test_signature(api: dict[str, dict[str, str | None]], name: str, member: str) -> None:
    """The numbers of arguments, and the type of the result, as the binding documents them."""
    definition = classes(STUB)[name][member]
    assert isinstance(definition, ast.FunctionDef)
    line = re.fullmatch(r"\w+\((.*)\)(?: -> (.*))?", api[name][member] or "")
    assert line is not None, f"cannot read {api[name][member]!r}"
    arguments = [one for one in _split(line[1]) if one != "self"]
    least = len([one for one in arguments if " = " not in one])
    given = len([one for one in definition.args.args if one.arg != "self"])
    assert least <= given <= len(arguments)
    assert definition.returns is not None
    assert (line[2] or "None") in _results(ast.unparse(definition.returns))


def _split(arguments: str) -> list[str]:
    """Split at the commas outside brackets."""
    return [part for part in re.split(r", (?![^\[]*\])", arguments) if part]


def _results(annotation: str) -> set[str]:
    """How the binding may write a result; where the stub adds None, the binding knows no better."""
    return {part.replace("list[", "List[") for part in annotation.split(" | ")}
