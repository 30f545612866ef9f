"""Receipts: what was pulled from the hub and the checksums it must have, kept beside the files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from engine.errors import WeightsUnusable
from engine.replacement import replacing

NAME = "receipt.json"
CHUNK = 8 << 20
"""Bytes read at a time for a checksum."""

Told = Callable[[int], None]
"""Called with how many bytes are done; it may raise to end the work."""


@dataclass(frozen=True)
class Item:
    """One file of a repository."""

    size: Annotated[int, Field(ge=0)]
    """In bytes"""
    checksum: Annotated[str, Field(pattern="^(sha256|git):[0-9a-f]+$")]
    """`sha256:` and that of large files, `git:` and git's own (SHA-1) of small ones; in hex"""

    def is_content_of(self, file: Path, told: Told) -> bool:
        """Whether a file, which may be missing, has this checksum; `told` hears of bytes read."""
        if not file.is_file() or file.stat().st_size != self.size:
            return False
        kind, _, expected = self.checksum.partition(":")
        digest = hashlib.sha256() if kind == "sha256" else hashlib.sha1(usedforsecurity=False)
        if kind == "git":
            digest.update(b"blob %d\0" % self.size)
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                told(stream.tell())
        return digest.hexdigest() == expected


@dataclass(frozen=True)
class Receipt:
    """What a repository holds of what is needed."""

    repository: str
    """Its owner and name, as `Qwen/Qwen-Image-Layered`"""
    revision: str
    """The commit"""
    files: Annotated[Mapping[str, Item], Field(min_length=1)]
    """Path in the repository, and in the folder -> what it must be; the small ones first"""

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(item.size for item in self.files.values())

    def root(self, place: Path) -> Path:
        """The folder that the paths are in, of what was pulled to `place`: it, or one above."""
        if not _is_single_file(place):
            return place
        (name,) = self.files
        return place.parents[name.count("/")]

    def write(self, place: Path) -> None:
        """Keep it beside what is pulled to `place`, for when there is no hub to ask."""
        path = receipt_path(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(asdict(self), indent=2) + "\n")

    def damaged(self, place: Path, told: Told) -> list[str]:
        """Read every file of what was pulled to `place`; name those missing or not as they must be.

        `told` hears how many bytes of `size` are done.
        """
        root, before, names = self.root(place), 0, []
        for name, item in self.files.items():

            def read(count: int, before: int = before) -> None:
                told(before + count)

            if not item.is_content_of(root / name, read):
                names.append(name)
            before += item.size
        return names


ITEMS, RECEIPTS = TypeAdapter(Item), TypeAdapter(Receipt)
"""Check what the hub says, and what lies on the disk."""


def _is_single_file(place: Path) -> bool:
    return place.suffix == ".safetensors"


def receipt_path(place: Path) -> Path:
    """Where the receipt of a folder, or of a single .safetensors file, lies."""
    return place.with_name(f"{place.name}.{NAME}") if _is_single_file(place) else place / NAME


def read_receipt(place: Path) -> Receipt | None:
    """The receipt of a folder or single file; None where it was not pulled.

    Raises:
        WeightsUnusable: the receipt is damaged.
    """
    path = receipt_path(place)
    if not path.is_file():
        return None
    try:
        receipt = RECEIPTS.validate_json(path.read_bytes())
        receipt.root(place)
    except (OSError, ValueError, IndexError):
        raise WeightsUnusable(
            f"{path} cannot be understood; delete it and run `layer-bridge models pull` again."
        ) from None
    return receipt


def write_whole(path: Path, text: str) -> None:
    """Write a small file whole or, where that fails, leave what was there."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def in_words(count: int) -> str:
    """A number of bytes as an artist reads it."""
    for unit, size in (("GB", 10**9), ("MB", 10**6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{max(1, round(count / 1000))} kB" if count else "0 kB"
