"""The frames of the latent sequence: what each is, and where its tokens lie.

The model works on frames of equal size, packed one after the other: first those that are sampled,
last the picture itself (the condition, which stays as it is).
"""

from __future__ import annotations

from enum import StrEnum

from engine.layers import LayerRole

FRAME_ORDER = (LayerRole.LINE_ART, LayerRole.FLAT_COLOR, LayerRole.HIGHLIGHT, LayerRole.SHADOW)
"""The layers' frames, in the order of the paper's section 4.1: index i of eq. 4 is i - 1 here."""


class FrameLayout(StrEnum):
    """Which frames are sampled; an adapter's file names the one that it was trained with."""

    COMPOSITE = "composite"
    """The base model's own: the picture once more, then the four layers"""
    LAYERS = "layers"
    """The four layers alone, the paper's four segments of T/4: a quarter less to compute"""

    @property
    def first_layer(self) -> int:
        """Index of the first layer's frame."""
        return 1 if self is FrameLayout.COMPOSITE else 0

    @property
    def targets(self) -> int:
        """How many frames are sampled."""
        return self.first_layer + len(FRAME_ORDER)

    def shapes(self, rows: int, columns: int) -> list[list[tuple[int, int, int]]]:
        """The transformer's `img_shapes`: for its one picture (1, rows, columns) a frame.

        Args:
            rows: of tokens in a frame.
            columns: of tokens in a frame.
        """
        return [[(1, rows, columns)] * (self.targets + 1)]
