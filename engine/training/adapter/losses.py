"""The losses of section 4.3: each layer's own, and one of all together.

Where eq. 7 and 9 are sums over all elements as printed, these are means, as eq. 8 and 10 are:
docs/decisions.md says why. Every term is the same for v and -v, so it does not matter that the base
model says -v.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss

from engine.diffusion.frames import FRAME_ORDER, FrameLayout
from engine.layers import LayerRole
from engine.training.adapter.recipe import Loss

SPARSE, COMPOSITE = "sparse", "composite"
"""The parts of eq. 9 and 10; those of eq. 7 and 8 have the names of their layers."""
PICTURE = "picture"
"""The part of the composite's frame, where the layout has one. The paper's has none."""
VELOCITY = "velocity"
"""The one part of eq. 3."""


def objective(
    predicted: Tensor, true: Tensor, layout: FrameLayout, loss: Loss
) -> tuple[Tensor, dict[str, Tensor]]:
    """What training makes small.

    Args:
        predicted: (B, T, 64) float32 velocities of all of a layout's frames, one after the other.
        true: the same, x_0 - x_1 of eq. 2.
        layout: which frames they are.
        loss: which loss, and its weights.

    Returns:
        The total, eq. 11 or eq. 3, and its parts by name, unweighted; all are means over samples.
    """
    if loss.kind == "plain":
        whole = mse_loss(predicted, true)
        return whole, {VELOCITY: whole}
    parts = layer_wise(predicted, true, layout)
    weights = {**loss.model_dump(exclude={"kind"}), PICTURE: 1.0}
    return torch.stack([weights[name] * part for name, part in parts.items()]).sum(), parts


def layer_wise(predicted: Tensor, true: Tensor, layout: FrameLayout) -> dict[str, Tensor]:
    """The parts of eq. 11 by name; with a composite's frame one more, its plain MSE."""
    ours, theirs = _frames(predicted, layout), _frames(true, layout)
    parts = {str(role): mse_loss(ours[role], theirs[role]) for role in FRAME_ORDER}  # eq. 8
    line = LayerRole.LINE_ART
    parts[line] = l1_loss(ours[line], theirs[line])  # eq. 7
    light, shadow = ours[LayerRole.HIGHLIGHT], ours[LayerRole.SHADOW]
    parts[SPARSE] = light.abs().mean() + shadow.abs().mean()  # eq. 9
    parts[COMPOSITE] = mse_loss(_sum_of_layers(ours), _sum_of_layers(theirs))  # eq. 10
    if layout is FrameLayout.COMPOSITE:
        parts[PICTURE] = mse_loss(ours[PICTURE], theirs[PICTURE])
    return parts


def _frames(tokens: Tensor, layout: FrameLayout) -> dict[str, Tensor]:
    """Eq. 6: (B, T, 64) in segments of equal length, by the names of their frames."""
    names = (*[PICTURE][: layout.first_layer], *FRAME_ORDER)
    return dict(zip(names, tokens.chunk(layout.targets, dim=1), strict=True))


def _sum_of_layers(frames: dict[str, Tensor]) -> Tensor:
    return torch.stack([frames[role] for role in FRAME_ORDER]).sum(dim=0)
