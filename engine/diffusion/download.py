"""Files of the hub brought into a folder: checked, and gone on with after a break.

The hub's library streams. That an interrupted file goes on where it stopped is ours:
`hf_hub_download` begins such a file anew, and a piece of the base model has 10 GB.
"""

from __future__ import annotations

import io
import logging
import shutil
from pathlib import Path
from typing import cast

from engine.attendance import Progress
from engine.diffusion.hub import DownloadFailed, explained
from engine.diffusion.receipt import Item, Receipt, Told, in_words
from engine.errors import CannotWrite

PART = ".layer-bridge-part"
"""Ends the name of a file that is not whole yet."""


def outstanding(receipt: Receipt, folder: Path) -> int:
    """How many bytes are still to download, going by the sizes of what lies in `folder`."""
    there = 0
    for name, item in receipt.files.items():
        whole, part = folder / name, _part(folder / name, item)
        if whole.is_file() and whole.stat().st_size == item.size:
            there += item.size
        elif part.is_file():
            there += part.stat().st_size
    return receipt.size - there


def check_room(folder: Path, needed: int) -> None:
    """Raise CannotWrite unless `needed` bytes are free where `folder` is or will be."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise CannotWrite(
            f"The download needs {in_words(needed)} in {folder} and {in_words(free)} are free; "
            "make room there, or choose another folder with --to."
        )


def check_place(receipt: Receipt, folder: Path, before: Receipt | None) -> None:
    """Raise CannotWrite where a file that was not pulled, and is another, would be replaced.

    Args:
        receipt: what is to be brought.
        folder: where to.
        before: what was pulled there earlier; its files may be replaced.
    """
    for name, item in receipt.files.items():
        file = folder / name
        is_ours = before is not None and name in before.files
        if file.exists() and not is_ours and not item.is_content_of(file, lambda _: None):
            raise CannotWrite(
                f"{file} is there already and not of {receipt.repository}; choose another folder "
                "with --to."
            )


def fetch(receipt: Receipt, folder: Path, progress: Progress) -> None:
    """Bring every file of a receipt into `folder`; what is there already is checked and kept.

    A file has its name only when it is whole and its checksum right. Whatever ends this, calling it
    again goes on where it stopped.

    Args:
        receipt: what to bring.
        folder: where to; made where it is missing.
        progress: told of each file by name; it may raise to stop.

    Raises:
        DownloadFailed: the hub refuses, cannot be reached, or sent something else.
        CannotWrite: the disk is full.
    """
    before = 0
    for name, item in receipt.files.items():

        def told(count: int, name: str = name, before: int = before) -> None:
            progress(name, min(1.0, (before + count) / receipt.size))

        told(0)
        if not item.is_content_of(folder / name, told):
            with explained(receipt.repository, receipt.revision):
                _bring(receipt, name, folder, told)
        before += item.size
    _drop_other_parts(receipt, folder)


def _bring(receipt: Receipt, name: str, folder: Path, told: Told) -> None:
    """Download one file; `told` hears how many of its bytes there are."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers, disable_progress_bars

    disable_progress_bars()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    item = receipt.files[name]
    part = _part(folder / name, item)
    part.parent.mkdir(parents=True, exist_ok=True)
    url = hf_hub_url(receipt.repository, name, revision=receipt.revision)
    headers = {**build_hf_headers(library_name="layer-bridge"), "Accept-Encoding": "identity"}
    with _Part(part, told) as stream:
        held = stream.tell()
        if held < item.size:
            binary = cast(io.BufferedRandom, stream)
            http_get(url, binary, resume_size=held, headers=headers, expected_size=item.size)
    if not item.is_content_of(part, lambda _: told(item.size)):
        part.unlink()
        raise DownloadFailed(
            f"{name} came damaged from {receipt.repository}; run the same command again, it is "
            "downloaded anew."
        )
    part.replace(folder / name)


class _Part(io.BufferedWriter):
    """A file that grows, and tells how large it is."""

    def __init__(self, path: Path, told: Told) -> None:
        super().__init__(io.FileIO(path, "ab"))
        self._told = told

    def write(self, chunk: object) -> int:
        written = super().write(chunk)  # type: ignore[arg-type]
        self._told(self.tell())
        return written


def _part(whole: Path, item: Item) -> Path:
    """Where a file grows: named for its content too, as another revision has other content."""
    _, _, digest = item.checksum.partition(":")
    return whole.with_name(f"{whole.name}.{digest[:12]}{PART}")


def _drop_other_parts(receipt: Receipt, folder: Path) -> None:
    """Take away what was begun of other revisions, next to the files of this one."""
    for place in {(folder / name).parent for name in receipt.files}:
        for part in place.glob(f"*{PART}"):
            part.unlink()
