"""A run of training in processes of its own: `... PREPARED RUN LAYOUT`, then what is reported."""

import json
import sys
from pathlib import Path

import torch

from engine.training.adapter.loop import train
from engine.training.adapter.prepared import Prepared
from tests.engine.training.adapter.students import recipe_of, tiny_student


def main() -> None:
    """Train the tiny student for four steps, and print each step's losses."""
    torch.set_num_threads(1)
    prepared, run, layout = sys.argv[1:]
    student = tiny_student(recipe_of(f'layout = "{layout}"\nsteps = 4'))
    reports = []
    train(student, Prepared(Path(prepared)), Path(run), reports.append)
    for report in reports:
        sys.stdout.write(json.dumps({"step": report.step, **report.losses}) + "\n")


if __name__ == "__main__":
    main()
