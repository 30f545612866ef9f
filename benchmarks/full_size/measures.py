"""Seconds and memory of pictures, ours and those of diffusers' pipeline; the card's own rate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from threading import Event, Thread
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import diffusers
import numpy as np
import psutil
import torch
from diffusers import AutoencoderKLQwenImage, QwenImageLayeredPipeline
from diffusers.pipelines.qwenimage import pipeline_qwenimage_layered as stock
from PIL import Image

from engine.diffusion.frames import FrameLayout
from engine.diffusion.model import Model
from engine.diffusion.sampler import Run
from engine.diffusion.speed import GENERAL
from full_size.model import Bench, random_prompts, random_transformer, scheduler

diffusers.utils.logging.set_verbosity_error()

LOOK_SECONDS = 0.02
"""Between two looks at the main memory."""


@dataclass(frozen=True)
class Memory:
    """The most that was taken during a picture, in bytes."""

    allocated: int
    """On the card, in tensors"""
    reserved: int
    """On the card, with what PyTorch holds beside them: what other programs lack"""
    main: int
    """By the process, resident"""
    pinned: int
    """Of the main memory, where the card can read it; a system may count it or not in `main`"""


@dataclass(frozen=True)
class Measured:
    """One picture, from the VAE's encoder to its decoder."""

    seconds: float
    ran: int
    """Steps"""
    steps: Sequence[float]
    """Seconds of those that were timed"""
    memory: Memory

    @property
    def step(self) -> float:
        """Seconds of the median step."""
        return median(self.steps)

    @property
    def full_steps(self) -> int:
        """How many steps a cache did not cut short: those that are not twice as quick."""
        return sum(2 * seconds > max(self.steps) for seconds in self.steps)

    def picture(self, steps: int) -> float:
        """Seconds of a picture of so many steps."""
        return self.seconds + (steps - self.ran) * self.step


class Watch:
    """Looks at clock and memory while a picture is made."""

    def __init__(self, device: str) -> None:
        self._on_card = device == "cuda"
        self._over = Event()
        self._looks = Thread(target=self._look, daemon=True)
        self._beats: list[float] = []
        self._main = 0

    def __enter__(self) -> Self:
        if self._on_card:
            torch.cuda.synchronize()
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            torch.cuda.reset_peak_host_memory_stats()
        self._looks.start()
        self._begun = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._over.set()
        self._looks.join()
        self._seconds = self._now() - self._begun

    def beat(self) -> None:
        """Between two steps, and before the first or after the last."""
        self._beats.append(self._now())

    def measured(self, ran: int) -> Measured:
        """What was found of a picture of so many steps."""
        steps = [after - before for before, after in pairwise(self._beats)]
        return Measured(self._seconds, ran, steps, self._memory())

    def _memory(self) -> Memory:
        if not self._on_card:
            return Memory(0, 0, self._main, 0)
        # Those in use: what rows before have left in PyTorch's hands does not count.
        pinned = torch.cuda.host_memory_stats().get("active_bytes.peak", 0)
        allocated, reserved = torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
        return Memory(allocated, reserved, self._main, pinned)

    def _now(self) -> float:
        """When all that the card was asked for is done."""
        if self._on_card:
            torch.cuda.synchronize()
        return time.perf_counter()

    def _look(self) -> None:
        process = psutil.Process()
        while not self._over.is_set():
            self._main = max(self._main, process.memory_info().rss)
            self._over.wait(LOOK_SECONDS)


def measure(bench: Bench, model: Model, steps: int) -> Measured:
    """Decompose a random picture as the engine does."""
    rng = np.random.default_rng(0)
    picture = rng.random((bench.height, bench.width, 4), dtype=np.float32)
    # Kernels are chosen and blocks compiled at the first one.
    model.layers_of(picture, Run(steps=1), lambda stage, done: None)
    with Watch(bench.device) as watch:
        seen = {"reading the picture"}

        def told(stage: str, done: float) -> None:
            # Each step begins with a stage of its own, and the last one ends with the decoding.
            if stage not in seen:
                seen.add(stage)
                watch.beat()

        model.layers_of(picture, Run(steps=steps), told)
    return watch.measured(steps)


def measure_stock(bench: Bench, steps: int) -> Measured:
    """Run diffusers' pipeline, guided by 4 as is its default; only its size is made ours.

    Its text encoder, 17 GB on the card, is left out: the prompts come encoded.
    """
    pipe = _stock_pipeline(bench)
    _stock_picture(bench, pipe, 1, lambda *step: {})
    with Watch(bench.device) as watch:

        def stepped(*step: Any) -> dict[str, Any]:
            watch.beat()
            return {}

        _stock_picture(bench, pipe, steps, stepped)
    return watch.measured(steps)


def _stock_pipeline(bench: Bench) -> QwenImageLayeredPipeline:
    vae = AutoencoderKLQwenImage(**bench.vae).to(bench.device, torch.bfloat16).eval()
    transformer = random_transformer(bench)
    # The kernel that was set last, for whatever model, would be taken otherwise.
    transformer.set_attention_backend(GENERAL)
    pipe = QwenImageLayeredPipeline(scheduler(), vae, None, None, None, transformer)
    # It asks its text encoder for no more than this, as the prompts are encoded.
    pipe.text_encoder = SimpleNamespace(dtype=torch.bfloat16)
    pipe.set_progress_bar_config(disable=True)
    stock.calculate_dimensions = lambda area, ratio: (bench.width, bench.height)
    return pipe


def _stock_picture(bench: Bench, pipe: QwenImageLayeredPipeline, steps: int, stepped: Any) -> None:
    positive, negative = (
        prompt.to(bench.device, torch.bfloat16) for prompt in random_prompts(bench)
    )
    pipe(
        image=Image.new("RGBA", (bench.width, bench.height), "white"),
        prompt="encoded already",
        prompt_embeds=positive,
        prompt_embeds_mask=torch.ones_like(positive[..., 0], dtype=torch.long),
        negative_prompt_embeds=negative,
        negative_prompt_embeds_mask=torch.ones_like(negative[..., 0], dtype=torch.long),
        num_inference_steps=steps,
        callback_on_step_end=stepped,
        output_type="pt",
    )


def matrix_rate(bench: Bench, products: int) -> float:
    """Operations a second of the largest product within a block, in bfloat16."""
    rows, inner = bench.tokens(FrameLayout.COMPOSITE), bench.channels
    left = torch.randn(rows, inner, device=bench.device, dtype=torch.bfloat16)
    right = torch.randn(inner, 4 * inner, device=bench.device, dtype=torch.bfloat16)
    with Watch(bench.device) as watch:
        for _ in range(products):
            watch.beat()
            left @ right
        watch.beat()
    return 2 * rows * inner * 4 * inner / watch.measured(products).step
