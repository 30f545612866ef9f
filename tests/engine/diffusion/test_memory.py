"""What each memory plan needs, which one fits what is free, and what is said where none does."""

from dataclasses import replace

import pytest

from engine import OutOfMemory, UnsupportedOption, WeightsMissing
from engine.diffusion import memory
from engine.diffusion.frames import FrameLayout
from engine.diffusion.memory import Demand, Memory, device_for, first_that_fits, free_on
from engine.diffusion.plans import Plan, rungs
from engine.diffusion.sizes import Sizes
from engine.diffusion.speed import SPEEDS, Quality
from engine.diffusion.weights import Weights
from tests.engine.diffusion.tiny import (
    BLOCKS,
    CHANNELS,
    tiny_adapter,
    tiny_transformer,
    tiny_vae,
    write_tiny_adapter,
    write_tiny_checkpoint,
)

GB = 10**9
REAL = Sizes(
    block_matrices=60 * 339_738_624,
    block_rest=60 * 92_672,
    outside=40_541_760,
    converted=0,
    blocks=60,
    vae=126_897_716,
    lora=94_371_840,
    channels=3072,
    vae_channels=96,
)
"""Qwen-Image-Layered with a LoRA of rank 32 on its attention."""
PAGE = Demand(REAL, pixels=768 * 1152, tokens=6 * 48 * 72)


@pytest.fixture
def four_bit(monkeypatch):
    """As if bitsandbytes were installed."""
    monkeypatch.setattr(memory, "find_spec", lambda name: name)


@pytest.mark.parametrize(
    ("plan", "weights", "device", "main"),
    [
        (Plan.RESIDENT, 41.0, 44.6, 1.4),
        (Plan.FP8, 20.5, 24.1, 1.4),
        (Plan.NF4, 11.7, 15.3, 1.4),
        (Plan.STREAMED, 41.0, 5.0, 44.8),
        (Plan.FP8_STREAMED, 20.5, 4.4, 23.0),
        (Plan.CPU, 41.0, 0, 44.6),
    ],
)
def test_what_the_real_model_needs(plan, weights, device, main):
    need = PAGE.memory(plan)
    assert PAGE.weights(plan) / GB == pytest.approx(weights, abs=0.06)
    assert need.device / GB == pytest.approx(device, abs=0.06)
    assert need.main / GB == pytest.approx(main, abs=0.06)


def test_a_larger_frame_needs_more_to_compute():
    larger = replace(PAGE, pixels=4 * PAGE.pixels, tokens=4 * PAGE.tokens)
    for plan in (Plan.RESIDENT, Plan.STREAMED):
        more = larger.memory(plan).device - PAGE.memory(plan).device
        assert more / GB == pytest.approx(3 * 2.38, abs=0.01)


@pytest.mark.usefixtures("four_bit")
@pytest.mark.parametrize(
    ("device", "card", "main", "plan"),
    [
        ("cuda", 142, 200, Plan.RESIDENT),
        ("cuda", 50, 60, Plan.RESIDENT),
        ("cuda", 50, 12, Plan.RESIDENT),
        ("cuda", 44, 60, Plan.FP8),
        ("cuda", 25, 12, Plan.FP8),
        ("cuda", 24, 60, Plan.NF4),
        ("cuda", 16, 60, Plan.NF4),
        ("cuda", 16, 12, Plan.NF4),
        ("cuda", 15, 60, Plan.STREAMED),
        ("cuda", 8, 60, Plan.STREAMED),
        ("cuda", 12, 32, Plan.FP8_STREAMED),
        ("cuda", 5, 24, Plan.FP8_STREAMED),
        ("mps", 60, 60, Plan.RESIDENT),
        ("cpu", 60, 60, Plan.CPU),
        ("cpu", 30, 30, Plan.FP8),
    ],
)
def test_the_best_plan_that_fits_is_taken(device, card, main, plan):
    assert first_that_fits(rungs(None, device), PAGE, Memory(card * GB, main * GB)) is plan


@pytest.mark.usefixtures("four_bit")
@pytest.mark.parametrize(
    ("device", "card", "main"), [("cuda", 12, 16), ("cuda", 4, 60), ("mps", 30, 30), ("cpu", 9, 9)]
)
def test_where_nothing_fits_it_is_refused(device, card, main):
    with pytest.raises(OutOfMemory):
        first_that_fits(rungs(None, device), PAGE, Memory(card * GB, main * GB))


def test_a_refusal_says_what_each_plan_needs_and_what_is_free():
    with pytest.raises(OutOfMemory) as told:
        first_that_fits((Plan.NF4, Plan.STREAMED), PAGE, Memory(12 * GB, 32 * GB))
    assert str(told.value) == (
        "The diffusion engine needs 15.3 GB of graphics memory and 1.4 GB of main memory "
        "(4-bit) or 5.0 GB of graphics memory and 44.8 GB of main memory (bf16, streamed), and "
        "12.0 GB of graphics memory and 32.0 GB of main memory are free; close other programs, "
        "choose another memory plan, or take the builtin engine."
    )


def test_a_refusal_on_the_processor_speaks_of_main_memory_alone():
    with pytest.raises(OutOfMemory, match=r"needs 44\.6 GB of main memory \(.*\), and 9\.0 GB of"):
        first_that_fits((Plan.CPU,), PAGE, Memory(9 * GB, 9 * GB))


def test_without_bitsandbytes_the_next_plan_is_taken_or_it_says_what_to_install():
    assert first_that_fits(rungs(None, "cuda"), PAGE, Memory(16 * GB, 60 * GB)) is Plan.STREAMED
    for candidates in (rungs(None, "cuda"), rungs(Plan.NF4, "cuda")):
        with pytest.raises(WeightsMissing, match=r"pipx install --force '\.\[diffusion-4bit\]'$"):
            first_that_fits(candidates, PAGE, Memory(16 * GB, 20 * GB))


@pytest.mark.usefixtures("four_bit")
def test_a_transformer_in_a_file_of_its_own_is_not_made_4_bits():
    one_file, free = replace(PAGE, one_file=True), Memory(16 * GB, 60 * GB)
    assert first_that_fits(rungs(None, "cuda"), one_file, free) is Plan.STREAMED
    with pytest.raises(WeightsMissing, match="`layer-bridge models path base FOLDER`"):
        first_that_fits((Plan.NF4,), one_file, free)


def test_a_chosen_plan_that_does_not_fit_is_refused_though_others_would():
    with pytest.raises(OutOfMemory, match=r"needs 24\.1 GB of graphics memory .* \(fp8\), and 12"):
        first_that_fits(rungs(Plan.FP8, "cuda"), PAGE, Memory(12 * GB, 60 * GB))


@pytest.mark.parametrize("plan", Plan)
def test_a_loaded_model_needs_only_what_it_works_with(plan):
    working = PAGE.working(plan)
    assert PAGE.memory(plan).holds(working)
    taken = working.main if plan is Plan.CPU else working.device
    blocks = {Plan.STREAMED: 1.37, Plan.FP8_STREAMED: 0.68}.get(plan, 0)
    assert taken / GB == pytest.approx(2.38 + blocks, abs=0.01)


def test_weights_that_are_converted_go_through_main_memory():
    other = replace(PAGE, sizes=replace(REAL, converted=20 * GB))
    assert other.memory(Plan.FP8).main - PAGE.memory(Plan.FP8).main == 40 * GB
    assert other.memory(Plan.FP8_STREAMED).main / GB == pytest.approx(41.2, abs=0.06)
    for plan in (Plan.STREAMED, Plan.CPU):
        assert other.memory(plan) == PAGE.memory(plan)


def test_a_device_that_is_not_here_is_refused():
    assert device_for(None, "cpu") == device_for(Plan.CPU, "cuda") == "cpu"
    with pytest.raises(UnsupportedOption, match=r"no device 'tpu' on this computer, only .*cpu"):
        device_for(None, "tpu")


def test_what_is_free_is_looked_up():
    free = free_on("cpu")
    assert free.device == free.main > 0


@pytest.mark.parametrize("layout", FrameLayout)
def test_sizes_are_read_from_the_headers(tmp_path, layout):
    base = write_tiny_checkpoint(tmp_path / "base")
    adapter = write_tiny_adapter(tmp_path / "adapter.safetensors", layout)
    sizes = Sizes.of(Weights(base, None, adapter))
    whole = sizes.block_matrices + sizes.block_rest + sizes.outside
    assert whole == sum(weight.numel() for weight in tiny_transformer().parameters())
    assert sizes.vae == sum(weight.numel() for weight in tiny_vae().parameters())
    assert sizes.lora == sum(weight.numel() for weight in tiny_adapter().lora.values())
    assert sizes.converted == whole
    assert (sizes.blocks, sizes.channels, sizes.vae_channels) == (BLOCKS, CHANNELS, 8)


def test_a_demand_counts_the_frames_that_are_sampled(tmp_path):
    base = write_tiny_checkpoint(tmp_path / "base")
    adapter = write_tiny_adapter(tmp_path / "adapter.safetensors", FrameLayout.COMPOSITE)
    demands = {
        quality: Demand.of(Weights(base, None, adapter), SPEEDS[quality], 32 * 48)
        for quality in Quality
    }
    assert {quality: demand.tokens for quality, demand in demands.items()} == {
        Quality.PAPER: 6 * 2 * 3,
        Quality.BALANCED: 6 * 2 * 3,
        Quality.FAST: 5 * 2 * 3,
    }
