"""Glows: they fade within a region, under its lines, and leave the flat color to be seen."""

import numpy as np

from engine.training.kinship.glows import add_glows, fade, find_large

FLAT = np.zeros((90, 120, 4), np.uint8)
FLAT[10:80, 10:60] = (60, 130, 80, 255)
FLAT[10:80, 60:110] = (250, 230, 220, 255)
FLAT[40:43, 30:33] = (10, 10, 10, 255)
LINE = np.zeros_like(FLAT)
LINE[10:80, 59:61] = (0, 0, 0, 255)


def test_large_regions_are_the_connected_ones_of_one_colour() -> None:
    found = find_large(FLAT)
    assert sorted(int(region.sum()) for region in found) == [50 * 70 - 9, 50 * 70]


def test_a_glow_ends_within_its_region() -> None:
    region = find_large(FLAT)[0]
    for seed in range(8):
        cover = fade(region, np.random.default_rng(seed))
        assert 0.05 < cover.max() <= 0.9
        assert (cover[~region] == 0).all()
        assert (cover[region] == 0).mean() > 0.05


def test_lines_and_what_is_transparent_stay() -> None:
    picture = np.where(LINE[..., 3:] > 0, LINE, FLAT)
    glowing = add_glows(picture, FLAT, LINE, np.random.default_rng(1))
    kept = (LINE[..., 3] > 0) | (FLAT[..., 3] == 0)
    assert (glowing[kept] == picture[kept]).all()
    assert (glowing[..., 3] == picture[..., 3]).all()
    assert (glowing != picture).any()


def test_a_picture_without_large_regions_stays() -> None:
    empty = np.zeros_like(FLAT)
    assert (add_glows(FLAT, empty, empty, np.random.default_rng(0)) == FLAT).all()
