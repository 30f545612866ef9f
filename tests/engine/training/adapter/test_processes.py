"""Two processes on processors: they do what one alone does, its base whole or cut between them."""

import json

import pytest
import torch

from engine.diffusion.adapter import read_adapter
from engine.training.adapter.loop import train
from engine.training.adapter.prepared import Prepared
from tests.engine.training.adapter.launching import launched
from tests.engine.training.adapter.samples import write_prepared
from tests.engine.training.adapter.students import figures, tiny_student, watched_recipe


def test_two_processes_learn_what_one_does(tmp_path):
    prepared = write_prepared(tmp_path / "prepared", count=3)
    losses = []
    alone = train(
        tiny_student(watched_recipe()),
        Prepared(prepared),
        tmp_path / "one",
        lambda report: losses.append(figures(report)),
    )
    done = launched("tests.engine.training.adapter.lone", prepared, tmp_path / "two")
    assert done.returncode == 0, done.stderr
    whole, sharded = map(json.loads, done.stdout.splitlines())
    assert [one["form"] for one in (whole, sharded)] == ["whole", "sharded"]
    assert [one["held"] for one in (whole, sharded)] == [1, 0.5]
    ours = read_adapter(alone.checkpoint / "adapter.safetensors")
    for told in (whole, sharded):
        for step, mine in zip(told["losses"], losses, strict=True):
            assert step == pytest.approx(mine, rel=1e-6)
        file = tmp_path / "two" / told["form"] / alone.checkpoint.name / "adapter.safetensors"
        theirs = read_adapter(file)
        assert theirs.lora.keys() == ours.lora.keys()
        for name, weights in ours.lora.items():
            assert torch.allclose(theirs.lora[name], weights, atol=1e-4)
        assert torch.allclose(theirs.embedding, ours.embedding, atol=1e-4)
