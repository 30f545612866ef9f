"""The raw recomposition: layers put together as a method made them, before they are made exact.

The paper's tables 1 and 2 are of this kind (sec. 5.3). After the exact restacking every engine
gives the picture back, so nothing could be told from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.compositing import Planes, composite_planes, premultiply, to_planes
from engine.evaluation.agreement import Scores
from engine.evaluation.fidelity import fidelity
from engine.layers import BlendMode, Layer, LayerRole, ModelOutput, Proposal, Rgba

RAW, LIFTED = "raw", "lifted"
FIGURES = ("psnr", "ssim", "lmse", "mse")


def recompose(layers: Sequence[Layer], source: Rgba) -> dict[str, float]:
    """How near layers, put together in their blend modes, are to their picture; see `fidelity`."""
    return fidelity(
        lambda rows: composite_planes(
            (to_planes(one.rgba[rows]), one.blend_mode) for one in layers
        ),
        lambda rows: premultiply(to_planes(source[rows])),
        *source.shape[:2],
    )


def score_proposal(proposal: Proposal, source: Rgba) -> Scores:
    """Measure the raw recomposition of an engine's proposal.

    Args:
        proposal: the layers as the engine made them.
        source: (H, W, 4) uint8 or uint16, the picture.

    Returns:
        raw_psnr, raw_ssim, raw_lmse, raw_mse: at the size at which the engine made its layers. If
        that is a model's own, they are of what the model was shown and said, and lifted_psnr and so
        on of the layers at the picture's size.
    """
    layers = [Layer(role, BlendMode.NORMAL, getattr(proposal, role.value)) for role in LayerRole]
    near = recompose(layers, source)
    if proposal.model_output is None:
        return named(RAW, near)
    return named(RAW, recompose_output(proposal.model_output)) | named(LIFTED, near)


def named(kind: str, near: Mapping[str, float]) -> Scores:
    """Those of the figures of `fidelity` that the paper's table has, under names of their kind."""
    return {f"{kind}_{figure}": near[figure] for figure in FIGURES}


def recompose_output(output: ModelOutput) -> dict[str, float]:
    """How near a model's layers, put together, are to what it was shown; see `fidelity`."""

    def layers(rows: slice) -> Iterable[tuple[Planes, BlendMode]]:
        return ((_planes(output.layers[role], rows), BlendMode.NORMAL) for role in LayerRole)

    return fidelity(
        lambda rows: composite_planes(layers(rows)),
        lambda rows: premultiply(_planes(output.picture, rows)),
        *output.picture.shape[:2],
    )


def _planes(picture: NDArray[np.float32], rows: slice) -> Planes:
    """(h, w, 4) -> (4, rows, w)"""
    return np.ascontiguousarray(np.moveaxis(picture[rows], -1, 0))
