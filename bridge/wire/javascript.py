"""The protocol as the Photoshop panel takes it: one CommonJS module, its types in JSDoc."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

import bridge
from bridge.wire import address, framing, protocol
from bridge.wire.spelling import JSDOC
from engine import COMPOSITIONS, DEFAULT_COMPOSITION, DEFAULT_ENGINE, LayerRole


def javascript_protocol(
    models: Sequence[type[BaseModel]],
    unions: Mapping[str, Sequence[type[BaseModel]]],
    enums: Mapping[type[StrEnum], str],
) -> str:
    """The module's text.

    Args:
        models: every message and part, what a model is made of before it.
        unions: what the messages of one direction are called together.
        enums: each enum with the name of the list of its values.
    """
    constants = _constants(enums)
    lines = [
        '"use strict";',
        "",
        *(line for model in models for line in (*_typedef(model), "")),
        *(line for name, members in unions.items() for line in (_union(name, members), "")),
        *(f"const {name} = {_written(value)};" for name, value in constants.items()),
        "",
        "module.exports = {",
        *(f"  {name}," for name in constants),
        "};",
    ]
    return "\n".join(lines) + "\n"


def _constants(enums: Mapping[type[StrEnum], str]) -> dict[str, Any]:
    return {
        "VERSION": bridge.__version__,
        "PROTOCOL_VERSION": protocol.PROTOCOL_VERSION,
        "DEFAULT_PORT": address.DEFAULT_PORT,
        "PREFIX_BYTES": framing.PREFIX_BYTES,
        "MAX_HEADER_BYTES": framing.MAX_HEADER_BYTES,
        "DEFAULT_ENGINE": DEFAULT_ENGINE,
        "DEFAULT_COMPOSITION": DEFAULT_COMPOSITION,
        "COMPOSITIONS": list(COMPOSITIONS),
        **{name: [member.value for member in enum] for enum, name in enums.items()},
        "LAYER_TITLES": {role.value: role.display_name for role in LayerRole},
    }


def _written(value: Any) -> str:
    """A value in source; a list or an object has one entry a line."""
    if isinstance(value, list):
        return "\n".join(["[", *(f"  {json.dumps(entry)}," for entry in value), "]"])
    if isinstance(value, dict):
        entries = (f"  {key}: {json.dumps(entry)}," for key, entry in value.items())
        return "\n".join(["{", *entries, "}"])
    return json.dumps(value)


def _typedef(model: type[BaseModel]) -> Iterator[str]:
    yield "/**"
    yield f" * {model.__doc__}"
    yield f" * @typedef {{object}} {model.__name__}"
    for name, info in model.model_fields.items():
        meaning = f" {info.description.strip()}" if info.description else ""
        spelled = f"[{name}]" if info.exclude_if else name
        yield f" * @property {{{JSDOC.of(info.annotation)}}} {spelled}{meaning}"
    yield " */"


def _union(name: str, members: Sequence[type[BaseModel]]) -> str:
    return f"/** @typedef {{{' | '.join(model.__name__ for model in members)}}} {name} */"
