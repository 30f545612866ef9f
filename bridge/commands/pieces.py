"""One picture to decompose and the place of its layers: what stands there, and what may go.

A result that exists is replaced only if it is a folder that `layer-bridge` wrote and nobody painted
in, or with `--force`; a picture that goes in is never replaced.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bridge.errors import UserError
from engine import LayerRole
from engine.files.folder import FORMAT, MANIFEST, PREVIEW
from engine.files.writing import FOLDER

LAYER_FILES = frozenset(f"{role}.png" for role in LayerRole)
CLOCK_SLACK_S = 2.0
"""How much later than its manifest a layer may be dated and still be as we wrote it."""
PSD_HEAD = 1 << 20
"""Bytes of a PSD in which its writer's name stands, behind the color profile."""


@dataclass(frozen=True)
class Piece:
    """One picture to decompose, and the place of its layers."""

    source: Path
    destination: Path
    format: str
    """One of `FORMATS`; "png" is a folder."""

    @property
    def title(self) -> str:
        """The document's name, as hosts show it."""
        return self.source.stem

    @property
    def files(self) -> list[Path]:
        """Every file that is written for it."""
        if self.format != FOLDER:
            return [self.destination]
        return [self.destination / name for name in (*sorted(LAYER_FILES), PREVIEW, MANIFEST)]


Identities = frozenset[tuple[int, int]]
"""Files as the file system knows them, whatever they are called: device and number."""


def identities(paths: Iterable[Path]) -> Identities:
    """Which files these are; those that do not exist are left out."""
    return frozenset(
        (status.st_dev, status.st_ino) for status in map(_status, paths) if status is not None
    )


def check_inputs_stay(piece: Piece, inputs: Identities) -> None:
    """Make sure that no file of a result is a picture that goes in.

    Raises:
        UserError: one is.
    """
    for file in piece.files:
        if identities([file]) & inputs:
            raise UserError(f"{file} is itself a picture that goes in; name another place with -o.")


def check_destination(piece: Piece, force: bool) -> None:
    """Make sure that writing a result loses nothing.

    Raises:
        UserError: the result would replace the picture itself, or something else that is there.
    """
    check_inputs_stay(piece, identities([piece.source]))
    place = piece.destination
    check_writable(place)
    if not place.exists():
        return
    if piece.format == FOLDER and not place.is_dir():
        raise UserError(
            f"{place} is a file; name a folder, or a file that ends in .psd, .kra, .ora."
        )
    if piece.format != FOLDER and place.is_dir():
        raise UserError(f"{place} is a folder; name a file, or a folder without that suffix.")
    if not force:
        _check_nothing_is_replaced(place)


def check_writable(place: Path) -> None:
    """Make sure that a file or folder can be made, before the work that goes into it.

    Raises:
        UserError: the folder that it would lie in is closed, or is none.
    """
    here = place.absolute()
    nearest = next(parent for parent in (*here.parents, here) if parent.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise UserError(f"Nothing can be written into {nearest}; name another place with -o.")


def _check_nothing_is_replaced(place: Path) -> None:
    if not place.is_dir():
        raise UserError(f"{place} is there already; add --force to replace it.")
    if any(place.iterdir()) and not is_layers_folder(place):
        raise UserError(
            f"{place} holds other files; name a new folder, or add --force to put the layers there."
        )
    if _is_painted_on(place):
        raise UserError(
            f"{place} holds layers that were changed since; name a new folder, or add --force to "
            "replace them."
        )


def is_whole(piece: Piece) -> bool:
    """Whether a piece's result stands already, every file of it."""
    stand = all(_has_content(file) for file in piece.files)
    return stand and (piece.format != FOLDER or is_layers_folder(piece.destination))


def is_layers_folder(folder: Path) -> bool:
    """Whether a folder has a manifest of ours, naming the layers that we write."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        files = {layer["file"] for layer in manifest["layers"]}
        return manifest["format"] == FORMAT and files == LAYER_FILES
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False


def is_layers_file(path: Path) -> bool:
    """Whether a PSD, KRA or ORA is as we wrote it; saved by another program it is not."""
    try:
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                members = zipfile.ZipFile(file).namelist()
                return set(LayerRole) <= {PurePosixPath(name).stem for name in members}
            file.seek(0)
            return "layer-bridge".encode("utf-16-be") in file.read(PSD_HEAD)
    except (OSError, zipfile.BadZipFile):
        return False


def _is_painted_on(folder: Path) -> bool:
    """Whether a layer is newer than the manifest, which is written last."""
    manifest, *layers = (_status(folder / name) for name in (MANIFEST, *LAYER_FILES))
    return manifest is not None and any(
        layer is not None and layer.st_mtime > manifest.st_mtime + CLOCK_SLACK_S for layer in layers
    )


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
