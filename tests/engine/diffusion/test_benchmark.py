"""The benchmark for graphics cards goes its whole way on the processor, too."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.full_size.model import PROMPT, full_size, random_transformer
from engine.diffusion.frames import FrameLayout
from engine.diffusion.plans import Plan

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "diffusion_gpu.py"


def output(*arguments):
    """What it prints where no card is to be seen."""
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, SCRIPT, *arguments]
    done = subprocess.run(command, env=hidden, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def dry(tmp_path_factory):
    """What a dry run prints and writes."""
    folder = tmp_path_factory.mktemp("dry")
    printed = output("--dry-run", "-o", folder)
    return printed, json.loads((folder / "results.json").read_text()), folder / "results.md"


def rows(dry, group):
    return {(row["name"], row["layout"]): row for row in dry[1]["rows"][group]}


def test_a_dry_run_measures_every_plan_beside_diffusers(dry):
    found = rows(dry, "plans")
    for layout in FrameLayout:
        for plan in (Plan.RESIDENT, Plan.FP8, Plan.STREAMED, Plan.FP8_STREAMED):
            row = found[plan, layout]
            assert row["step"] > 0
            assert row["picture"] > 10 * row["step"]
            assert row["share"] == pytest.approx(row["floor"] / row["step"])
            assert row["found"]["memory"]["main"] > 1e8
    stock = found["diffusers' pipeline", "composite"]
    assert stock["floor"] == pytest.approx(2 * found[Plan.RESIDENT, "composite"]["floor"])
    assert stock["found"]["memory"]["main"] > 1e8


def test_a_dry_run_measures_whole_pictures_of_every_quality(dry):
    found = rows(dry, "qualities")
    for name, steps in (("paper", 50), ("balanced", 20), ("fast", 10), ("fast, no cache", 10)):
        row = found[name, "layers"]
        assert row["steps"] == steps
        assert row["picture"] > 0
    cut = found["fast", "layers"]
    assert cut["found"]["ran"] == cut["steps"]
    assert cut["share"] is None
    assert cut["note"].endswith("of 10 steps whole")


def test_what_cannot_be_measured_is_said_and_the_rest_goes_on(dry):
    kernels = rows(dry, "attention")
    assert kernels["native", "composite"]["step"] > 0
    assert kernels["_flash_3", "composite"]["found"].startswith("cannot: ")
    assert rows(dry, "blocks")["quick attention", "composite"]["step"] > 0


def test_each_goal_is_judged_by_what_was_found(dry):
    goals = {goal["name"]: goal for goal in dry[1]["goals"]}
    times = goals["balanced, layers: times faster than diffusers' pipeline"]
    stock, balanced = (
        rows(dry, "qualities")[name]["picture"]
        for name in (("diffusers' pipeline", "composite"), ("balanced", "layers"))
    )
    assert float(times["found"]) == pytest.approx(stock / balanced, abs=0.06)
    assert times["met"] == (stock / balanced >= 6)
    on_card = goals["streamed, layers: bytes reserved on the card"]
    assert (on_card["found"], on_card["met"]) == ("", False)
    assert len(goals) == 8


def test_what_is_printed_is_written_as_it_comes(dry):
    printed, found, written = dry
    assert written.read_text() == printed
    assert set(found["machine"]) >= {"date", "device", "torch", "diffusers"}
    assert "| resident | layers |" in printed


def test_without_a_card_it_is_left_out_in_a_line():
    said = "Left out: the diffusion engine's benchmark needs an NVIDIA graphics card.\n"
    assert output() == said


@pytest.mark.parametrize("layout", FrameLayout)
def test_the_operations_of_a_pass_are_those_that_torch_counts(layout):
    bench = full_size(1, 2)
    bench = replace(bench, device="meta", transformer={**bench.transformer, "num_layers": 1})
    tokens = torch.zeros(1, bench.tokens(layout), 64, dtype=torch.bfloat16, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        random_transformer(bench)(
            hidden_states=tokens,
            timestep=torch.ones(1, device="meta"),
            encoder_hidden_states=torch.zeros(1, PROMPT, 3584, dtype=tokens.dtype, device="meta"),
            encoder_hidden_states_mask=None,
            img_shapes=layout.shapes(bench.height // 16, bench.width // 16),
            additional_t_cond=torch.zeros(1, dtype=torch.long, device="meta"),
            return_dict=False,
        )
    assert bench.flops(layout) == pytest.approx(counter.get_total_flops(), rel=0.01)
