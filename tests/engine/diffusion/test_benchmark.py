"""The benchmark for graphics cards goes its whole way on the processor, too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "diffusion_gpu.py"


@pytest.fixture
def run():
    def run(*arguments):
        """What it prints where no card is to be seen."""
        hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, SCRIPT, *arguments]
        done = subprocess.run(command, env=hidden, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout.splitlines()

    return run


def test_a_dry_run_fills_every_table(run):
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in run("--dry-run")]
    found = {tuple(row[:2]): row[2:] for row in rows if len(row) >= 2}
    for layout in ("composite", "layers"):
        for plan in ("resident", "fp8", "streamed"):
            second, rate, times, peak = found[plan, layout]
            assert float(second) > 0
            assert float(times) > 0
            assert (rate[-1], peak) == ("%", "0.0 GB")
        for quality, steps in (("paper", "50"), ("balanced", "20"), ("fast", "10")):
            assert found[quality, layout][0] == steps
            assert float(found[quality, layout][3]) > 0
    assert found["diffusers", "composite"][3] == "1"
    assert any(row[0] == "native" and float(row[1]) > 0 for row in rows if len(row) == 2)


def test_without_a_card_it_is_left_out_in_a_line(run):
    assert run() == ["Left out: the diffusion engine's benchmark needs an NVIDIA graphics card."]
