"""The model: transformer, adapter and schedule as large as the real ones, of random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImageTransformer2DModel,
)
from torch import Tensor

from engine.diffusion.adapter import VERSION, Adapter, AdapterInfo
from engine.diffusion.blueprint import TRANSFORMER, VAE
from engine.diffusion.checkpoint import Checkpoint
from engine.diffusion.fitting import STEP
from engine.diffusion.frames import FRAME_ORDER, FrameLayout
from engine.diffusion.model import Model
from engine.diffusion.placement import Placement
from engine.diffusion.plans import Plan
from engine.diffusion.speed import Speed
from engine.training.adapter.recipe import ATTENTION

TINY_TRANSFORMER = {
    **TRANSFORMER,
    "num_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 32,
    "axes_dims_rope": (4, 6, 6),
}
TINY_VAE = {**VAE, "base_dim": 8, "num_res_blocks": 1}
PROMPT, NEGATIVE = 25, 5
"""Tokens of the prompts."""
RANK = 32
DEVIATION = 0.02
"""Of the random numbers: small enough that 60 blocks do not overflow."""


@dataclass(frozen=True)
class Bench:
    """What is measured, and where."""

    device: str
    width: int
    height: int
    transformer: Mapping[str, Any]
    vae: Mapping[str, Any]
    steps: int
    """Of ours that are measured, if the picture has as many"""
    stock_steps: int
    """Of diffusers'"""
    layouts: tuple[FrameLayout, ...] = tuple(FrameLayout)

    @property
    def channels(self) -> int:
        """C, of a token within the transformer."""
        return int(self.transformer["num_attention_heads"] * self.transformer["attention_head_dim"])

    def tokens(self, layout: FrameLayout) -> int:
        """Of all frames, the condition's too."""
        return (layout.targets + 1) * self.width * self.height // STEP**2

    def flops(self, layout: FrameLayout) -> float:
        """Of one pass, a multiplication and an addition counted as two.

        Four maps of C x C and two of C x 4 C for each token and block, and the attention of all
        tokens to all. The text's own maps and the modulations are hundreds of times less.
        """
        depth, tokens = self.transformer["num_layers"], self.tokens(layout)
        maps = 2 * 12 * self.channels**2 * tokens
        attention = 4 * (tokens + PROMPT) ** 2 * self.channels
        return float(depth * (maps + attention))


def full_size(steps: int, stock_steps: int) -> Bench:
    """Qwen-Image-Layered on a graphics card, at the size that the paper trained at."""
    return Bench("cuda", 768, 1152, TRANSFORMER, VAE, steps, stock_steps)


def tiny() -> Bench:
    """The same on the processor, in no time."""
    return Bench("cpu", 32, 48, TINY_TRANSFORMER, TINY_VAE, steps=3, stock_steps=3)


def random_transformer(bench: Bench) -> QwenImageTransformer2DModel:
    """The base model's, filled where it is to compute."""
    with init_empty_weights(include_buffers=False):
        transformer = QwenImageTransformer2DModel(**bench.transformer)
    transformer = transformer.to(torch.bfloat16).to_empty(device=bench.device).eval()
    transformer.requires_grad_(False)
    for weight in transformer.parameters():
        weight.normal_(0, DEVIATION)
    return transformer


def random_prompts(bench: Bench) -> tuple[Tensor, Tensor]:
    """The positive one, (1, L, J), and the negative."""
    text = bench.transformer["joint_attention_dim"]
    return torch.randn(1, PROMPT, text), torch.randn(1, NEGATIVE, text)


def random_adapter(bench: Bench, layout: FrameLayout) -> Adapter:
    """A LoRA and layer embeddings."""
    channels, text = bench.channels, bench.transformer["joint_attention_dim"]
    info = AdapterInfo(VERSION, RANK, RANK, layout, "random", "none", "none", {}, channels, text)
    lora = {}
    for block in range(bench.transformer["num_layers"]):
        for projection in ATTENTION:
            name = f"transformer_blocks.{block}.attn.{projection}"
            lora[f"{name}.lora_A.weight"] = DEVIATION * torch.randn(RANK, channels)
            lora[f"{name}.lora_B.weight"] = DEVIATION * torch.randn(channels, RANK)
    embedding = DEVIATION * torch.randn(len(FRAME_ORDER), channels)
    return Adapter(info, lora, embedding, *random_prompts(bench))


def scheduler() -> FlowMatchEulerDiscreteScheduler:
    """As the base model's is configured."""
    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, shift_terminal=False, time_shift_type="linear"
    )


def random_model(
    bench: Bench, plan: Plan, layout: FrameLayout, speed: Speed
) -> tuple[Model, QwenImageTransformer2DModel]:
    """The engine's whole model under a memory plan, at a speed; and the transformer within it."""
    placement = Placement.of(plan, bench.device, speed)
    transformer = random_transformer(bench)
    if placement.quantization is not None:
        transformer = _quantized(transformer, placement)
    elif plan.streams:
        transformer.to("cpu")
    vae = AutoencoderKLQwenImage(**bench.vae)
    checkpoint = Checkpoint(transformer, vae, scheduler())
    model = Model(checkpoint, random_adapter(bench, layout))
    model.place(placement)
    model.hasten(speed)
    return model, transformer


def _quantized(
    transformer: QwenImageTransformer2DModel, placement: Placement
) -> QwenImageTransformer2DModel:
    """The transformer in 4 bits, which it only becomes on the way from a file."""
    with TemporaryDirectory() as folder:
        transformer.save_pretrained(folder)
        transformer.to("meta")
        return QwenImageTransformer2DModel.from_pretrained(
            folder, torch_dtype=torch.bfloat16, quantization_config=placement.quantization
        )
