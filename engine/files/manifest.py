"""The manifest of a folder of layers, read: which file holds which layer, and how it blends."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import UnsupportedImage
from engine.files.folder import MANIFEST
from engine.layers import BlendMode, LayerRole


@dataclass(frozen=True)
class Entry:
    """One layer."""

    role: LayerRole
    blend_mode: BlendMode
    file: Path
    opacity: float
    """0 to 1"""


@dataclass(frozen=True)
class Manifest:
    """What a folder says of its layers."""

    entries: tuple[Entry, ...]
    """Bottom first, at most one of each role."""
    composition: str
    engine: str
    seconds: float | None
    """What finding the layers took, where that is known."""
    edits: tuple[str, ...]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder as `decompose` writes it, or another program.

    Raises:
        FileNotFoundError: there is none.
        UnsupportedImage: it is not one of layers, or they are in another order.
    """
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        entries = tuple(_entry(entry, folder) for entry in told["layers"])
        seconds = told.get("seconds")
        manifest = Manifest(
            entries,
            str(told.get("composition", "normal")),
            str(told.get("engine", "unknown")),
            None if seconds is None else _number(seconds, math.inf),
            tuple(map(str, told.get("edits", ()))),
        )
    except FileNotFoundError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnsupportedImage(
            f"The {MANIFEST} in {folder} is not one of layers ({error}); write it as `decompose` "
            "does."
        ) from error
    _check_order([entry.role for entry in entries])
    return manifest


def _entry(told: dict[str, Any], folder: Path) -> Entry:
    return Entry(
        LayerRole(told["role"]),
        BlendMode(told.get("blend_mode", "normal")),
        folder / told["file"],
        _number(told.get("opacity", 1), 1),
    )


def _number(told: object, most: float) -> float:
    """A finite number from 0 to `most`, or ValueError; JSON lets NaN and infinity through."""
    if not isinstance(told, int | float) or not 0 <= told <= most or math.isinf(told):
        raise ValueError(f"{told!r} is no number from 0 to {most}")
    return float(told)


def _check_order(roles: list[LayerRole]) -> None:
    if roles != [role for role in LayerRole if role in roles]:
        raise UnsupportedImage(
            f"The layers are {', '.join(roles)}; they must be, bottom first, at most one each of "
            f"{', '.join(LayerRole)}."
        )
