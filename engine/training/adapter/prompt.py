"""The fixed prompt, encoded: by the base model's own text encoder, or as an adapter has it.

The encoder is Qwen2.5-VL of 7 billion parameters, whose last hidden states are what the transformer
is told; diffusers knows the words around a prompt, and which of their tokens it drops. It encodes
one sentence, once, so it does so in main memory.
"""

from __future__ import annotations

from pathlib import Path

import psutil
import torch
from diffusers import QwenImageLayeredPipeline
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer
from transformers.utils import logging

from engine.diffusion.adapter import read_adapter
from engine.diffusion.pairing import check_pair
from engine.diffusion.receipt import in_words
from engine.diffusion.weights import text_encoder_files
from engine.errors import OutOfMemory, UnsupportedOption, WeightsUnusable


def encode_prompt(base: Path, prompt: str) -> Tensor:
    """Encode a prompt with a base model's text encoder.

    Args:
        base: the folder with text_encoder/ and tokenizer/; see `find_text_encoder`.
        prompt: in words.

    Returns:
        (1, L, J) bfloat16.

    Raises:
        OutOfMemory: the encoder does not fit into what is free of main memory.
        WeightsUnusable: it is damaged, or none.
    """
    _check_room(base)
    # They would stand in the artist's terminal.
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        encoder = Qwen2_5_VLForConditionalGeneration.from_pretrained(
            base / "text_encoder",
            dtype=torch.bfloat16,
            use_safetensors=True,
            local_files_only=True,
        )
        tokenizer = Qwen2Tokenizer.from_pretrained(base / "tokenizer", local_files_only=True)
        return _encoded(encoder.eval(), tokenizer, prompt)
    except MemoryError:
        raise
    except Exception as error:
        # As with the rest of the base model: a wrong configuration raises anything.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise WeightsUnusable(
            f"The text encoder in {base} cannot be loaded ({reason}); see `layer-bridge models "
            "verify`."
        ) from error


@torch.no_grad()
def _encoded(
    encoder: Qwen2_5_VLForConditionalGeneration, tokenizer: Qwen2Tokenizer, prompt: str
) -> Tensor:
    pipeline = QwenImageLayeredPipeline(
        scheduler=None,
        vae=None,
        text_encoder=encoder,
        tokenizer=tokenizer,
        processor=None,
        transformer=None,
    )
    embeds: Tensor = pipeline.encode_prompt(prompt, device=torch.device("cpu"))[0]
    return embeds


def _check_room(base: Path) -> None:
    needed = sum(file.stat().st_size for file in text_encoder_files(base))
    free = int(psutil.virtual_memory().available)
    if free < needed:
        raise OutOfMemory(
            f"The text encoder needs {in_words(needed)} of main memory and {in_words(free)} are "
            "free; close other programs, or take the encoded prompt of an adapter that there is, "
            "with --prompt-from ADAPTER."
        )


def prompt_of(adapter: Path, base: Path, prompt: str) -> Tensor:
    """Take a prompt as an adapter has it encoded, (1, L, J).

    Args:
        adapter: its file.
        base: the base model's folder, to see that it was made for that.
        prompt: in words, to see that it is the one.

    Raises:
        UnsupportedOption: the adapter has another prompt.
        WeightsUnusable: it was made for another base model, or see `read_adapter`.
    """
    check_pair(adapter, base)
    found = read_adapter(adapter)
    if found.info.prompt != prompt:
        raise UnsupportedOption(
            f"The prompt of {adapter} is {found.info.prompt!r} and the recipe's {prompt!r}; give "
            "the recipe that prompt, or leave out --prompt-from to have the recipe's encoded."
        )
    return found.prompt
