"""Painted pictures: what light explains is one flat color, what it does not is two."""

import cv2
import numpy as np
import pytest

from engine.builtin.cells import find_cells
from engine.builtin.painting import find_background, find_painting
from engine.builtin.seams import find_seams, find_trust
from engine.builtin.shades import log_colours, shade_axes, unlike

SIDE = 160
SKIN, CLOTH, LEATHER = (245, 215, 200), (90, 130, 190), (180, 110, 70)
TINT = np.array([0.75, 0.62, 0.6])
"""What full shadow leaves of red, green and blue."""
NO_INK = np.zeros((SIDE, SIDE), np.uint8)
SOLID = np.ones((SIDE, SIDE), bool)


def painted(colours, shade):
    """(H, W) shares of shadow over colours that come in stripes from left to right."""
    bands = np.array(colours, float)[np.arange(SIDE) * len(colours) // SIDE]
    lit = bands[None] * (1 - np.asarray(shade)[..., None] * (1 - TINT))
    return np.rint(lit).astype(np.uint8)


def fade():
    return np.repeat(np.linspace(0, 1, SIDE)[:, None], SIDE, axis=1)


def found(picture, solid=SOLID, ink=NO_INK, finer=1.0, guess=None):
    return find_painting(picture, solid, ink, guess, finer)


class TestShades:
    def test_the_axis_is_where_gradients_go(self):
        steps = -np.log(TINT) * np.array([[0.1], [-0.2], [0.3]])
        axis = shade_axes(steps)[:, 0]
        assert axis @ -np.log(TINT) / np.linalg.norm(np.log(TINT)) > 0.99

    def test_the_axes_are_at_right_angles(self):
        axes = shade_axes(np.array([[0.1, 0.2, 0.1]]))
        assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-6)

    def test_light_explains_steps_along_the_axis(self):
        along, across = unlike(np.array([[0.2, 0, 0], [0, 0.2, 0]]), 0.1)
        assert along < across / 10


class TestCells:
    def test_each_pixel_of_the_figure_has_a_cell(self):
        figure = cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (80, 80), 60, 1, -1) > 0
        cells = find_cells(painted([SKIN, CLOTH], fade()), figure, NO_INK)
        assert ((cells.labels >= 0) == figure).all()
        assert np.array_equal(np.bincount(cells.labels[figure]), cells.areas)

    def test_cells_keep_to_edges(self):
        picture = painted([SKIN, CLOTH], np.zeros((SIDE, SIDE)))
        cells = find_cells(picture, SOLID, NO_INK)
        near = np.abs(cells.colours[:, None] - (SKIN, CLOTH)).max(axis=2).min(axis=1)
        assert (near < 30).mean() > 0.95

    @pytest.mark.parametrize("spot", [(0, 0), (159, 159), (80, 3)])
    def test_a_figure_of_one_pixel_has_one_cell(self, spot):
        figure = np.zeros((SIDE, SIDE), bool)
        figure[spot] = True
        cells = find_cells(painted([SKIN], fade()), figure, NO_INK)
        assert cells.areas.tolist() == [1]


class TestSeams:
    def test_gradients_are_soft_and_edges_sharp(self):
        for colours, sharp in (([SKIN], False), ([SKIN, CLOTH], True)):
            picture = painted(colours, fade() if len(colours) == 1 else 0 * fade())
            seams = find_seams(find_cells(picture, SOLID, NO_INK), log_colours(picture), NO_INK)
            strong = np.abs(seams.steps).sum(axis=1) > 0.05
            assert strong.any()
            assert ((seams.sharpness[strong] > 0.5) == sharp).mean() > 0.8

    def test_lines_are_seen(self):
        ink = NO_INK.copy()
        ink[:, 78:82] = 255
        picture = painted([SKIN, CLOTH], fade())
        seams = find_seams(find_cells(picture, SOLID, ink), log_colours(picture), ink)
        assert seams.line.any()
        assert not seams.line.all()


class TestTrust:
    """What differences count where a guess says that both sides are of one flat color."""

    ONE = np.zeros((SIDE, SIDE), np.int32)
    HALVES = (np.arange(SIDE) >= SIDE // 2) + ONE

    def test_an_edge_within_what_the_tones_take_for_one_parts_nothing(self):
        picture = painted([SKIN, CLOTH], fade())
        assert len(found(picture, guess=self.ONE).colours) == 1
        assert len(found(picture, guess=self.HALVES).colours) == 2

    def test_an_outline_parts_what_the_tones_take_for_one(self):
        ink = NO_INK.copy()
        ink[:, SIDE // 2] = 255
        picture = painted([SKIN, CLOTH], fade())
        labels = found(picture, ink=ink, guess=self.ONE).labels
        assert labels[80, 20] != labels[80, 140]

    def test_strands_part_less_than_outlines(self):
        picture = painted([SKIN, CLOTH], fade())
        counts = []
        for every in (54, 5):
            ink = NO_INK.copy()
            ink[:, 53::every] = 255
            cells = find_cells(picture, SOLID, ink)
            seams = find_seams(cells, log_colours(picture), ink)
            trust = find_trust(cells, seams, ink, self.ONE)
            counts.append(trust[seams.line].mean())
        assert counts[1] < counts[0] / 2


class TestBackground:
    def test_what_the_rim_has_is_behind(self):
        picture = np.full((SIDE, SIDE, 3), 250, np.uint8)
        picture[40:120, 40:120] = SKIN
        picture[60:100, 60:100] = 250
        behind = find_background(picture, SOLID, NO_INK)
        assert behind[:40].all()
        assert not behind[40:120, 40:120].any()

    def test_a_rim_of_many_colours_is_no_background(self):
        picture = painted([SKIN, CLOTH, LEATHER, (20, 20, 30)], fade())
        assert not find_background(picture, SOLID, NO_INK).any()


class TestPainting:
    def test_a_gradient_is_one_flat_color_of_its_lit_half(self):
        painting = found(painted([SKIN], fade()))
        assert len(painting.colours) == 1
        assert np.abs(painting.colours[0].astype(int) - SKIN).max() < 40

    def test_a_hard_shadow_in_the_same_light_too(self):
        shade = fade() * 0.3
        shade[50:90] += 0.3
        assert len(found(painted([LEATHER], shade)).colours) == 1

    def test_two_things_are_two_however_they_are_shaded(self):
        labels = found(painted([SKIN, CLOTH], fade())).labels
        left, right = (np.unique(part) for part in (labels[:, :70], labels[:, 90:]))
        assert len(left) == len(right) == 1
        assert left != right

    def test_things_of_one_colour_far_apart_have_one_flat_color(self):
        labels = found(painted([SKIN, CLOTH, SKIN], fade())).labels
        assert labels[80, 10] == labels[80, 150] != labels[80, 80]

    def test_little_detail_keeps_a_small_figure_before_a_large_background(self):
        picture = np.full((SIDE, SIDE, 3), 255, np.uint8)
        small = cv2.resize(painted([SKIN, CLOTH], fade()), (60, 60))
        picture[50:110, 50:110] = small
        painting = found(picture, finer=0.01)
        seen = {tuple(painting.colours[painting.labels[80, x]]) for x in (10, 60, 100)}
        assert len(seen) == 3

    def test_what_is_transparent_has_the_nearest_flat_color(self):
        solid = SOLID.copy()
        solid[:, :20] = False
        painting = found(painted([SKIN, CLOTH], fade()), solid)
        assert (painting.labels[:, :10] == painting.labels[80, 40]).all()
