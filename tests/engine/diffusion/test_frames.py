"""Where the frames of the latent sequence lie."""

import pytest

from engine.diffusion.frames import FRAME_ORDER, FrameLayout


def test_layers_stand_in_the_papers_order():
    assert FRAME_ORDER == ("line_art", "flat_color", "highlight", "shadow")


@pytest.mark.parametrize(("layout", "targets", "first"), [("composite", 5, 1), ("layers", 4, 0)])
def test_a_layout_counts_its_frames(layout, targets, first):
    frames = FrameLayout(layout)
    assert (frames.targets, frames.first_layer) == (targets, first)
    assert frames.shapes(3, 2) == [[(1, 3, 2)] * (targets + 1)]
