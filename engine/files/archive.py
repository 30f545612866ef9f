"""KRA and ORA files as archives: a zip with its media type first, and a merged picture inside."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from typing import IO, BinaryIO

from engine.errors import UnsupportedImage
from engine.files.picture import MAX_PIXELS, Picture, too_large, usable_dpi
from engine.files.raster import read_raster

ZIP_SIGNATURE = b"PK\x03\x04"
MERGED = "mergedimage.png"
KRA_TYPE, ORA_TYPE = "application/x-krita", "image/openraster"
DESCRIPTION = {KRA_TYPE: "maindoc.xml", ORA_TYPE: "stack.xml"}
SHALLOW = ("RGBA", "GRAYA", "CMYK", "LABAU8", "XYZA8", "YCbCrAU8")
"""Krita's names of colour spaces with 8 bits a channel; all others are deeper."""
TEXT_LIMIT = 1 << 24
"""Bytes of a text member that are looked at."""
MERGED_LIMIT = 8 * MAX_PIXELS
"""Bytes that the merged picture may have, were it not compressed at all."""


def read_merged(file: BinaryIO) -> Picture:
    """Read the merged picture of a KRA or ORA.

    Raises:
        UnsupportedImage: it is another kind of archive, or has no merged picture.
    """
    with zipfile.ZipFile(file) as archive:
        names, media = archive.namelist(), media_type(archive)
        if media not in DESCRIPTION:
            raise UnsupportedImage("The file is an archive, but neither a KRA nor an ORA.")
        if MERGED not in names:
            raise UnsupportedImage(
                "The file has no merged picture in it; open it in its program and save it again."
            )
        if archive.getinfo(MERGED).file_size > MERGED_LIMIT:
            raise too_large()
        with archive.open(MERGED) as member:
            picture = read_raster(member)
        return _described(picture, _text(archive, DESCRIPTION[media]))


def media_type(archive: zipfile.ZipFile) -> str:
    """What an archive says that it is; "" if nothing."""
    return _text(archive, "mimetype").strip() if "mimetype" in archive.namelist() else ""


def member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """A member of an archive, of so many bytes at most.

    Raises:
        UnsupportedImage: it would be larger; nothing of it was expanded.
        KeyError: there is none.
    """
    info = archive.getinfo(name)  # and no more than it says is ever expanded
    if info.file_size > limit:
        raise too_large()
    return archive.read(info)


def _text(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as member:
        return member.read(TEXT_LIMIT).decode("utf-8", "replace")


def _described(picture: Picture, xml: str) -> Picture:
    """Add what the document's description knows: the resolution, a depth that was lost."""
    root = ET.fromstring(xml)
    image = next((element for element in root if element.tag.endswith("}IMAGE")), root)
    resolution = image.get("x-res") or image.get("xres")
    depth_lost = image.get("colorspacename", SHALLOW[0]) not in SHALLOW
    notes = picture.notes
    if depth_lost and picture.rgba.dtype.itemsize == 1:
        notes += ("The document is deeper, but the merged picture in its file has 8 bits.",)
    dpi = usable_dpi(float(resolution)) if resolution else picture.dpi
    return replace(picture, dpi=dpi, notes=notes)


class ArchiveWriter:
    """Writes the members of a KRA or ORA, the media type first and stored, as both ask for."""

    def __init__(self, file: IO[bytes], media_type: str) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.stored("mimetype", media_type.encode())

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def stored(self, name: str, data: bytes) -> None:
        """Add a member as it is: what is compressed already."""
        self._zip.writestr(name, data, zipfile.ZIP_STORED)

    def deflated(self, name: str, data: bytes) -> None:
        """Add a compressed member."""
        self._zip.writestr(name, data)

    def open(self, name: str) -> IO[bytes]:
        """Open a compressed member to write it in pieces."""
        return self._zip.open(name, "w")
