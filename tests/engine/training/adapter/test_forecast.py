"""The forecast: the paper's model at its size, and what does not fit."""

import re
from pathlib import Path

import pytest
import torch

from engine.diffusion.blueprint import published
from engine.diffusion.memory import Memory
from engine.diffusion.receipt import in_words
from engine.diffusion.sizes import Shapes, Sizes
from engine.diffusion.weights import Base, Weights
from engine.errors import CannotWrite, OutOfMemory
from engine.training.adapter.forecast import Forecast, Scale, counted, in_time
from engine.training.adapter.rates import Rates, measure
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.student import Student
from tests.engine.diffusion.tiny import tiny_transformer, write_tiny_adapter, write_tiny_checkpoint
from tests.engine.training.adapter.students import recipe_of

GIB = 2**30
PUBLISHED = published()
PAPERS = Rates(250e12, 250e12)
"""What the paper's card comes to, of two minutes for a picture."""


def real(text: str = "", free: float = 200, samples: int = 45, processes: int = 1) -> Forecast:
    scale = Scale.of(PUBLISHED, Recipe.parse(text), (768, 1152), samples, processes)
    return Forecast(scale, PAPERS, Memory(int(free * GIB), 0), True)


@pytest.mark.parametrize(
    ("base", "layout", "gib"),
    [
        ("bf16", "composite", 51),
        ("bf16", "layers", 49),
        ("fp8", "composite", 32),
        ("fp8", "layers", 31),
        ("nf4", "composite", 23),
        ("nf4", "layers", 22),
    ],
)
def test_memory_of_the_papers_model(base, layout, gib):
    text = f'base = "{base}"\nlayout = "{layout}"'
    assert real(text).memory / GIB == pytest.approx(gib, abs=0.6)


def test_the_guide_says_what_the_forecast_says():
    guide = (Path(__file__).parents[4] / "docs/training.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(bf16|fp8|nf4)` \| ([\d.]+ GB) \|", guide, re.MULTILINE)
    assert table == [
        (base, in_words(real(f'base = "{base}"').memory)) for base in ("bf16", "fp8", "nf4")
    ]


def test_a_base_that_two_cards_share_takes_half_of_each():
    shared = 'base = "sharded"\nbatch = 2\n[watch]\nsample_every = 0'
    alone, together = real().memory, real(shared, processes=2).memory
    weights = 2 * 20.43e9
    gathered = 2 / 60
    assert alone - together == pytest.approx(weights * (1 / 2 - gathered), rel=0.01)
    with pytest.raises(OutOfMemory, match="with base = 'sharded'"):
        real(shared, 20, processes=2).check(Path())


def test_without_gradient_checkpointing_no_card_holds_it():
    assert real("gradient_checkpointing = false").memory > 150 * GIB


def test_a_step_takes_what_the_facts_say():
    assert real().step_s == pytest.approx(1699e12 / 250e12, rel=0.01)
    assert real('layout = "composite"').step_s == pytest.approx(2276e12 / 250e12, rel=0.01)


def test_twenty_thousand_steps_are_the_papers_forty_hours():
    assert real("[watch]\nsample_every = 0").total_s / 3600 == pytest.approx(38, abs=1)


def test_sheets_and_held_out_samples_take_their_time():
    plain = real("[watch]\nsample_every = 0").total_s
    sheets = real("[watch]\nsample_every = 1000").total_s
    assert sheets - plain == pytest.approx(20 * 2 * 20 * real().forward_s)
    asked = real("[watch]\nsample_every = 0\nheld_out = 5").total_s
    assert asked - plain == pytest.approx(40 * 5 * 4 * real().forward_s)


def test_a_batch_is_shared_by_processes():
    alone, shared = real("batch = 4"), real("batch = 4", processes=4)
    assert alone.step_s == pytest.approx(4 * shared.step_s)
    assert alone.memory > shared.memory == real().memory


def test_what_does_not_fit_is_refused_with_figures():
    with pytest.raises(OutOfMemory) as caught:
        real(free=24).check(Path())
    told = str(caught.value)
    assert "52.5 GB of graphics memory, and 25.8 GB are free" in told
    assert "32.8 GB with base = 'fp8', 23.2 GB with base = 'nf4'" in told


def test_what_fits_is_let_pass(tmp_path):
    real('base = "nf4"', free=24).check(tmp_path / "not/there/yet")


def test_a_full_disk_is_told_before(tmp_path):
    with pytest.raises(CannotWrite, match=r"writes .+ GB to .+ and .+ are free; make room"):
        real(samples=10**9).check(tmp_path)


def test_it_is_told_in_lines():
    told = str(real("[watch]\nheld_out = 3"))
    assert "45 samples of 768 x 1152, 3 of them held out" in told
    assert "trains  94.4 million numbers" in told
    assert "6.8 s a step" in told
    assert "for 20000 steps" in told


def test_one_is_told_as_one():
    told = str(real("steps = 1", samples=1))
    assert "1 sample of 768 x 1152" in told
    assert "for 1 step, or more" in told
    assert [counted(count, "step") for count in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0241, "0.024 s"), (8.13, "8.1 s"), (59, "59 s"), (600, "10 min"), (36000, "10 h")],
)
def test_times_are_told_in_words(seconds, words):
    assert in_time(seconds) == words


def test_sizes_are_read_from_the_headers(tmp_path):
    base = Base(write_tiny_checkpoint(tmp_path))
    recipe = recipe_of()
    scale = Scale.of(Shapes.of(base), recipe, (48, 64), samples=3, processes=1)
    adapter = write_tiny_adapter(tmp_path / "a.safetensors")
    assert scale.sizes == Sizes.of(Weights(base.folder, None, adapter))
    trained = Student.adapted(tiny_transformer(), recipe).parameters().values()
    # What the last block makes of the prompt has no use, and is not trained.
    assert scale.trained == pytest.approx(sum(one.numel() for one in trained), rel=0.15)


def test_a_device_is_measured():
    rates = measure("cpu", torch.float32)
    assert rates.linear > 1e6
    assert rates.attention > 1e6
