"""Which engines there are, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from types import MappingProxyType
from typing import Any

from engine.base import Engine
from engine.errors import UnsupportedOption

ENGINES: Mapping[str, str] = MappingProxyType({"builtin": "engine.builtin:BuiltinEngine"})
"""name -> "module:Class"; a module is imported only when its engine is loaded."""

DEFAULT_ENGINE = "builtin"


def load(name: str = DEFAULT_ENGINE, **options: Any) -> Engine:
    """Make an engine ready.

    Args:
        name: a name of `ENGINES`.
        options: the engine's own, by keyword.

    Raises:
        UnsupportedOption: there is no such engine, or it has no such option.
    """
    if name not in ENGINES:
        raise UnsupportedOption(
            f"There is no engine {name!r} in this version; choose one of {', '.join(ENGINES)}."
        )
    module, _, attribute = ENGINES[name].partition(":")
    engine_class: Callable[..., Engine] = getattr(import_module(module), attribute)
    try:
        signature(engine_class).bind(**options)
    except TypeError as error:
        raise UnsupportedOption(f"The engine {name!r} does not take this: {error}.") from None
    return engine_class(**options)


def readiness(name: str) -> str:
    """Why an engine cannot work now and what to do, one sentence; empty where it can.

    It is asked whenever a client connects, so nothing of the engine is imported for it.

    Args:
        name: a name of `ENGINES`.
    """
    module, _, _ = ENGINES[name].partition(":")
    try:
        found = find_spec(module) is not None
    except ModuleNotFoundError:
        found = False
    return "" if found else f"The engine {name!r} is not here whole; install layer-bridge again."
