"""How the types of the protocol's fields are written in other languages and in documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin


@dataclass(frozen=True)
class Spelling:
    """The ways of one language; each gets what is already written in it."""

    literals: Callable[[Sequence[str]], str]
    """Of JSON values"""
    lists: Callable[[str], str]
    maps: Callable[[str], str]
    """Of strings to something"""
    unions: Callable[[Sequence[str]], str]
    enums: Callable[[type[StrEnum]], str]
    scalars: Mapping[type, str]
    """Of str, int, float, bool and NoneType"""

    def of(self, annotation: Any) -> str:
        """How the annotation of a model's field is written; models stand for themselves."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Literal:
            return self.literals([json.dumps(value) for value in arguments])
        if origin is list:
            return self.lists(self.of(arguments[0]))
        if origin is dict:
            return self.maps(self.of(arguments[1]))
        if origin in (Union, UnionType):
            return self.unions(list(dict.fromkeys(map(self.of, arguments))))
        if hasattr(annotation, "__metadata__"):
            return self.of(annotation.__origin__)
        if annotation in self.scalars:
            return self.scalars[annotation]
        if issubclass(annotation, StrEnum):
            return self.enums(annotation)
        return str(annotation.__name__)


def _union(members: Sequence[str]) -> str:
    inner = [member for member in members if member != "None"]
    union = f"Union[{', '.join(inner)}]" if len(inner) > 1 else inner[0]
    return f"Optional[{union}]" if "None" in members else union


PYTHON = Spelling(
    literals=lambda values: f"Literal[{', '.join(values)}]",
    lists=lambda inner: f"List[{inner}]",
    maps=lambda inner: f"Dict[str, {inner}]",
    unions=_union,
    enums=lambda enum: "str",
    scalars={str: "str", int: "int", float: "float", bool: "bool", NoneType: "None"},
)
"""Python 3.8's."""

JSDOC = Spelling(
    literals=" | ".join,
    lists=lambda inner: f"Array<{inner}>" if " | " in inner else f"{inner}[]",
    maps=lambda inner: f"{{[name: string]: {inner}}}",
    unions=" | ".join,
    enums=lambda enum: "string",
    scalars={str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"},
)

WORDS = Spelling(
    literals=lambda values: " or ".join(f"`{value}`" for value in values),
    lists=lambda inner: f"list of {inner}",
    maps=lambda inner: f"object of {inner}",
    unions=" or ".join,
    enums=lambda enum: enum.__name__,
    scalars={str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"},
)
"""The documents'."""
