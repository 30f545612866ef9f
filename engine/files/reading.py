"""Read a picture file of any kind, told apart by its content."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import UnidentifiedImageError

from engine.errors import EngineError, OutOfMemory, UnsupportedImage
from engine.files.archive import ZIP_SIGNATURE, read_merged
from engine.files.picture import Picture
from engine.files.psd_reader import PSD_SIGNATURE, read_psd
from engine.files.raster import read_raster

for _library in ("PIL", "psd_tools"):
    # What they log of odd files is kept from stderr unless somebody set logging up.
    logging.getLogger(_library).addHandler(logging.NullHandler())


def read_picture(path: Path | str) -> Picture:
    """Read a PNG, JPEG, WebP, TIFF, PSD, KRA or ORA; of a layered file its merged picture.

    Orientation is applied, an RGB profile is kept, other colour models become sRGB; 16-bit PNG,
    TIFF and PSD stay at 16 bits. `Picture.notes` says what was changed.

    Raises:
        UnsupportedImage: it is missing, damaged, too large or of a kind that is not read.
        OutOfMemory: there is not enough memory for it.
    """
    path = Path(path)
    with readable(path) as file:
        return _reader(file, path.name)(file)


@contextmanager
def readable(path: Path) -> Iterator[BinaryIO]:
    """Open a picture file; whatever its decoders raise becomes one sentence that names it.

    Raises:
        UnsupportedImage: it is missing, no file, damaged, or of a kind that is not read.
        OutOfMemory: there is not enough memory for it.
    """
    if path.is_dir():
        raise UnsupportedImage(f"{path} is a folder; name a picture in it.")
    if path.is_fifo():
        raise UnsupportedImage(f"{path} is a pipe; save the picture in a file first.")
    try:
        with path.open("rb") as file:
            yield file
    except EngineError as error:
        raise type(error)(f"{path.name}: {error}") from error
    except FileNotFoundError as error:
        raise UnsupportedImage(f"There is no file {path}; check the name.") from error
    except PermissionError as error:
        raise UnsupportedImage(f"{path} may not be read; change its permissions.") from error
    except MemoryError as error:
        raise OutOfMemory(
            f"{path.name} needs more memory than is free; close other programs or make it smaller."
        ) from error
    except UnidentifiedImageError as error:
        raise UnsupportedImage(
            f"{path.name} is not a picture that can be read; save it as RGB in PNG, JPEG, WebP, "
            "TIFF, PSD, KRA or ORA."
        ) from error
    except Exception as error:
        # The decoders behind this are many, and a damaged file makes them raise anything.
        raise UnsupportedImage(
            f"{path.name} is damaged or incomplete and cannot be read; save it again."
        ) from error


def _reader(file: BinaryIO, name: str) -> Callable[[BinaryIO], Picture]:
    """Choose the reader by the file's first bytes, whatever its suffix says."""
    start = file.read(8)
    file.seek(0)
    if not start:
        raise UnsupportedImage("The file is empty; save the picture again.")
    if start.startswith(PSD_SIGNATURE):
        return read_psd
    if start.startswith(ZIP_SIGNATURE):
        return read_merged
    return read_raster
