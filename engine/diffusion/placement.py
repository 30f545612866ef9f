"""Placement: a memory plan carried out on a transformer, and memory that ran out all the same."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import BitsAndBytesConfig, QwenImageTransformer2DModel
from diffusers.hooks import apply_layerwise_casting
from diffusers.utils import recurse_remove_peft_layers
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from engine.diffusion.pinning import pin
from engine.diffusion.plans import Plan
from engine.diffusion.speed import Speed, can_compile, compile_blocks
from engine.errors import WeightsUnusable

FULL_DEPTH = ("img_in", "txt_in", "time_text_embed", "norm_out", "proj_out")
"""Of the transformer, what is never stored in fewer than 16 bits: small, and all depends on it."""
NORMS = ("norm",)
"""The same within a block, as a pattern of names."""
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "_ALLOC_FAILED")
"""What PyTorch says, on one device or another, when memory ran out."""


@dataclass(frozen=True)
class Placement:
    """How a transformer lies in memory."""

    plan: Plan = Plan.CPU
    device: str = "cpu"
    """Where it computes"""
    fused: bool = False
    """Whether the LoRA is part of its weights"""
    compiled: bool = False

    @classmethod
    def of(cls, plan: Plan, device: str, speed: Speed) -> Placement:
        """The placement that a plan has at a speed.

        A LoRA is fused before its weights become 8 bits, as what is added to 8 bits shows as a
        grid, and never into 4 bits, which would be rounded anew. Blocks whose weights come and go
        are not compiled, as they are no two the same to the compiler.
        """
        fused = plan.has_8_bits or (speed.fused and plan is not Plan.NF4)
        compiled = speed.compiled and plan is Plan.RESIDENT and can_compile(device)
        return cls(plan, device, fused, compiled)

    @property
    def quantization(self) -> BitsAndBytesConfig | None:
        """How weights are to be quantized while they are loaded."""
        if self.plan is not Plan.NF4:
            return None
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=torch.bfloat16,
            llm_int8_skip_modules=list(FULL_DEPTH),
        )


ON_PROCESSOR = Placement()
"""As a model comes from its files."""


def place(transformer: QwenImageTransformer2DModel, placement: Placement) -> None:
    """Bring a transformer with its adapter, as it was loaded, where it is to be."""
    if placement.plan is not Plan.STREAMED:
        _place_blocks(transformer, placement)
    elif placement.fused:
        # Over the card, like those of the other plans, weights would not stay mapped.
        fuse(transformer)
    if placement.plan.streams:
        _stream(transformer, placement.device)
    else:
        transformer.to(placement.device)
    if placement.compiled:
        compile_blocks(transformer)


def _place_blocks(transformer: QwenImageTransformer2DModel, placement: Placement) -> None:
    """One by one: no more than one is ever there in more bits than it is to have."""
    for block in transformer.transformer_blocks:
        block.to(placement.device)
        if placement.fused:
            fuse(block)
        if placement.plan.has_8_bits:
            _store_in_8_bits(block, transformer.dtype)
        if placement.plan.streams:
            block.to("cpu")


def fuse(module: nn.Module) -> None:
    """Make the LoRA within a module a part of its weights, for good: W + alpha / r B A, eq. 5.

    Raises:
        WeightsUnusable: the sum has numbers that are none.
    """
    for layer in list(module.modules()):
        if isinstance(layer, BaseTunerLayer):
            try:
                # In a copy: what is written into a mapped file stays there as long as one weight
                # of the file is in use, after the weight itself became 8 bits elsewhere.
                layer.merge(safe_merge=True)
            except ValueError:
                raise not_numbers("a weight together with its LoRA") from None
    recurse_remove_peft_layers(module)


def not_numbers(what: str) -> WeightsUnusable:
    """The error that says where weights hold what is no number, such as `img_in.weight`."""
    return WeightsUnusable(
        f"The weights are damaged: {what} holds what is no number (NaN, infinite); see "
        "`layer-bridge models verify`, and fetch or copy them again."
    )


def _stream(transformer: QwenImageTransformer2DModel, device: str) -> None:
    on_card = device == "cuda"
    if on_card:
        pin(transformer)
    transformer.enable_group_offload(
        onload_device=torch.device(device),
        offload_device=torch.device("cpu"),
        offload_type="block_level",
        num_blocks_per_group=1,
        use_stream=on_card,
        # diffusers takes weights that are pinned already as they are; without this it would pin
        # them anew, one by one.
        low_cpu_mem_usage=True,
    )


def _store_in_8_bits(block: nn.Module, dtype: torch.dtype) -> None:
    apply_layerwise_casting(block, torch.float8_e4m3fn, dtype, skip_modules_pattern=NORMS)


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    said: Any = str(error)
    return isinstance(error, RuntimeError) and any(words in said for words in OUT_OF_MEMORY)


def free_memory() -> None:
    """Give other programs what a model left behind, on the graphics card and pinned for it."""
    gc.collect()
    torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
    # PyTorch before 2.10 or so keeps what was pinned until the program ends.
    if torch.cuda.is_available() and hasattr(torch.accelerator, "empty_host_cache"):
        torch.accelerator.empty_host_cache()
