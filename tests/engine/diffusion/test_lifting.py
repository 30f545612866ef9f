"""Lifting: the model's soft layers, at the canvas's resolution and as sharp as the canvas."""

import cv2
import numpy as np
import pytest

import engine
from engine.diffusion import fitting
from engine.diffusion.fitting import Floats, fit, resize, straight
from engine.diffusion.lifting import lift
from engine.illustration import Illustration, draw_character
from engine.layers import BlendMode, Layer, LayerRole, Proposal, Rgba

SCALE = 4
"""How many times larger than the model's the canvas is."""
SIDE = 480


@pytest.fixture(autouse=True)
def small_model(monkeypatch):
    """A model that works at 120 x 120 pixels, so that the tests are quick."""
    monkeypatch.setattr(fitting, "AREA", (SIDE // SCALE) ** 2)


def disc(x: int, y: int, radius: int) -> np.ndarray:
    """(SIDE, SIDE) in [0, 1], smooth at its edge."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.clip(radius + 0.5 - np.hypot(rows - y, columns - x), 0, 1)


def layer(*parts: tuple[np.ndarray, tuple[int, int, int]]) -> Rgba:
    """Discs of colours, the later over the earlier, straight alpha."""
    out = np.zeros((SIDE, SIDE, 4))
    for cover, color in parts:
        out = out * (1 - cover[..., None]) + cover[..., None] * np.array([*color, 255])
    out[..., :3] /= np.maximum(out[..., 3:] / 255, 1e-9)
    return np.rint(out).astype(np.uint8)


@pytest.fixture(scope="module")
def drawn() -> Illustration:
    """A face over a jacket, each shaded at its right, a glint, and brown lines around."""
    skin, jacket = (240, 200, 170), (70, 100, 160)
    face, body = disc(200, 190, 120), disc(280, 340, 110)
    bare = body * (1 - face)
    ring = body - disc(280, 340, 104)
    layers = Proposal(
        layer((body, jacket), (face, skin)),
        layer(
            (np.clip(bare - disc(230, 330, 110), 0, 1), (40, 60, 120)),
            (np.clip(face - disc(150, 180, 120), 0, 1), (200, 140, 130)),
        ),
        layer((disc(150, 140, 25), (255, 250, 240))),
        layer((ring * (1 - face), (60, 30, 20)), (face - disc(200, 190, 113), (60, 30, 20))),
    )
    stack = [Layer(role, BlendMode.NORMAL, getattr(layers, role.value)) for role in LayerRole]
    return Illustration(engine.composite(stack), layers)


def said(layers: Proposal, noise: float = 2) -> dict[LayerRole, Floats]:
    """What a model might say: the true layers at its size, soft and noisy as a VAE leaves them."""
    rng = np.random.default_rng(0)
    small = {role: fit(getattr(layers, role.value))[0] for role in LayerRole}
    return {
        role: np.clip(
            cv2.GaussianBlur(layer, (0, 0), 0.7) + rng.normal(0, noise / 255, layer.shape), 0, 1
        ).astype(np.float32)
        for role, layer in small.items()
    }


def lifted(drawn: Illustration, **more: float) -> Proposal:
    return lift(said(drawn.layers, **more), fit(drawn.source)[1], drawn.source, lambda done: None)


def enlarged(drawn: Illustration) -> Rgba:
    """The line art that enlarging what the model said would give."""
    placed = fit(drawn.source)[1]
    layer = placed.cut(said(drawn.layers)[LayerRole.LINE_ART]).copy()
    layer[..., :3] *= layer[..., 3:]
    return np.rint(straight(resize(layer, drawn.source.shape[:2])) * 255).astype(np.uint8)


def off(one: Rgba, other: Rgba) -> float:
    """The mean difference of two layers' coverage, of 1."""
    top = np.iinfo(one.dtype).max
    return float(np.abs(one[..., 3].astype(float) - other[..., 3]).mean() / top)


def test_lines_are_as_sharp_as_the_pictures(drawn):
    true, layer = drawn.layers.line_art, lifted(drawn).line_art
    assert off(layer, true) < off(enlarged(drawn), true) / 4
    core = true[..., 3] == 255
    assert np.median(layer[core][:, 3]) == 255
    clear = cv2.dilate(true[..., 3], np.ones((3, 3), np.uint8)) == 0
    assert (layer[clear][:, 3] > 12).mean() < 0.002


def test_flats_are_one_color_a_region_and_the_pictures_own(drawn):
    true, layer = drawn.layers.flat_color, lifted(drawn).flat_color
    inside = cv2.erode(true[..., 3], np.ones((5, 5), np.uint8)) == 255
    same = (true[..., :3] == layer[..., :3]).all(axis=-1)
    assert same[inside].mean() > 0.9


def test_shadow_and_highlight_end_where_the_pictures_do(drawn):
    found = lifted(drawn)
    visible = drawn.layers.line_art[..., 3] == 0
    for role in ("shadow", "highlight"):
        true, layer = getattr(drawn.layers, role), getattr(found, role)
        wrong = np.abs(true[..., 3].astype(int) - layer[..., 3]) > 64
        assert wrong[visible].sum() < 0.1 * (true[..., 3] > 128)[visible].sum()


@pytest.fixture(scope="module")
def face() -> Illustration:
    """A face out of a drawn character 1600 x 2400 pixels large, straight alpha."""
    drawn = draw_character(1600, 2400, 2)
    there = (slice(800, 1600), slice(400, 1200))
    layers = Proposal(*(getattr(drawn.layers, role.value)[there].copy() for role in LayerRole))
    return Illustration(drawn.source[there].copy(), layers)


def softness(layer: Rgba) -> float:
    """How many of the pixels that a layer touches it covers in part."""
    alpha = layer[..., 3]
    return float(((alpha > 25) & (alpha < 230)).sum() / (alpha > 25).sum())


def test_thin_lines_of_a_canvas_of_4000_x_6000_pixels_are_not_blurred(monkeypatch, face):
    # A part of it, at the scale that the whole has: 768 pixels of the model's for 4000.
    side = face.source.shape[0] * 768 // 4000
    monkeypatch.setattr(fitting, "AREA", side**2)
    found, true = lifted(face), face.layers.line_art
    ours, theirs = found.line_art[..., 3] > 127, true[..., 3] > 127
    assert 2 * (ours & theirs).sum() / (ours.sum() + theirs.sum()) > 0.98
    assert softness(found.line_art) < 2 * softness(true)
    assert softness(enlarged(face)) > 4 * softness(true)
    stack = engine.reconcile(found, face.source, "production", "diffusion")
    assert engine.difference(engine.composite(stack), face.source).max() <= engine.LIMIT[8]
    restacked = next(layer.rgba for layer in stack if layer.role is LayerRole.LINE_ART)
    assert softness(restacked) < 2 * softness(true)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("background", [None, (190, 200, 220)], ids=["clear", "filled"])
def test_what_is_lifted_restacks(depth, background):
    drawn = draw_character(200, 160, 2, depth, background)
    found = lifted(drawn)
    assert {getattr(found, role.value).dtype for role in LayerRole} == {drawn.source.dtype}
    stack = engine.reconcile(found, drawn.source, "production", "diffusion")
    limit = engine.LIMIT[depth]
    assert engine.difference(engine.composite(stack), drawn.source).max() <= limit


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("canvas", [(1, 1), (64, 64), (600, 100), (3, 900), (1, 20_000)], ids=str)
def test_whatever_the_model_says_restacks(canvas, depth):
    rng = np.random.default_rng(3)
    source = cv2.resize(draw_character(64, 64, 2).source, canvas[::-1]).astype(f"u{depth // 8}")
    source *= np.iinfo(source.dtype).max // 255
    placed = fit(source)[1]
    garbage = {
        role: rng.normal(0.5, 1, (*placed.frame, 4)).astype(np.float32) for role in LayerRole
    }
    garbage[LayerRole.SHADOW][::3] = np.nan
    found = lift(garbage, placed, source, lambda done: None)
    stack = engine.reconcile(found, source, "production", "diffusion")
    assert engine.difference(engine.composite(stack), source).max() <= engine.LIMIT[depth]


def test_nothing_said_is_a_flat_picture():
    source = draw_character(200, 200, 4).source
    placed = fit(source)[1]
    nothing = {role: np.zeros((*placed.frame, 4), np.float32) for role in LayerRole}
    found = lift(nothing, placed, source, lambda done: None)
    assert not found.line_art.any()
    stack = engine.reconcile(found, source, "production", "diffusion")
    assert engine.difference(engine.composite(stack), source).max() <= engine.LIMIT[8]


def test_bands_leave_no_seams(monkeypatch, drawn):
    whole = lifted(drawn)
    monkeypatch.setattr("engine.bands.BAND_PIXELS", 1000)
    parts = lifted(drawn)
    for role in LayerRole:
        one, other = getattr(whole, role.value), getattr(parts, role.value)
        assert np.abs(one.astype(int) - other).max() <= 1


def test_lifting_can_be_cancelled(drawn):
    def stop(done: float) -> None:
        raise engine.Cancelled

    with pytest.raises(engine.Cancelled):
        lift(said(drawn.layers), fit(drawn.source)[1], drawn.source, stop)
