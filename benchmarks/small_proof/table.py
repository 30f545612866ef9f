"""The log of all trials, and the table that it gives."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

from benchmarks.small_proof.trial import VARIANTS
from engine.evaluation.recomposition import FIGURES

PAPER: Mapping[str, tuple[float, float, float]] = {
    "without_lse": (27.38, 0.9198, 0.0019),
    "without_layerwise_loss": (24.75, 0.8845, 0.0038),
    "full": (27.79, 0.9254, 0.0017),
}
"""PSNR, SSIM and LMSE of the paper's table 2."""
DIGITS = {"psnr": 2, "ssim": 4, "lmse": 4, "mse": 4}


def note(log: Path, entry: Mapping[str, object]) -> None:
    """Add a trial to the log, one JSON object a line."""
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def read_log(log: Path) -> list[dict[str, object]]:
    """All trials, the first first."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def table(trials: Sequence[Mapping[str, object]]) -> str:
    """Markdown: a row for each variant, means over its seeds and their standard deviation."""
    lines = [
        "| | seeds | PSNR | SSIM | LMSE | MSE | the paper's |",
        "|---|---|---|---|---|---|---|",
    ]
    for variant, title in VARIANTS.items():
        own = [one for one in trials if one["variant"] == variant and "error" not in one]
        cells = [_cell([float(str(one[name])) for one in own], DIGITS[name]) for name in FIGURES]
        paper = "{:.2f}, {:.4f}, {:.4f}".format(*PAPER[variant])
        lines.append(f"| {title} | {len(own)} | {' | '.join(cells)} | {paper} |")
    return "\n".join(lines)


def _cell(values: Sequence[float], digits: int) -> str:
    if not values:
        return ""
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"
