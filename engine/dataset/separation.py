"""From a layered file to a sample."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from engine.attendance import Progress
from engine.compositing import Premultiplied, premultiply, to_planes
from engine.dataset.labelling import Labels, label
from engine.dataset.painting import Box, Painting
from engine.dataset.parts import restacked
from engine.dataset.roles import RoleTable
from engine.dataset.sample import Sample
from engine.dataset.shrinking import Fit, Shrinking
from engine.dataset.stacking import Stacking
from engine.files import Picture, read_picture
from engine.files.layered import LayeredDocument, open_layers
from engine.layers import LayerRole
from engine.reconstruction import LEAST_MEAN_SQUARE

STRIP_PIXELS = 4_000_000
"""Of a document that are painted at once; each takes 80 bytes in every group that is open."""
NAMED = 6
"""Layers that are named in a sentence; of more, how many there are."""
NEAR = 4 / 255
NEARLY_ALL = 0.999
MOST_LINES, LEAST_FLAT = 0.6, 0.5
"""Of the figure: lines that cover more, or flats that cover less, are something else."""


class LeftOut(Exception):
    """No sample can be made of a file."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        """Stable, for programs."""


@dataclass(frozen=True)
class Likeness:
    """How near one picture is to another."""

    squared: float = 0.0
    values: int = 0
    largest: float = 0.0
    """Error, 0 to 1"""
    far: int = 0
    """Pixels that are off by more than `NEAR`."""

    @classmethod
    def of(cls, picture: Premultiplied, other: Premultiplied) -> Likeness:
        """Compare two pictures, where either shows something."""
        off = np.abs(picture - other)
        shown = int(np.count_nonzero((picture[3] > 0) | (other[3] > 0)))
        return cls(
            float(np.square(off, dtype=np.float64).sum()),
            len(off) * shown,
            float(off.max(initial=0)),
            int((off.max(axis=0) > NEAR).sum()),
        )

    def __add__(self, other: Likeness) -> Likeness:
        return Likeness(
            self.squared + other.squared,
            self.values + other.values,
            max(self.largest, other.largest),
            self.far + other.far,
        )

    @property
    def psnr_db(self) -> float:
        """Over premultiplied RGBA; 99 where nothing differs, or is."""
        return float(-10 * np.log10(max(self.squared / max(self.values, 1), LEAST_MEAN_SQUARE)))

    def is_within(self, least_psnr_db: float) -> bool:
        """Whether the pictures are as near as a sample has to be."""
        near = self.far <= (1 - NEARLY_ALL) * self.values / 4
        return near and self.psnr_db >= least_psnr_db

    def __str__(self) -> str:
        return f"{self.psnr_db:.1f} dB, largest error {self.largest * 255:.0f}/255"


@dataclass(frozen=True)
class Separated:
    """A sample, and what there is to say about it."""

    sample: Sample
    likeness: Likeness
    """Of the layers, restacked at full size, to the picture in the file."""
    ignored: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Separation:
    """How samples are made."""

    table: RoleTable
    fit: Fit
    least_psnr_db: float = 40.0

    @cached_property
    def checksum(self) -> str:
        """Another for each other way."""
        return hashlib.blake2b(repr(self).encode(), digest_size=8).hexdigest()

    def separate(self, path: Path, progress: Progress) -> Separated:
        """Make a sample of a PSD, PSB, KRA or ORA.

        Raises:
            LeftOut: the file has no layers that make one, or they do not make the file's picture.
            EngineError: the file cannot be read.
        """
        progress("reading", 0.0)
        with open_layers(path) as document:
            labels = label(document, self.table)
            check_labels(labels)
            picture = read_picture(path)
            shrinking = Shrinking(document.width, document.height, self.fit)
            theirs, ours = self._paint(document, labels, picture, shrinking, progress)
            notes = document.notes
        self._check(theirs, ours, notes)
        sample = Sample.of(shrinking.layers())
        check_shares(sample)
        likeness = max(theirs, ours, key=lambda one: one.squared)
        return Separated(sample, likeness, tuple(labels.ignored), notes + picture.notes)

    def _paint(
        self,
        document: LayeredDocument,
        labels: Labels,
        picture: Picture,
        shrinking: Shrinking,
        progress: Progress,
    ) -> tuple[Likeness, Likeness]:
        """Paint a document strip by strip; how near it comes to the file's picture, and its
        layers to it."""
        if picture.rgba.shape[:2] != (document.height, document.width):
            raise LeftOut(
                "differs", "Its merged picture has another size than its canvas; save it again."
            )
        strips = list(strips_of(document))
        # Where no layer is left out, the figure is the whole picture.
        times = 2 if labels.ignored else 1
        told = _counted(progress, times * len(strips) * sum(1 for _ in document.painted()))
        theirs = ours = Likeness()
        for box in strips:
            layered = whole = Painting(box)
            Stacking(labels, told).paint(document.nodes, layered)
            if labels.ignored:
                whole = Painting(box)
                Stacking(None, told).paint(document.nodes, whole)
            shown = premultiply(to_planes(picture.rgba[box.top : box.bottom]))
            theirs += Likeness.of(whole.look, shown)
            if layered.layers:
                ours += Likeness.of(restacked(layered.layers), layered.look)
                shrinking.add(layered)
        return theirs, ours

    def _check(self, theirs: Likeness, ours: Likeness, notes: tuple[str, ...]) -> None:
        if not theirs.is_within(self.least_psnr_db):
            raise LeftOut(
                "differs",
                f"Its layers do not make its merged picture ({theirs}); rasterize what is not "
                f"read, and save it again. {' '.join(notes)}".rstrip(),
            )
        if not ours.is_within(self.least_psnr_db):
            raise LeftOut(
                "restack", f"Its four layers do not restack to it ({ours}); please report it."
            )


def check_labels(labels: Labels) -> None:
    """Raise `LeftOut` for layers that make no sample, whatever is on them."""
    if labels.painting == 0:
        raise LeftOut("empty", "No visible layer of it has pixels; show those of the picture.")
    if labels.painting == 1:
        raise LeftOut("not_layered", "It has one layer only; save it before its layers are merged.")
    if labels.blend_modes:
        modes = "A blend mode is" if len(labels.blend_modes) == 1 else "Blend modes are"
        raise LeftOut(
            "blend_mode",
            f"{modes} not known: {_listed(labels.blend_modes)}; choose another, or merge the layer "
            "down.",
        )
    if labels.unknown:
        hold, them = ("holds", "it") if len(labels.unknown) == 1 else ("hold", "them")
        raise LeftOut(
            "unknown_role",
            f"Nothing says what {_listed(labels.unknown)} {hold}; name {them} otherwise, or in a "
            "file for --roles.",
        )
    for role in (LayerRole.FLAT_COLOR, LayerRole.LINE_ART):
        if role not in labels.parts.values():
            raise LeftOut(
                "missing_role", f"None of its layers is {role.display_name}; check their names."
            )


def check_shares(sample: Sample) -> None:
    """Raise `LeftOut` where a layer covers what no such layer does."""
    shares = sample.coverage()
    line, flat = shares[LayerRole.LINE_ART], shares[LayerRole.FLAT_COLOR]
    if line > MOST_LINES:
        raise LeftOut("mislabelled", f"Its line art covers {line:.0%} of the figure; check names.")
    if flat < LEAST_FLAT:
        raise LeftOut(
            "mislabelled", f"Its flat color covers {flat:.0%} of the figure; check names."
        )


def strips_of(document: LayeredDocument) -> Iterator[Box]:
    """Boxes of the document's whole width that cover it, top to bottom."""
    rows = max(1, STRIP_PIXELS // document.width)
    for top in range(0, document.height, rows):
        yield Box(top, 0, min(top + rows, document.height), document.width)


def _listed(names: list[str]) -> str:
    told = ", ".join(f'"{name}"' for name in names[:NAMED])
    return f"{told} and {len(names) - NAMED} more" if len(names) > NAMED else told


def _counted(progress: Progress, total: int) -> Callable[[], None]:
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        progress("separating", min(done / max(total, 1), 1.0))

    return told
