"""The prompt: encoded as the base model's own pipeline does, or taken from an adapter."""

from pathlib import Path

import psutil
import pytest
import torch
from diffusers import QwenImageLayeredPipeline
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

from engine.errors import OutOfMemory, UnsupportedOption, WeightsUnusable
from engine.training.adapter.prompt import encode_prompt, prompt_of
from tests.engine.diffusion.tiny import TEXT, tiny_adapter, write_tiny_adapter
from tests.engine.training.adapter.tiny_text import write_tiny_text_encoder

PROMPT = "Anime illustration, 線画"
DROPPED = 34
"""Tokens before a prompt that the transformer is not told."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_text_encoder(tmp_path_factory.mktemp("base"))


def test_a_prompt_is_the_encoders_last_hidden_states(base: Path) -> None:
    encoder = Qwen2_5_VLForConditionalGeneration.from_pretrained(
        base / "text_encoder", dtype=torch.bfloat16
    ).eval()
    tokenizer = Qwen2Tokenizer.from_pretrained(base / "tokenizer")
    empty = QwenImageLayeredPipeline(None, None, None, None, None, None)
    tokens = tokenizer(empty.prompt_template_encode.format(PROMPT), return_tensors="pt")
    with torch.no_grad():
        states = encoder(**tokens, output_hidden_states=True).hidden_states[-1]

    embeds = encode_prompt(base, PROMPT)

    assert embeds.dtype == torch.bfloat16
    assert torch.equal(embeds, states[:, DROPPED:])


def test_another_prompt_is_encoded_otherwise(base: Path) -> None:
    assert encode_prompt(base, "a").shape != encode_prompt(base, "longer").shape
    assert not torch.equal(encode_prompt(base, "abc"), encode_prompt(base, "abd"))


def test_a_damaged_encoder_is_told(tmp_path: Path) -> None:
    base = write_tiny_text_encoder(tmp_path)
    weights = base / "text_encoder/model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(WeightsUnusable, match=r"cannot be loaded \(.+\); see `layer-bridge models"):
        encode_prompt(base, PROMPT)


def test_an_encoder_that_does_not_fit_is_not_begun(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    little = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: little)
    with pytest.raises(OutOfMemory, match=r"needs .+ of main memory and 1 kB are free"):
        encode_prompt(base, PROMPT)


def test_an_adapter_has_its_prompt_encoded(tmp_path: Path) -> None:
    path, adapter = write_tiny_adapter(tmp_path / "a.safetensors"), tiny_adapter()
    found = prompt_of(path, tmp_path, adapter.info.prompt)
    assert torch.equal(found, adapter.prompt)
    assert found.shape == (1, 7, TEXT)


def test_an_adapter_of_another_prompt_is_not_taken(tmp_path: Path) -> None:
    path = write_tiny_adapter(tmp_path / "a.safetensors")
    with pytest.raises(UnsupportedOption, match=r"and the recipe's 'x'; give the recipe"):
        prompt_of(path, tmp_path, "x")
