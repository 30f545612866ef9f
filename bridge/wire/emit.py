"""What is generated from the protocol: its JSON Schema, the clients' copies, its table.

    python -m bridge.wire.emit           write the files
    python -m bridge.wire.emit --check   exit 1 if one of them is stale

It works in a checkout; the installed package carries what it wrote there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Field, TypeAdapter

import bridge
from bridge.wire import address, framing, protocol
from bridge.wire.javascript import javascript_protocol
from bridge.wire.spelling import PYTHON, WORDS
from engine import COMPOSITIONS, DEFAULT_COMPOSITION, DEFAULT_ENGINE, BlendMode, LayerRole

ROOT = Path(__file__).resolve().parents[2]
GENERATED = (
    "Generated from bridge/wire/{source} by `python -m bridge.wire.emit`: change it there.\n"
)
SOURCE_LINE = f"# {GENERATED}"
TABLE_BEGIN = "<!-- messages: written by `python -m bridge.wire.emit` -->\n"
TABLE_END = "<!-- end of messages -->\n"

FROM_CLIENT: tuple[type[BaseModel], ...] = get_args(protocol.ClientMessage)
FROM_SERVER: tuple[type[BaseModel], ...] = get_args(protocol.ServerMessage)
UNIONS: Mapping[str, tuple[type[BaseModel], ...]] = {
    "OptionInfo": get_args(protocol.OptionInfo),
    "ClientMessage": FROM_CLIENT,
    "ServerMessage": FROM_SERVER,
}
ENUMS: Mapping[type[StrEnum], str] = {
    LayerRole: "LAYER_ROLES",
    BlendMode: "BLEND_MODES",
    protocol.ErrorCode: "ERROR_CODES",
}


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a message, or the type of a field, is made of, innermost first."""
    for argument in get_args(annotation):
        yield from _parts(argument)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for info in annotation.model_fields.values():
            yield from _parts(info.annotation)
        yield annotation


PARTS = tuple(
    part
    for part in dict.fromkeys(_parts(protocol.ClientMessage | protocol.ServerMessage))
    if part not in (*FROM_CLIENT, *FROM_SERVER)
)


def generated_files() -> dict[Path, str]:
    """Every generated file, by its path in the checkout, with the text that it should have."""
    plugin = ROOT / "krita_plugin" / "layer_bridge"
    document = ROOT / "docs" / "protocol.md"
    return {
        plugin / "framing.py": SOURCE_LINE.format(source="framing.py")
        + Path(framing.__file__).read_text(encoding="utf-8"),
        plugin / "protocol.py": plugin_protocol(),
        ROOT / "uxp_panel" / "protocol.js": panel_protocol(),
        ROOT / "bridge" / "wire" / "protocol.schema.json": json.dumps(schema(), indent=1) + "\n",
        document: _with_messages(document.read_text(encoding="utf-8")),
    }


def schema() -> dict[str, Any]:
    """JSON Schema of every message, for readers in other languages."""
    both = protocol.ClientMessage | protocol.ServerMessage
    messages: TypeAdapter[Any] = TypeAdapter(Annotated[both, Field(discriminator="type")])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"layer-bridge protocol {protocol.PROTOCOL_VERSION}",
        **messages.json_schema(mode="serialization"),
    }


def plugin_protocol() -> str:
    """The protocol as Krita's Python takes it: standard library only, Python 3.8's syntax."""
    head = [
        SOURCE_LINE.format(source="protocol.py").rstrip(),
        '"""The wire protocol\'s numbers, names and messages, as the server has them."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import TYPE_CHECKING, Dict, List, Literal, Optional, TypedDict, Union",
        "",
        "if TYPE_CHECKING:",
        "    from typing import NotRequired",
        "",
        *_constants(),
    ]
    models = [*PARTS, *FROM_CLIENT, *FROM_SERVER]
    classes = [line for model in models for line in ("", "", *_typed_dict(model))]
    unions = [_python_union(name, members) for name, members in UNIONS.items()]
    return "\n".join([*head, *classes, "", "", *unions]) + "\n"


def panel_protocol() -> str:
    """The protocol as the Photoshop panel takes it."""
    text = javascript_protocol([*PARTS, *FROM_CLIENT, *FROM_SERVER], UNIONS, ENUMS)
    return f"// {GENERATED.format(source='protocol.py')}{text}"


def _constants() -> Iterator[str]:
    yield f'VERSION = "{bridge.__version__}"'
    yield f"PROTOCOL_VERSION = {protocol.PROTOCOL_VERSION}"
    yield f"DEFAULT_PORT = {address.DEFAULT_PORT}"
    yield f"FRAGMENT_BYTES = {protocol.FRAGMENT_BYTES}"
    yield f'DEFAULT_ENGINE = "{DEFAULT_ENGINE}"'
    yield f'DEFAULT_COMPOSITION = "{DEFAULT_COMPOSITION}"'
    yield from _tuple("COMPOSITIONS", list(COMPOSITIONS))
    for enum, name in ENUMS.items():
        yield from _tuple(name, [member.value for member in enum])
    yield "LAYER_TITLES = {"
    yield from (f'    "{role.value}": "{role.display_name}",' for role in LayerRole)
    yield "}"


def _tuple(name: str, values: Sequence[str]) -> Iterator[str]:
    yield f"{name} = ("
    yield from (f'    "{value}",' for value in values)
    yield ")"


def _typed_dict(model: type[BaseModel]) -> Iterator[str]:
    yield f"class {model.__name__}(TypedDict):"
    yield f'    """{model.__doc__}"""'
    yield ""
    for name, info in model.model_fields.items():
        kind = PYTHON.of(info.annotation)
        yield f"    {name}: {f'NotRequired[{kind}]' if info.exclude_if else kind}"
        if info.description:
            yield f'    """{info.description.strip()}"""'


def _python_union(name: str, models: Sequence[type[BaseModel]]) -> str:
    return f"{name} = Union[{', '.join(model.__name__ for model in models)}]"


def message_table() -> str:
    """Every message and part with its fields, in Markdown."""
    groups = (("From the client", FROM_CLIENT), ("From the server", FROM_SERVER), ("Parts", PARTS))
    lines: list[str] = []
    for title, models in groups:
        lines += [f"### {title}", ""]
        for model in models:
            lines += [f"**{model.__name__}**: {model.__doc__}", "", *_field_rows(model), ""]
    for enum in ENUMS:
        values = ", ".join(f"`{member.value}`" for member in enum)
        lines += [f"**{enum.__name__}**: {values}", ""]
    return "\n".join(lines)


def _field_rows(model: type[BaseModel]) -> Iterator[str]:
    yield "| field | type | meaning |"
    yield "|---|---|---|"
    for name, info in model.model_fields.items():
        meaning = info.description or "Which message it is"
        yield f"| `{name}` | {WORDS.of(info.annotation)} | {meaning} |"


def _with_messages(document: str) -> str:
    before, begin, rest = document.partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not begin or not end:
        raise ValueError(f"docs/protocol.md has lost its markers {TABLE_BEGIN!r}, {TABLE_END!r}")
    return f"{before}{begin}\n{message_table()}{end}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the generated files, or with `--check` say which are stale."""
    parser = argparse.ArgumentParser(prog="python -m bridge.wire.emit", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if one differs")
    check = parser.parse_args(arguments).check
    stale = [(path, text) for path, text in generated_files().items() if _differs(path, text)]
    for path, text in stale:
        if check:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale; run python -m bridge.wire.emit\n")
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if check and stale else 0


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    raise SystemExit(main())
