"""Every measure of a decomposition, what it means, and which way is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from engine.evaluation.agreement import Scores, agreement
from engine.evaluation.cases import Truth
from engine.evaluation.recomposition import RAW, named, recompose
from engine.layers import LayerStack, Rgba


@dataclass(frozen=True)
class Measure:
    """One column of a table."""

    group: str
    """What it measures: the restacked picture, a layer, the work."""
    title: str
    digits: int
    """Behind the point."""
    meaning: str
    more_is_better: bool = True


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "raw_psnr": Measure(
            "Raw", "PSNR", 2, "dB of the layers as they were found, put together, over white"
        ),
        "raw_ssim": Measure("Raw", "SSIM", 4, "Structural similarity of the same; 1 is equal"),
        "raw_lmse": Measure("Raw", "LMSE", 4, "Local mean squared error of the same", False),
        "raw_mse": Measure("Raw", "MSE", 4, "Mean squared error of the same", False),
        "lifted_psnr": Measure(
            "Lifted", "PSNR", 2, "The same of a model's layers, brought to the picture's size"
        ),
        "lifted_ssim": Measure("Lifted", "SSIM", 4, "Structural similarity of the same"),
        "lifted_lmse": Measure("Lifted", "LMSE", 4, "Local mean squared error of the same", False),
        "lifted_mse": Measure("Lifted", "MSE", 4, "Mean squared error of the same", False),
        "recompose_psnr": Measure(
            "Restacked", "PSNR", 1, "dB between the restacked layers and the picture, over white"
        ),
        "recompose_maxerr": Measure(
            "Restacked", "Max", 2, "The largest difference from the picture, of 255", False
        ),
        "recompose_ssim": Measure("Restacked", "SSIM", 4, "Structural similarity; 1 is equal"),
        "recompose_lmse": Measure("Restacked", "LMSE", 4, "Local mean squared error", False),
        "recompose_mse": Measure("Restacked", "MSE", 4, "Mean squared error", False),
        "line_f1": Measure("Line art", "F1", 3, "Agreement with the true lines, one pixel off"),
        "line_spurious": Measure(
            "Line art", "Spurious", 4, "Share of pixels with ink far from any true line", False
        ),
        "flat_psnr": Measure("Flat color", "PSNR", 1, "dB between the flats and the true ones"),
        "flat_exact": Measure("Flat color", "Exact", 3, "Share of pixels within 8 of 255"),
        "shadow_iou": Measure("Shadow", "IoU", 3, "Overlap of the light that shadows take"),
        "shadow_spurious": Measure(
            "Shadow", "Spurious", 4, "Share of pixels shaded where the art has no shadow", False
        ),
        "highlight_iou": Measure("Highlight", "IoU", 3, "Overlap of the light that is added"),
        "highlight_spurious": Measure(
            "Highlight", "Spurious", 4, "Share of pixels lit where the art has no highlight", False
        ),
        "seconds": Measure("Time", "Seconds", 2, "Wall clock, decomposing only", False),
    }
)
"""By name, in the order of the tables."""


def score(
    stack: LayerStack,
    source: Rgba,
    truth: Truth | None,
    seconds: float | None,
    raw: Scores | None = None,
) -> Scores:
    """Measure a decomposition by all of `MEASURES`.

    Args:
        stack: the layers, of the source's size.
        source: (H, W, 4) uint8 or uint16, the picture.
        truth: the artist's layers; without them only the restacked picture is measured.
        seconds: what decomposing took, where it is known.
        raw: what `score_proposal` says of an engine's layers; None where these are all that is
            known of them.
    """
    near = recompose(stack.layers, source)
    scores = dict.fromkeys(MEASURES, None) | {f"recompose_{key}": near[key] for key in near}
    scores |= named(RAW, near) if raw is None else raw
    if truth is not None:
        scores |= agreement({layer.role: layer for layer in stack}, truth)
    return scores | {"seconds": seconds}


def mean(scores: Iterable[Scores]) -> Scores:
    """The mean of every measure over the cases that have it."""
    rows = list(scores)
    return {name: _mean([row[name] for row in rows]) for name in MEASURES}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
