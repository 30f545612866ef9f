"""Looks through a dataset: every sample anew, a table, and a contact sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.compositing import Premultiplied, difference, to_rgba, unpremultiply
from engine.dataset.build import Attend
from engine.dataset.index import SHEET, Index, SampleEntry
from engine.dataset.sample import COMPOSITE, LAYER_FILES, Sample, read_sample, restack
from engine.errors import CannotWrite, EngineError
from engine.files.preview import Cell, reduced, sheet_of
from engine.layers import LayerRole, Rgba
from engine.replacement import replacing

LIMIT = 2 / 255
"""What a sample's restacked layers may be off from its picture."""
SHOWN = 40
"""Samples on a contact sheet; of more, so many evenly among them."""
CELL = 240
"""Pixels of a cell's longer side."""
ANEW = "delete its folder, and build it again"
"""As what is there stays in a later build."""


@dataclass(frozen=True)
class Finding:
    """What is true of a sample now."""

    entry: SampleEntry
    max_error: float = 0.0
    """Of the restacked layers, in 1/255."""
    fault: str | None = None
    """Why it cannot be used, in a sentence."""


def check_samples(folder: Path, index: Index, attend: Attend) -> Iterator[Finding]:
    """Read and verify every sample of a dataset."""
    for entry in index.samples:
        with attend(entry.name) as progress:
            progress("checking", 0.0)
            yield _check(folder, index, entry)


def _check(folder: Path, index: Index, entry: SampleEntry) -> Finding:
    try:
        sample = read_sample(folder / entry.name)
    except EngineError as error:
        return Finding(entry, fault=f"{error} Or {ANEW}.")
    off = float(difference(restack(sample.layers), sample.composite).max())
    return Finding(entry, round(off * 255, 4), _fault(index, sample, off))


def _fault(index: Index, sample: Sample, off: float) -> str | None:
    height, width = sample.composite.shape[:2]
    if (width, height) != (index.width, index.height):
        return (
            f"Its pictures are {width}x{height}, the dataset's {index.width}x{index.height}; "
            f"{ANEW}."
        )
    files = {COMPOSITE: sample.composite}
    files |= {LAYER_FILES[role]: layer for role, layer in sample.layers.items()}
    for name, rgba in files.items():
        if rgba[..., :3][rgba[..., 3] == 0].any():
            return f"{name} has colors where it is transparent; {ANEW}."
    if not sample.composite[..., 3].any():
        return f"It is empty; {ANEW}."
    if off > LIMIT + 1e-6:
        return f"Its layers restack {off * 255:.1f}/255 off its {COMPOSITE}; {ANEW}."
    return None


def write_sheet(folder: Path, findings: Sequence[Finding]) -> bool:
    """Write a dataset's contact sheet; whether there was anything to show.

    Raises:
        CannotWrite: the folder cannot be written to.
    """
    sheet = contact_sheet(folder, findings)
    if sheet is None:
        return False
    try:
        with replacing(folder / SHEET) as partial:
            partial.write_bytes(sheet)
    except OSError as error:
        raise CannotWrite(
            f"{folder / SHEET} cannot be written ({error.strerror or error}); make room or check "
            "its permissions."
        ) from error
    return True


def contact_sheet(folder: Path, findings: Sequence[Finding]) -> bytes | None:
    """A PNG with a row for each sample: its picture and its layers, over a checkerboard.

    Above it the sample's number among the findings, as no font may be here for its name. None if no
    sample can be shown.
    """
    sound = [(at, one.entry) for at, one in enumerate(findings, 1) if one.fault is None]
    chosen = np.linspace(0, len(sound) - 1, min(len(sound), SHOWN)).round().astype(int)
    cells = [cell for at in chosen for cell in _row(folder, *sound[at])]
    return sheet_of(cells, 1 + len(LayerRole), CELL, None) if cells else None


def _row(folder: Path, number: int, entry: SampleEntry) -> list[Cell]:
    sample = read_sample(folder / entry.name)
    title = f"#{number} {entry.name}"
    cells = [Cell(title, f"{entry.psnr_db:.0f} dB", _small(sample.composite))]
    cells += [
        Cell(role.display_name, f"{entry.coverage.get(role, 0):.0%}", _small(sample.layers[role]))
        for role in LayerRole
    ]
    return cells


def _small(rgba: Rgba) -> Rgba:
    small: Premultiplied = np.ascontiguousarray(np.moveaxis(reduced(rgba, CELL), -1, 0))
    return to_rgba(unpremultiply(small).clip(0, 1), np.dtype(np.uint8))
