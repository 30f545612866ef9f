"""The paper's table 2 at a small size: the whole method against its two ablations.

    python -m benchmarks.small_proof --work FOLDER [--seeds 0 1 2] [--steps 3500] [--processes 2]

Draws 1024 characters of 24 x 24 pixels, trains the base model's class from nothing on them with
each recipe of `recipes/` and each seed, decomposes 64 others, and prints the table. An hour and a
half on two free cores; what was ended goes on where it was. Every trial, the failed ones too,
is added to the log in FOLDER.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def main() -> None:
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.trial:
        _try(options.work, *options.trial, options.steps)
        return
    from benchmarks.small_proof.trial import VARIANTS

    _prepare(options.work, options.processes)
    wanted = [(variant, seed) for seed in options.seeds for variant in VARIANTS]
    with ThreadPoolExecutor(options.processes) as pool:
        codes = list(pool.map(lambda one: _start(options, *one), wanted))
    _tell(options, wanted)
    sys.exit(max(codes))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--work", type=Path, required=True, help="folder for all that is written")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, help="of training, in place of the recipes'")
    parser.add_argument("--processes", type=int, default=2, help="at once, one core each")
    parser.add_argument("--trial", nargs=2, metavar=("VARIANT", "SEED"), help="this one alone")
    return parser.parse_args()


def _prepare(work: Path, processes: int) -> None:
    from benchmarks.small_proof.pictures import prepare
    from engine.training.adapter.prepared import INDEX

    if not (work / "prepared" / INDEX).exists():
        prepare(work / "prepared", processes)


def _start(options: argparse.Namespace, variant: str, seed: int) -> int:
    """Run a trial in a process of its own, on one core; its exit code."""
    command = [sys.executable, "-m", "benchmarks.small_proof", "--work", str(options.work)]
    command += ["--trial", variant, str(seed)]
    command += [] if options.steps is None else ["--steps", str(options.steps)]
    return subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}).returncode


def _try(work: Path, variant: str, seed: str, steps: int | None) -> None:
    from benchmarks.small_proof.pictures import UNSEEN, draw
    from benchmarks.small_proof.table import note, read_log
    from benchmarks.small_proof.trial import Trial

    trial, log = Trial(variant, int(seed), steps), work / "log.jsonl"
    told = {"variant": variant, "seed": trial.seed, "steps": trial.recipe.steps}
    done = [one for one in read_log(log) if told.items() <= one.items() and "error" not in one]
    if done:
        return
    told["began"] = time.strftime("%Y-%m-%d %H:%M")
    try:
        figures = trial.run(work / "prepared", list(draw(UNSEEN, 1)), work)
    except Exception as error:
        note(log, told | {"error": str(error)})
        raise
    note(log, told | {name: round(value, 5) for name, value in figures.items()})


def _tell(options: argparse.Namespace, wanted: list[tuple[str, int]]) -> None:
    from benchmarks.small_proof.table import order, read_log, table
    from benchmarks.small_proof.trial import Trial

    names = {
        (variant, seed, Trial(variant, seed, options.steps).recipe.steps)
        for variant, seed in wanted
    }
    trials = [
        one
        for one in read_log(options.work / "log.jsonl")
        if (one["variant"], one["seed"], one["steps"]) in names and "error" not in one
    ]
    print(table(trials), order(trials), sep="\n\n")


if __name__ == "__main__":
    main()
