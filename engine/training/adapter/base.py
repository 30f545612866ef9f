"""The base model in training: frozen, and in memory as the recipe says.

Eight bits are not diffusers' layerwise casting, which makes a layer's weights 16 bits before it
computes and 8 bits after: the gradient, which needs them once more, then finds them in 8 and
fails. Here a weight is widened wherever it is read, and what was read lives until the gradient is
done: with gradient checkpointing one block's at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Literal, TypeAlias

import torch
from diffusers import QwenImageTransformer2DModel
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from engine.diffusion.checkpoint import load_transformer
from engine.diffusion.placement import Placement
from engine.diffusion.plans import ELSEWHERE, Plan
from engine.diffusion.weights import Base
from engine.errors import WeightsMissing
from engine.training.adapter.recipe import Recipe, RecipeUnusable

Form: TypeAlias = Literal["bf16", "fp8", "nf4", "sharded"]
PLANS: Mapping[Form, Plan] = MappingProxyType(
    {"bf16": Plan.RESIDENT, "fp8": Plan.FP8, "nf4": Plan.NF4, "sharded": Plan.RESIDENT}
)
"""The memory plan of the engine that has the weights as each `base` of a recipe has them."""
EIGHT_BITS = torch.float8_e4m3fn


def check_base(base: Base | None, recipe: Recipe, device: str, processes: int) -> None:
    """See that the devices of so many processes can hold the base model as a recipe wants it.

    Args:
        base: None where it is not here yet.
        recipe: the run's.
        device: cuda, mps or cpu.
        processes: that share the run.

    Raises:
        RecipeUnusable: they cannot.
        WeightsMissing: a package, or the transformer in its folder, is needed for that.
    """
    plan = PLANS[recipe.base]
    if recipe.base == "sharded" and processes == 1:
        raise RecipeUnusable(
            'base = "sharded" needs several graphics cards and a process for each; start them with '
            '`accelerate launch --multi_gpu`, or put base = "bf16" into the recipe.'
        )
    if plan in ELSEWHERE[device]:
        raise RecipeUnusable(
            f'base = "{recipe.base}" needs an NVIDIA graphics card; put base = "bf16" into the '
            "recipe."
        )
    if plan is not Plan.NF4:
        return
    if base is not None and base.transformer_file is not None:
        raise WeightsMissing(
            'base = "nf4" needs the transformer in the base model\'s folder, not in a file of its '
            "own; point at such a folder with `layer-bridge models path base FOLDER`."
        )
    if find_spec("bitsandbytes") is None:
        raise WeightsMissing(
            'base = "nf4" needs the Python package bitsandbytes, which is not here; install '
            "layer-bridge[diffusion-4bit], in layer-bridge's folder: "
            "pipx install --force '.[diffusion-4bit]'"
        )


def load_base(base: Base, recipe: Recipe) -> QwenImageTransformer2DModel:
    """Load the transformer: into main memory, or in 4 bits to the graphics card at once.

    Raises:
        WeightsUnusable: see `load_checkpoint`.
    """
    dtype = torch.float32 if recipe.precision == "fp32" else torch.bfloat16
    quantization = Placement(PLANS[recipe.base]).quantization
    return load_transformer(base.folder, base.transformer_file, dtype, quantization)


def settle(transformer: QwenImageTransformer2DModel, recipe: Recipe, device: str) -> None:
    """Bring a transformer, with all that is trained of it, to where it learns."""
    for block in transformer.transformer_blocks:
        block.to(device)
        if recipe.base == "fp8":
            _store_in_8_bits(block)
    transformer.to(device)


def _store_in_8_bits(block: nn.Module) -> None:
    for name, linear in list(block.named_modules()):
        if not isinstance(linear, nn.Linear) or ".lora_" in name:
            continue
        weight = linear.weight
        linear.weight = nn.Parameter(weight.to(EIGHT_BITS), requires_grad=False)
        # Unsafe only in that the type changes, as it is meant to.
        register_parametrization(linear, "weight", _Widened(weight.dtype), unsafe=True)


class _Widened(nn.Module):
    """A weight of 8 bits, as it is computed with."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self._dtype = dtype

    def forward(self, weight: Tensor) -> Tensor:
        return weight.to(self._dtype)
