"""Write a stack to a file or folder, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from engine.errors import CannotWrite, UnsupportedOption
from engine.files.folder import MANIFEST, folder_files
from engine.files.kra import write_kra
from engine.files.ora import write_ora
from engine.files.picture import Picture
from engine.files.psd_writer import write_psd
from engine.layers import LayerStack
from engine.replacement import beside, replacing

Writer = Callable[[LayerStack, Picture, str, BinaryIO], None]

WRITERS: Mapping[str, Writer] = MappingProxyType(
    {"psd": write_psd, "kra": write_kra, "ora": write_ora}
)
FOLDER = "png"
FORMATS = (*WRITERS, FOLDER)
"""What `write_stack` writes; "png" is a folder of PNGs."""
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def format_of(destination: Path | str) -> str:
    """The format that a name asks for by its suffix; none asks for a folder.

    Raises:
        UnsupportedOption: the suffix is of no format that is written.
    """
    suffix = Path(destination).suffix.lower().removeprefix(".")
    if suffix in WRITERS:
        return suffix
    if suffix:
        raise UnsupportedOption(
            f"Layers cannot be written as .{suffix}; choose .psd, .kra, .ora, or a folder."
        )
    return FOLDER


def write_stack(
    stack: LayerStack,
    source: Picture,
    destination: Path | str,
    title: str,
    format: str | None = None,
) -> None:
    """Write the layers, in one group named after the document, where `destination` says.

    A file or folder appears there only when it is whole; what was there stays until then.

    Args:
        stack: the layers.
        source: the picture that they give back; its profile and resolution are written too.
        destination: a file, or a folder that may be there already.
        title: the document's name.
        format: one of `FORMATS`; by default the one that the suffix asks for.

    Raises:
        UnsupportedOption: there is no such format, or it cannot hold this picture.
        CannotWrite: the place cannot be written to.
    """
    destination = Path(os.path.realpath(destination))  # goes round in no loop of links
    format = format or format_of(destination)
    if format not in FORMATS:
        raise UnsupportedOption(f"There is no format {format!r}; choose {', '.join(FORMATS)}.")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        if format == FOLDER:
            _write_folder(stack, source, destination)
        else:
            group = NOT_IN_XML.sub(" ", f"Layers: {title}")
            with replacing(destination) as partial, partial.open("xb") as file:
                WRITERS[format](stack, source, group, file)
    except OSError as error:
        raise CannotWrite(
            f"{destination} cannot be written ({error.strerror or error}); choose another place."
        ) from error


def _write_folder(stack: LayerStack, source: Picture, folder: Path) -> None:
    """Write all files into a folder inside, then move them; the manifest marks a whole set."""
    folder.mkdir(exist_ok=True)
    partial = beside(folder / "layers")
    try:
        partial.mkdir()
        names = []
        for name, content in folder_files(stack, source):
            (partial / name).write_bytes(content)
            names.append(name)
        (folder / MANIFEST).unlink(missing_ok=True)
        for name in names:
            (partial / name).replace(folder / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.rmdir()  # only an empty one goes: what a failure leaves
