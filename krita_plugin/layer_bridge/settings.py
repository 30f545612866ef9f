"""What the artist has chosen, kept as JSON in Krita's data folder.

Not in the plugin's own folder: Krita's importer deletes that with every update.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any, Dict

from .address import Address
from .protocol import DEFAULT_COMPOSITION, DEFAULT_ENGINE

log = logging.getLogger(__package__)


class Scope(Enum):
    """What is decomposed."""

    DOCUMENT = "document"
    LAYER = "layer"
    SELECTION = "selection"


class Placement(Enum):
    """Where the layers go."""

    TOP = "top"
    ABOVE_ACTIVE = "above_active"
    NEW_DOCUMENT = "new_document"


@dataclass
class Settings:
    """All choices, each with its default."""

    address: str = str(Address())
    """As typed; `address.parse_address` reads it"""
    token: str = ""
    """Of a server on another computer"""
    server_program: str = ""
    """The `layer-bridge` to start; empty: look for it"""
    engine: str = DEFAULT_ENGINE
    composition: str = DEFAULT_COMPOSITION
    scope: Scope = Scope.DOCUMENT
    placement: Placement = Placement.TOP
    hide_originals: bool = False
    """Whether the layers that were decomposed are hidden as theirs come"""
    options: Dict[str, Any] = field(default_factory=dict)
    """engine -> name -> value, where another than the engine's default was chosen"""
    show_options: bool = False
    """Whether the docker shows the engine's options, or only that there are some"""

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        values = {name: _plain(value) for name, value in asdict(self).items()}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".partial")
            partial.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            log.warning("the settings cannot be kept: %s", error)


def load_settings(path: Path) -> Settings:
    """Read the file; what is missing or cannot be understood has its default."""
    settings = Settings()
    values = _read(path)
    for name in [one.name for one in fields(settings) if one.name in values]:
        try:
            setattr(settings, name, _typed(values[name], getattr(settings, name)))
        except (ValueError, KeyError) as error:
            log.warning("setting %s has its default: %s", name, error)
    return settings


def _read(path: Path) -> Dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return values if isinstance(values, dict) else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("the settings cannot be read: %s", error)
        return {}


def _plain(value: Any) -> Any:
    return value.name if isinstance(value, Enum) else value


def _typed(value: Any, default: Any) -> Any:
    """A value as its default's type, enums by name."""
    if isinstance(default, Enum):
        return type(default)[value]
    if not isinstance(value, type(default)):
        raise ValueError(f"{value!r} is not of type {type(default).__name__}")
    return value
