"""Cases: pictures to decompose, with the layers that the artist painted where they are known.

A case with truth is a folder: composite.png, and line.png, flat.png, shadow.png, highlight.png of
the same size, straight alpha, in normal blending, those that the picture has; soft.png may hold
blush and glow, whose pixels are not judged. The layers may also be called as in a dataset,
line_art.png and flat_color.png. Any other picture is a case without truth, but for the contact
sheet beside the samples of a dataset.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from engine.dataset.index import INDEX
from engine.errors import UnsupportedImage
from engine.files import Picture, read_picture
from engine.layers import LayerRole, Rgba

COMPOSITE, SOFT = "composite.png", "soft.png"
TRUE_LAYERS: Mapping[LayerRole, str] = MappingProxyType(
    {
        LayerRole.FLAT_COLOR: "flat.png",
        LayerRole.SHADOW: "shadow.png",
        LayerRole.HIGHLIGHT: "highlight.png",
        LayerRole.LINE_ART: "line.png",
    }
)


@dataclass(frozen=True)
class Truth:
    """The layers that an artist painted, in normal blending."""

    layers: Mapping[LayerRole, Rgba]
    """(H, W, 4) uint8 or uint16 each, straight alpha; what was not painted is empty."""
    soft: Rgba | None = None
    """Blush and glow."""

    def __getitem__(self, role: LayerRole) -> Rgba:
        return self.layers[role]

    def rows(self, rows: slice) -> Truth:
        """Some rows of it, without a copy."""
        cut = {role: rgba[rows] for role, rgba in self.layers.items()}
        return Truth(cut, None if self.soft is None else self.soft[rows])


@dataclass(frozen=True)
class Case:
    """A picture to decompose."""

    name: str
    """No other case of its folder has it, on any file system."""
    picture: Path
    layers: Path | None = None
    """The folder of its true layers."""

    def read(self) -> tuple[Picture, Truth | None]:
        """The picture, and its true layers.

        Raises:
            UnsupportedImage: a file cannot be read, or a layer has another size than the picture.
        """
        picture = read_picture(self.picture)
        return picture, None if self.layers is None else _truth(self.layers, picture.rgba)


def find_cases(folder: Path, suffixes: Collection[str]) -> list[Case]:
    """The cases of a folder, by name: its folders that hold a composite.png, and its pictures.

    A folder that itself holds a composite.png and true layers is one case; a dataset's cases are
    its samples alone.

    Args:
        folder: where to look; folders in its folders are not searched.
        suffixes: of the files that are taken for pictures, as ".png".
    """
    if _has_truth(folder) and (folder / COMPOSITE).is_file():
        return [Case(folder.resolve().name, folder / COMPOSITE, folder)]
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    folders = [entry for entry in entries if (entry / COMPOSITE).is_file()]
    loose = [] if (folder / INDEX).is_file() else entries
    pictures = [entry for entry in loose if entry.suffix.lower() in suffixes and entry.is_file()]
    cases = [
        Case(entry.name, entry / COMPOSITE, entry if _has_truth(entry) else None)
        for entry in folders
    ]
    shared = [entry.name.casefold() for entry in folders]
    shared += [picture.stem.casefold() for picture in pictures]
    cases += [
        Case(picture.stem if shared.count(picture.stem.casefold()) == 1 else picture.name, picture)
        for picture in pictures
    ]
    return sorted(cases, key=lambda case: case.name)


def _has_truth(folder: Path) -> bool:
    return any(_place(folder, role).is_file() for role in LayerRole)


def _place(folder: Path, role: LayerRole) -> Path:
    """Where a true layer lies, if it is there."""
    in_dataset = folder / f"{role}.png"
    return in_dataset if in_dataset.is_file() else folder / TRUE_LAYERS[role]


def _truth(folder: Path, source: Rgba) -> Truth:
    layers = {role: _layer(_place(folder, role), source) for role in LayerRole}
    empty = np.zeros_like(source)
    return Truth(
        {role: empty if layer is None else layer for role, layer in layers.items()},
        _layer(folder / SOFT, source),
    )


def _layer(path: Path, source: Rgba) -> Rgba | None:
    if not path.exists() and not path.is_symlink():
        return None
    rgba = read_picture(path).rgba
    check_canvas(path, rgba, source)
    return rgba


def check_canvas(path: Path, layer: Rgba, source: Rgba) -> None:
    """Raise `UnsupportedImage` for a layer, read from `path`, of another size than its picture."""
    if layer.shape != source.shape:
        raise UnsupportedImage(
            f"{path.name} is {layer.shape[1]} x {layer.shape[0]} pixels, the picture "
            f"{source.shape[1]} x {source.shape[0]}; save it with the picture's canvas."
        )
