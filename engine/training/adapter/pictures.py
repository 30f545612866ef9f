"""The pictures of a dataset, as training takes them: a sample's composite and its four layers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.diffusion.fitting import STEP
from engine.diffusion.frames import FRAME_ORDER
from engine.errors import EngineError
from engine.files import read_picture

INDEX, COMPOSITE = "dataset.json", "composite.png"


class DatasetUnusable(EngineError):
    """A dataset cannot be read, or cannot be trained on."""

    code = "dataset_unusable"


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Sample(_Told):
    name: Annotated[str, Field(pattern=r"^[^./\\][^/\\]*$")]


class _Index(_Told):
    format: Literal["layer-bridge/dataset"]
    version: Literal[1]
    width: Annotated[int, Field(gt=0, multiple_of=STEP)]
    height: Annotated[int, Field(gt=0, multiple_of=STEP)]
    samples: list[_Sample]


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
            DatasetUnusable: it is none, has no samples, or pictures of a size that cannot be.
        """
        try:
            index = _Index.model_validate_json((folder / INDEX).read_bytes())
        except FileNotFoundError:
            raise DatasetUnusable(
                f"{folder} is no dataset, it has no {INDEX}; make one with `layer-bridge dataset "
                "build`."
            ) from None
        except ValidationError as error:
            wrong = error.errors()[0]
            where = ".".join(map(str, wrong["loc"])) or "it"
            raise DatasetUnusable(
                f"{folder / INDEX} cannot be used ({where}: {wrong['msg']}); build the dataset "
                "anew with `layer-bridge dataset build`."
            ) from None
        if not index.samples:
            raise DatasetUnusable(
                f"{folder} has no samples; `layer-bridge dataset check` says why each was left out."
            )
        names = tuple(sample.name for sample in index.samples)
        return cls(folder, index.width, index.height, names)

    def files(self, name: str) -> list[Path]:
        """A sample's five files: the composite, then the layers in `FRAME_ORDER`."""
        folder = self.folder / name
        return [folder / COMPOSITE, *(folder / f"{role}.png" for role in FRAME_ORDER)]

    def read(self, name: str) -> list[NDArray[np.float32]]:
        """Read a sample: five times (h, w, 4) straight alpha, 0 to 1, in the order of `files`.

        Raises:
            UnsupportedImage: a file cannot be read.
            DatasetUnusable: a picture has another size than the dataset says.
        """
        return [self._read(file) for file in self.files(name)]

    def _read(self, file: Path) -> NDArray[np.float32]:
        rgba = read_picture(file).rgba
        height, width = rgba.shape[:2]
        if (width, height) != (self.width, self.height):
            raise DatasetUnusable(
                f"{file} is {width} x {height} pixels and the dataset {self.width} x "
                f"{self.height}; build it anew with `layer-bridge dataset build`."
            )
        return rgba.astype(np.float32) / np.float32(np.iinfo(rgba.dtype).max)
