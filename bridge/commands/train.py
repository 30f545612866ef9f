"""`layer-bridge train`: from a dataset to an adapter that the diffusion engine takes."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from bridge.commands.terminal import Lines, display
from bridge.errors import UserError
from bridge.interrupts import end_tidily, noted
from engine import Cancelled, WeightsMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import Progress
    from engine.diffusion.weights import Base
    from engine.training.adapter.loop import Outcome
    from engine.training.adapter.pictures import Pictures
    from engine.training.adapter.prepared import Prepared
    from engine.training.adapter.recipe import Recipe
    from engine.training.adapter.run import TrainingRun

Subparsers: TypeAlias = "argparse._SubParsersAction[Any]"

SUFFIX = ".safetensors"


# -- the words


def add_train(subparsers: Subparsers) -> None:
    """Give the command line `train`."""
    command = subparsers.add_parser(
        "train",
        help="train an adapter of your own on a dataset",
        description="Train an adapter for the diffusion engine on a dataset that `dataset build` "
        "made. What the run takes of memory, time and disk is said before it starts. Ctrl-C writes "
        "a checkpoint, and the same command with --resume goes on from it.",
    )
    command.add_argument("dataset", type=Path, metavar="DATASET", help="the dataset's folder")
    command.add_argument(
        "-o",
        "--out",
        required=True,
        type=_adapter,
        metavar="ADAPTER",
        help="where the adapter goes, a name that ends in .safetensors",
    )
    command.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="a TOML file that says how to train; what it leaves out, and all of it by default, is "
        "as in the paper",
    )
    command.add_argument(
        "--work",
        type=Path,
        metavar="FOLDER",
        help="where checkpoints, sheets of sampled layers and the log go (default: beside ADAPTER, "
        "of its name and .training)",
    )
    command.add_argument(
        "--prompt-from",
        type=Path,
        metavar="ADAPTER",
        help="take the encoded prompt of an adapter for the same base model, so that the text "
        "encoder (16.6 GB) is not needed",
    )
    _add_how(command)
    command.set_defaults(run=train)


def _add_how(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--resume", action="store_true", help="go on from the last checkpoint in the work folder"
    )
    command.add_argument(
        "--dry-run",
        action="store_true",
        help="say what the run takes, also before the base model is here, and do nothing",
    )
    command.add_argument(
        "--device",
        choices=["cuda", "mps", "cpu"],
        help="where to compute: cuda (NVIDIA), mps (Apple) or cpu (default: the best that is here)",
    )
    command.add_argument("--force", action="store_true", help="replace what is in ADAPTER's place")
    command.add_argument("--json", action="store_true", help="print one JSON object at the end")
    command.add_argument("--quiet", action="store_true", help="show no progress")


def _adapter(text: str) -> Path:
    if not text.endswith(SUFFIX) or text == SUFFIX:
        raise argparse.ArgumentTypeError(f"an adapter's name ends in {SUFFIX}, not {text!r}")
    return Path(text)


# -- what is done


def train(arguments: argparse.Namespace) -> int:
    """Say what a run takes, do it, and say how its adapter is used."""
    from engine.training.adapter.recipe import Recipe

    recipe = Recipe.read(arguments.recipe) if arguments.recipe else Recipe()
    _check_place(arguments)
    base = _base(arguments.dry_run)  # first of all, as it says where packages are missing
    from engine.training.adapter.pictures import Pictures
    from engine.training.adapter.run import foresee, processes_on

    pictures = Pictures.of(arguments.dataset)
    run = None if base is None else _run_of(arguments, recipe, pictures, base)
    if not processes_on(arguments.device).is_main_process:  # which tells all there is to tell
        arguments.quiet, arguments.json = True, False
    shown = display(arguments.quiet, arguments.json)
    forecast = foresee(pictures, base, recipe, arguments.device)
    shown.tell(forecast)
    if note := pictures.size_note:
        shown.tell(note)
    forecast.check(_work(arguments))
    result: dict[str, Any] = {"forecast": forecast.as_json()}
    if run is None:
        shown.tell(_where_to_get_it(arguments.prompt_from))
    else:
        run.check_prompt()
        if not arguments.dry_run:
            result |= _made(run, arguments, shown)
    if arguments.json:
        print(json.dumps(result))
    return 0


def _check_place(arguments: argparse.Namespace) -> None:
    from bridge.commands.pieces import check_writable

    check_writable(arguments.out)
    if arguments.out.is_dir():
        raise UserError(f"{arguments.out} is a folder; choose another name with -o.")
    if arguments.out.exists() and not (arguments.force or arguments.dry_run):
        raise UserError(
            f"{arguments.out} is there already; choose another name with -o, or say --force."
        )


def _base(may_be_absent: bool) -> Base | None:
    """The base model that is here; None if it is not, and may be absent.

    Raises:
        EngineError: it is not here, or damaged, or packages are missing.
    """
    from engine.diffusion.weights import check_packages, find_base

    check_packages()
    try:
        return find_base()
    except WeightsMissing:
        if may_be_absent:
            return None
        raise


def _where_to_get_it(prompt_from: Path | None) -> str:
    size, option = ("41 GB", "") if prompt_from else ("58 GB", " --text-encoder")
    return (
        "The base model is not here yet, so it is taken to be as it is published; download it "
        f"({size}) with `layer-bridge models pull{option}`, or point at yours with `layer-bridge "
        "models path base FOLDER`."
    )


def _work(arguments: argparse.Namespace) -> Path:
    work: Path = arguments.work or arguments.out.with_suffix(".training")
    return work


def _run_of(
    arguments: argparse.Namespace, recipe: Recipe, pictures: Pictures, base: Base
) -> TrainingRun:
    """What the command line asks for.

    Raises:
        UserError: there is another run in its place.
    """
    from engine.training.adapter.run import TrainingRun

    work = _work(arguments)
    run = TrainingRun(pictures, base, recipe, work, arguments.prompt_from, arguments.device)
    if not arguments.dry_run:
        _check_new(run, arguments.resume)
    return run


def _check_new(run: TrainingRun, resume: bool) -> None:
    if run.latest and not resume:
        raise UserError(
            f"{run.work} holds a run already, at {run.latest.name}; go on with it with --resume, "
            "or choose another folder with --work."
        )


def _made(run: TrainingRun, arguments: argparse.Namespace, shown: Lines) -> dict[str, Any]:
    """Train, write the adapter, and say for `--json` what came of it."""
    end_tidily()
    with run.alone():
        _check_new(run, arguments.resume)  # again, as another may have ended just now
        outcome = _train(run, arguments.resume, shown)
        if run.is_main:
            _check_place(arguments)  # again, as hours have passed
            run.write(outcome, arguments.out)
            shown.tell(_ending(outcome, arguments.out))
    return _told(outcome, arguments.out, run.work)


def _train(run: TrainingRun, resume: bool, shown: Lines) -> Outcome:
    from engine.training.adapter.watch import curves_missing

    try:
        with shown.picture("preparing") as progress:
            prepared = run.prepare(progress)
        if sentence := curves_missing(run.recipe):
            shown.tell(sentence)
        with shown.picture("training") as progress, noted() as is_asked_to_stop:
            return _trained(run, prepared, progress, is_asked_to_stop, resume)
    except (KeyboardInterrupt, Cancelled):
        if not run.is_main:
            raise
        where = f"at {run.latest.name}" if run.latest else "before the first step"
        words = [word for word in sys.argv[1:] if word != "--resume"]
        again = shlex.join(["layer-bridge", *words, "--resume"])
        shown.complain(f"Interrupted {where}; this goes on from there: {again}")
        raise


def _trained(
    run: TrainingRun,
    prepared: Prepared,
    progress: Progress,
    is_asked_to_stop: Callable[[], bool],
    resume: bool,
) -> Outcome:
    try:
        return run.train(prepared, progress, is_asked_to_stop, resume)
    except Exception as error:
        if is_asked_to_stop() and not run.is_main:
            raise Cancelled from error  # the first process has ended, and cannot be reached
        raise


def _ending(outcome: Outcome, place: Path) -> str:
    from engine.training.adapter.forecast import counted

    early = ", as the held out loss no longer fell" if outcome.stopped_early else ""
    path = shlex.quote(str(place))
    return (
        f"The adapter is {place}, of step {int(outcome.checkpoint.name.partition('-')[2])}; the "
        f"run ended after {counted(outcome.step, 'step')}{early}.\n"
        "To use it:\n"
        f"  layer-bridge models path adapter {path}\n"
        "  layer-bridge decompose IN -o OUT --engine diffusion"
    )


def _told(outcome: Outcome, place: Path, work: Path) -> dict[str, Any]:
    """For `--json`: plain values only."""
    return {
        "adapter": str(place),
        "work": str(work),
        "checkpoint": str(outcome.checkpoint),
        "steps": outcome.step,
        "stopped_early": outcome.stopped_early,
    }
