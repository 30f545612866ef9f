"""The pictures of a dataset, as training takes them: a sample's composite and its four layers."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.dataset import read_index
from engine.dataset.sample import COMPOSITE, LAYER_FILES, read_sample
from engine.diffusion import fitting
from engine.diffusion.fitting import STEP
from engine.diffusion.frames import FRAME_ORDER
from engine.errors import EngineError, UnsupportedImage
from engine.layers import Rgba

SMALLER, LARGER = 0.8, 1.25
"""Of the engine's pixels: what is as good as its size."""


class DatasetUnusable(EngineError):
    """A dataset cannot be trained on."""

    code = "dataset_unusable"


@dataclass(frozen=True)
class Pictures:
    """A dataset's samples, in its own order."""

    folder: Path
    width: int
    height: int
    """Pixels, of every picture"""
    names: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> Pictures:
        """Read what a dataset says of itself.

        Raises:
            UnsupportedImage: it is none, or damaged.
            DatasetUnusable: it has no samples, or pictures that are missing or of a size that
                cannot be.
        """
        index = read_index(folder)
        if index.width % STEP or index.height % STEP:
            raise DatasetUnusable(
                f"The pictures of {folder} are {index.width} x {index.height}, and training takes "
                f"multiples of {STEP}; build the dataset anew with another --size."
            )
        if not index.samples:
            raise DatasetUnusable(
                f"{folder} has no samples; {_check(folder)} says why each was left out."
            )
        names = tuple(sample.name for sample in index.samples)
        pictures = cls(folder, index.width, index.height, names)
        pictures._check_whole()
        return pictures

    @property
    def size_note(self) -> str:
        """What to know of a size that the engine does not work at; empty where it does."""
        if SMALLER <= self.width * self.height / fitting.AREA <= LARGER:
            return ""
        return (
            f"The pictures are {self.width} x {self.height}, and the engine scales whatever it "
            "decomposes to about 768 x 1152 pixels, so the adapter learns lines of another width "
            "than it will see; for more than a trial build the dataset with --size 768x1152."
        )

    def files(self, name: str) -> list[Path]:
        """A sample's five files: the composite, then the layers in `FRAME_ORDER`."""
        return [
            self.folder / name / file
            for file in (COMPOSITE, *(LAYER_FILES[role] for role in FRAME_ORDER))
        ]

    def read(self, name: str) -> list[NDArray[np.float32]]:
        """Read a sample: five times (h, w, 4) straight alpha, 0 to 1, in the order of `files`.

        Raises:
            DatasetUnusable: a file cannot be read, or is of another size than the dataset says.
        """
        try:
            sample = read_sample(self.folder / name)
        except UnsupportedImage as error:
            raise DatasetUnusable(
                f"The sample {self.folder / name} cannot be trained on "
                f"({str(error).partition(';')[0]}); see {_check(self.folder)}."
            ) from error
        height, width = sample.composite.shape[:2]
        if (width, height) != (self.width, self.height):
            raise DatasetUnusable(
                f"The sample {self.folder / name} is {width} x {height} pixels and its dataset "
                f"{self.width} x {self.height}; see {_check(self.folder)}."
            )
        return [
            in_floats(rgba)
            for rgba in (sample.composite, *(sample.layers[role] for role in FRAME_ORDER))
        ]

    def _check_whole(self) -> None:
        """See that no file is missing, before hours are spent on the others."""
        for file in (file for name in self.names for file in self.files(name)):
            if not file.is_file():
                raise DatasetUnusable(f"{file} is missing; see {_check(self.folder)}.")


def _check(folder: Path) -> str:
    """The command that says what is wrong with a dataset."""
    return f"`layer-bridge dataset check {shlex.quote(str(folder))}`"


def in_floats(rgba: Rgba) -> NDArray[np.float32]:
    """(H, W, 4) uint8 -> the same in 0 to 1."""
    return rgba.astype(np.float32) / np.float32(255)
