"""`layer-bridge evaluate`: its words. What takes long to import waits until it runs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, TypeAlias

from bridge import __version__
from bridge.commands.option_flags import add_option_flags, chosen_options
from bridge.commands.places import named_place, place
from bridge.interrupts import end_tidily
from engine import COMPOSITIONS, DEFAULT_COMPOSITION, DEFAULT_ENGINE, ENGINES

Subparsers: TypeAlias = "argparse._SubParsersAction[Any]"


def add_evaluate(subparsers: Subparsers) -> None:
    """Give the command line `evaluate`."""
    command = subparsers.add_parser(
        "evaluate",
        help="judge engines on art whose layers are known",
        description="Decompose every case of a folder and judge the layers found: against the "
        "picture and, where they are known, against the artist's own. REPORT gets scores.json, "
        "scores.csv, a contact sheet a case, all layers, and index.html to look through them.",
    )
    command.add_argument(
        "cases",
        type=Path,
        metavar="CASES",
        help="a folder of pictures, and of cases: folders with composite.png and the layers as "
        "painted, line.png, flat.png, shadow.png, highlight.png, of the same canvas, in normal "
        "blending (soft.png: blush and glow, not judged)",
    )
    command.add_argument(
        "-o",
        "--out",
        required=True,
        type=place,
        metavar="REPORT",
        help="the folder for the report; an earlier report there is renewed",
    )
    command.add_argument(
        "--engine",
        nargs="+",
        action="extend",
        choices=list(ENGINES),
        help=f"what finds the layers, side by side (default: {DEFAULT_ENGINE}, or none with "
        "--adapter or --results)",
    )
    command.add_argument(
        "--adapter",
        type=named_place,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="the diffusion engine with this adapter, under a name of its own; may be given "
        "several times",
    )
    command.add_argument(
        "--results",
        type=named_place,
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="layers found before or by other programs, as FOLDER/<case>/manifest.json and the "
        "PNGs that it names; may be given several times",
    )
    command.add_argument(
        "--composition",
        choices=list(COMPOSITIONS),
        default=DEFAULT_COMPOSITION,
        help="the blend modes that engines are asked for (default: %(default)s)",
    )
    add_option_flags(command)
    command.add_argument("--json", action="store_true", help="print the scores as one JSON object")
    command.add_argument("--quiet", action="store_true", help="show no progress")
    command.set_defaults(run=evaluate)


def evaluate(arguments: argparse.Namespace) -> int:
    """Judge, write the report, and return the exit code."""
    from bridge.commands.evaluator import Evaluator, plan_cases
    from bridge.commands.finders import plan_finders
    from bridge.commands.terminal import display
    from engine.evaluation.report import INDEX, Report
    from engine.evaluation.tables import Evaluation

    out, composition = arguments.out, arguments.composition
    options = chosen_options(arguments)
    cases = plan_cases(arguments.cases, out)
    finders = plan_finders(
        arguments.engine, composition, arguments.adapter, arguments.results, out, options
    )
    shown = display(arguments.quiet, arguments.json)
    ran_with = {name: finder.options for name, finder in finders.items()}
    evaluation = Evaluation(composition, f"Layer Bridge {__version__}", ran_with)
    evaluator = Evaluator(finders, Report(out, evaluation), shown)
    end_tidily()
    code = evaluator.run(cases)
    if evaluation.scores:
        shown.tell(f"\n{evaluation.as_text()}\n\nTo look through them: {out / INDEX}")
    if arguments.json:
        print(json.dumps(evaluator.as_json()))
    return code
