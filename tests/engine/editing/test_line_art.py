"""Line art: its width as it is measured, its color, and what lies under it."""

import numpy as np
import pytest

from engine import LayerRole, Rgba, composite
from engine.editing import color_lines, widen_lines
from tests.engine.editing.pictures import by_hand, drawn_stack

INK = (20, 10, 60)
LINE = LayerRole.LINE_ART


def stroke(width: float, angle: float = 0, size: int = 41, dtype: type = np.uint8) -> Rgba:
    """A straight antialiased stroke through the middle."""
    fine = 8
    places = (np.arange(size * fine) + 0.5) / fine - size / 2
    across = places[:, None] * np.cos(angle) - places[None] * np.sin(angle)
    inside = (np.abs(across) < width / 2).reshape(size, fine, size, fine).mean(axis=(1, 3))
    top = np.iinfo(dtype).max
    line = np.zeros((size, size, 4), dtype)
    line[..., 3] = np.rint(inside * top)
    line[line[..., 3] > 0, :3] = np.array(INK) * (top // 255)
    return line


def width_of(line: Rgba, angle: float = 0) -> float:
    """Coverage of the middle columns, across the stroke."""
    middle = line[:, 15:26, 3] / np.iinfo(line.dtype).max
    return float(middle.sum(axis=0).mean() * np.cos(angle))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("angle", [0, np.pi / 4, 0.3])
@pytest.mark.parametrize("change", [0.5, 1, 1.7, 4, -0.5, -1, -2])
def test_the_width_changes_by_what_was_asked(change: float, angle: float, dtype: type) -> None:
    line = stroke(4.4, angle, dtype=dtype)
    new = widen_lines(by_hand("production", line_art=line), change)[LINE].rgba
    assert width_of(new, angle) - width_of(line, angle) == pytest.approx(change, abs=0.15)


def test_thicker_lines_have_the_ink_s_color() -> None:
    new = widen_lines(by_hand("production", line_art=stroke(2)), 6)[LINE].rgba
    assert (new[new[..., 3] > 0, :3] == INK).all()
    assert not new[new[..., 3] == 0].any()


def test_the_color_of_faint_ink_does_not_come_forward() -> None:
    """What was left over at a line's edge is hardly seen; made opaque it would be a speck."""
    line = stroke(3)
    line[18] = (0, 255, 255, 60)
    new = widen_lines(by_hand("production", line_art=line), 4)[LINE].rgba
    assert new[17, 20, 3] == 255
    assert np.abs(new[17, 20, :3].astype(int) - INK).max() < 5


def test_a_faint_line_stays_faint() -> None:
    line = stroke(3)
    line[..., 3] //= 4
    line[line[..., 3] == 0] = 0
    new = widen_lines(by_hand("production", line_art=line), 2)[LINE].rgba
    assert new[..., 3].max() == line[..., 3].max()


@pytest.mark.parametrize("change", [2, -2])
def test_bands_make_no_seams(change: float, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = drawn_stack(size=120)
    whole = widen_lines(stack, change)
    monkeypatch.setattr("engine.bands.BAND_PIXELS", 1)
    for one, other in zip(whole, widen_lines(stack, change), strict=True):
        assert np.abs(one.rgba.astype(int) - other.rgba).max() <= 1


def test_thinner_lines_open_no_holes() -> None:
    """Inside the figure all stays opaque, and beyond the lines nothing changes."""
    stack = drawn_stack(size=200)
    before, after = composite(stack), composite(widen_lines(stack, -3))
    silhouette = before[..., 3] == 255
    inner = np.lib.stride_tricks.sliding_window_view(np.pad(silhouette, 4), (9, 9))
    inner = inner.all(axis=(2, 3))
    assert inner.sum() > 5000
    assert (after[inner, 3] == 255).all()
    bare = stack[LINE].rgba[..., 3] == 0
    assert np.array_equal(before[bare], after[bare])


def test_a_thinner_outline_leaves_no_fringe_of_flat_color() -> None:
    """The flat reaches under the whole outline; where the outline goes back, so does the flat."""
    flat = np.zeros((21, 21, 4), np.uint8)
    flat[5:] = (200, 150, 100, 255)
    line = np.zeros_like(flat)
    line[5:9] = (*INK, 255)
    new = composite(widen_lines(by_hand("production", flat_color=flat, line_art=line), -2))
    assert [tuple(new[row, 10]) for row in (5, 6, 7, 8)] == [
        (0, 0, 0, 0),
        (*INK, 255),
        (*INK, 255),
        (200, 150, 100, 255),
    ]


def test_lines_take_a_color_and_keep_their_coverage() -> None:
    stack = drawn_stack(depth=16, size=64)
    new = color_lines(stack, (255, 0, 128))[LINE].rgba
    inked = new[..., 3] > 0
    assert (new[inked, :3] == (65535, 0, 128 * 257)).all()
    assert not new[~inked].any()
    assert np.array_equal(new[..., 3], stack[LINE].rgba[..., 3])
