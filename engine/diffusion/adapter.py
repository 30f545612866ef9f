"""The adapter: what training adds to the base model, in one safetensors file.

    transformer.<module>.lora_A.weight    (rank, in)      the LoRA of eq. 5, as diffusers names it
    transformer.<module>.lora_B.weight    (out, rank)
    lora_lse.weight                       (4, C) float32  the layer semantic embeddings of eq. 4
    lora_prompt_embeds                    (1, L, J)       the fixed prompt, encoded
    lora_negative_prompt_embeds           (1, M, J)       optional, for guidance

Every name has "lora" in it, as plain diffusers refuses others; so it loads the same file as a LoRA,
and passes over the rest. The metadata (strings) are those of `AdapterInfo`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.diffusion.frames import FRAME_ORDER, FrameLayout
from engine.diffusion.headers import read_header
from engine.errors import WeightsUnusable
from engine.replacement import replacing

if TYPE_CHECKING:
    from diffusers import QwenImageTransformer2DModel
    from torch import Tensor

FORMAT = "layer-bridge/adapter"
VERSION = 1
LORA_PREFIX = "transformer."
LSE = "lora_lse.weight"
PROMPT = "lora_prompt_embeds"
NEGATIVE = "lora_negative_prompt_embeds"
ORDER = ",".join(FRAME_ORDER)
"""Of the embedding's rows and the layers' frames."""
LONGEST_PROMPT = 1024
"""Tokens that the base model's own pipeline lets through."""
NUMBERS = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2")
"""The types of tensors that are fractions."""
LONGEST_NAME = 200
"""Characters of what is said to an artist of a file's own words."""


@dataclass(frozen=True)
class AdapterInfo:
    """What an adapter says of itself."""

    version: int
    """Of the file's format"""
    rank: int
    """Of the LoRA: r of eq. 5"""
    alpha: float
    """The LoRA's product is scaled by alpha / rank"""
    layout: FrameLayout
    base: str
    """Name of the base model's repository; empty where it is not known"""
    revision: str
    """Of that repository: its commit; another name of one says nothing for good"""
    prompt: str
    """The fixed prompt in words"""
    training: Mapping[str, str]
    """How it was trained: name -> value, for people"""
    channels: int
    """C of eq. 4, the transformer's hidden size"""
    text_channels: int
    """J, the text encoder's hidden size"""


@dataclass(frozen=True)
class Adapter:
    """An adapter in memory, on the CPU."""

    info: AdapterInfo
    lora: dict[str, Tensor] = field(repr=False)
    """`<module>.lora_A.weight`, `<module>.lora_B.weight`; empty for no LoRA"""
    embedding: Tensor = field(repr=False)
    """(4, C) float32, rows in `FRAME_ORDER`"""
    prompt: Tensor = field(repr=False)
    """(1, L, J)"""
    negative: Tensor | None = field(default=None, repr=False)
    """(1, M, J), or None where it cannot be guided"""

    @property
    def lora_config(self) -> dict[str, Any]:
        """The arguments of peft's `LoraConfig`."""
        targets = sorted({name.partition(".lora_")[0] for name in self.lora})
        return {"r": self.info.rank, "lora_alpha": self.info.alpha, "target_modules": targets}


def read_info(path: Path) -> AdapterInfo:
    """What an adapter says of itself; reads the file's header alone.

    Raises:
        WeightsUnusable: it is damaged, none of ours, of another version, or contradicts itself.
    """
    try:
        header = read_header(path)
    except (OSError, ValueError) as error:
        raise WeightsUnusable(
            f"The adapter {path} cannot be read as a .safetensors file ({error}); choose another, "
            "or fetch or copy it again."
        ) from None
    info = _info_of(path, header.metadata, header.shapes)
    for name, kind in header.types.items():
        if kind not in NUMBERS:
            raise _contradiction(path, f"{name!r} is of type {kind}")
    return info


def read_adapter(path: Path) -> Adapter:
    """Read a whole adapter; errors as in `read_info`."""
    from safetensors.torch import load_file

    info = read_info(path)
    tensors = load_file(path)
    return Adapter(
        info=info,
        lora={
            name.removeprefix(LORA_PREFIX): tensor
            for name, tensor in tensors.items()
            if name.startswith(LORA_PREFIX)
        },
        embedding=tensors[LSE].float(),
        prompt=tensors[PROMPT],
        negative=tensors.get(NEGATIVE),
    )


def write_adapter(path: Path, adapter: Adapter) -> None:
    """Write an adapter's file whole or not at all."""
    from safetensors.torch import save_file

    tensors = {LORA_PREFIX + name: tensor for name, tensor in adapter.lora.items()}
    tensors |= {LSE: adapter.embedding.float(), PROMPT: adapter.prompt}
    if adapter.negative is not None:
        tensors[NEGATIVE] = adapter.negative
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as partial:
        save_file(contiguous, partial, metadata=_metadata_of(adapter))


def attach(transformer: QwenImageTransformer2DModel, adapter: Adapter) -> None:
    """Make the base model's transformer the adapter's: LoRA, embeddings, layer indices.

    Raises:
        WeightsUnusable: the adapter was made for a model of other sizes.
    """
    from engine.diffusion.embedding import LayerSemanticEmbedding
    from engine.diffusion.rope import keep_layer_indices

    _check_fit(transformer, adapter)
    if adapter.lora:
        transformer.load_lora_adapter(
            adapter.lora, prefix=None, adapter_name="layers", metadata=adapter.lora_config
        )
    LayerSemanticEmbedding(adapter.embedding, adapter.info.layout).attach(transformer)
    keep_layer_indices(transformer, adapter.info.layout)


def use_layout(transformer: QwenImageTransformer2DModel, layout: FrameLayout) -> None:
    """Have a transformer that an adapter is attached to sample the frames of a layout."""
    from engine.diffusion.rope import keep_layer_indices

    transformer.layer_semantic_embedding.layout = layout
    keep_layer_indices(transformer, layout)


def _check_fit(transformer: QwenImageTransformer2DModel, adapter: Adapter) -> None:
    from torch.nn import Linear

    # Not the weights' own shapes: those in 4 bits are packed.
    own = {
        name: (linear.out_features, linear.in_features)
        for name, linear in transformer.named_modules()
        if isinstance(linear, Linear)
    }
    ours = {"C": transformer.inner_dim, "J": transformer.config["joint_attention_dim"]}
    theirs = {"C": adapter.info.channels, "J": adapter.info.text_channels}
    misfits = [f"{name} is {ours[name]}, not {theirs[name]}" for name in ours]
    misfits = [line for line, name in zip(misfits, ours, strict=True) if ours[name] != theirs[name]]
    for name in adapter.lora_config["target_modules"]:
        down, up = (adapter.lora[f"{name}.lora_{half}.weight"] for half in "AB")
        if own.get(name) != (up.shape[0], down.shape[1]):
            misfits.append(f"{name} is missing or of another shape")
    if misfits:
        raise WeightsUnusable(
            f"The adapter was made for {adapter.info.base or 'some model'}, and this is another "
            f"({misfits[0]}); choose the base model and the adapter that belong together."
        )


def _metadata_of(adapter: Adapter) -> dict[str, str]:
    info = adapter.info
    # Plain diffusers takes the LoRA's scale from this entry of its own.
    for_diffusers = {LORA_PREFIX + name: value for name, value in adapter.lora_config.items()}
    return {
        "format": FORMAT,
        "version": str(info.version),
        "rank": str(info.rank),
        "alpha": str(info.alpha),
        "layout": info.layout,
        "order": ORDER,
        "base": info.base,
        "revision": info.revision,
        "prompt": info.prompt,
        "training": json.dumps(dict(info.training)),
        **({"lora_adapter_metadata": json.dumps(for_diffusers)} if adapter.lora else {}),
    }


def _info_of(
    path: Path, metadata: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]
) -> AdapterInfo:
    _check_kind(path, metadata, shapes)
    try:
        if metadata["order"] != ORDER:
            raise ValueError(f"its layers are in the order {metadata['order']!r}")
        info = AdapterInfo(
            version=VERSION,
            rank=int(metadata["rank"]),
            alpha=float(metadata["alpha"]),
            layout=FrameLayout(metadata["layout"]),
            base=_name(metadata["base"]),
            revision=_name(metadata["revision"]),
            prompt=metadata["prompt"],
            training=_training(metadata["training"]),
            channels=shapes[LSE][-1],
            text_channels=shapes[PROMPT][-1],
        )
    except (KeyError, ValueError, TypeError, IndexError, RecursionError) as error:
        raise _contradiction(path, f"what it says of itself is wrong or missing: {error}") from None
    if info.rank < 1 or not 0 < info.alpha < math.inf:
        raise _contradiction(path, f"rank {info.rank}, alpha {info.alpha}")
    _check_shapes(path, info, shapes)
    return info


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"{text!r} is no name")
    return text


def _training(text: str) -> dict[str, str]:
    said = json.loads(text)
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise ValueError("its training is no table of texts")
    return said


def _check_kind(
    path: Path, metadata: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    if metadata.get("format") != FORMAT:
        raise WeightsUnusable(
            f"{path} is not an adapter of layer-bridge; choose one that was made for it, as "
            "docs/diffusion.md describes."
        )
    version = metadata.get("version", "")[:LONGEST_NAME]
    if version != str(VERSION):
        raise WeightsUnusable(
            f"The adapter {path} is of version {version!r} of the format, and "
            f"this layer-bridge reads version {VERSION}; update layer-bridge or choose another "
            "adapter."
        )
    if PROMPT not in shapes:
        raise WeightsUnusable(
            f"The adapter {path} has no encoded prompt, and nothing here can encode one; choose an "
            "adapter that has it."
        )


def _check_shapes(path: Path, info: AdapterInfo, shapes: Mapping[str, tuple[int, ...]]) -> None:
    halves: dict[str, set[str]] = {}
    for name, shape in shapes.items():
        module, _, half = name.partition(".lora_")
        if name.startswith(LORA_PREFIX):
            halves.setdefault(module, set()).add(half)
        if not _is_right(name, shape, info):
            raise _contradiction(path, f"{name!r} is {' x '.join(map(str, shape))}")
    for module, there in halves.items():
        if there != {"A.weight", "B.weight"}:
            raise _contradiction(path, f"half of {module!r} is missing")


def _is_right(name: str, shape: tuple[int, ...], info: AdapterInfo) -> bool:
    if name == LSE:
        return shape == (len(FRAME_ORDER), info.channels)
    if name in (PROMPT, NEGATIVE):
        is_prompt = len(shape) == 3 and (shape[0], shape[2]) == (1, info.text_channels)
        return is_prompt and 1 <= shape[1] <= LONGEST_PROMPT
    if name.startswith(LORA_PREFIX) and len(shape) == 2:
        return info.rank == (shape[0] if name.endswith(".lora_A.weight") else shape[1])
    return False


def _contradiction(path: Path, what: str) -> WeightsUnusable:
    shortened = what[:LONGEST_NAME]
    return WeightsUnusable(f"The adapter {path} is damaged ({shortened}); fetch or copy it again.")
