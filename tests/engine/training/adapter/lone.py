"""Two runs in processes of their own: `... PREPARED FOLDER`; prints what is reported."""

import json
import sys
from pathlib import Path

import torch

from engine.training.adapter.loop import train
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.sharding import shard
from tests.engine.training.adapter.students import figures, tiny_student, watched_recipe


def main() -> None:
    """Train the tiny student for four steps, once with a whole base and once with it cut."""
    torch.set_num_threads(1)
    prepared, folder = map(Path, sys.argv[1:])
    for form in ("whole", "sharded"):
        student, reports = tiny_student(watched_recipe()), []
        if form == "sharded":
            shard(student, "cpu")
        own = student.transformer.transformer_blocks[0].attn.to_q.base_layer.weight
        held = own.to_local() if form == "sharded" else own
        train(student, Prepared(prepared), folder / form, reports.append)
        if reports:
            losses = [figures(report) for report in reports]
            told = {"form": form, "held": held.numel() / own.numel(), "losses": losses}
            sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
