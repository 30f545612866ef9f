"""dataset.json: what a dataset holds, and what was left out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import CannotWrite, UnsupportedImage
from engine.layers import LayerRole
from engine.replacement import replacing

INDEX = "dataset.json"
SHEET = "contact_sheet.png"
FORMAT: Literal["layer-bridge/dataset"] = "layer-bridge/dataset"
VERSION: Literal[1] = 1
IN_THE_FOLDER = r"^[^/\\:\x00]*[^/\\:\x00.][^/\\:\x00]*$"
"""A name that leads nowhere else, as what it names is removed with all that is in it."""


class Entry(BaseModel):
    """What became of a file."""

    source_file: str
    """What the dataset calls it."""
    origin: str = ""
    """A checksum of where it lies."""
    made_from: str = ""
    """A checksum of its content, and one of how samples are made."""


class SampleEntry(Entry):
    """A sample of a dataset."""

    name: str = Field(pattern=IN_THE_FOLDER)
    """Of its folder."""
    psnr_db: float
    """Of the document's picture, at full size: layers restacked against the file's own; in dB."""
    max_error: float
    """The largest difference there of alpha or premultiplied colour, in 1/255."""
    coverage: dict[LayerRole, float] = {}
    """The part of the figure that each layer covers."""
    ignored: list[str] = []
    """Layers whose names say that they are no part of the figure."""
    notes: list[str] = []
    """What of the document is not read, without harm to the sample."""


class LeftOutEntry(Entry):
    """A file that no sample was made of."""

    code: str
    why: str


class Index(BaseModel):
    """The whole of a dataset.json; what a later version adds is passed over."""

    model_config = ConfigDict(extra="ignore")

    format: Literal["layer-bridge/dataset"] = FORMAT
    version: Literal[1] = VERSION
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    samples: list[SampleEntry] = []
    left_out: list[LeftOutEntry] = []

    def entry(self, source_file: str) -> SampleEntry | None:
        """The sample that was made of a file."""
        return next((one for one in self.samples if one.source_file == source_file), None)

    def put(self, entry: SampleEntry | LeftOutEntry) -> None:
        """Say what became of a file, in place of what was said before."""
        self.samples = [one for one in self.samples if one.source_file != entry.source_file]
        self.left_out = [one for one in self.left_out if one.source_file != entry.source_file]
        if isinstance(entry, SampleEntry):
            self.samples = sorted([*self.samples, entry], key=lambda one: one.name)
        else:
            self.left_out = sorted([*self.left_out, entry], key=lambda one: one.source_file)

    def write(self, folder: Path) -> None:
        """Write it, whole or not at all.

        Raises:
            CannotWrite: the folder cannot be written to.
        """
        text = json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
        try:
            with replacing(folder / INDEX) as partial:
                partial.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CannotWrite(
                f"{folder} cannot be written to ({error.strerror or error}); choose another place."
            ) from error


def read_index(folder: Path) -> Index:
    """Read a dataset's index.

    Raises:
        UnsupportedImage: there is none, or it cannot be read, is damaged or of another version.
    """
    try:
        return Index.model_validate_json((folder / INDEX).read_bytes())
    except FileNotFoundError:
        raise UnsupportedImage(
            f"{folder} is no dataset; it has no {INDEX}. Build one with dataset build."
        ) from None
    except OSError as error:
        raise UnsupportedImage(
            f"{folder / INDEX} cannot be read ({error.strerror or error}); check its permissions."
        ) from error
    except ValidationError as error:
        raise UnsupportedImage(
            f"{folder / INDEX} is damaged or of another version; build the dataset again, in a new "
            "folder."
        ) from error
