"""A step: noise mixed into a batch of prepared samples, and what the model says of it, judged.

The paper's time t of eq. 2 is 1 - sigma, and its velocity is what the base model says, negated:
`engine.diffusion.sampler` reads the model the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from diffusers import QwenImageTransformer2DModel
from torch import Tensor

from engine.diffusion.frames import FrameLayout
from engine.diffusion.latents import PATCH, pack
from engine.diffusion.sampler import BASE_TOKENS
from engine.training.adapter.prepared import Latents

SigmaLaw = Literal["uniform", "shifted"]


@dataclass(frozen=True)
class Draw:
    """What is random about one sample in one step."""

    noise: Tensor
    """(F, z, h, w) float32: x_1 of eq. 2"""
    sigma: Tensor
    """() float32: the noise's share, 0 to 1"""


def draw(place: Sequence[int], shape: Sequence[int], law: SigmaLaw) -> Draw:
    """Draw noise and its share, the same for the same place on every computer.

    Args:
        place: whole numbers that tell draws apart: the seed, the step, the sample's place in it.
        shape: (F, z, h, w) of the frames.
        law: uniform, t ~ U(0, 1) of eq. 2; or shifted towards noise as far as the sampler's steps
            are, sigma' = m sigma / (1 + (m - 1) sigma), m = sqrt(tokens of a frame / 256).
    """
    state = np.random.SeedSequence(list(place)).generate_state(1, np.uint64)
    generator = torch.Generator("cpu").manual_seed(int(state[0]))
    sigma = torch.rand((), generator=generator)
    if law == "shifted":
        rows, columns = shape[-2] // PATCH, shape[-1] // PATCH
        shift = (rows * columns / BASE_TOKENS) ** 0.5
        sigma = shift * sigma / (1 + (shift - 1) * sigma)
    return Draw(torch.randn(*shape, generator=generator), sigma)


@dataclass(frozen=True)
class Batch:
    """Tokens of B samples of one size."""

    clean: Tensor
    """(B, T, 64) x_0 of eq. 2: the target frames, one after the other"""
    noise: Tensor
    """(B, T, 64) x_1"""
    sigma: Tensor
    """(B,)"""
    condition: Tensor
    """(B, N, 64) of the picture"""
    layout: FrameLayout
    grid: tuple[int, int]
    """Rows and columns of tokens in a frame"""

    @classmethod
    def of(cls, samples: Sequence[Latents], draws: Sequence[Draw], layout: FrameLayout) -> Batch:
        """Put samples and what was drawn for each together."""
        rows, columns = (side // PATCH for side in samples[0].picture.shape[1:])
        return cls(
            clean=torch.cat([pack(sample.targets(layout)) for sample in samples]),
            noise=torch.cat([pack(one.noise) for one in draws]),
            sigma=torch.stack([one.sigma for one in draws]),
            condition=torch.cat([pack(sample.picture[None]) for sample in samples]),
            layout=layout,
            grid=(rows, columns),
        )

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        names = ("clean", "noise", "sigma", "condition")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})

    @property
    def noised(self) -> Tensor:
        """(B, T, 64) x_t of eq. 2: t x_0 + (1 - t) x_1."""
        sigma = self.sigma[:, None, None]
        return (1 - sigma) * self.clean + sigma * self.noise

    @property
    def velocity(self) -> Tensor:
        """(B, T, 64) v_t of eq. 2: x_0 - x_1."""
        return self.clean - self.noise


def predict(transformer: QwenImageTransformer2DModel, batch: Batch, prompt: Tensor) -> Tensor:
    """The velocities that a model predicts, (B, T, 64) float32, in the paper's sign.

    Args:
        transformer: on the batch's device.
        batch: what to predict.
        prompt: (1, L, J) encoded.
    """
    dtype, size, device = transformer.dtype, len(batch.sigma), batch.sigma.device
    said: Tensor = transformer(
        hidden_states=torch.cat([batch.noised, batch.condition], dim=1).to(dtype),
        timestep=batch.sigma,
        encoder_hidden_states=prompt.to(device, dtype).expand(size, -1, -1),
        encoder_hidden_states_mask=None,
        img_shapes=batch.layout.shapes(*batch.grid) * size,
        additional_t_cond=torch.zeros(size, dtype=torch.long, device=device),
        return_dict=False,
    )[0]
    return -said[:, : batch.clean.shape[1]].float()
