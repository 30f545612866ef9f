"""Line art: its width as it is measured, its color, and what lies under it."""

import numpy as np
import pytest

from engine import LayerRole, LayerStack, Rgba, composite
from engine.editing import color_lines, widen_lines
from tests.engine.editing.pictures import BLUE, RED, by_hand, drawn_stack

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
    assert (new[17:19, 20, 3] == 255).all()
    assert np.abs(new[17:19, 20, :3].astype(int) - INK).max() < 5


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
    """Inside the figure all stays opaque, and a pixel beyond the lines nothing changes."""
    stack = drawn_stack(size=200)
    before, after = composite(stack), composite(widen_lines(stack, -3))
    silhouette = before[..., 3] == 255
    inner = np.lib.stride_tricks.sliding_window_view(np.pad(silhouette, 4), (9, 9))
    inner = inner.all(axis=(2, 3))
    assert inner.sum() > 5000
    assert (after[inner, 3] == 255).all()
    inked = np.pad(stack[LINE].rgba[..., 3] > 0, 1)
    bare = ~np.lib.stride_tricks.sliding_window_view(inked, (3, 3)).any(axis=(2, 3))
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


def crossed(border: int, strength: int = 255) -> LayerStack:
    """A line over columns 9 to 14 where two flats meet, and with the right one its shadow ends."""
    flat = np.full((24, 24, 4), (*RED, 255), np.uint8)
    flat[:, border:, :3] = BLUE
    line, shadow = np.zeros_like(flat), np.zeros_like(flat)
    line[:, 9:15] = (*INK, strength)
    shadow[:, :border] = (128, 128, 128, 255)
    return by_hand("production", flat_color=flat, shadow=shadow, line_art=line)


@pytest.mark.parametrize("border", range(9, 16))
def test_a_thinner_line_bares_what_lies_beside_it(border: int) -> None:
    """Wherever under the line the flats meet, and the shadow ends."""
    stack = crossed(border)
    new = composite(widen_lines(stack, -4))
    assert (new[:, 7:11] == composite(stack)[5, 5]).all()
    assert (new[:, 13:17] == (*BLUE, 255)).all()
    assert (new[:, 11:13] == (*INK, 255)).all()


@pytest.mark.parametrize("border", [9, 15])
def test_where_a_line_goes_both_sides_meet_in_its_middle(border: int) -> None:
    new = widen_lines(crossed(border), -6)
    assert not new[LINE].rgba.any()
    row = new[LayerRole.FLAT_COLOR].rgba[5, :, :3].astype(int)
    assert (row[:11] == RED).all()
    assert (row[13:] == BLUE).all()
    share = (row[11:13] - BLUE) @ (np.array(RED) - BLUE) / np.sum((np.array(RED) - BLUE) ** 2)
    assert 0.6 < share[0] < 0.95
    assert share.sum() == pytest.approx(1, abs=0.02)


def test_what_shows_through_a_faint_line_stays() -> None:
    stack = crossed(9, strength=100)
    new = widen_lines(stack, -4)
    for role in (LayerRole.FLAT_COLOR, LayerRole.SHADOW):
        assert np.array_equal(new[role].rgba, stack[role].rgba)


@pytest.mark.parametrize("shape", [(9, 40_000), (40_000, 1)])
@pytest.mark.parametrize("change", [2, -2])
def test_no_side_is_too_long(shape: tuple[int, int], change: int) -> None:
    line = np.zeros((*shape, 4), np.uint8)
    line[3:7] = (*INK, 255)
    new = widen_lines(by_hand("production", line_art=line), change)[LINE].rgba
    assert np.count_nonzero(new[:, 0, 3]) == 4 + change


def test_lines_take_a_color_and_keep_their_coverage() -> None:
    stack = drawn_stack(depth=16, size=64)
    new = color_lines(stack, (255, 0, 128))[LINE].rgba
    inked = new[..., 3] > 0
    assert (new[inked, :3] == (65535, 0, 128 * 257)).all()
    assert not new[~inked].any()
    assert np.array_equal(new[..., 3], stack[LINE].rgba[..., 3])
