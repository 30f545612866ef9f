"""The sampler: from noise to the layers' latents, conditioned on the picture's.

Eq. 2 of the paper runs from noise x_1 at t = 0 to layers x_0 at t = 1 with velocity
v = x_0 - x_1. The base model counts the other way: sigma = 1 - t, and what it says is -v. Which
sigmas are visited is up to the checkpoint's own scheduler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, QwenImageTransformer2DModel
from torch import Tensor
from torch.nn.functional import normalize

from engine.attendance import Progress
from engine.diffusion.frames import FrameLayout
from engine.diffusion.latents import PATCH, pack, unpack

BASE_TOKENS = 256
"""Tokens of a frame at which the base model's schedule is not shifted."""
MILLE = 1000
"""The scheduler's times are sigmas in thousandths."""


@dataclass(frozen=True)
class Run:
    """How one picture is to be sampled."""

    steps: int = 50
    """The paper's"""
    seed: int = 0
    guidance: float = 1.0
    """Above 1: how far to go from what the negative prompt says, at twice the time"""


@dataclass(frozen=True)
class Prompts:
    """What the text encoder says, (1, L, J) each."""

    positive: Tensor
    negative: Tensor | None


@dataclass(frozen=True)
class _Field:
    """The field of velocities that a run follows: all that stays the same through it."""

    transformer: QwenImageTransformer2DModel
    condition: Tensor
    """(1, N, 64) tokens of the picture"""
    shapes: list[list[tuple[int, int, int]]]
    prompts: Prompts
    guidance: float

    def at(self, tokens: Tensor, sigma: Tensor, tell: Callable[[float], None]) -> Tensor:
        """-v of eq. 2 for (1, T, 64) tokens, led away from the negative prompt where asked.

        Led by u + g (c - u): Ho and Salimans, Classifier-free diffusion guidance (2022), eq. 6
        with g = 1 + w; then given the length of c, token by token, as the base's authors do.
        """
        tell(0)
        towards = self._predicted(tokens, sigma, self.prompts.positive, "cond")
        if self.guidance <= 1 or self.prompts.negative is None:
            return towards
        tell(0.5)
        away = self._predicted(tokens, sigma, self.prompts.negative, "uncond")
        led = away + self.guidance * (towards - away)
        length: Tensor = towards.norm(dim=-1, keepdim=True)
        return normalize(led, dim=-1) * length

    def _predicted(self, tokens: Tensor, sigma: Tensor, prompt: Tensor, name: str) -> Tensor:
        """What the transformer says, in float32; caches tell passes apart by their names."""
        device, dtype = self.transformer.device, self.transformer.dtype
        with self.transformer.cache_context(name):
            predicted: Tensor = self.transformer(
                hidden_states=torch.cat([tokens, self.condition], dim=1).to(dtype),
                timestep=sigma.expand(1),
                encoder_hidden_states=prompt.to(device, dtype),
                encoder_hidden_states_mask=None,
                img_shapes=self.shapes,
                additional_t_cond=torch.zeros(1, dtype=torch.long, device=device),
                return_dict=False,
            )[0]
        return predicted[:, : tokens.shape[1]].float()


@torch.no_grad()
def sample(
    transformer: QwenImageTransformer2DModel,
    scheduler: FlowMatchEulerDiscreteScheduler,
    condition: Tensor,
    prompts: Prompts,
    layout: FrameLayout,
    run: Run,
    report: Progress,
) -> Tensor:
    """Sample the layers of a picture.

    Args:
        transformer: the base model's, as the adapter of `layout` made it.
        scheduler: the base model's.
        condition: (1, z, h, w) the picture's normalized latents; h and w even.
        prompts: of the adapter.
        layout: of the adapter.
        run: its seed fixes the noise, the same on every device.
        report: told each step, and between the passes of a guided one; may raise `Cancelled`.

    Returns:
        (4, z, h, w) float32 normalized latents, layers in `FRAME_ORDER`.
    """
    _, channels, height, width = condition.shape
    rows, columns = height // PATCH, width // PATCH
    device = transformer.device
    generator = torch.Generator("cpu").manual_seed(run.seed)
    noise = torch.randn(layout.targets, channels, height, width, generator=generator)
    tokens = pack(noise).to(device)
    shift = (rows * columns / BASE_TOKENS) ** 0.5
    scheduler.set_timesteps(sigmas=np.linspace(1, 0, run.steps + 1)[:-1], mu=shift, device=device)
    scheduler.set_begin_index(0)
    known, shapes = pack(condition).to(device), layout.shapes(rows, columns)
    field = _Field(transformer, known, shapes, prompts, run.guidance)
    try:
        for step, time in enumerate(scheduler.timesteps):
            tell = partial(_tell, report, run.steps, step)
            velocity = field.at(tokens, time / MILLE, tell)
            tokens = scheduler.step(velocity, time, tokens, return_dict=False)[0]
    finally:
        # What a cache kept of a run, above all of one that was cancelled, would spoil the next.
        transformer._reset_stateful_cache()
    return unpack(tokens, rows, columns)[layout.first_layer :]


def _tell(report: Progress, steps: int, step: int, part: float) -> None:
    report(f"step {step + 1} of {steps}", (step + part) / steps)
