"""A tiny text encoder and tokenizer of the real classes, in the real files' layout."""

import json
from pathlib import Path

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from tests.engine.diffusion.tiny import TEXT

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def write_tiny_text_encoder(base: Path, seed: int = 0) -> Path:
    """Write text_encoder/ and tokenizer/ into a base model's folder: 7 billion in the real one."""
    torch.manual_seed(seed)
    size = {"hidden_size": TEXT, "intermediate_size": 2 * TEXT, "num_attention_heads": 2}
    text = {
        **size,
        "num_hidden_layers": 2,
        "num_key_value_heads": 1,
        "vocab_size": 300,
        "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
    }
    vision = {"depth": 1, "hidden_size": TEXT, "num_heads": 2, "out_hidden_size": TEXT}
    special = {"bos_token_id": 256, "eos_token_id": 258}
    config = Qwen2_5_VLConfig(text_config=text | special, vision_config=vision, **special)
    encoder = Qwen2_5_VLForConditionalGeneration(config).to(torch.bfloat16)
    encoder.save_pretrained(base / "text_encoder")
    _write_tokenizer(base / "tokenizer")
    return base


def _write_tokenizer(folder: Path) -> None:
    """One token a byte, as Qwen's spells what it has no longer token for."""
    folder.mkdir()
    vocabulary = {letter: index for index, letter in enumerate(sorted(ByteLevel.alphabet()))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    added = {
        str(256 + index): {"content": word, "special": True, "normalized": False}
        for index, word in enumerate(SPECIAL)
    }
    config = {
        "tokenizer_class": "Qwen2Tokenizer",
        "added_tokens_decoder": added,
        "additional_special_tokens": list(SPECIAL[1:]),
        "eos_token": SPECIAL[2],
        "pad_token": SPECIAL[0],
        "unk_token": None,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
