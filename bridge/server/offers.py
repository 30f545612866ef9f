"""What a server offers: its engines, whether each can work, and what an artist can choose of it."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.wire.options import option_info
from bridge.wire.protocol import EngineInfo
from engine import options_of, readiness


def engine_infos(names: Iterable[str]) -> list[EngineInfo]:
    """What clients are told of each engine; may look at files, so it is asked in a thread."""
    return [_engine_info(name) for name in names]


def _engine_info(name: str) -> EngineInfo:
    detail = readiness(name)
    options = [option_info(option) for option in options_of(name)]
    return EngineInfo(name=name, ready=not detail, detail=detail, options=options)
