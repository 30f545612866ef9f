"""The hue of light and shade."""

import cv2
import numpy as np
import pytest

from engine import COMPOSITIONS, LayerRole, composite
from engine.editing import convert, rotate_hue
from engine.editing.rotation import turn
from tests.engine.editing.pictures import by_hand, drawn_stack

GRAY = np.full((10, 10, 4), (150, 150, 150, 255), np.uint8)


def lit(color: tuple[int, int, int], role: str, composition: str = "production"):
    layer = np.zeros_like(GRAY)
    layer[:5] = (*color, 255)
    return by_hand(composition, flat_color=GRAY, **{role: layer})


def lab(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(np.float32(rgb).reshape(1, 1, 3) / 255, cv2.COLOR_RGB2LAB)[0, 0]


def test_the_hue_turns_and_lightness_and_chroma_stay() -> None:
    stack = lit((220, 190, 170), "highlight")
    new = rotate_hue(stack, LayerRole.HIGHLIGHT, 90)[LayerRole.HIGHLIGHT].rgba
    before, after = lab(np.array((220, 190, 170))), lab(new[0, 0, :3])
    assert after[0] == pytest.approx(before[0], abs=1)
    assert after[1:] == pytest.approx([-before[2], before[1]], abs=1)
    assert np.array_equal(new[5:], stack[LayerRole.HIGHLIGHT].rgba[5:])


@pytest.mark.parametrize("role", [LayerRole.SHADOW, LayerRole.HIGHLIGHT])
def test_all_the_way_round_nothing_changes(role: LayerRole) -> None:
    stack = drawn_stack(size=96)
    new = rotate_hue(stack, role, 360)
    for one, other in zip(stack, new, strict=True):
        assert np.abs(one.rgba.astype(int) - other.rgba.astype(int)).max() <= 1


@pytest.mark.parametrize("role", ["shadow", "highlight"])
def test_gray_has_no_hue(role: str) -> None:
    stack = lit((200, 200, 200), role)
    new = rotate_hue(stack, LayerRole(role), 77)
    assert np.abs(composite(new).astype(int) - composite(stack)).max() <= 1


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_a_shadow_is_turned_alike_in_every_composition(composition: str) -> None:
    """It is the tint of the shadow that turns, not the color of what it falls on."""
    stack = lit((200, 160, 220), "shadow")
    skin = np.full_like(GRAY, 255)
    skin[..., :3] = (240, 200, 180)
    stack = stack.with_pictures({LayerRole.FLAT_COLOR: skin})
    expected = composite(rotate_hue(stack, LayerRole.SHADOW, 60)).astype(int)
    converted = rotate_hue(convert(stack, composition), LayerRole.SHADOW, 60)
    assert np.abs(composite(converted) - expected).max() <= 3
    assert np.array_equal(expected[5:], composite(stack)[5:])


def test_what_leaves_srgb_is_clipped() -> None:
    blue = np.zeros((3, 1, 1), np.float32)
    blue[2] = 1
    turned = turn(blue, 120)
    assert turned.min() >= 0
    assert turned.max() <= 1
