"""How much the weights are, from the headers of their files and the configurations beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from engine.diffusion.adapter import LORA_PREFIX
from engine.diffusion.weights import Base, Weights, base_files
from engine.errors import WeightsUnusable

BLOCKS = "transformer_blocks."
KIND = "BF16"
"""What safetensors calls the type that the base model is published in."""


class Declared(NamedTuple):
    """What a file's header says of a tensor."""

    name: str
    shape: tuple[int, ...]
    kind: str
    """As safetensors calls it: BF16, F32 and so on"""


@dataclass(frozen=True)
class Shapes:
    """The base model's tensors, and what its configurations say of them."""

    transformer: tuple[Declared, ...]
    vae: tuple[Declared, ...]
    blocks: int
    channels: int
    """C, of a token within the transformer"""
    vae_channels: int
    """Of a pixel within the VAE"""

    @classmethod
    def of(cls, base: Base) -> Shapes:
        """Read the headers, no weights.

        Raises:
            WeightsUnusable: a configuration lacks what it should say.
        """
        folder = base.folder
        tensors = [file for file in base_files(*astuple(base)) if file.suffix == ".safetensors"]
        vae = [file for file in tensors if file.parent == folder / "vae"]
        depth, heads, width = _said(
            folder / "transformer", "num_layers", "num_attention_heads", "attention_head_dim"
        )
        (vae_channels,) = _said(folder / "vae", "base_dim")
        return cls(
            transformer=tuple(_declared(file for file in tensors if file not in vae)),
            vae=tuple(_declared(vae)),
            blocks=depth,
            channels=heads * width,
            vae_channels=vae_channels,
        )


@dataclass(frozen=True)
class Sizes:
    """Counts of numbers, whatever their format."""

    block_matrices: int
    """In the weight matrices of all the transformer's blocks: nearly everything"""
    block_rest: int
    """In the blocks' biases and norms"""
    outside: int
    """In the rest of the transformer"""
    converted: int
    """In the transformer's files, but not in bfloat16"""
    blocks: int
    vae: int
    lora: int
    channels: int
    """C, of a token within the transformer"""
    vae_channels: int
    """Of a pixel within the VAE"""

    @classmethod
    def of(cls, weights: Weights) -> Sizes:
        """Read the headers, no weights.

        Raises:
            WeightsUnusable: a configuration lacks what it should say.
        """
        adapter = _declared([weights.adapter])
        lora = _count(tensor for tensor in adapter if tensor.name.startswith(LORA_PREFIX))
        return cls.of_shapes(Shapes.of(Base(weights.base, weights.transformer_file)), lora)

    @classmethod
    def of_shapes(cls, shapes: Shapes, lora: int) -> Sizes:
        """The same of a base model, with a LoRA of so many numbers that is not there yet."""
        whole = shapes.transformer
        blocks = [tensor for tensor in whole if tensor.name.startswith(BLOCKS)]
        matrices = _count(tensor for tensor in blocks if len(tensor.shape) == 2)
        return cls(
            block_matrices=matrices,
            block_rest=_count(blocks) - matrices,
            outside=_count(whole) - _count(blocks),
            converted=_count(tensor for tensor in whole if tensor.kind != KIND),
            blocks=shapes.blocks,
            vae=_count(shapes.vae),
            lora=lora,
            channels=shapes.channels,
            vae_channels=shapes.vae_channels,
        )


def _declared(files: Iterable[Path]) -> Iterator[Declared]:
    """Every tensor, as .safetensors files' headers declare them."""
    from safetensors import safe_open

    for file in files:
        with safe_open(file, "numpy") as tensors:
            for name in tensors.keys():  # noqa: SIM118
                tensor = tensors.get_slice(name)
                yield Declared(name, tuple(tensor.get_shape()), tensor.get_dtype())


def _count(tensors: Iterable[Declared]) -> int:
    return sum(prod(tensor.shape) for tensor in tensors)


def _said(folder: Path, *names: str) -> list[int]:
    """Whole numbers of a configuration."""
    file = folder / "config.json"
    config: dict[str, Any] = json.loads(file.read_bytes())
    try:
        return [int(config[name]) for name in names]
    except (KeyError, TypeError, ValueError):
        raise WeightsUnusable(
            f"{file} does not say {' and '.join(names)}; see `layer-bridge models verify`."
        ) from None
