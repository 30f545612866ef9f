"""Which picture goes where: the names of results, and what may be replaced.

Nothing here reads or writes a picture. A result that exists is replaced only if it is a folder that
`layer-bridge` wrote, or with `--force`; a picture that goes in is never replaced.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import UserError
from engine.files import format_of
from engine.files.folder import FORMAT, MANIFEST
from engine.files.writing import FOLDER

PICTURE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".psd", ".kra", ".ora"}
)
"""What `batch` takes for a picture."""

NAMES = ("{stem}", "{parent}", "{parent}_{stem}", "{parent}_{stem}_{suffix}")
"""How results of pictures from anywhere are called; the next where one does not tell them apart."""

NAMES_IN_A_FOLDER = ("{stem}", "{stem}_{suffix}")
"""How results of the pictures of one folder are called."""


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


def plan_decompose(sources: Sequence[Path], out: Path, format: str | None) -> list[Piece]:
    """Where `decompose IN... -o OUT` puts each result.

    Args:
        sources: the pictures; one named twice counts once.
        out: the result of a single picture; for several, or as files, the folder of the results.
        format: one of `FORMATS`, or None: what OUT's suffix says.

    Raises:
        UserError: OUT does not fit what goes in.
        UnsupportedOption: nothing is written under OUT's suffix.
    """
    sources = list(dict.fromkeys(sources))
    for source in sources:
        if source.is_dir():
            raise UserError(
                f"{source} is a folder; for all pictures in it: layer-bridge batch {source} -o OUT."
            )
    asked = FOLDER if out.is_dir() else format_of(out)
    if len(sources) == 1 and format in (None, asked):
        return [Piece(sources[0], out, asked)]
    if asked != FOLDER:
        raise UserError(
            f"{out} is the name of one {asked} file; for a file for each picture name a folder: "
            f"-o {out.with_suffix('')} --format {format or asked}."
        )
    return list(_pieces(sources, out, format or FOLDER, NAMES))


def plan_batch(folders: Sequence[Path], out: Path, format: str) -> list[Piece]:
    """Where `batch FOLDER... -o OUT` puts each result: OUT mirrors the folders.

    Several folders get a folder each in OUT. Folders that hold layers of ours, hidden ones and OUT
    itself are not searched.

    Raises:
        UserError: a folder is not there, or two have the same name.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder for the results of a batch.")
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder}; check the name.")
        if folder.resolve() == out.resolve():
            raise UserError(f"{out} is where the pictures are; name another folder with -o.")
    names = [folder.resolve().name for folder in folders] if len(folders) > 1 else [""]
    if len(set(map(str.casefold, names))) < len(names):
        raise UserError("Two of these folders have the same name; give each a batch of its own.")
    return [
        piece
        for folder, name in zip(folders, names, strict=True)
        for parent, sources in _pictures_by_folder(folder, out)
        for piece in _pieces(sources, out / name / parent, format, NAMES_IN_A_FOLDER)
    ]


def distinct_names(sources: Sequence[Path], schemes: Sequence[str]) -> list[str]:
    """A name for each picture, all different on any file system, by the first scheme that does.

    Args:
        sources: the pictures.
        schemes: format strings of `parent`, `stem` and `suffix`, the shortest first.

    Raises:
        UserError: no scheme tells them all apart.
    """
    for scheme in schemes:
        names = [
            scheme.format(parent=path.resolve().parent.name, stem=path.stem, suffix=path.suffix[1:])
            for path in sources
        ]
        if all(names) and len({name.casefold() for name in names}) == len(names):
            return names
    (twin, _), *_ = Counter(path.name.casefold() for path in sources).most_common(1)
    raise UserError(f"Several of these pictures are called {twin}; decompose them one by one.")


def is_whole(piece: Piece) -> bool:
    """Whether a piece's result stands already, every file of it."""
    if piece.format != FOLDER:
        return piece.destination.is_file()
    manifest = _manifest(piece.destination)
    return manifest is not None and all(
        (piece.destination / layer["file"]).is_file() for layer in manifest["layers"]
    )


def check_destination(piece: Piece, force: bool) -> None:
    """Make sure that writing a result loses nothing.

    Raises:
        UserError: the result would replace the picture itself, or something else that is there.
    """
    place = piece.destination
    nearest = next(parent for parent in place.absolute().parents if parent.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise UserError(f"Nothing can be written into {nearest}; name another place with -o.")
    if place.exists() and piece.source.exists() and place.samefile(piece.source):
        raise UserError(f"{place} is the picture itself; name another place with -o.")
    if piece.format == FOLDER and place.is_file():
        raise UserError(
            f"{place} is a file; name a folder, or a file that ends in .psd, .kra, .ora."
        )
    if force or not place.exists():
        return
    if place.is_file():
        raise UserError(f"{place} is there already; add --force to replace it.")
    if any(place.iterdir()) and _manifest(place) is None:
        raise UserError(
            f"{place} holds other files; name a new folder, or add --force to put the layers there."
        )


def _pieces(
    sources: Sequence[Path], out: Path, format: str, schemes: Sequence[str]
) -> Iterator[Piece]:
    suffix = "" if format == FOLDER else f".{format}"
    for source, name in zip(sources, distinct_names(sources, schemes), strict=True):
        yield Piece(source, out / f"{name}{suffix}", format)


def _pictures_by_folder(folder: Path, out: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Every folder that holds pictures, relative to the top, with its pictures in order."""
    for parent, subfolders, files in os.walk(folder):
        here = Path(parent)
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".")
            and (here / name).resolve() != out.resolve()
            and _manifest(here / name) is None
        )
        sources = [here / name for name in sorted(files) if _is_picture(name)]
        if sources:
            yield here.relative_to(folder), sources


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in PICTURE_SUFFIXES


def _manifest(folder: Path) -> dict[str, list[dict[str, str]]] | None:
    """The manifest of a folder that we wrote, else None."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    ours = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    return manifest if ours else None
