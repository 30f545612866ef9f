"""The log of all trials, and the table that it gives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import TypeAlias

from benchmarks.small_proof.trial import VARIANTS
from engine.evaluation.recomposition import FIGURES

Entry: TypeAlias = Mapping[str, object]
"""A trial, as the log has it."""
PAPER: Mapping[str, tuple[float, float, float]] = {
    "without_lse": (27.38, 0.9198, 0.0019),
    "without_layerwise_loss": (24.75, 0.8845, 0.0038),
    "full": (27.79, 0.9254, 0.0017),
}
"""PSNR, SSIM and LMSE of the paper's table 2."""
RISING = {"psnr", "ssim"}
"""Those of the figures of which more is better."""
DIGITS = {"psnr": 2, "ssim": 4, "lmse": 4, "mse": 4}


def note(log: Path, entry: Entry) -> None:
    """Add a trial to the log, one JSON object a line."""
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def read_log(log: Path) -> list[dict[str, object]]:
    """All trials, failed ones too, the first first."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def table(trials: Sequence[Entry]) -> str:
    """Markdown: a row for each variant, means over its seeds and their standard deviation.

    Args:
        trials: that ended well.
    """
    lines = [
        "| | seeds | PSNR | SSIM | LMSE | MSE | the paper's |",
        "|---|---|---|---|---|---|---|",
    ]
    for variant, title in VARIANTS.items():
        own = [one for one in trials if one["variant"] == variant]
        cells = [_cell([float(str(one[name])) for one in own], DIGITS[name]) for name in FIGURES]
        paper = "{:.2f}, {:.4f}, {:.4f}".format(*PAPER[variant])
        lines.append(f"| {title} | {len(own)} | {' | '.join(cells)} | {paper} |")
    return "\n".join(lines)


def order(trials: Sequence[Entry]) -> str:
    """A line for each ablation: with how many of the seeds the whole method is better."""
    by_seed = {
        variant: {one["seed"]: one for one in trials if one["variant"] == variant}
        for variant in VARIANTS
    }
    return "\n".join(
        f"Better than {title}: {_order(by_seed['full'], by_seed[variant])}."
        for variant, title in VARIANTS.items()
        if variant != "full"
    )


def _order(ours: Mapping[object, Entry], theirs: Mapping[object, Entry]) -> str:
    seeds = ours.keys() & theirs.keys()
    won = {name: sum(_better(name, ours[seed], theirs[seed]) for seed in seeds) for name in FIGURES}
    return ", ".join(f"{name.upper()} {count} of {len(seeds)}" for name, count in won.items())


def _better(name: str, one: Entry, other: Entry) -> bool:
    apart = float(str(one[name])) - float(str(other[name]))
    return apart > 0 if name in RISING else apart < 0


def _cell(values: Sequence[float], digits: int) -> str:
    if not values:
        return ""
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"
