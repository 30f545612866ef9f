"""What the builtin engine proposes: on pictures whose layers are known, and on odd ones."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine import Cancelled, LayerRole, Proposal
from engine.base import silent
from engine.builtin.settings import OPTIONS
from engine.illustration import draw_character
from engine.options import complete

SKIN, HAIR, COAT = (250, 230, 220), (154, 209, 154), (62, 89, 140)
DEFAULTS = complete(OPTIONS, {})
TINT = np.array([0.8, 0.68, 0.85])


def propose(rgba: engine.Rgba) -> Proposal:
    return engine.load("builtin").propose(rgba, DEFAULTS, silent)


def canvas(colour: tuple[int, int, int], size: int = 160) -> engine.Rgba:
    return np.full((size, size, 4), (*colour, 255), np.uint8)


def fill(rgba: engine.Rgba, box: tuple[int, int, int, int], colour: object) -> None:
    left, top, right, bottom = box
    rgba[top:bottom, left:right, :3] = np.rint(np.asarray(colour))


def stroke(rgba: engine.Rgba, start: tuple[int, int], end: tuple[int, int], ink: tuple) -> None:
    cv2.line(rgba, start, end, (*ink, 255), 3, cv2.LINE_AA)


def shaded_figure() -> engine.Rgba:
    """Three colours side by side, lined off, each with a hard shadow of one tint at its foot."""
    rgba = canvas(SKIN)
    for index, colour in enumerate((SKIN, HAIR, COAT)):
        left = index * 54
        fill(rgba, (left, 0, left + 54, 160), colour)
        fill(rgba, (left, 110, left + 54, 160), TINT * colour)
    for left in (53, 107):
        stroke(rgba, (left, 0), (left, 159), (10, 5, 0))
    return rgba


def near(picture: engine.Rgba, colour: object, tolerance: int = 3) -> np.ndarray:
    return np.abs(picture[..., :3] - np.asarray(colour, float)).max(axis=-1) <= tolerance


class TestLineArt:
    def test_a_line_keeps_its_colour_and_all_its_coverage(self):
        rgba = canvas(SKIN)
        fill(rgba, (80, 0, 160, 160), HAIR)
        stroke(rgba, (20, 80), (140, 90), (120, 20, 30))
        line = propose(rgba).line_art
        assert line[85, 80, 3] >= 250
        assert near(line[85:86, 80:81], (120, 20, 30)).all()

    def test_nothing_of_a_line_stays_in_what_lies_under_it(self):
        rgba = canvas(SKIN)
        stroke(rgba, (20, 30), (140, 120), (20, 20, 60))
        layers = propose(rgba)
        assert near(layers.flat_color, SKIN, 0).all()
        assert not layers.shadow[..., 3].any()

    def test_antialiased_edges_are_coverage_of_one_ink(self):
        rgba = canvas(SKIN)
        stroke(rgba, (20, 30), (140, 120), (20, 20, 60))
        line = propose(rgba).line_art
        edge = (line[..., 3] > 60) & (line[..., 3] < 200)
        assert edge.sum() > 50
        assert near(line[edge][None], (20, 20, 60), 12).mean() > 0.95

    def test_a_dark_fill_is_no_line(self):
        rgba = canvas(SKIN)
        fill(rgba, (40, 40, 120, 120), (20, 15, 25))
        layers = propose(rgba)
        assert not layers.line_art[..., 3].any()
        assert near(layers.flat_color, (20, 15, 25), 0).sum() > 0.95 * 80 * 80

    def test_the_border_of_a_cast_shadow_is_no_line(self):
        rgba = canvas(SKIN)
        fill(rgba, (0, 80, 160, 160), TINT * SKIN)
        assert not propose(rgba).line_art[..., 3].any()

    def test_an_outline_takes_all_of_a_soft_silhouette(self):
        rgba = np.zeros((160, 160, 4), np.uint8)
        cv2.circle(rgba, (80, 80), 50, (*HAIR, 255), -1, cv2.LINE_AA)
        cv2.circle(rgba, (80, 80), 50, (0, 0, 0, 255), 4, cv2.LINE_AA)
        line = propose(rgba).line_art
        soft = (rgba[..., 3] > 0) & (rgba[..., 3] < 250)
        assert soft.any()
        assert np.array_equal(line[soft][:, 3], rgba[soft][:, 3])


class TestFlatColor:
    def test_each_region_has_one_colour_under_its_shadow_and_lines_too(self):
        flat = propose(shaded_figure()).flat_color
        for index, colour in enumerate((SKIN, HAIR, COAT)):
            left = index * 54
            assert near(flat[:, left + 2 : left + 50], colour, 0).all()
        assert len(np.unique(flat.reshape(-1, 4), axis=0)) == 3

    def test_a_region_all_in_shadow_behind_a_line_has_its_lit_colour(self):
        rgba = shaded_figure()
        fill(rgba, (10, 10, 45, 60), TINT * HAIR)
        for start, end in (
            ((10, 10), (45, 10)),
            ((45, 10), (45, 60)),
            ((45, 60), (10, 60)),
            ((10, 60), (10, 10)),
        ):
            stroke(rgba, start, end, (10, 5, 0))
        assert near(propose(rgba).flat_color[20:50, 20:36], HAIR, 0).all()

    def test_a_leak_in_a_line_does_not_join_two_colours(self):
        rgba = shaded_figure()
        fill(rgba, (48, 40, 54, 46), SKIN)
        fill(rgba, (54, 40, 58, 46), HAIR)
        flat = propose(rgba).flat_color
        assert near(flat[60:100, 5:45], SKIN, 0).all()
        assert near(flat[60:100, 62:100], HAIR, 0).all()

    def test_blush_stays_out_of_it(self):
        rgba = canvas(SKIN)
        rows, columns = np.mgrid[:160, :160]
        blush = np.clip(1 - np.hypot(rows - 80, columns - 80) / 40, 0, 1)[..., None] * 0.5
        rgba[..., :3] = np.rint(rgba[..., :3] * (1 - blush) + np.array((230, 120, 120)) * blush)
        layers = propose(rgba)
        assert near(layers.flat_color, SKIN, 1).all()
        assert layers.shadow[80, 80, 3] > 0

    @pytest.mark.parametrize("quality", [95, 80])
    def test_the_noise_of_a_jpeg_is_no_color(self, quality):
        rgba = shaded_figure()
        _, data = cv2.imencode(".jpg", rgba[..., :3], [cv2.IMWRITE_JPEG_QUALITY, quality])
        rgba[..., :3] = cv2.imdecode(data, cv2.IMREAD_COLOR)
        flat = propose(rgba).flat_color
        for index, colour in enumerate((SKIN, HAIR, COAT)):
            left = index * 54
            assert near(flat[:, left + 4 : left + 48], colour, 8).mean() > 0.97

    def test_a_large_picture_gets_the_regions_of_a_small_one(self):
        small = shaded_figure()
        large = np.ascontiguousarray(small.repeat(9, axis=0).repeat(9, axis=1))
        there = propose(large).flat_color[4::9, 4::9]
        here = propose(small).flat_color
        assert (np.abs(there.astype(int) - here).max(axis=-1) <= 1).mean() > 0.97

    def test_16_bits_keep_their_colours(self):
        colour = (64_001, 40_123, 20_999)
        rgba = np.full((60, 60, 4), (*colour, 65_535), np.uint16)
        rgba[30:, :, :3] = np.rint(np.array(colour) * 0.6)
        layers = propose(rgba)
        assert layers.flat_color.dtype == np.uint16
        assert (layers.flat_color[:28, :, :3] == colour).all()


class TestShading:
    def test_a_tinted_shadow_is_one_colour_over_the_whole_figure(self):
        stack = engine.load("builtin").decompose(shaded_figure(), "production")
        shadow = stack[LayerRole.SHADOW].rgba
        foot = shadow[120:, [20, 80, 140]]
        assert near(foot, TINT * 255, 5).all()
        assert (foot[..., 3] > 240).all()
        assert not shadow[:100, [20, 80, 140], 3].any()

    def test_a_highlight_is_light_of_some_coverage(self):
        rgba = shaded_figure()
        lit = np.array(HAIR) + 0.5 * (255 - np.array(HAIR))
        fill(rgba, (70, 30, 90, 36), lit)
        layers = propose(rgba)
        assert near(layers.flat_color[30:36, 70:90], HAIR, 0).all()
        assert near(layers.highlight[31:35, 72:88], (255, 255, 255), 4).all()
        assert np.abs(layers.highlight[31:35, 72:88, 3].astype(int) - 128).max() < 5

    def test_a_flat_picture_has_none(self):
        layers = propose(canvas(HAIR))
        assert near(layers.flat_color, HAIR, 0).all()
        for layer in (layers.shadow, layers.highlight, layers.line_art):
            assert not layer.any()


@pytest.mark.parametrize(("seed", "background"), [(0, None), (3, (120, 160, 210)), (4, None)])
def test_a_drawn_character_comes_apart_as_it_was_made(seed, background):
    drawn = draw_character(512, 512, seed, background=background)
    layers = propose(drawn.source)
    opaque = drawn.layers.flat_color[..., 3] == 255

    close = np.abs(layers.flat_color.astype(int) - drawn.layers.flat_color).max(axis=-1) <= 8
    assert close[opaque].mean() > 0.9

    true, found = (part.line_art[..., 3] > 127 for part in (drawn.layers, layers))
    around = np.ones((3, 3), np.uint8)
    precision = (cv2.dilate(true.astype(np.uint8), around) > 0)[found].mean()
    recall = (cv2.dilate(found.astype(np.uint8), around) > 0)[true].mean()
    assert 2 * precision * recall / (precision + recall) > 0.9

    shaded = drawn.layers.shadow[..., 3] > 200
    clear = opaque & (drawn.layers.line_art[..., 3] == 0)
    assert (layers.shadow[..., 3] > 0)[shaded & clear].mean() > 0.85
    unshaded = clear & (drawn.layers.shadow[..., 3] == 0)
    assert (layers.shadow[..., 3] > 12)[unshaded].mean() < 0.04


def test_little_detail_keeps_a_large_patch_that_is_softly_shaded():
    rgba = canvas(SKIN)
    fill(rgba, (40, 40, 110, 110), COAT)
    rgba[40:110, 40:110, :3] += np.linspace(0, 60, 70).astype(np.uint8)[:, None, None]
    little = complete(OPTIONS, {"detail": 0})
    flat = engine.load("builtin").propose(rgba, little, silent).flat_color
    assert near(flat[50:100, 50:100], COAT, 70).mean() > 0.9


def test_in_a_flat_picture_near_colours_are_flat_colours_each():
    brown, darker = (86, 36, 8), (75, 28, 4)
    rgba = canvas(brown)
    fill(rgba, (0, 80, 160, 160), darker)
    layers = engine.load("builtin").propose(rgba, complete(OPTIONS, {"tones": "one"}), silent)
    assert near(layers.flat_color[:80], brown, 0).all()
    assert near(layers.flat_color[80:], darker, 0).all()
    assert not layers.shadow.any()


ODD = {
    "noise": lambda rng, shape, top: rng.integers(0, top + 1, (*shape, 4)),
    "opaque noise": lambda rng, shape, top: np.dstack(
        [rng.integers(0, top + 1, (*shape, 3)), np.full(shape, top)]
    ),
    "nothing": lambda rng, shape, top: np.zeros((*shape, 4)),
    "hidden colours": lambda rng, shape, top: np.dstack(
        [rng.integers(0, top + 1, (*shape, 3)), np.zeros(shape)]
    ),
    "half transparent": lambda rng, shape, top: np.full((*shape, 4), top // 2),
    "white": lambda rng, shape, top: np.full((*shape, 4), top),
    "gradient": lambda rng, shape, top: np.dstack(
        [np.linspace(0, top, shape[0] * shape[1]).reshape(shape)] * 3 + [np.full(shape, top)]
    ),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@settings(max_examples=8, deadline=None)
@given(height=st.integers(1, 70), width=st.integers(1, 70), seed=st.integers(0, 9))
def test_odd_pictures_restack_too(kind, dtype, height, width, seed):
    rng = np.random.default_rng(seed)
    rgba = ODD[kind](rng, (height, width), np.iinfo(dtype).max).astype(dtype)
    layers = propose(rgba)
    for layer in (layers.flat_color, layers.shadow, layers.highlight, layers.line_art):
        assert layer.shape == rgba.shape
        assert layer.dtype == rgba.dtype
    stack = engine.load("builtin").decompose(rgba)
    limit = engine.LIMIT[8 * np.dtype(dtype).itemsize]
    assert engine.difference(engine.composite(stack), rgba).max() <= limit + 1e-5


def test_line_art_is_never_more_opaque_than_the_picture():
    rgba = draw_character(256, 256, 1).source
    assert (propose(rgba).line_art[..., 3] <= rgba[..., 3]).all()


def test_progress_only_grows_and_names_its_stages():
    seen: list[tuple[str, float]] = []
    engine.load("builtin").propose(
        shaded_figure(), DEFAULTS, lambda stage, done: seen.append((stage, round(done, 6)))
    )
    assert [done for _, done in seen] == sorted(done for _, done in seen)
    assert list(dict.fromkeys(stage for stage, _ in seen)) == ["line art", "flat color", "shading"]
    assert seen[-1][1] == 1


@pytest.mark.parametrize("stage", ["line art", "flat color", "shading"])
def test_it_can_be_cancelled_in_every_stage(stage):
    def progress(name: str, done: float) -> None:
        if name == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.load("builtin").propose(shaded_figure(), DEFAULTS, progress)
