"""Seconds a step and peak memory, of ours and of diffusers' own pipeline; what a card can do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from types import SimpleNamespace
from typing import Any

import diffusers
import torch
from diffusers import (
    AutoencoderKLQwenImage,
    QwenImageLayeredPipeline,
    QwenImageTransformer2DModel,
)
from diffusers.pipelines.qwenimage import pipeline_qwenimage_layered as stock
from PIL import Image

from engine.diffusion.frames import FrameLayout
from engine.diffusion.placement import free_memory
from engine.diffusion.sampler import Prompts, Run, sample
from full_size.model import Bench, random_prompts, random_transformer, scheduler

diffusers.utils.logging.set_verbosity_error()


@dataclass(frozen=True)
class Measured:
    """The median step, and the most memory that was taken on the card."""

    seconds: float
    peak: int


class Beats:
    """When each step was over, all that was asked of the card included."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._times: list[float] = []
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def beat(self, *told: Any) -> None:
        """Note the time."""
        if self._device == "cuda":
            torch.cuda.synchronize()
        self._times.append(time.perf_counter())

    def measured(self) -> Measured:
        """What was found; the first step, in which kernels are chosen and compiled, left out."""
        seconds = [after - before for before, after in pairwise(self._times)]
        peak = torch.cuda.max_memory_allocated() if self._device == "cuda" else 0
        return Measured(median(seconds[1:]), peak)


def measure(
    bench: Bench, transformer: QwenImageTransformer2DModel, layout: FrameLayout
) -> Measured:
    """Sample a random picture with the engine's own sampler."""
    positive, _ = random_prompts(bench)
    condition = torch.randn(1, 16, bench.height // 8, bench.width // 8)
    run, beats = Run(steps=bench.steps), Beats(bench.device)
    sample(transformer, scheduler(), condition, Prompts(positive, None), layout, run, beats.beat)
    beats.beat()
    return beats.measured()


def measure_stock(bench: Bench) -> Measured:
    """Run diffusers' pipeline, guided by 4 as is its default; only its size is made ours."""
    vae = AutoencoderKLQwenImage(**bench.vae).to(bench.device, torch.bfloat16).eval()
    transformer = random_transformer(bench)
    pipe = QwenImageLayeredPipeline(scheduler(), vae, None, None, None, transformer)
    # It asks its text encoder for no more than this, as the prompts are encoded.
    pipe.text_encoder = SimpleNamespace(dtype=torch.bfloat16)
    pipe.set_progress_bar_config(disable=True)
    stock.calculate_dimensions = lambda area, ratio: (bench.width, bench.height)
    positive, negative = (
        prompt.to(bench.device, torch.bfloat16) for prompt in random_prompts(bench)
    )
    beats = Beats(bench.device)

    def stepped(*step: Any) -> dict[str, Any]:
        beats.beat()
        return {}

    pipe(
        image=Image.new("RGBA", (bench.width, bench.height), "white"),
        prompt="encoded already",
        prompt_embeds=positive,
        prompt_embeds_mask=torch.ones_like(positive[..., 0], dtype=torch.long),
        negative_prompt_embeds=negative,
        negative_prompt_embeds_mask=torch.ones_like(negative[..., 0], dtype=torch.long),
        num_inference_steps=bench.stock_steps,
        callback_on_step_end=stepped,
        output_type="pt",
    )
    return beats.measured()


def matrix_rate(bench: Bench, layout: FrameLayout) -> float:
    """Operations a second of the largest product within a block, in bfloat16."""
    rows, inner = bench.tokens(layout), bench.channels
    left = torch.randn(rows, inner, device=bench.device, dtype=torch.bfloat16)
    right = torch.randn(inner, 4 * inner, device=bench.device, dtype=torch.bfloat16)
    beats = Beats(bench.device)
    for _ in range(20):
        beats.beat()
        left @ right
    beats.beat()
    return 2 * rows * inner * 4 * inner / beats.measured().seconds


def forget() -> None:
    """Give back what was measured last: two models would not fit on a card."""
    torch.compiler.reset()
    free_memory()


def device_and_versions(bench: Bench) -> str:
    """What figures belong to."""
    device = torch.cuda.get_device_name() if bench.device == "cuda" else "the processor"
    return f"{device}, PyTorch {torch.__version__}, diffusers {diffusers.__version__}"
