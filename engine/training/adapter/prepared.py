"""Prepared samples: latents instead of pictures, so that training needs no VAE and no text encoder.

    FOLDER/
        prepared.json          format, version, base, revision, prompt, latents, samples
        prompt.safetensors     prompt (1, L, J), and negative (1, M, J) if adapters are to be guided
        <name>.safetensors     layers (4, z, h, w) in `FRAME_ORDER`, picture (z, h, w)

Latents are normalized, float32 or bfloat16, as `engine.diffusion.latents.encode` gives them; h and
w are an eighth of the pixels, even, and the same for all samples. They fit either layout.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.diffusion.frames import FRAME_ORDER, FrameLayout
from engine.errors import EngineError
from engine.replacement import replacing

INDEX, PROMPT = "prepared.json", "prompt.safetensors"
FLOATS = (torch.float32, torch.bfloat16)


class PreparedUnusable(EngineError):
    """Prepared samples cannot be read, or are not what their index says."""

    code = "prepared_unusable"


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PreparedSample(_Told):
    """A sample by the name of its file, and what is in that."""

    name: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Index(_Told):
    """What a folder of prepared samples says of itself."""

    format: Literal["layer-bridge/prepared"] = "layer-bridge/prepared"
    version: Literal[1] = 1
    base: str
    """Name of the base model's repository, whose VAE and text encoder were used"""
    revision: str
    prompt: str
    """In words"""
    latents: Annotated[tuple[int, int, int], Field(strict=False)]
    """z, h, w of every frame"""
    samples: Annotated[tuple[PreparedSample, ...], Field(min_length=1, strict=False)]
    """In the dataset's order"""


@dataclass(frozen=True)
class Latents:
    """A sample."""

    layers: Tensor
    """(4, z, h, w) float32, in `FRAME_ORDER`"""
    picture: Tensor
    """(z, h, w) float32"""

    def targets(self, layout: FrameLayout) -> Tensor:
        """(F, z, h, w) the frames that a layout samples."""
        if layout is FrameLayout.COMPOSITE:
            return torch.cat([self.picture[None], self.layers])
        return self.layers


class Prepared:
    """A folder of prepared samples; each is read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        """Open it.

        Raises:
            PreparedUnusable: it is none, or its index or prompt is damaged.
        """
        self.folder = folder
        try:
            told = (folder / INDEX).read_bytes()
            self.index = Index.model_validate_json(told)
        except (OSError, ValidationError):
            raise _unusable(folder / INDEX, "missing or damaged") from None
        self.identity = hashlib.sha256(told).hexdigest()
        """Of what is in it, all samples and the prompt's words: changes with any"""
        prompts = _read(folder / PROMPT)
        if "prompt" not in prompts:
            raise _unusable(folder / PROMPT, "without a prompt")
        self.prompt: Tensor = prompts["prompt"]
        """(1, L, J)"""
        self.negative: Tensor | None = prompts.get("negative")
        """(1, M, J)"""

    def __len__(self) -> int:
        return len(self.index.samples)

    def __getitem__(self, place: int) -> Latents:
        """Read a sample, 0 to len - 1.

        Raises:
            PreparedUnusable: its file is missing, damaged or of another size than the index says.
        """
        path = self.folder / f"{self.index.samples[place].name}.safetensors"
        tensors, shape = _read(path), self.index.latents
        expected = {"layers": (len(FRAME_ORDER), *shape), "picture": shape}
        if {name: tuple(tensor.shape) for name, tensor in tensors.items()} != expected:
            raise _unusable(path, "not of the size that all samples have")
        return Latents(tensors["layers"].float(), tensors["picture"].float())


def write_prompt(folder: Path, prompt: Tensor, negative: Tensor | None = None) -> None:
    """Write the encoded prompts: (1, L, J), (1, M, J)."""
    tensors = {"prompt": prompt} | ({} if negative is None else {"negative": negative})
    _write(folder / PROMPT, tensors)


def write_sample(folder: Path, name: str, layers: Tensor, picture: Tensor) -> PreparedSample:
    """Write a sample; what comes back belongs in the index.

    Args:
        folder: to write to.
        name: of the sample, of letters that a file may have.
        layers: (4, z, h, w) normalized latents in `FRAME_ORDER`.
        picture: (z, h, w) the same of the picture that they give.
    """
    path = folder / f"{name}.safetensors"
    _write(path, {"layers": layers, "picture": picture})
    return PreparedSample(name=name, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def write_index(folder: Path, index: Index) -> None:
    """Write the index, last of all: a folder without one is no prepared one."""
    text = json.dumps(index.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    with replacing(folder / INDEX) as partial:
        partial.write_text(text, encoding="utf-8")


def _write(path: Path, tensors: dict[str, Tensor]) -> None:
    with replacing(path) as partial:
        save_file({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, partial)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError):
        raise _unusable(path, "missing or damaged") from None
    if any(tensor.dtype not in FLOATS for tensor in tensors.values()):
        raise _unusable(path, "not of 32 or 16 bits a number")
    return tensors


def _unusable(path: Path, what: str) -> PreparedUnusable:
    return PreparedUnusable(f"{path} is {what}; remove {path.parent} and prepare the dataset anew.")
