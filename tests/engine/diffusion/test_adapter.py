"""The adapter's file: what goes in comes out, plain diffusers reads it, and damage is told."""

import pickle
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from diffusers import QwenImageLayeredPipeline
from safetensors.torch import load_file, save_file

from engine import WeightsUnusable
from engine.diffusion.adapter import attach, read_adapter, read_info, write_adapter
from engine.diffusion.frames import FrameLayout
from engine.diffusion.sampler import Run
from tests.engine.diffusion.test_sampler import sampled
from tests.engine.diffusion.tiny import (
    BLOCKS,
    CHANNELS,
    PROJECTIONS,
    layered_scheduler,
    tiny_adapter,
    tiny_transformer,
    tiny_vae,
    write_tiny_adapter,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "adapter.safetensors"


@pytest.mark.parametrize("layout", FrameLayout)
def test_what_is_written_is_read(path, layout):
    written = tiny_adapter(layout, alpha=2.5)
    write_adapter(path, written)
    read = read_adapter(path)
    assert (read_info(path), read.info) == (written.info, written.info)
    assert read.lora.keys() == written.lora.keys()
    assert all(torch.equal(read.lora[name], written.lora[name]) for name in read.lora)
    assert torch.equal(read.embedding, written.embedding)
    assert torch.equal(read.prompt, written.prompt)
    assert torch.equal(read.negative, written.negative)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_adapter_need_not_have_a_lora_or_a_negative_prompt(path):
    write_adapter(path, replace(tiny_adapter(), lora={}, negative=None))
    read = read_adapter(path)
    assert (read.lora, read.negative) == ({}, None)
    before = dict(tiny_transformer().named_parameters())
    attach(changed := tiny_transformer(), read)
    after = dict(changed.named_parameters())
    assert after.keys() - before.keys() == {"layer_semantic_embedding.weight"}


def test_the_papers_rank_is_attached_as_equation_5_says(path):
    """W + alpha / r B A on all eight projections, in what the transformer says."""
    write_adapter(path, tiny_adapter(FrameLayout.COMPOSITE, alpha=16, rank=32))
    read = read_adapter(path)
    assert (read.info.rank, len(read.lora)) == (32, BLOCKS * 8 * 2)
    attach(adapted := tiny_transformer(), read)
    added = tiny_transformer()
    attach(added, replace(read, lora={}))
    for block in range(BLOCKS):
        for projection in PROJECTIONS:
            name = f"transformer_blocks.{block}.attn.{projection}"
            down, up = (read.lora[f"{name}.lora_{half}.weight"] for half in "AB")
            assert (down.shape, up.shape) == ((32, CHANNELS), (CHANNELS, 32))
            with torch.no_grad():
                added.get_submodule(name).weight += 16 / 32 * up @ down
    run, layout = Run(steps=2), FrameLayout.COMPOSITE
    expected = sampled(added, layout, run)
    assert torch.allclose(sampled(adapted, layout, run), expected, atol=1e-4)
    attach(plain := tiny_transformer(), replace(read, lora={}))
    assert not torch.allclose(sampled(plain, layout, run), expected, atol=1e-2)


def test_plain_diffusers_takes_it_for_a_lora(path):
    adapter = tiny_adapter(alpha=8)
    write_adapter(path, adapter)
    pipe = QwenImageLayeredPipeline(
        scheduler=layered_scheduler(),
        vae=tiny_vae(),
        text_encoder=None,
        tokenizer=None,
        processor=None,
        transformer=tiny_transformer(),
    )
    pipe.load_lora_weights(str(path), adapter_name="theirs")
    attach(ours := tiny_transformer(), adapter)
    for transformer, name in ((pipe.transformer, "theirs"), (ours, "layers")):
        projection = transformer.transformer_blocks[1].attn.add_k_proj
        weights = adapter.lora["transformer_blocks.1.attn.add_k_proj.lora_B.weight"]
        assert torch.equal(projection.lora_B[name].weight, weights)
        assert projection.scaling == {name: 2.0}


def test_to_read_what_it_says_of_itself_needs_no_torch(path):
    write_tiny_adapter(path)
    code = "import sys; from pathlib import Path; from engine.diffusion.adapter import read_info; "
    code += f"print(read_info(Path({str(path)!r})).rank, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["4", "False"]


def rewritten(path, tensors=None, drop=(), **metadata):
    """The tiny adapter's file with some of it changed."""
    write_tiny_adapter(path)
    held = {**load_file(path), **(tensors or {})}
    said = {"format": "layer-bridge/adapter", "version": "1", "rank": "4", "alpha": "4"}
    said |= {
        "order": "line_art,flat_color,highlight,shadow",
        "layout": "layers",
        "base": "b",
        "revision": "r",
        "prompt": "p",
        "training": "{}",
    }
    save_file(
        {name: tensor for name, tensor in held.items() if name not in drop},
        path,
        metadata={**said, **metadata},
    )


A = "transformer.transformer_blocks.0.attn.to_q.lora_A.weight"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": "2"}, "of version '2' of the format.*update layer-bridge"),
        ({"format": "somebody's"}, "is not an adapter of layer-bridge; choose"),
        ({"rank": "8"}, "is damaged .*lora_A.weight' is 4 x 32.*fetch or copy it again"),
        ({"rank": "many"}, "is damaged"),
        ({"layout": "sideways"}, "is damaged .*sideways"),
        ({"order": "shadow,line_art"}, "is damaged .*in the order 'shadow,line_art'"),
        ({"training": "3"}, "is damaged"),
        ({"training": "[" * 100_000}, "is damaged"),
        ({"training": '{"steps": 20000}'}, "is damaged .*no table of texts"),
        ({"base": "Owner/\x1b[2J"}, r"is damaged .*'Owner/\\x1b\[2J' is no name"),
        ({"revision": "main\n"}, "is damaged .*is no name"),
        ({"rank": "-4"}, "is damaged .rank -4, alpha 4"),
        ({"alpha": "0"}, "is damaged .rank 4, alpha 0"),
        ({"alpha": "nan"}, "is damaged .rank 4, alpha nan"),
        ({"alpha": "1e400"}, "is damaged .rank 4, alpha inf"),
        (
            {"tensors": {"lora_lse.weight": torch.zeros(4, 32).int()}},
            "lora_lse.weight' is of type I32",
        ),
        ({"tensors": {A: torch.zeros(4, 32).bool()}}, "is of type BOOL"),
        ({"tensors": {"lora_prompt_embeds": torch.zeros(1, 0, 32)}}, "embeds' is 1 x 0 x 32"),
        ({"tensors": {"lora_prompt_embeds": torch.zeros(1, 9999, 32)}}, "embeds' is 1 x 9999"),
        ({"tensors": {"lora_lse.weight": torch.zeros(5, 32)}}, "lora_lse.weight' is 5 x 32"),
        ({"tensors": {"lora_prompt_embeds": torch.zeros(7, 32)}}, "lora_prompt_embeds' is 7 x 32"),
        ({"tensors": {"lora_more": torch.zeros(1)}}, "lora_more"),
        ({"drop": ("lora_lse.weight",)}, "missing: 'lora_lse.weight'"),
        ({"drop": ("lora_prompt_embeds",)}, "has no encoded prompt.*choose an adapter"),
        ({"drop": (A,)}, "half of 'transformer.transformer_blocks.0.attn.to_q' is missing"),
    ],
    ids=lambda value: re.sub(r"\W+", " ", str(value))[:30],
)
def test_a_wrong_file_is_told_in_a_sentence(path, change, sentence):
    rewritten(path, **change)
    with pytest.raises(WeightsUnusable, match=rf"(?s){sentence}.*\.$") as told:
        read_adapter(path)
    assert str(path) in str(told.value)


def test_the_file_that_the_wrong_ones_are_made_of_is_right(path):
    rewritten(path)
    read_adapter(path)


@pytest.mark.parametrize("kept", [0, 4, 1000, -100], ids=["empty", "head", "header", "end"])
def test_a_file_cut_short_is_told(path, kept):
    write_tiny_adapter(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WeightsUnusable, match=r"cannot be read as a .*fetch or copy it again"):
        read_info(path)


@pytest.mark.parametrize("name", ["base", "layout", "order", "version", "rank"])
def test_what_a_file_says_at_length_is_told_in_short(path, name):
    rewritten(path, **{name: "9" * 100_000})
    with pytest.raises(WeightsUnusable) as told:
        read_info(path)
    assert len(str(told.value)) < 600


def test_a_header_that_is_absurdly_long_is_not_read(path):
    rewritten(path, prompt="x" * (5 << 20))
    with pytest.raises(WeightsUnusable, match="it does not begin like one"):
        read_info(path)


class Mark:
    """Shows whether it was unpickled."""

    seen = False

    def __reduce__(self):
        return setattr, (Mark, "seen", True)


def test_a_pickle_is_refused_unopened(path):
    path.write_bytes(pickle.dumps(Mark()))
    with pytest.raises(WeightsUnusable, match="cannot be read"):
        read_adapter(path)
    assert not Mark.seen


def test_a_lost_file_is_told(path):
    with pytest.raises(WeightsUnusable, match="cannot be read"):
        read_info(path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"channels": 64}, "C is 32, not 64"),
        ({"text_channels": 3584}, "J is 32, not 3584"),
    ],
    ids=["channels", "text"],
)
def test_another_base_model_is_told(change, sentence):
    adapter = tiny_adapter()
    strange = replace(adapter, info=replace(adapter.info, **change))
    with pytest.raises(WeightsUnusable, match=rf"made for nobody/tiny-layered.*{sentence}.*\.$"):
        attach(tiny_transformer(), strange)


def test_another_base_model_is_told_where_no_name_is_known():
    adapter = tiny_adapter()
    strange = replace(adapter, info=replace(adapter.info, base="", channels=64))
    with pytest.raises(WeightsUnusable, match="made for some model, and this is another"):
        attach(tiny_transformer(), strange)


def test_weights_that_are_packed_into_4_bits_are_the_base_models_all_the_same():
    transformer = tiny_transformer()
    linear = transformer.transformer_blocks[0].attn.to_q
    linear.weight = torch.nn.Parameter(linear.weight.reshape(-1, 1), requires_grad=False)
    attach(transformer, tiny_adapter())
    assert transformer.transformer_blocks[0].attn.to_q.in_features == linear.in_features


def test_a_base_model_of_fewer_blocks_is_told():
    adapter = tiny_adapter()
    more = {name.replace("blocks.1", "blocks.59"): w for name, w in adapter.lora.items()}
    with pytest.raises(WeightsUnusable, match=r"blocks\.59.*missing or of another shape"):
        attach(tiny_transformer(), replace(adapter, lora=more))
