"""Which picture goes where: the names of results. Nothing here reads or writes a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from bridge.commands.pieces import Piece, is_layers_file, is_layers_folder
from bridge.errors import UserError
from engine.files import format_of
from engine.files.writing import FOLDER, WRITERS

PICTURE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".psd", ".kra", ".ora"}
)
"""What `batch` takes for a picture."""

OTHER_SUFFIXES = frozenset(
    {".gif", ".bmp", ".tga", ".psb", ".xcf", ".clip", ".svg", ".pdf", ".avif", ".heic", ".jxl"}
)
"""What else is surely not meant as a folder's name; `v1.0` and `Mr.Smith` are."""

NAMES = ("{stem}", "{parent}", "{parent}_{stem}", "{parent}_{stem}_{suffix}")
"""How results of pictures from anywhere are called; the next where one does not tell them apart."""

NAMES_IN_A_FOLDER = ("{stem}", "{stem}_{suffix}")
"""How results of the pictures of one folder are called."""


def plan_decompose(sources: Sequence[Path], out: Path, format: str | None) -> list[Piece]:
    """Where `decompose IN... -o OUT` puts each result.

    Args:
        sources: the pictures, also as `*.png`; one named twice counts once.
        out: the result of a single picture; for several, or as files, the folder of the results.
        format: one of `FORMATS`, or None: what OUT's suffix says.

    Raises:
        UserError: OUT does not fit what goes in.
        UnsupportedOption: nothing is written under OUT's suffix.
    """
    sources = list(dict.fromkeys(chain.from_iterable(map(_expanded, sources))))
    for source in sources:
        if source.is_dir():
            raise UserError(
                f"{source} is a folder; for all pictures in it: layer-bridge batch {source} -o OUT."
            )
        if source.exists() and not source.is_file():
            raise UserError(f"{source} is not a file; name a picture.")
    asked = asked_format(out)
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


def pictures_left_out(folders: Sequence[Path], pieces: Sequence[Piece], out: Path) -> list[Path]:
    """Pictures that lie in OUT, below a searched folder, and are no results: nobody takes them."""
    if not any(folder.resolve() in out.resolve().parents for folder in folders):
        return []
    results = {piece.destination for piece in pieces}
    found = [path for _, sources in _pictures_by_folder(out, out) for path in sources]
    return [path for path in found if path not in results]


def distinct_names(sources: Sequence[Path], schemes: Sequence[str]) -> list[str]:
    """A name for each picture, all different on any file system.

    Each is named by the first scheme; those that share a name go on to the next, and who has a
    name by an earlier scheme keeps it.

    Args:
        sources: the pictures.
        schemes: format strings of `parent`, `stem` and `suffix`, the shortest first.

    Raises:
        UserError: no scheme tells them all apart.
    """
    levels = [0] * len(sources)
    while True:
        names = [
            _name(source, schemes[level]) for source, level in zip(sources, levels, strict=True)
        ]
        twins = _twins(names)
        if not twins:
            return names
        latest = max(levels[at] for at in twins)
        if latest == len(schemes) - 1:
            twin = sources[twins[0]].name
            raise UserError(
                f"Several of these pictures are called {twin}; decompose them one by one."
            )
        for at in twins:
            levels[at] += levels[at] == latest


def _twins(names: Sequence[str]) -> list[int]:
    """Where the first name is that others have too, or that is empty; none if all differ."""
    places: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        places.setdefault(name.casefold(), []).append(at)
    return next((group for name, group in places.items() if not name or len(group) > 1), [])


def _name(path: Path, scheme: str) -> str:
    parent = path.resolve().parent.name
    return scheme.format(parent=parent, stem=path.stem, suffix=path.suffix[1:])


def _expanded(source: Path) -> list[Path]:
    """The pictures that `*.png` stands for: the shells of Windows leave that to the program."""
    if source.exists() or not set(source.name) & {"*", "?"}:
        return [source]
    return sorted(source.parent.glob(source.name)) or [source]


def asked_format(out: Path) -> str:
    """The format that OUT's suffix asks for; a suffix of no picture is part of a folder's name."""
    suffix = out.suffix.lower()
    if suffix.removeprefix(".") in WRITERS:
        return format_of(out)
    refused = suffix in PICTURE_SUFFIXES | OTHER_SUFFIXES and not out.is_dir()
    return format_of(out) if refused else FOLDER


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
            and not is_layers_folder(here / name)
        )
        sources = [here / name for name in sorted(files) if _is_picture(here / name)]
        if sources:
            yield here.relative_to(folder), sources


def _is_picture(path: Path) -> bool:
    """Whether `batch` takes a file: by its name, unless it is a result of ours."""
    if path.name.startswith(".") or path.suffix.lower() not in PICTURE_SUFFIXES:
        return False
    layered = path.suffix.lower().removeprefix(".") in WRITERS
    return path.is_file() and not (layered and is_layers_file(path))
