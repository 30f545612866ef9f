"""The table that the log gives, and the order that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, stdev

from benchmarks.small_proof.log import Entry
from engine.diffusion.frames import FRAME_ORDER
from engine.evaluation.recomposition import FIGURES

NEAREST, FULL = "nearest", "full"
ABLATIONS = {"without_lse": "w/o LSE", "without_layerwise_loss": "w/o LW-Loss"}
"""Names of their recipes, and what the paper's table 2 calls them."""
ROWS = {NEAREST: "nearest trained picture", **ABLATIONS, FULL: "ours"}
PAPER: Mapping[str, tuple[float, float, float]] = {
    "without_lse": (27.38, 0.9198, 0.0019),
    "without_layerwise_loss": (24.75, 0.8845, 0.0038),
    FULL: (27.79, 0.9254, 0.0017),
}
"""PSNR, SSIM and LMSE of the paper's table 2."""
RISING = {"psnr", "ssim"}
"""Those of the figures of which more is better."""
DIGITS = {"psnr": 2, "ssim": 4, "lmse": 4, "mse": 4}
LAYERS = {f"{role}_psnr": role.replace("_", " ") for role in FRAME_ORDER}
"""Figures of the layers, and their titles."""


def table(entries: Sequence[Entry], kind: str) -> str:
    """Markdown: a row for each variant, means over its seeds and their standard deviation.

    Args:
        entries: trials that ended well.
        kind: of the pictures that they are judged on.
    """
    titles = ["", "seeds", *map(str.upper, FIGURES), *LAYERS.values(), "the paper's"]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for variant, title in ROWS.items():
        own = [one.figures[kind] for one in entries if one.variant == variant]
        cells = [_cell([one[name] for one in own], DIGITS[name]) for name in FIGURES]
        cells += [f"{mean(one[name] for one in own):.1f}" if own else "" for name in LAYERS]
        paper = "{:.2f}, {:.4f}, {:.4f}".format(*PAPER[variant]) if variant in PAPER else ""
        lines.append(f"| {' | '.join([title, str(len(own)), *cells, paper])} |")
    return "\n".join(lines)


def order(entries: Sequence[Entry], kind: str) -> str:
    """A line for each ablation: with how many of the seeds the whole method is better."""
    ours = _by_seed(entries, FULL, kind)
    return "\n".join(
        f"Better than {title}: {_order(ours, _by_seed(entries, variant, kind))}."
        for variant, title in ABLATIONS.items()
    )


def _by_seed(entries: Iterable[Entry], variant: str, kind: str) -> dict[int, dict[str, float]]:
    return {one.seed: one.figures[kind] for one in entries if one.variant == variant}


def _order(ours: Mapping[int, dict[str, float]], theirs: Mapping[int, dict[str, float]]) -> str:
    seeds = ours.keys() & theirs.keys()
    won = {
        name: sum(_better(name, ours[seed][name], theirs[seed][name]) for seed in seeds)
        for name in FIGURES
    }
    return ", ".join(f"{name.upper()} {count} of {len(seeds)}" for name, count in won.items())


def _better(name: str, one: float, other: float) -> bool:
    return one > other if name in RISING else one < other


def _cell(values: Sequence[float], digits: int) -> str:
    if not values:
        return ""
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"
