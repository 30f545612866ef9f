"""Two processes on processors: they do what one alone does, its base whole or cut between them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.diffusion.adapter import read_adapter
from engine.training.adapter.loop import train
from engine.training.adapter.prepared import Prepared
from tests.engine.training.adapter.samples import write_prepared
from tests.engine.training.adapter.students import recipe_of, tiny_student

ROOT = Path(__file__).parents[4]
LAUNCH = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")


@pytest.mark.parametrize("form", ["whole", "sharded"])
def test_two_processes_learn_what_one_does(tmp_path, form):
    prepared = write_prepared(tmp_path / "prepared", count=3)
    reports = []
    recipe = recipe_of("steps = 4")
    alone = train(tiny_student(recipe), Prepared(prepared), tmp_path / "one", reports.append)
    run = tmp_path / "two"
    command = [*LAUNCH, "tests.engine.training.adapter.lone", prepared, run, form]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one.pop("step") for one in told] == [1, 2, 3, 4]
    for theirs, ours in zip(told, reports, strict=True):
        assert theirs == pytest.approx(ours.losses, rel=1e-6)
    theirs = read_adapter(run / alone.checkpoint.name / "adapter.safetensors")
    ours = read_adapter(alone.checkpoint / "adapter.safetensors")
    assert theirs.lora.keys() == ours.lora.keys()
    for name, weights in ours.lora.items():
        assert torch.allclose(theirs.lora[name], weights, atol=1e-4)
    assert torch.allclose(theirs.embedding, ours.embedding, atol=1e-4)
