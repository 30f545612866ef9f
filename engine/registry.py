"""Which engines there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from engine.base import Engine
from engine.errors import EngineError, UnsupportedOption, WeightsMissing
from engine.options import Option

ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "builtin": "engine.builtin:BuiltinEngine",
        "diffusion": "engine.diffusion:DiffusionEngine",
    }
)
"""name -> "module:Class"; a module is imported when its engine is first asked for."""

DEFAULT_ENGINE = "builtin"


def load(name: str = DEFAULT_ENGINE, **options: Any) -> Engine:
    """Make an engine ready.

    Args:
        name: a name of `ENGINES`.
        options: the engine's own, by keyword.

    Raises:
        UnsupportedOption: there is no such engine, or no such option or value of one.
        WeightsMissing: the engine lacks something that it needs.
        WeightsUnusable: it has that, but damaged or of another version.
    """
    if name not in ENGINES:
        raise UnsupportedOption(
            f"There is no engine {name!r} in this version; choose one of {', '.join(ENGINES)}."
        )
    loaded = _made(name, **options)
    loaded.check_ready()
    return loaded


def options_of(name: str) -> tuple[Option, ...]:
    """What an engine lets an artist choose; nothing where it is not here whole.

    Clients are told whenever they connect, so an engine's own module is light: what takes long to
    import waits for `propose`.

    Args:
        name: a name of `ENGINES`.
    """
    return _engine_class(name).options if _is_here(name) else ()


def readiness(name: str) -> str:
    """Why an engine cannot work now and what to do, one sentence; empty where it can.

    Args:
        name: a name of `ENGINES`.
    """
    try:
        _made(name).check_ready()
    except EngineError as error:
        return str(error)
    except Exception as error:
        # One that breaks when it is asked keeps nobody from the others.
        fault = f"{type(error).__name__}: {error}"
        return f"The engine {name!r} is broken ({fault}); install layer-bridge again."
    return ""


def _made(name: str, **options: Any) -> Engine:
    if not _is_here(name):
        raise WeightsMissing(f"The engine {name!r} is not here whole; install layer-bridge again.")
    return _engine_class(name)(**options)


def _is_here(name: str) -> bool:
    module, _, _ = ENGINES[name].partition(":")
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _engine_class(name: str) -> type[Engine]:
    module, _, attribute = ENGINES[name].partition(":")
    engine_class: type[Engine] = getattr(import_module(module), attribute)
    return engine_class
