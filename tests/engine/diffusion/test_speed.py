"""The qualities: what each leaves out, that `paper` leaves out nothing, and that none lasts."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers.models import attention_dispatch

from engine import Cancelled, LayerRole
from engine.diffusion.adapter import attach
from engine.diffusion.frames import FrameLayout
from engine.diffusion.model import Model
from engine.diffusion.sampler import Run
from engine.diffusion.speed import (
    GENERAL,
    ON_HOPPER,
    ON_OTHERS,
    SPEEDS,
    Quality,
    Speed,
    attention_for,
    can_compile,
    compile_blocks,
    hasten,
)
from tests.engine.diffusion.test_sampler import sampled
from tests.engine.diffusion.tiny import (
    BLOCKS,
    tiny_adapter,
    tiny_transformer,
    write_tiny_adapter,
    write_tiny_checkpoint,
)

CACHED = Speed(steps=6, cache=0.6)
"""So high that the tiny model, whose numbers mean nothing, skips blocks as well."""


@pytest.fixture
def picture():
    return np.random.default_rng(0).random((48, 32, 4), np.float32)


def load(tmp_path, layout):
    base = write_tiny_checkpoint(tmp_path / "base")
    adapter = write_tiny_adapter(tmp_path / "adapter.safetensors", layout)
    return Model.load(base, adapter, dtype=torch.float32)


def silent(stage, done):
    pass


def layers_of(model, picture, speed, report=silent):
    model.hasten(speed)
    return model.layers_of(picture, Run(steps=speed.steps), report)


def same(ones, others):
    return all(np.array_equal(ones[role], others[role]) for role in LayerRole)


def test_the_steps_of_each_quality():
    assert [SPEEDS[quality].steps for quality in Quality] == [50, 20, 10]


@pytest.mark.parametrize("layout", FrameLayout)
def test_paper_is_the_plain_model_bit_by_bit_whatever_came_before(tmp_path, picture, layout):
    model = load(tmp_path, layout)
    plain = model.layers_of(picture, Run(steps=50), silent)
    layers_of(model, picture, CACHED)
    layers_of(model, picture, replace(SPEEDS[Quality.FAST], steps=2))
    assert same(layers_of(model, picture, SPEEDS[Quality.PAPER]), plain)


def test_fast_drops_the_composite_frame_whatever_the_adapter_was_trained_with(tmp_path, picture):
    model, tokens = load(tmp_path, FrameLayout.COMPOSITE), []
    model._transformer.img_in.register_forward_pre_hook(
        lambda module, args: tokens.append(args[0].shape[1])
    )
    for quality in (Quality.FAST, Quality.BALANCED):
        layers_of(model, picture, SPEEDS[quality])
    assert set(tokens[:10]) == {5 * 6}
    assert set(tokens[10:]) == {6 * 6}


def blocks_asked(transformer, speed):
    """How often each block computes in a run."""
    asked = [0] * BLOCKS
    hasten(transformer, speed, "cpu")

    def count(index):
        def hook(*call):
            asked[index] += 1

        return hook

    hooks = [
        block.attn.register_forward_hook(count(index))
        for index, block in enumerate(transformer.transformer_blocks)
    ]
    latents = sampled(transformer, FrameLayout.COMPOSITE, Run(steps=speed.steps))
    for hook in hooks:
        hook.remove()
    return asked, latents


def test_the_cache_spares_all_blocks_but_the_first():
    transformer = tiny_transformer()
    attach(transformer, tiny_adapter(FrameLayout.COMPOSITE))
    (first, later), approximated = blocks_asked(transformer, CACHED)
    assert 0 < later < first == 6
    always, exact = blocks_asked(transformer, Speed(steps=6))
    assert always == [6, 6]
    assert not torch.equal(exact, approximated)


def test_a_cancelled_cached_picture_does_not_spoil_the_next(tmp_path, picture):
    model = load(tmp_path, FrameLayout.LAYERS)
    clean = layers_of(model, picture, CACHED)

    def stop(stage, done):
        if stage == "step 3 of 6":
            raise Cancelled

    with pytest.raises(Cancelled):
        layers_of(model, picture, CACHED, stop)
    assert same(layers_of(model, picture, CACHED), clean)


def test_compiled_blocks_compute_the_same():
    transformer, run = tiny_transformer(), Run(steps=2)
    attach(transformer, tiny_adapter(FrameLayout.COMPOSITE))
    plain = sampled(transformer, FrameLayout.COMPOSITE, run)
    torch._dynamo.reset()
    compile_blocks(transformer, backend="eager")
    compiled = sampled(transformer, FrameLayout.COMPOSITE, run)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    assert torch.allclose(compiled, plain, atol=1e-5)


def test_a_processor_has_no_kernel_of_its_own_and_compiles_nothing():
    assert attention_for("cpu") == GENERAL
    assert not can_compile("cpu")


@pytest.mark.parametrize("name", {*ON_HOPPER, *ON_OTHERS})
def test_no_kernel_is_fetched_from_a_hub_or_approximates(name):
    """diffusers gives the name of the fetched ones, and of those that compute in 8 bits."""
    kernel = attention_dispatch.AttentionBackendName(name)
    assert kernel in attention_dispatch._AttentionBackendRegistry._backends
    assert kernel not in attention_dispatch._HUB_KERNELS_REGISTRY
    assert "sage" not in name


def test_flash_attention_2_comes_first_where_it_is_the_quickest():
    assert ON_HOPPER.index("_native_cudnn") < ON_HOPPER.index("flash")
    assert [*ON_OTHERS] == ["flash", "_native_flash", "_native_cudnn"]
