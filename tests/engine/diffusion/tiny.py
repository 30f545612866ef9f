"""A tiny base model of the real classes, with random weights, in the real files' layout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImageTransformer2DModel,
)

from engine.diffusion.adapter import VERSION, Adapter, AdapterInfo, write_adapter
from engine.diffusion.frames import FrameLayout

BLOCKS, HEADS, HEAD, TEXT = 2, 2, 16, 32
CHANNELS = HEADS * HEAD
RANK = 4
PROJECTIONS = (
    *("to_q", "to_k", "to_v", "to_out.0"),
    *("add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"),
)
"""Of a block's attention: what the LoRA changes."""


def tiny_transformer(seed: int = 0) -> QwenImageTransformer2DModel:
    """60 blocks of 24 heads x 128 in the real one."""
    torch.manual_seed(seed)
    return QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=64,
        out_channels=16,
        num_layers=BLOCKS,
        attention_head_dim=HEAD,
        num_attention_heads=HEADS,
        joint_attention_dim=TEXT,
        axes_dims_rope=(4, 6, 6),
        use_additional_t_cond=True,
        use_layer3d_rope=True,
    ).eval()


def tiny_vae(seed: int = 0) -> AutoencoderKLQwenImage:
    """`base_dim` 96 and two blocks a stage in the real one."""
    torch.manual_seed(seed)
    return AutoencoderKLQwenImage(
        base_dim=8, z_dim=16, dim_mult=[1, 2, 4, 4], num_res_blocks=1, input_channels=4
    ).eval()


def layered_scheduler() -> FlowMatchEulerDiscreteScheduler:
    """As the real one is configured: shifted linearly, to no terminal value."""
    return FlowMatchEulerDiscreteScheduler(
        base_image_seq_len=256,
        base_shift=0.5,
        max_image_seq_len=8192,
        max_shift=0.9,
        shift_terminal=False,
        time_shift_type="linear",
        use_dynamic_shifting=True,
    )


def write_tiny_checkpoint(folder: Path, seed: int = 0) -> Path:
    """Write transformer/, vae/ and scheduler/ as the real repository has them."""
    tiny_transformer(seed).save_pretrained(folder / "transformer")
    tiny_vae(seed).save_pretrained(folder / "vae")
    layered_scheduler().save_pretrained(folder / "scheduler")
    return folder


def tiny_info(layout: FrameLayout = FrameLayout.LAYERS) -> AdapterInfo:
    """What a tiny adapter says of itself."""
    return AdapterInfo(
        version=VERSION,
        rank=RANK,
        alpha=RANK,
        layout=layout,
        base="nobody/tiny-layered",
        revision="main",
        prompt="Anime illustration, layered rendering",
        training={"steps": "0"},
        channels=CHANNELS,
        text_channels=TEXT,
    )


def tiny_lora(generator: torch.Generator, rank: int = RANK) -> dict[str, torch.Tensor]:
    """Random matrices for every attention projection, large enough to be seen."""
    lora = {}
    for block in range(BLOCKS):
        for projection in PROJECTIONS:
            name = f"transformer_blocks.{block}.attn.{projection}"
            lora[f"{name}.lora_A.weight"] = torch.randn(rank, CHANNELS, generator=generator)
            lora[f"{name}.lora_B.weight"] = 0.1 * torch.randn(CHANNELS, rank, generator=generator)
    return lora


def tiny_adapter(
    layout: FrameLayout = FrameLayout.LAYERS, alpha: float = RANK, rank: int = RANK
) -> Adapter:
    """An adapter that changes what the tiny model says."""
    generator = torch.Generator().manual_seed(1)
    return Adapter(
        info=replace(tiny_info(layout), alpha=alpha, rank=rank),
        lora=tiny_lora(generator, rank),
        embedding=torch.randn(4, CHANNELS, generator=generator),
        prompt=torch.randn(1, 7, TEXT, generator=generator),
        negative=torch.randn(1, 3, TEXT, generator=generator),
    )


def write_tiny_adapter(path: Path, layout: FrameLayout = FrameLayout.LAYERS) -> Path:
    """Write such an adapter's file."""
    write_adapter(path, tiny_adapter(layout))
    return path
