"""The promise: whatever an engine proposes, the layers give the source back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    COMPOSITIONS,
    LIMIT,
    Cancelled,
    LayerRole,
    Proposal,
    composite,
    difference,
    reconcile,
)
from engine.illustration import draw_character
from tests.engine.stacks import composite_in_bytes, random_proposal, random_source

compositions = pytest.mark.parametrize("composition", COMPOSITIONS)
depths = pytest.mark.parametrize("dtype", [np.uint8, np.uint16])


@compositions
@depths
@pytest.mark.parametrize("opaque", [0.0, 0.5, 1.0])
def test_noise_restacks_from_noise(composition, dtype, opaque):
    rng = np.random.default_rng(7)
    source = random_source(rng, (90, 70), dtype, opaque)
    stack = reconcile(random_proposal(rng, (90, 70), dtype), source, composition, "noise")
    largest = difference(composite(stack), source).max()
    assert largest <= LIMIT[np.iinfo(dtype).bits] / 2 * 1.001
    assert stack.reconstruction.max_error == pytest.approx(largest * 255, abs=1e-3)
    assert stack.reconstruction.psnr_db >= 48


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    composition=st.sampled_from(list(COMPOSITIONS)),
    dtype=st.sampled_from([np.uint8, np.uint16]),
    opaque=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_any_small_picture_restacks(seed, height, width, composition, dtype, opaque):
    rng = np.random.default_rng(seed)
    source = random_source(rng, (height, width), dtype, opaque)
    stack = reconcile(random_proposal(rng, (height, width), dtype), source, composition, "noise")
    assert difference(composite(stack), source).max() <= LIMIT[np.iinfo(dtype).bits]


@pytest.mark.parametrize("view", [np.flipud, np.fliplr, np.asfortranarray, lambda x: x[::2, ::3]])
def test_a_source_may_lie_in_memory_in_any_way(view):
    rng = np.random.default_rng(9)
    source = view(random_source(rng, (90, 70), np.uint8, 0.5))
    stack = reconcile(random_proposal(rng, source.shape[:2], np.uint8), source, "normal", "noise")
    assert difference(composite(stack), source).max() <= 1.001 / 255


@compositions
def test_a_host_that_rounds_after_each_layer_stays_within_the_promise(composition):
    rng = np.random.default_rng(3)
    source = random_source(rng, (200, 200), np.uint8, opaque=1.0)
    stack = reconcile(random_proposal(rng, (200, 200), np.uint8), source, composition, "noise")
    assert np.abs(composite_in_bytes(stack) - source[..., :3]).max() <= 2


@compositions
@depths
def test_coverages_multiply_to_the_sources(composition, dtype):
    rng = np.random.default_rng(11)
    source = random_source(rng, (60, 60), dtype, opaque=0.3)
    stack = reconcile(random_proposal(rng, (60, 60), dtype), source, composition, "noise")
    top = np.iinfo(dtype).max
    clear = np.prod([1 - layer.rgba[..., 3] / top for layer in stack], axis=0)
    apart = np.abs((1 - clear) - source[..., 3] / top)
    opaque = source[..., 3] / top > 1 - 1.01 * LIMIT[np.iinfo(dtype).bits] / 2
    assert apart[~opaque].max() <= 0.51 / top
    assert apart.max() <= 1.001 * LIMIT[np.iinfo(dtype).bits] / 2


@compositions
def test_the_modes_are_the_compositions_and_the_order_is_bottom_first(composition):
    rng = np.random.default_rng(1)
    source = random_source(rng, (4, 4), np.uint8, opaque=1.0)
    stack = reconcile(random_proposal(rng, (4, 4), np.uint8), source, composition, "noise")
    assert [layer.role for layer in stack] == [
        LayerRole.FLAT_COLOR,
        LayerRole.SHADOW,
        LayerRole.HIGHLIGHT,
        LayerRole.LINE_ART,
    ]
    assert {layer.role: layer.blend_mode for layer in stack} == dict(COMPOSITIONS[composition])


def test_the_production_modes_are_the_papers():
    assert [mode.value for mode in COMPOSITIONS["production"].values()] == [
        "normal",
        "multiply",
        "lighten",
        "normal",
    ]


def blank(height=8, width=8) -> np.ndarray:
    return np.zeros((height, width, 4), np.uint8)


def filled(colour, height=8, width=8) -> np.ndarray:
    picture = blank(height, width)
    picture[:] = colour
    return picture


def proposed(*pictures: np.ndarray) -> Proposal:
    """A proposal in memory of its own, as the restacking works where it lies."""
    return Proposal(*(picture.copy() for picture in pictures))


def over(backdrop: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Normal blending on an opaque backdrop, rounded."""
    alpha = layer[..., 3:] / 255
    out = backdrop.copy()
    out[..., :3] = np.rint(backdrop[..., :3] * (1 - alpha) + layer[..., :3] * alpha)
    return out


@compositions
def test_a_proposal_that_restacks_is_kept(composition):
    flat = filled([200, 160, 120, 255])
    shadow, highlight, line = blank(), blank(), blank()
    shadow[:4] = [120, 96, 72, 255]
    highlight[6:] = [240, 220, 200, 128]
    line[:, 3] = [30, 10, 5, 255]
    line[:, 4] = [30, 10, 5, 100]
    source = over(over(over(flat, shadow), highlight), line)
    stack = reconcile(proposed(flat, shadow, highlight, line), source, composition, "known")
    assert np.array_equal(stack[LayerRole.FLAT_COLOR].rgba, flat)
    assert np.array_equal(stack[LayerRole.LINE_ART].rgba, line)
    assert np.array_equal(stack[LayerRole.SHADOW].rgba[..., 3], shadow[..., 3])
    assert np.array_equal(stack[LayerRole.HIGHLIGHT].rgba[..., 3], highlight[..., 3])
    assert max(stack.reconstruction.moved.values()) < 0.5


@compositions
def test_the_true_layers_of_a_drawing_are_hardly_moved(composition):
    drawing = draw_character(256, 256)
    stack = reconcile(drawing.layers, drawing.source, composition, "truth")
    assert max(stack.reconstruction.moved.values()) < 0.1
    assert stack.reconstruction.psnr_db > 65


def test_a_multiplied_shadow_has_one_colour_over_different_flats():
    flat = filled([200, 160, 120, 255])
    flat[:, 4:] = [100, 200, 240, 255]
    shadow = blank()
    shadow[..., :3] = np.rint(flat[..., :3] * 0.6)
    shadow[..., 3] = 255
    stack = reconcile(
        proposed(flat, shadow, blank(), blank()), over(flat, shadow), "production", "known"
    )
    assert np.abs(stack[LayerRole.SHADOW].rgba[..., :3].astype(int) - 153).max() <= 1


def test_opaque_pixels_keep_the_flat_color_and_the_residue_goes_to_the_shading():
    flat = filled([128, 128, 128, 255])
    source = filled([90, 128, 170, 255])
    stack = reconcile(proposed(flat, blank(), blank(), blank()), source, "production", "none")
    assert np.array_equal(stack[LayerRole.FLAT_COLOR].rgba, flat)
    assert not stack[LayerRole.LINE_ART].rgba.any()
    assert stack[LayerRole.SHADOW].rgba[..., 3].all()
    assert stack[LayerRole.HIGHLIGHT].rgba[..., 3].all()


def test_noise_of_one_level_makes_no_speckle():
    flat = filled([128, 128, 128, 255], 32, 32)
    source = flat.copy()
    source[..., :3] += np.random.default_rng(5).integers(0, 3, (32, 32, 1)).astype(np.uint8) - 1
    stack = reconcile(
        proposed(flat, blank(32, 32), blank(32, 32), blank(32, 32)), source, "glow", "x"
    )
    assert not stack[LayerRole.SHADOW].rgba.any()
    assert not stack[LayerRole.HIGHLIGHT].rgba.any()


def test_a_soft_outline_belongs_to_the_line_art_alone():
    source = filled([20, 10, 10, 120])
    flat = filled([250, 200, 180, 255])
    line = filled([20, 10, 10, 120])
    stack = reconcile(proposed(flat, blank(), blank(), line), source, "production", "known")
    assert np.array_equal(stack[LayerRole.LINE_ART].rgba, line)
    assert not stack[LayerRole.FLAT_COLOR].rgba.any()


def test_shading_under_a_soft_line_stays_out_of_the_flat():
    flat, shadow, line = filled([200, 160, 120, 255]), filled([100, 80, 60, 255]), blank()
    line[:] = [40, 30, 20, 200]
    source = filled([53, 40, 29, 250])
    stack = reconcile(proposed(flat, shadow, blank(), line), source, "production", "known")
    assert (stack[LayerRole.FLAT_COLOR].rgba[..., :3] == flat[..., :3]).all()
    assert difference(composite(stack), source).max() <= 1.001 / 255


def test_ink_over_a_nearly_opaque_flat_leaves_no_hole():
    flat, line = filled([200, 160, 120, 255]), blank()
    line[:4] = [40, 30, 20, 254]
    line[4:] = [40, 30, 20, 100]
    source = over(flat, line)
    source[..., 3] = 254
    stack = reconcile(proposed(flat, blank(), blank(), line), source, "production", "known")
    assert np.array_equal(stack[LayerRole.FLAT_COLOR].rgba, flat)
    assert difference(composite(stack), source).max() <= 1.001 / 255


def test_an_opaque_outline_may_reach_beyond_the_flat():
    source = filled([20, 10, 10, 255])
    flat = filled([250, 200, 180, 255])
    flat[:, 4:] = 0
    line = filled([20, 10, 10, 255])
    stack = reconcile(proposed(flat, blank(), blank(), line), source, "production", "known")
    assert np.array_equal(stack[LayerRole.FLAT_COLOR].rgba, flat)


def test_colour_under_alpha_0_is_0():
    rng = np.random.default_rng(2)
    source = random_source(rng, (40, 40), np.uint8, opaque=0.4)
    stack = reconcile(random_proposal(rng, (40, 40), np.uint8), source, "production", "noise")
    for layer in stack:
        assert not layer.rgba[layer.rgba[..., 3] == 0].any()


def test_the_layers_lie_where_the_proposal_lay():
    rng = np.random.default_rng(4)
    proposal = random_proposal(rng, (20, 20), np.uint8)
    stack = reconcile(proposal, random_source(rng, (20, 20), np.uint8, 0.5), "glow", "noise")
    pictures = (proposal.flat_color, proposal.shadow, proposal.highlight, proposal.line_art)
    for layer, picture in zip(stack, pictures, strict=True):
        assert layer.rgba is picture


def test_layers_of_one_memory_and_of_the_sources_are_told_apart():
    rng = np.random.default_rng(6)
    source = random_source(rng, (40, 40), np.uint8, 0.5)
    given, fixed = source.copy(), random_source(rng, (40, 40), np.uint8, 0.5)
    fixed.flags.writeable = False
    stack = reconcile(Proposal(source, fixed, fixed, source[::-1]), source, "screen", "noise")
    assert np.array_equal(source, given)
    assert difference(composite(stack), source).max() <= 1.001 / 255


def test_progress_can_cancel():
    def stop(fraction: float) -> None:
        raise Cancelled

    picture = filled([1, 2, 3, 255], 300, 300)
    with pytest.raises(Cancelled):
        reconcile(
            proposed(picture, blank(300, 300), blank(300, 300), blank(300, 300)),
            picture,
            "normal",
            "x",
            stop,
        )
