"""Open a layered file of any kind, told apart by its content."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from engine.errors import NoLayers, UnsupportedImage
from engine.files.archive import KRA_TYPE, ORA_TYPE, ZIP_SIGNATURE, media_type
from engine.files.layered.kra import read_kra_layers
from engine.files.layered.ora import read_ora_layers
from engine.files.layered.psd import read_psd_layers
from engine.files.layered.tree import LayeredDocument
from engine.files.psd_reader import PSD_SIGNATURE
from engine.files.reading import readable

SUFFIXES = (".psd", ".psb", ".kra", ".ora")
"""Of layered files."""
READERS = {KRA_TYPE: read_kra_layers, ORA_TYPE: read_ora_layers}


@contextmanager
def open_layers(path: Path) -> Iterator[LayeredDocument]:
    """Read the tree of layers of a PSD, PSB, KRA or ORA; pixels can be decoded inside the block.

    Raises:
        UnsupportedImage: it is missing, damaged, too large or of a kind that is not read; and from
            a layer's pixels, if those are damaged.
        OutOfMemory: there is not enough memory for it.
    """
    with ExitStack() as stack:
        with readable(path) as file:
            start = file.read(len(PSD_SIGNATURE))
            file.seek(0)
            if start == PSD_SIGNATURE:
                document = read_psd_layers(file)
            elif start == ZIP_SIGNATURE:
                archive = stack.enter_context(zipfile.ZipFile(path))
                document = _from_archive(archive)
            elif not start:
                raise UnsupportedImage("The file is empty; save the picture again.")
            else:
                raise NoLayers(
                    "The file has no layers that can be read; name a sound PSD, PSB, KRA or ORA."
                )
        yield document


def _from_archive(archive: zipfile.ZipFile) -> LayeredDocument:
    media = media_type(archive)
    if media not in READERS:
        raise UnsupportedImage("The file is an archive, but neither a KRA nor an ORA.")
    return READERS[media](archive)
