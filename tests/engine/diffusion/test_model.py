"""The model: from a picture of its size to four layers, again and again."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine import Cancelled, EngineError, LayerRole, UnsupportedOption, WeightsUnusable
from engine.diffusion.adapter import attach, write_adapter
from engine.diffusion.checkpoint import load_checkpoint
from engine.diffusion.frames import FrameLayout
from engine.diffusion.latents import cleaned, decode, encode, to_vae
from engine.diffusion.model import Model
from engine.diffusion.placement import Placement
from engine.diffusion.plans import Plan
from engine.diffusion.sampler import Prompts, Run, sample
from tests.engine.diffusion.tiny import tiny_adapter, write_tiny_adapter, write_tiny_checkpoint


@pytest.fixture
def base(tmp_path):
    return write_tiny_checkpoint(tmp_path / "base")


def silent(stage, done):
    pass


@pytest.fixture
def picture():
    return np.random.default_rng(0).random((48, 32, 4), np.float32)


@pytest.mark.parametrize("layout", FrameLayout)
def test_a_model_makes_layers_of_a_picture(base, tmp_path, picture, layout):
    adapter = write_tiny_adapter(tmp_path / "adapter.safetensors", layout)
    model = Model.load(base, adapter, dtype=torch.float32)
    told = []
    run = Run(steps=2)
    layers = model.layers_of(picture, run, lambda stage, done: told.append((stage, done)))
    assert set(layers) == set(LayerRole)
    for layer in layers.values():
        assert (layer.shape, layer.dtype) == ((48, 32, 4), np.float32)
        assert 0 <= layer.min() <= layer.max() <= 1
    assert [stage for stage, _ in told] == [
        "reading the picture", "step 1 of 2", "step 2 of 2", *["decoding"] * 4,
    ]  # fmt: skip
    fractions = [done for _, done in told]
    assert fractions == sorted(fractions)
    again = model.layers_of(picture, run, silent)
    assert all(np.array_equal(again[role], layers[role]) for role in layers)


def test_a_model_in_bfloat16_is_near_that_in_float32(base, tmp_path, picture):
    adapter = write_tiny_adapter(tmp_path / "adapter.safetensors")
    exact, halved = (
        Model.load(base, adapter, dtype=dtype).layers_of(picture, Run(steps=2), silent)
        for dtype in (torch.float32, torch.bfloat16)
    )
    assert all(np.abs(exact[role] - halved[role]).max() < 0.05 for role in exact)


def test_a_cancelled_model_works_again(base, tmp_path, picture):
    model = Model.load(base, write_tiny_adapter(tmp_path / "adapter.safetensors"))

    def stop(stage, done):
        if stage == "step 2 of 2":
            raise Cancelled

    with pytest.raises(Cancelled):
        model.layers_of(picture, Run(steps=2), stop)
    assert set(model.layers_of(picture, Run(steps=2), silent)) == set(LayerRole)


def test_guidance_needs_a_negative_prompt(base, tmp_path, picture):
    adapter = tmp_path / "adapter.safetensors"
    write_adapter(adapter, replace(tiny_adapter(), negative=None))
    with pytest.raises(UnsupportedOption, match="turn Guidance off"):
        Model.load(base, adapter).layers_of(picture, Run(guidance=2), silent)


@torch.no_grad()
def test_frames_become_layers_in_the_papers_order(base, tmp_path, picture):
    path = write_tiny_adapter(tmp_path / "adapter.safetensors")
    layers = Model.load(base, path, dtype=torch.float32).layers_of(picture, Run(steps=1), silent)
    whole, adapter = load_checkpoint(base, dtype=torch.float32), tiny_adapter()
    attach(whole.transformer, adapter)
    known, prompts = encode(whole.vae, to_vae(picture)), Prompts(adapter.prompt, None)
    layout = FrameLayout.LAYERS
    frames = sample(
        whole.transformer, whole.scheduler, known, prompts, layout, Run(steps=1), silent
    )
    for role, frame in zip(("line_art", "flat_color", "highlight", "shadow"), frames, strict=True):
        assert np.array_equal(layers[LayerRole(role)], cleaned(decode(whole.vae, frame[None])))


def damaged(model, name):
    """The weight of that name, with a number in it that is none."""
    part, _, rest = name.partition(".")
    weight = getattr(model, part).get_parameter(rest)
    weight.data.view(-1)[:1] = torch.tensor(float("nan")).to(weight.dtype)


@pytest.mark.parametrize("plan", [Plan.CPU, Plan.FP8, Plan.STREAMED])
@pytest.mark.parametrize(
    "name",
    ["_transformer.transformer_blocks.1.attn.to_q.weight", "_vae.decoder.conv_in.weight"],
)
def test_weights_that_hold_no_numbers_are_damaged(base, tmp_path, picture, plan, name):
    adapter, placement = write_tiny_adapter(tmp_path / "a.safetensors"), Placement(plan, fused=True)
    model = Model.load(base, adapter, placement=placement)
    damaged(model, name)
    with pytest.raises(WeightsUnusable, match=f"{name.partition('.')[2]} holds what is no number"):
        model.layers_of(picture, Run(steps=1), silent)


def test_a_prompt_that_holds_no_numbers_is_damaged(base, tmp_path, picture):
    adapter = tiny_adapter()
    adapter.prompt[0, 0, 0] = float("nan")
    write_adapter(tmp_path / "a.safetensors", adapter)
    model = Model.load(base, tmp_path / "a.safetensors")
    with pytest.raises(WeightsUnusable, match="the encoded prompt holds what is no number"):
        model.layers_of(picture, Run(steps=1), silent)


def test_a_lora_that_holds_no_numbers_is_not_fused(base, tmp_path):
    adapter = tiny_adapter()
    next(iter(adapter.lora.values()))[0, 0] = float("inf")
    write_adapter(tmp_path / "a.safetensors", adapter)
    with pytest.raises(WeightsUnusable, match="together with its LoRA holds what is no number"):
        Model.load(base, tmp_path / "a.safetensors", placement=Placement(fused=True))


def test_whole_weights_whose_numbers_overflow_are_told(base, tmp_path, picture):
    model = Model.load(base, write_tiny_adapter(tmp_path / "a.safetensors"), dtype=torch.float32)
    torch.nn.init.constant_(model._transformer.proj_out.weight, 3e38)
    with pytest.raises(EngineError, match=r"overflowed \(NaN\).*Quality set to Paper") as told:
        model.layers_of(picture, Run(steps=1), silent)
    assert told.value.code == "engine_failed"
