"""The base model's blueprint: its tensors as published, for who has none of its 41 GB yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
from torch import nn

from engine.diffusion.sizes import KIND, Declared, Shapes

TRANSFORMER: Mapping[str, Any] = {
    "patch_size": 2,
    "in_channels": 64,
    "out_channels": 16,
    "num_layers": 60,
    "attention_head_dim": 128,
    "num_attention_heads": 24,
    "joint_attention_dim": 3584,
    "axes_dims_rope": (16, 56, 56),
    "use_additional_t_cond": True,
    "use_layer3d_rope": True,
}
"""The configuration of Qwen/Qwen-Image-Layered's transformer."""
VAE: Mapping[str, Any] = {
    "base_dim": 96,
    "z_dim": 16,
    "dim_mult": [1, 2, 4, 4],
    "num_res_blocks": 2,
    "input_channels": 4,
}


def published() -> Shapes:
    """The shapes of Qwen/Qwen-Image-Layered, by its configurations; nothing is allocated."""
    with torch.device("meta"):
        return shapes_of(QwenImageTransformer2DModel(**TRANSFORMER), AutoencoderKLQwenImage(**VAE))


def shapes_of(transformer: QwenImageTransformer2DModel, vae: AutoencoderKLQwenImage) -> Shapes:
    """What the files of two models would declare, were they saved in bfloat16."""
    heads = transformer.config.num_attention_heads
    return Shapes(
        transformer=_tensors_of(transformer),
        vae=_tensors_of(vae),
        blocks=transformer.config.num_layers,
        channels=heads * transformer.config.attention_head_dim,
        vae_channels=vae.config.base_dim,
    )


def _tensors_of(model: nn.Module) -> tuple[Declared, ...]:
    tensors = model.state_dict().items()
    return tuple(Declared(name, tuple(tensor.shape), KIND) for name, tensor in tensors)
