"""Each memory plan that runs on a processor: what it stores, and that the layers stay the same."""

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers.hooks import group_offloading

from engine import LayerRole
from engine.diffusion.adapter import attach
from engine.diffusion.memory import Demand
from engine.diffusion.model import Model
from engine.diffusion.placement import Placement, free_memory, fuse, place, ran_out
from engine.diffusion.plans import Plan
from engine.diffusion.sampler import Run
from engine.diffusion.sizes import Sizes
from engine.diffusion.speed import SPEEDS, Quality, Speed
from engine.diffusion.weights import Weights
from tests.engine.diffusion.tiny import (
    tiny_adapter,
    tiny_transformer,
    write_tiny_adapter,
    write_tiny_checkpoint,
)

QUICK, PAPER = SPEEDS[Quality.BALANCED], SPEEDS[Quality.PAPER]


@pytest.fixture
def weights(tmp_path):
    base = write_tiny_checkpoint(tmp_path / "base")
    return Weights(base, None, write_tiny_adapter(tmp_path / "adapter.safetensors"))


@pytest.fixture
def picture():
    return np.random.default_rng(0).random((48, 32, 4), np.float32)


def layers_of(weights, picture, placement, speed=PAPER):
    model = Model.load(weights.base, weights.adapter, placement=placement, dtype=torch.float32)
    model.hasten(speed)
    return model.layers_of(picture, Run(steps=2), lambda stage, done: None)


def farthest(ones, others):
    return max(np.abs(ones[role] - others[role]).max() for role in LayerRole)


def placed(placement, dtype=torch.bfloat16):
    transformer = tiny_transformer().to(dtype)
    attach(transformer, tiny_adapter())
    place(transformer, placement)
    return transformer


@pytest.mark.parametrize("fused", [False, True], ids=["live", "fused"])
def test_streamed_blocks_compute_what_resident_ones_do(weights, picture, fused):
    resident, streamed = (
        layers_of(weights, picture, Placement(plan, "cpu", fused))
        for plan in (Plan.RESIDENT, Plan.STREAMED)
    )
    assert farthest(resident, streamed) == 0


def test_8_bits_that_are_streamed_compute_what_those_on_the_card_do(weights, picture):
    resident, streamed = (
        layers_of(weights, picture, Placement.of(plan, "cpu", PAPER))
        for plan in (Plan.FP8, Plan.FP8_STREAMED)
    )
    assert farthest(resident, streamed) == 0


@pytest.fixture
def waits(monkeypatch):
    """A processor passes for a card that fetches blocks ahead; how often it waited for one."""
    waits = []
    stream = SimpleNamespace(synchronize=lambda: waits.append(1))
    backend = SimpleNamespace(stream=nullcontext, current_stream=lambda: stream)
    config = group_offloading.GroupOffloadingConfig

    def with_stream(**values):
        return config(**{**values, "stream": stream})

    monkeypatch.setattr(group_offloading, "TorchDeviceBackend", lambda device: backend)
    monkeypatch.setattr(group_offloading, "GroupOffloadingConfig", with_stream)
    monkeypatch.setattr(torch.Tensor, "is_pinned", lambda tensor: True)
    return waits


def test_the_first_streamed_picture_is_cached_as_those_after_it_are(weights, picture, waits):
    def pictures(plan):
        placement = Placement(plan, "cpu")
        model = Model.load(weights.base, weights.adapter, None, placement, torch.float32)
        for _ in range(2):
            model.hasten(replace(PAPER, cache=0.6))
            yield model.layers_of(picture, Run(steps=6), lambda stage, done: None)

    resident, _ = pictures(Plan.RESIDENT)
    assert not waits
    assert [farthest(resident, streamed) for streamed in pictures(Plan.STREAMED)] == [0, 0]
    assert waits


def test_a_fused_lora_is_not_written_into_the_file_that_a_weight_is_mapped_from():
    transformer = tiny_transformer()
    attach(transformer, tiny_adapter())
    projection = transformer.transformer_blocks[1].attn.to_q.base_layer
    mapped = projection.weight.detach()
    before = mapped.clone()
    fuse(transformer)
    assert torch.equal(mapped, before)
    assert not torch.equal(projection.weight, before)


def test_a_fused_lora_says_what_a_live_one_does(weights, picture):
    live, fused = (layers_of(weights, picture, Placement(fused=fused)) for fused in (False, True))
    assert 0 < farthest(live, fused) < 1e-4


def test_8_bits_round_and_no_more(weights, picture):
    exact = layers_of(weights, picture, Placement(fused=True))
    rounded = layers_of(weights, picture, Placement(Plan.FP8, fused=True))
    assert 0 < farthest(exact, rounded) < 0.2


def test_8_bits_hold_the_fused_lora_and_spare_what_all_depends_on():
    block = placed(Placement(Plan.FP8, fused=True)).transformer_blocks[1]
    plain = tiny_transformer().transformer_blocks[1].attn.to_q.weight
    lora = tiny_adapter().lora
    name = "transformer_blocks.1.attn.to_q.lora_{}.weight"
    whole = plain + lora[name.format("B")] @ lora[name.format("A")]
    assert block.attn.to_q.weight.dtype is torch.float8_e4m3fn
    assert torch.allclose(block.attn.to_q.weight.float(), whole, rtol=0.07, atol=0.01)
    assert block.attn.norm_q.weight.dtype is torch.bfloat16


def test_8_bits_are_stored_where_most_numbers_are_and_nowhere_else():
    transformer = placed(Placement(Plan.FP8, fused=True))
    halves = {name for name, weight in transformer.named_parameters() if weight.itemsize == 1}
    assert {name.partition(".")[0] for name in halves} == {"transformer_blocks"}
    assert not any("norm" in name or "lora" in name for name in halves)
    assert transformer.dtype is torch.bfloat16


@pytest.mark.parametrize("plan", [Plan.CPU, Plan.FP8, Plan.STREAMED, Plan.FP8_STREAMED])
def test_the_weights_take_what_was_said(weights, plan):
    placement = Placement.of(plan, "cpu", PAPER)
    transformer = placed(placement)
    numbers = dict(transformer.named_parameters())
    embedding = numbers.pop("layer_semantic_embedding.weight")
    taken = sum(weight.nbytes for weight in numbers.values())
    assert embedding.dtype is torch.float32
    said = Demand(Sizes.of(weights), 0, 0).weights(plan)
    assert taken == pytest.approx(said, rel=0.04)


def test_4_bits_are_asked_of_bitsandbytes_while_loading(tmp_path, monkeypatch):
    metadata = tmp_path / "bitsandbytes-0.45.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: bitsandbytes\nVersion: 0.45.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert Placement(Plan.FP8).quantization is None
    asked = Placement(Plan.NF4, "cuda").quantization
    assert (asked.load_in_4bit, asked.bnb_4bit_quant_type) == (True, "nf4")
    assert asked.bnb_4bit_compute_dtype is torch.bfloat16
    outside = {name for name, _ in tiny_transformer().named_children()} - {"transformer_blocks"}
    with_matrices = outside - {"pos_embed", "txt_norm"}
    assert set(asked.llm_int8_skip_modules) == with_matrices


@pytest.mark.parametrize(
    ("plan", "speed", "fused"),
    [
        (Plan.RESIDENT, PAPER, False),
        (Plan.RESIDENT, QUICK, True),
        (Plan.FP8, PAPER, True),
        (Plan.NF4, QUICK, False),
        (Plan.STREAMED, QUICK, True),
        (Plan.STREAMED, PAPER, False),
        (Plan.FP8_STREAMED, PAPER, True),
    ],
)
def test_the_lora_is_fused_before_8_bits_and_never_into_4(plan, speed, fused):
    assert Placement.of(plan, "cuda", speed).fused is fused


def test_nothing_is_compiled_on_a_processor_or_for_the_paper():
    assert not Placement.of(Plan.CPU, "cpu", Speed(steps=1, compiled=True)).compiled
    assert not Placement.of(Plan.RESIDENT, "cuda", PAPER).compiled


def test_a_model_without_a_lora_is_placed_too():
    transformer = tiny_transformer()
    place(transformer, Placement(Plan.FP8, fused=True))
    assert transformer.transformer_blocks[0].attn.to_q.weight.itemsize == 1


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 17 GB)"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_says_that_memory_ran_out(error, is_memory):
    assert ran_out(error) is is_memory


def test_what_pytorch_keeps_is_given_back_on_every_kind_of_card(monkeypatch):
    given = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: given.append("cuda"))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "empty_cache", lambda: given.append("mps"))
    free_memory()
    assert given == ["cuda", "mps"]
