"""Other colors and pictures in flat regions: what changes, and what does not."""

import numpy as np
import pytest

from engine import COMPOSITIONS, LayerRole, LayerStack, Rgba, UnsupportedOption, composite
from engine.editing import (
    find_palette,
    lay_texture,
    recolor,
    region_at,
    region_of_color,
)
from engine.errors import UnsupportedImage
from tests.engine.editing.pictures import BLUE, RED, WHITE, by_hand, drawn_stack, shaded, two_flats

FLAT = LayerRole.FLAT_COLOR


def region(stack: LayerStack, color: tuple[int, int, int]):
    flat = stack[FLAT].rgba
    return region_of_color(flat, find_palette(flat), color)


def largest(stack: LayerStack) -> tuple[int, int, int]:
    palette = find_palette(stack[FLAT].rgba)
    return palette.colors[0].in_bytes(palette.top)


def test_the_palette_lists_flat_colors_and_no_seams() -> None:
    first, second = find_palette(two_flats()).colors
    assert (first.color, second.color) == (BLUE, RED)
    assert (first.pixels, second.pixels) == (23 * 11, 23 * 10)
    x, y = second.point
    assert tuple(two_flats()[y, x, :3]) == RED


def test_half_transparent_color_is_no_flat() -> None:
    clear = two_flats()
    clear[..., 3] = 200
    assert find_palette(clear).colors == []


def test_the_region_changes_and_its_seam_by_its_share() -> None:
    stack = by_hand("production", flat_color=two_flats())
    flat = recolor(stack, [(region(stack, RED), WHITE)])[FLAT].rgba
    assert (flat[:, :11, :3] == WHITE).all()
    assert (flat[:, 12:, :3] == BLUE).all()
    expected = 0.75 * np.array(WHITE) + 0.25 * np.array(BLUE)
    assert np.abs(flat[:, 11, :3] - expected).max() <= 1


def test_two_colors_can_be_swapped() -> None:
    stack = by_hand("production", flat_color=two_flats())
    flat = recolor(stack, [(region(stack, RED), BLUE), (region(stack, BLUE), RED)])[FLAT].rgba
    assert tuple(flat[0, 0, :3]) == BLUE
    assert tuple(flat[0, -1, :3]) == RED
    assert np.abs(flat[0, 11, :3] - (0.75 * np.array(BLUE) + 0.25 * np.array(RED))).max() <= 1


def test_a_point_takes_the_connected_region_only() -> None:
    flat = np.full((9, 30, 4), (*WHITE, 255), np.uint8)
    flat[:, :8, :3] = flat[:, -8:, :3] = RED
    stack = by_hand("production", flat_color=flat)
    new = recolor(stack, [(region_at(flat, find_palette(flat), 2, 4), BLUE)])[FLAT].rgba
    assert (new[:, :8, :3] == BLUE).all()
    assert np.array_equal(new[:, 8:], flat[:, 8:])


def test_a_point_on_a_seam_takes_what_is_beside_it() -> None:
    flat = two_flats()
    at = region_at(flat, find_palette(flat), 11, 5)
    assert at.inside[5, 10] != at.inside[5, 12]


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_the_shadow_keeps_its_factor(composition: str) -> None:
    """On blue, and on the new yellow, the picture in shadow is .6 of the picture in the light."""
    stack = shaded(composition)
    yellow = (240, 200, 80)
    picture = composite(recolor(stack, [(region(stack, BLUE), yellow)])).astype(int)
    assert np.abs(picture[15, 20, :3] - yellow).max() <= 1
    assert np.abs(picture[5, 20, :3] - 0.6 * np.array(yellow)).max() <= 3


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_light_stays_as_near_to_white(composition: str) -> None:
    stack = shaded(composition)
    green = np.array((40, 140, 60))
    picture = composite(recolor(stack, [(region(stack, BLUE), tuple(green))])).astype(int)
    assert np.abs(picture[22, 20, :3] - (green + 0.5 * (255 - green))).max() <= 3


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_a_shadow_on_pure_red_is_no_colored_shadow_on_white(composition: str) -> None:
    flat = np.full((8, 8, 4), (255, 0, 0, 255), np.uint8)
    picture = flat.copy()
    picture[:4, :, 0] = 153
    shadow = np.zeros_like(flat)
    shadow[:4] = picture[:4]
    if composition != "normal":
        shadow[:4, :, 1:3] = 255
    stack = by_hand(composition, flat_color=flat, shadow=shadow)
    new = composite(recolor(stack, [(region(stack, (255, 0, 0)), (255, 255, 255))]))
    assert np.abs(new[0, 0, :3].astype(int) - 153).max() <= 2


@pytest.mark.parametrize("composition", COMPOSITIONS)
@pytest.mark.parametrize("depth", [8, 16])
def test_the_same_color_changes_nothing(composition: str, depth: int) -> None:
    stack = drawn_stack(composition, depth)
    color = largest(stack)
    same = recolor(stack, [(region(stack, color), color)])
    top = np.iinfo(stack[FLAT].rgba.dtype).max
    for ours, theirs in zip(stack, same, strict=True):
        assert np.abs(ours.rgba.astype(int) - theirs.rgba.astype(int)).max() <= top // 255


@pytest.mark.parametrize("depth", [8, 16])
def test_pixels_outside_stay_and_the_original_too(depth: int) -> None:
    stack = drawn_stack(depth=depth)
    before = [layer.rgba.copy() for layer in stack]
    color = largest(stack)
    chosen = region(stack, color)
    new = recolor(stack, [(chosen, (90, 200, 90))])
    assert all(np.array_equal(one.rgba, old) for one, old in zip(stack, before, strict=True))
    changed = np.zeros(chosen.inside.shape, bool)
    for one, other in zip(stack, new, strict=True):
        changed |= (one.rgba != other.rgba).any(axis=-1)
        assert np.array_equal(one.rgba[..., 3], other.rgba[..., 3])
    assert chosen.inside.mean() < 0.9
    grown = np.lib.stride_tricks.sliding_window_view(np.pad(chosen.inside, 2), (5, 5))
    assert not (changed & ~grown.any(axis=(2, 3))).any()
    assert changed[chosen.inside].mean() > 0.99
    assert np.array_equal(new[LayerRole.LINE_ART].rgba, stack[LayerRole.LINE_ART].rgba)


def test_soft_edges_of_a_silhouette_follow() -> None:
    """No pixel of the old color is left where the layer is half transparent."""
    flat = np.full((9, 9, 4), (*RED, 255), np.uint8)
    flat[:, 6, 3] = 100
    flat[:, 6, :3] = np.array(RED) // 2
    flat[:, 7:] = 0
    stack = by_hand("production", flat_color=flat)
    new = recolor(stack, [(region(stack, RED), BLUE)])[FLAT].rgba
    assert np.abs(new[:, 6, :3] - np.array(BLUE) / 2).max() <= 1
    assert (new[:, 6, 3] == 100).all()
    assert not new[:, 7:].any()


def test_a_color_that_is_not_there_names_the_nearest() -> None:
    stack = by_hand("production", flat_color=two_flats())
    with pytest.raises(
        UnsupportedOption, match=r"no c92929; the nearest that it has: c82828, 1e3c"
    ):
        region(stack, (201, 41, 41))
    empty = by_hand("production", flat_color=np.zeros((4, 4, 4), np.uint8))
    with pytest.raises(UnsupportedOption, match="no even colors; fill"):
        region(empty, RED)


@pytest.mark.parametrize(
    ("x", "y", "sentence"), [(24, 0, "lies beside .+; choose"), (3, 3, "no flat color; choose")]
)
def test_a_point_without_a_region_is_told(x: int, y: int, sentence: str) -> None:
    flat = two_flats()
    flat[:8, :8] = 0
    with pytest.raises(UnsupportedOption, match=sentence):
        region_at(flat, find_palette(flat), x, y)


def checks(dtype: type = np.uint8) -> Rgba:
    """Two by two pixels: green, clear; half covering black, white."""
    top = np.iinfo(dtype).max
    green, white, black = (0, top, 0, top), (top, top, top, top), (0, 0, 0, top // 2)
    return np.array([[green, (0, 0, 0, 0)], [black, white]], dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_texture_is_tiled_and_clear_where_it_is_clear(dtype: type) -> None:
    stack = by_hand("production", flat_color=two_flats())
    flat = lay_texture(stack, region(stack, BLUE), checks(dtype))[FLAT].rgba
    for row in (0, 10, 20):
        assert tuple(flat[row, 14, :3]) == (0, 255, 0)
        assert tuple(flat[row, 15, :3]) == BLUE
        assert tuple(flat[row + 1, 17, :3]) == (255, 255, 255)
        assert np.abs(flat[row + 1, 16, :3] - np.array(BLUE) / 2).max() <= 1
    assert (flat[:, :11, :3] == RED).all()


def test_a_texture_lies_under_the_shadow() -> None:
    stack = shaded("normal")
    new = composite(lay_texture(stack, region(stack, BLUE), checks())).astype(int)
    assert tuple(new[14, 14, :3]) == (0, 255, 0)
    assert np.abs(new[4, 14, :3] - (0, 153, 0)).max() <= 2
    assert np.abs(new[5, 15, :3] - 153).max() <= 2


def test_a_texture_is_scaled() -> None:
    stack = by_hand("production", flat_color=two_flats())
    wide = np.repeat(np.repeat(checks(), 8, axis=0), 8, axis=1)
    flat = lay_texture(stack, region(stack, BLUE), wide, width=2)[FLAT].rgba
    assert np.array_equal(flat, lay_texture(stack, region(stack, BLUE), checks())[FLAT].rgba)


def test_a_tile_that_no_memory_holds_is_refused() -> None:
    stack = by_hand("production", flat_color=two_flats())
    ribbon = np.full((60_000, 1, 4), 255, np.uint8)
    with pytest.raises(UnsupportedImage, match="would become 300 x 18000000; take a smaller"):
        lay_texture(stack, region(stack, RED), ribbon, 300)
