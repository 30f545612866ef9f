"""What is generated from the protocol."""

import ast
import importlib.util
import json

import pytest

from bridge.wire import address, emit, framing, protocol
from engine import BlendMode, LayerRole


@pytest.fixture
def copies():
    """The Krita plugin's modules, imported from where the plugin has them."""
    folder = emit.ROOT / "krita_plugin" / "layer_bridge"
    modules = []
    for name in ("framing", "protocol"):
        spec = importlib.util.spec_from_file_location(f"copied_{name}", folder / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        modules.append(module)
    return modules


def test_nothing_is_stale():
    assert emit.main(["--check"]) == 0


def test_a_stale_file_is_named(capsys, monkeypatch):
    monkeypatch.setattr(address, "DEFAULT_PORT", 1)
    assert emit.main(["--check"]) == 1
    assert "krita_plugin/layer_bridge/protocol.py is stale" in capsys.readouterr().err


def test_the_copies_are_of_python_3_8():
    for name in ("framing", "protocol"):
        path = emit.ROOT / "krita_plugin" / "layer_bridge" / f"{name}.py"
        tree = ast.parse(path.read_text(), feature_version=(3, 8))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert imported <= {"__future__", "typing"}


def test_the_copies_say_what_the_source_says(copies):
    copied_framing, copied = copies
    assert copied_framing.pack_header({"a": 1}) == framing.pack_header({"a": 1})
    assert copied.PROTOCOL_VERSION == protocol.PROTOCOL_VERSION
    assert copied.DEFAULT_PORT == address.DEFAULT_PORT
    assert tuple(LayerRole) == copied.LAYER_ROLES
    assert tuple(BlendMode) == copied.BLEND_MODES
    assert tuple(protocol.ErrorCode) == copied.ERROR_CODES
    assert [copied.LAYER_TITLES[role] for role in copied.LAYER_ROLES] == [
        "Flat Color",
        "Shadow",
        "Highlight",
        "Line Art",
    ]


def test_every_message_has_its_fields_in_the_copy(copies):
    _, copied = copies
    for model in (*emit.PARTS, *emit.FROM_CLIENT, *emit.FROM_SERVER):
        assert list(getattr(copied, model.__name__).__annotations__) == list(model.model_fields)


def test_every_model_is_emitted():
    """One that is written but stands in neither union, and in no message, is lost."""
    emitted = [*emit.PARTS, *emit.FROM_CLIENT, *emit.FROM_SERVER]
    assert len(emitted) == len(set(emitted))
    assert set(emitted) == {model for model in below(protocol._Model) if model.__name__[0] != "_"}


def below(model):
    for each in model.__subclasses__():
        yield each
        yield from below(each)


def test_the_schema_requires_every_field_but_the_options_of_an_engine_without():
    schema = json.loads((emit.ROOT / "bridge" / "wire" / "protocol.schema.json").read_text())
    objects = [each for each in schema["$defs"].values() if each["type"] == "object"]
    assert len(objects) == len((*emit.PARTS, *emit.FROM_CLIENT, *emit.FROM_SERVER))
    for each in objects:
        extra = {"options"} if each["title"] == "Decompose" else set()
        assert {*each["required"], *extra} == set(each["properties"])
