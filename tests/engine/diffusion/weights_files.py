"""Files of weights as small as they can be: their layout and headers are right, and that is all."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from engine.diffusion.adapter import FORMAT, LSE, PROMPT, VERSION
from tests.engine.diffusion.fake_hub import REVISION


def weights(count: int = 600) -> bytes:
    """A safetensors file of `count` float32 numbers."""
    return save({"weight": np.arange(count, dtype=np.float32)})


SHARDS = [f"transformer/diffusion_pytorch_model-0000{part}-of-00002.safetensors" for part in (1, 2)]
INDEX = {"weight_map": {str(part): Path(shard).name for part, shard in enumerate(SHARDS)}}
BASE = {
    "transformer/config.json": b"{}",
    "transformer/diffusion_pytorch_model.safetensors.index.json": json.dumps(INDEX).encode(),
    SHARDS[0]: weights(),
    SHARDS[1]: weights(700),
    "vae/config.json": b'{"z_dim": 16}',
    "vae/diffusion_pytorch_model.safetensors": weights(800),
    "scheduler/scheduler_config.json": b"{}",
}
"""A base model in the layout of the real one: the transformer in pieces with an index."""

TEXT_ENCODER = {
    "text_encoder/config.json": b"{}",
    "text_encoder/model.safetensors": weights(900),
    "tokenizer/tokenizer_config.json": b"{}",
    "tokenizer/vocab.json": b'{"a": 0}',
    "tokenizer/merges.txt": b"#version: 0.2\n",
    "tokenizer/chat_template.jinja": b"{{ messages }}",
    "processor/preprocessor_config.json": b"{}",
}
"""What encodes a prompt; `models pull` leaves it out unless asked."""

REPOSITORY = "Qwen/Qwen-Image-Layered"


def adapter_file(base: str = REPOSITORY, revision: str = REVISION) -> bytes:
    """An adapter that was made for a revision of a base model."""
    tensors = {LSE: np.zeros((4, 32), np.float32), PROMPT: np.zeros((1, 7, 32), np.float32)}
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "rank": "4",
        "alpha": "4",
        "layout": "layers",
        "order": "line_art,flat_color,highlight,shadow",
        "base": base,
        "revision": revision,
        "prompt": "layers",
        "training": "{}",
    }
    return save(tensors, metadata=metadata)


ADAPTER = adapter_file()


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files by their paths in `folder`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
