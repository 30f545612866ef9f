"""How much the weights are, from the headers of their files and the configurations beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from math import prod
from pathlib import Path
from typing import Any

from engine.diffusion.adapter import LORA_PREFIX
from engine.diffusion.weights import Base, Weights, base_files
from engine.errors import WeightsUnusable

BLOCKS = "transformer_blocks."


@dataclass(frozen=True)
class Sizes:
    """Counts of numbers, whatever their format."""

    block_matrices: int
    """In the weight matrices of all the transformer's blocks: nearly everything"""
    block_rest: int
    """In the blocks' biases and norms"""
    outside: int
    """In the rest of the transformer"""
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
        lora = declared([weights.adapter])
        count = _count(shape for name, shape in lora if name.startswith(LORA_PREFIX))
        return cls.of_base(Base(weights.base, weights.transformer_file), count)

    @classmethod
    def of_base(cls, base: Base, lora: int) -> Sizes:
        """The same with a LoRA of so many numbers that is not there yet."""
        folder = base.folder
        tensors = [file for file in base_files(*astuple(base)) if file.suffix == ".safetensors"]
        vae = [file for file in tensors if file.parent == folder / "vae"]
        whole = list(declared(file for file in tensors if file not in vae))
        blocks = [(name, shape) for name, shape in whole if name.startswith(BLOCKS)]
        matrices = _count(shape for _, shape in blocks if len(shape) == 2)
        depth, heads, width = _said(
            folder / "transformer", "num_layers", "num_attention_heads", "attention_head_dim"
        )
        (vae_channels,) = _said(folder / "vae", "base_dim")
        return cls(
            block_matrices=matrices,
            block_rest=_count(shape for _, shape in blocks) - matrices,
            outside=_count(shape for name, shape in whole if not name.startswith(BLOCKS)),
            blocks=depth,
            vae=_count(shape for _, shape in declared(vae)),
            lora=lora,
            channels=heads * width,
            vae_channels=vae_channels,
        )


def declared(files: Iterable[Path]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every tensor, as .safetensors files' headers declare them."""
    from safetensors import safe_open

    for file in files:
        with safe_open(file, "numpy") as tensors:
            for name in tensors.keys():  # noqa: SIM118
                yield name, tuple(tensors.get_slice(name).get_shape())


def _count(shapes: Iterable[tuple[int, ...]]) -> int:
    return sum(prod(shape) for shape in shapes)


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
