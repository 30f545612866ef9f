"""A run in a process of its own: `... PREPARED RUN whole|sharded`; prints the losses."""

import json
import sys
from pathlib import Path

import torch

from engine.training.adapter.loop import train
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.sharding import shard
from tests.engine.training.adapter.students import recipe_of, tiny_student


def main() -> None:
    """Train the tiny student for four steps, and print each step's losses."""
    torch.set_num_threads(1)
    prepared, run, form = sys.argv[1:]
    student = tiny_student(recipe_of("steps = 4"))
    if form == "sharded":
        shard(student, "cpu")
        own = student.transformer.transformer_blocks[0].attn.to_q.base_layer.weight
        assert own.to_local().numel() < own.numel()
    reports = []
    train(student, Prepared(Path(prepared)), Path(run), reports.append)
    for report in reports:
        sys.stdout.write(json.dumps({"step": report.step, **report.losses}) + "\n")


if __name__ == "__main__":
    main()
