"""The base model's class at a small size, and the weights that its training begins with."""

from __future__ import annotations

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, QwenImageTransformer2DModel
from torch import nn

from benchmarks.small_proof.pictures import COVERED, TEXT_CHANNELS

HEAD = 32
AXES = (4, 14, 14)
"""Channels of a head that the rotary embedding turns: by the frame, the row and the column."""
NEAR = (4.0, 4.0, 3.0, 3.0)
"""Weights of the channels that turn quickest with rows and columns, so that nearness counts."""
CONTENT = 0.3
"""How much of a query or key is what the token holds, at first; the rest is where it lies."""
ANSWERED = 0.7
"""How much of what comes in, mostly noise, is said to be noise, at first."""


def untrained(seed: int) -> QwenImageTransformer2DModel:
    """A transformer of 2.5 million parameters that nothing was taught.

    As Peebles and Xie, Scalable diffusion models with transformers (2023), section 3.2, every block
    begins as the identity. And each token begins by looking at those in its own place: the layers'
    and the picture's. A trained base model can do that; to learn it took half of the time here.
    """
    torch.manual_seed(seed)
    latent = 4 * COVERED**2
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=4 * latent,
        out_channels=latent,
        num_layers=4,
        attention_head_dim=HEAD,
        num_attention_heads=4,
        joint_attention_dim=TEXT_CHANNELS,
        axes_dims_rope=AXES,
        use_additional_t_cond=True,
        use_layer3d_rope=True,
    )
    with torch.no_grad():
        for block in transformer.transformer_blocks:
            _begin_as_identity(block.img_mod[-1])
            _begin_as_identity(block.txt_mod[-1])
            _look_near(block.attn)
        _begin_as_identity(transformer.norm_out.linear)
        nn.init.orthogonal_(transformer.img_in.weight)
        nn.init.zeros_(transformer.img_in.bias)
        transformer.proj_out.weight.copy_(ANSWERED * transformer.img_in.weight.T)
        nn.init.zeros_(transformer.proj_out.bias)
    return transformer


def schedule() -> FlowMatchEulerDiscreteScheduler:
    """The base model's."""
    return FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, time_shift_type="linear")


def _begin_as_identity(modulation: nn.Linear) -> None:
    nn.init.zeros_(modulation.weight)
    nn.init.zeros_(modulation.bias)


def _look_near(attention: nn.Module) -> None:
    for linear in (attention.to_q, attention.to_k):
        linear.weight.mul_(CONTENT)
        nn.init.ones_(linear.bias)
    weight = torch.ones(HEAD)
    for first in (AXES[0], AXES[0] + AXES[1]):
        weight[first : first + len(NEAR)] = torch.tensor(NEAR)
    attention.norm_q.weight.copy_(weight)
    attention.norm_k.weight.copy_(weight)
