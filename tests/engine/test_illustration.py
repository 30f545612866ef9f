"""The illustrator: its true layers give its picture, at any size, depth and seed."""

import numpy as np
import pytest

from engine import composite
from engine.compositing import difference
from engine.illustration import draw_character
from engine.layers import BlendMode, Layer, LayerRole

SEEDS = range(6)


def restacked(illustration):
    return composite(
        [
            Layer(role, BlendMode.NORMAL, getattr(illustration.layers, role.value))
            for role in LayerRole
        ]
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("depth", [8, 16])
def test_the_true_layers_give_the_picture(seed, depth):
    drawn = draw_character(160, 160, seed=seed, depth=depth)
    assert drawn.source.dtype == np.dtype(f"uint{depth}")
    top = np.iinfo(drawn.source.dtype).max
    assert difference(restacked(drawn), drawn.source).max() <= 1.001 / top


@pytest.mark.parametrize(("width", "height"), [(64, 64), (1, 1), (301, 97), (40, 333)])
def test_any_shape_can_be_drawn(width, height):
    drawn = draw_character(width, height)
    for role in LayerRole:
        assert getattr(drawn.layers, role.value).shape == (height, width, 4)
    assert drawn.source.shape == (height, width, 4)
    assert drawn.source[..., 3].any()


def test_a_seed_is_a_character():
    first, again, other = (draw_character(96, 96, seed=seed).source for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any(axis=-1).mean() > 0.2


def test_the_picture_is_the_same_at_another_size():
    small = draw_character(128, 128).source.astype(float)
    large = draw_character(512, 512).source.astype(float)
    small[..., :3] *= small[..., 3:] / 255
    large[..., :3] *= large[..., 3:] / 255
    shrunk = large.reshape(128, 4, 128, 4, 4).mean(axis=(1, 3))
    assert np.abs(shrunk - small).mean() < 1.5


@pytest.mark.parametrize("seed", SEEDS)
def test_every_layer_holds_a_good_part_of_the_figure_and_none_leaves_it(seed):
    layers = draw_character(200, 200, seed=seed).layers
    flat = layers.flat_color[..., 3]
    figure = (flat > 0).mean()
    for layer, least in ((layers.shadow, 0.08), (layers.highlight, 0.005), (layers.line_art, 0.03)):
        assert (layer[..., 3] > 127).mean() > least * figure
    assert not layers.shadow[flat == 0].any()
    assert not layers.highlight[flat == 0].any()


def test_shadows_darken_and_highlights_lighten_the_flat_color():
    layers = draw_character(256, 256).layers
    flat, shadow, highlight = (
        layer.astype(int) for layer in (layers.flat_color, layers.shadow, layers.highlight)
    )
    solid = (flat[..., 3] == 255) & (shadow[..., 3] == 255)
    assert solid.any()
    assert (shadow[solid][:, :3] <= flat[solid][:, :3] + 1).all()
    lit = (flat[..., 3] == 255) & (highlight[..., 3] == 255) & (shadow[..., 3] == 0)
    assert lit.any()
    assert (highlight[lit][:, :3].sum(axis=1) > flat[lit][:, :3].sum(axis=1)).all()


def test_shadows_are_hard_and_soft():
    shadow = draw_character(512, 512).layers.shadow[..., 3]
    assert (shadow == 255).mean() > 0.02
    assert ((shadow > 20) & (shadow < 235)).mean() > 0.02


def test_the_flat_color_is_one_colour_a_region():
    flat = draw_character(512, 512).layers.flat_color
    solid = flat[flat[..., 3] == 255][:, :3]
    _, counts = np.unique(solid, axis=0, return_counts=True)
    assert np.sort(counts)[-12:].sum() / counts.sum() > 0.97


def test_lines_vary_in_width_and_colour():
    line_art = draw_character(512, 512).layers.line_art
    row_runs = [
        len(run)
        for row in line_art[..., 3] > 127
        for run in np.split(np.arange(512), np.flatnonzero(np.diff(row)) + 1)
        if row[run[0]]
    ]
    assert np.percentile(row_runs, 90) > 2 * np.percentile(row_runs, 20)
    inks = line_art[line_art[..., 3] == 255][:, :3].astype(int)
    assert np.ptp(inks.sum(axis=1)) > 60


def test_a_background_fills_the_flat_color():
    drawn = draw_character(80, 80, background=(250, 240, 200))
    assert (drawn.source[..., 3] == 255).all()
    assert drawn.source[0, 0].tolist() == [250, 240, 200, 255]
    assert drawn.layers.flat_color[0, 0].tolist() == [250, 240, 200, 255]
    assert not drawn.layers.shadow[0, 0].any()
