"""The base model's files: Qwen-Image-Layered in the folders that diffusers gives it.

    transformer/    20 billion parameters; or one file beside the folder, its config from here
    vae/            four channels: straight alpha
    scheduler/      the schedule of the noise

Its text encoder is not needed: the one prompt lies encoded in the adapter. Safetensors only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    BitsAndBytesConfig,
    FlowMatchEulerDiscreteScheduler,
    QwenImageTransformer2DModel,
)
from safetensors import safe_open

from engine.errors import WeightsUnusable

TRANSFORMER, VAE = "transformer/config.json", "vae/config.json"
SCHEDULE = "scheduler/scheduler_config.json"

EXPECTED: Mapping[str, Mapping[str, Any]] = {
    TRANSFORMER: {
        "_class_name": "QwenImageTransformer2DModel",
        "use_layer3d_rope": True,
        "use_additional_t_cond": True,
    },
    VAE: {"_class_name": "AutoencoderKLQwenImage", "input_channels": 4},
    SCHEDULE: {},
}
"""What each configuration of the layered model says, and that of its relatives does not."""


@dataclass(frozen=True)
class Checkpoint:
    """The base model in memory."""

    transformer: QwenImageTransformer2DModel
    vae: AutoencoderKLQwenImage
    scheduler: FlowMatchEulerDiscreteScheduler


def load_checkpoint(
    base: Path,
    transformer_file: Path | None = None,
    dtype: torch.dtype = torch.bfloat16,
    quantization: BitsAndBytesConfig | None = None,
) -> Checkpoint:
    """Load the base model into the CPU's memory: mapped from its files, until it is written to.

    Args:
        base: its folder, in diffusers' layout.
        transformer_file: the transformer's weights in one file, in place of the folder's.
        dtype: of the transformer. The VAE's is float32: bfloat16 has no more than 8 bits, the
            depth of a pixel, and the VAE is small.
        quantization: of the folder's transformer, which then goes to the graphics card at once;
            diffusers quantizes no single file.

    Raises:
        WeightsUnusable: it is another model, incomplete or damaged.
    """
    vae, scheduler = load_vae(base), load_scheduler(base)  # the small ones first, as they may fail
    transformer = load_transformer(base, transformer_file, dtype, quantization)
    return Checkpoint(transformer, vae, scheduler)


def load_transformer(
    base: Path,
    transformer_file: Path | None = None,
    dtype: torch.dtype = torch.bfloat16,
    quantization: BitsAndBytesConfig | None = None,
) -> QwenImageTransformer2DModel:
    """Load the transformer alone; see `load_checkpoint`."""
    _config(base, TRANSFORMER)
    with _understood(transformer_file or base):
        if transformer_file is None:
            return _complete(QwenImageTransformer2DModel, base / "transformer", dtype, quantization)
        return _from_file(transformer_file, base / "transformer", dtype)


def load_vae(base: Path) -> AutoencoderKLQwenImage:
    """Load the VAE alone, in float32; see `load_checkpoint`."""
    _config(base, VAE)
    with _understood(base):
        vae = _complete(AutoencoderKLQwenImage, base / "vae", torch.float32)
        _check_statistics(vae)
    return vae


def load_scheduler(base: Path) -> FlowMatchEulerDiscreteScheduler:
    """Load the noise's schedule alone; see `load_checkpoint`."""
    config = _config(base, SCHEDULE)
    with _understood(base):
        return FlowMatchEulerDiscreteScheduler.from_config(config)


@contextmanager
def _understood(files: Path) -> Iterator[None]:
    """What is behind this takes a configuration at its word, and raises anything if it is wrong."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(files, _first_line(error)) from error


def _config(base: Path, name: str) -> dict[str, Any]:
    """Read a configuration; diffusers would ask the hub for what is a string in its place."""
    path = base / name
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, _first_line(error)) from None
    if not isinstance(config, dict):
        raise _damaged(path, "it is no configuration")
    if any(config.get(key) != value for key, value in EXPECTED[name].items()):
        raise WeightsUnusable(
            f"{path} is not of Qwen-Image-Layered but of another model; choose that base model "
            "with `layer-bridge models path`, or fetch it with `layer-bridge models pull`."
        )
    return config


def _check_statistics(vae: AutoencoderKLQwenImage) -> None:
    for name in ("latents_mean", "latents_std"):
        if len(vae.config[name]) != vae.config["z_dim"]:
            raise ValueError(f"the VAE's {name} has not {vae.config['z_dim']} numbers")


def _complete(
    model_class: Any,
    folder: Path,
    dtype: torch.dtype,
    quantization: BitsAndBytesConfig | None = None,
) -> Any:
    """Load a folder's model; diffusers alone would fill up what is missing with random numbers."""
    model, loaded = model_class.from_pretrained(
        str(folder),
        torch_dtype=dtype,
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
        quantization_config=quantization,
    )
    if loaded["missing_keys"]:
        raise ValueError(f"{loaded['missing_keys'][0]} is missing in {folder}")
    return model


def _from_file(path: Path, config: Path, dtype: torch.dtype) -> Any:
    """Load one file's weights; what it has too much, such as scales, would change their meaning."""
    if path.suffix != ".safetensors":
        raise ValueError("only .safetensors files are read")
    model = QwenImageTransformer2DModel.from_single_file(
        str(path), config=str(config), torch_dtype=dtype, local_files_only=True
    )
    with safe_open(path, framework="pt") as file:
        odd = set(file.keys()) ^ {name for name, _ in model.named_parameters()}
    if odd:
        raise ValueError(f"{min(odd)} is missing or too much")
    return model


def _damaged(path: Path, why: str) -> WeightsUnusable:
    return WeightsUnusable(
        f"The base model cannot be loaded from {path} ({why}); see `layer-bridge models verify`."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
