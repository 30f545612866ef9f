"""Layered files to make samples of: found, named, and known again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.errors import UnsupportedImage
from engine.files.layered.reading import SUFFIXES

DIGEST = 16
"""Bytes of a checksum."""


@dataclass(frozen=True)
class Source:
    """A layered file."""

    path: Path
    source_file: str
    """Where it lies in the folder that was named."""

    @cached_property
    def origin(self) -> str:
        """A checksum of where it lies on this computer."""
        place = os.fsencode(self.path.resolve())
        return hashlib.blake2b(place, digest_size=DIGEST).hexdigest()

    def names(self) -> Iterator[str]:
        """What it may be called: as it is, then with one more of its folders each."""
        yield self.source_file
        parts = self.path.resolve().parts
        for count in range(self.source_file.count("/") + 2, len(parts) + 1):
            yield in_words("/".join(parts[-count:]))


def find_sources(places: Sequence[Path]) -> list[Source]:
    """The layered files among files and in folders, hidden ones left alone.

    Raises:
        UnsupportedImage: there is no such file or folder, or a folder may not be read.
    """
    found: dict[Path, Source] = {}
    for place in places:
        if not place.exists():
            raise UnsupportedImage(f"There is no file or folder {place}; check the name.")
        inside = _layered_files(place) if place.is_dir() else [place]
        for path in inside:
            name = path.relative_to(place).as_posix() if place.is_dir() else path.name
            prefix = f"{place.resolve().name}/" if place.is_dir() and len(places) > 1 else ""
            found.setdefault(path.resolve(), Source(path, in_words(prefix + name)))
    return list(found.values())


def _layered_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(parent) / name
            # Reading a pipe or a device, which a link can lead to, would never end.
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.is_file():
                yield path


def _refuse(error: OSError) -> None:
    raise UnsupportedImage(
        f"The folder {error.filename} cannot be read ({error.strerror}); change its permissions, "
        "or name others."
    ) from error


def in_words(text: str) -> str:
    """The same with escapes for what is no UTF-8, as in names from another system's archive."""
    return text.encode("utf-8", "backslashreplace").decode()


def checksum(path: Path) -> str:
    """A checksum of a file's content; empty if it cannot be read, which whoever opens it tells."""
    digest = hashlib.blake2b(digest_size=DIGEST)
    with suppress(OSError), path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
        return digest.hexdigest()
    return ""
