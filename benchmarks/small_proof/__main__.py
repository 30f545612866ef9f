"""The paper's table 2 at a small size: the whole method against its two ablations.

    python -m benchmarks.small_proof --work FOLDER [--seeds 0 1 2] [--steps 1500] [--processes 2]

Draws 1024 characters of 24 x 24 pixels, trains the base model's class from nothing on them with
each recipe of `recipes/` and each seed, decomposes 128 others, and prints the table. Three quarters
of an hour on two free cores; what was ended goes on where it was. Every trial, the failed ones too,
is added to the log in FOLDER. Run it in the repository, with what `.[training]` installs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.small_proof.judgement import KINDS, judge, nearest
from benchmarks.small_proof.log import Entry, note, read_log
from benchmarks.small_proof.pictures import UNSEEN, draw, prepare
from benchmarks.small_proof.table import ABLATIONS, FULL, NEAREST, order, table
from benchmarks.small_proof.trial import Trial, data
from engine.errors import EngineError
from engine.reservation import alone_in
from engine.training.adapter.prepared import Prepared

LOG, PREPARED, TABLE = "log.jsonl", "prepared", "table.md"


def main() -> None:
    options = _options()
    try:
        if options.trial:
            variant, seed = options.trial
            _try(options.work, Trial(variant, int(seed), _prepared(options), options.steps))
        else:
            with alone_in(options.work):
                _run(options)
    except EngineError as error:
        sys.exit(str(error))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--work", type=Path, required=True, help="folder for all that is written")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, help="of training, in place of the recipes'")
    parser.add_argument("--processes", type=int, default=2, help="at once, one core each")
    parser.add_argument("--trial", nargs=2, metavar=("VARIANT", "SEED"), help="this one alone")
    return parser.parse_args()


def _prepared(options: argparse.Namespace) -> Prepared:
    return prepare(options.work / PREPARED, options.processes)


def _run(options: argparse.Namespace) -> None:
    """Run all trials, and print and write what they give."""
    prepared, log = _prepared(options), options.work / LOG
    trials = [
        Trial(variant, seed, prepared, options.steps)
        for seed in options.seeds
        for variant in (*ABLATIONS, FULL)
    ]
    _look_up(prepared, log)
    with ThreadPoolExecutor(options.processes) as pool:
        well = list(pool.map(lambda trial: _start(options, trial), trials))
    told = "\n\n".join(_told(trials, prepared, log))
    (options.work / TABLE).write_text(told + "\n", encoding="utf-8")
    print(told)
    sys.exit(not all(well))


def _look_up(prepared: Prepared, log: Path) -> None:
    """Judge what needs no learning."""
    settings, began = data(prepared), _now()
    if _done(log, NEAREST, 0, settings) is None:
        figures = judge(nearest(prepared), list(draw(UNSEEN, 1)))
        note(log, Entry(variant=NEAREST, seed=0, settings=settings, began=began, figures=figures))


def _start(options: argparse.Namespace, trial: Trial) -> bool:
    """Run a trial in a process of its own, on one core; whether it ended well."""
    began = _now()
    command = [sys.executable, "-m", "benchmarks.small_proof", "--work", str(options.work)]
    command += ["--trial", trial.variant, str(trial.seed)]
    command += [] if options.steps is None else ["--steps", str(options.steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True)
    if ended.returncode == 0:
        return True
    print(ended.stderr, file=sys.stderr)
    why = [f"ended with {ended.returncode}", *ended.stderr.splitlines()][-1]
    note(options.work / LOG, trial.entry(began).model_copy(update={"error": why}))
    return False


def _try(work: Path, trial: Trial) -> None:
    """Run a trial here, unless it was; nobody else may work on it meanwhile."""
    log, began = work / LOG, _now()
    with alone_in(work / trial.name):
        if _done(log, trial.variant, trial.seed, trial.settings) is None:
            figures = trial.run(list(draw(UNSEEN, 1)), work)
            note(log, trial.entry(began).model_copy(update={"figures": figures}))


def _done(log: Path, variant: str, seed: int, settings: str) -> Entry | None:
    entries = (one for one in read_log(log) if one.is_of(variant, seed, settings))
    return next(entries, None)


def _told(trials: list[Trial], prepared: Prepared, log: Path) -> Iterator[str]:
    found = [_done(log, one.variant, one.seed, one.settings) for one in trials]
    found.append(_done(log, NEAREST, 0, data(prepared)))
    entries = [one for one in found if one is not None]
    for kind in KINDS:
        yield f"Pictures {kind}:"
        yield table(entries, kind)
        yield order(entries, kind)


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M")


if __name__ == "__main__":
    main()
