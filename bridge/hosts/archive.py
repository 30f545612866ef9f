"""A zip of a client's files: the same files make the same bytes, and it appears only when whole."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from bridge.errors import UserError
from engine.replacement import replacing

DATE = (2020, 1, 1, 0, 0, 0)
"""Every entry's."""
UNIX = 3
"""The system whose permissions the entries have."""


def write_archive(
    destination: Path,
    contents: Mapping[str, bytes],
    is_ours: Callable[[zipfile.ZipFile], bool],
    option: str,
) -> None:
    """Write files, in the order given.

    Args:
        destination: the zip; what is there already is replaced only if it is ours.
        contents: name in the zip -> bytes; a name that ends in / is a folder.
        is_ours: tells an older zip of the same client from anything else.
        option: what names another destination on the command line.

    Raises:
        UserError: something else has the name, or it cannot be written.
    """
    if os.path.lexists(destination) and not _holds(destination, is_ours):
        raise UserError(
            f"{destination} is another file; move it away, or name yours with {option} FILE."
        )
    try:
        with replacing(destination) as partial, zipfile.ZipFile(partial, "x") as archive:
            for name, data in contents.items():
                archive.writestr(_entry(name), data)
    except OSError as error:
        raise UserError(
            f"{destination} cannot be written ({error.strerror}); choose another place."
        ) from error


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, DATE)
    entry.create_system = UNIX
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    if entry.is_dir():
        entry.external_attr = (stat.S_IFDIR | 0o755) << 16
        entry.compress_type = zipfile.ZIP_STORED
    return entry


def _holds(path: Path, is_ours: Callable[[zipfile.ZipFile], bool]) -> bool:
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return is_ours(archive)
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return False  # damaged, encrypted, or packed in a way that Python does not know
