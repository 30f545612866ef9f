"""How the builtin engine finds lines: on strokes and shapes whose place and colour are known."""

import cv2
import numpy as np
import pytest

from engine.builtin import line_art
from engine.builtin.line_art import Lines, find_lines
from engine.illustration import draw_character
from engine.layers import Rgba

SKIN, HAIR, INK = (250, 225, 205), (62, 44, 58), (104, 48, 44)


def search(rgba: Rgba, thickness: int = 0) -> Lines:
    return find_lines(rgba, lambda done: None, thickness)


def canvas(colour: tuple[int, int, int], size: int = 200) -> Rgba:
    return np.full((size, size, 4), (*colour, 255), np.uint8)


def stroke(rgba: Rgba, start: tuple[int, int], end: tuple[int, int], ink: tuple, width=3) -> None:
    cv2.line(rgba, start, end, (*ink, 255), width, cv2.LINE_AA)


def face_before_hair() -> Rgba:
    """Skin with lines of its ink on it, dark hair beside it, and a line where they meet."""
    rgba = canvas(SKIN)
    rgba[:, 120:] = (*HAIR, 255)
    for row in (40, 90, 140):
        stroke(rgba, (20, row), (90, row + 20), INK)
    stroke(rgba, (120, 0), (120, 199), INK)
    return rgba


def test_a_line_between_light_skin_and_dark_hair_is_known_by_its_ink():
    lines = search(face_before_hair())
    assert (lines.layer[10:190, 120, 3] > 200).all()
    assert not lines.layer[:, 130:, 3].any()


def test_under_it_is_what_lies_on_either_side():
    under = search(face_before_hair()).under
    beside = under[10:190, 115:126].reshape(-1, 3)
    apart = [np.abs(beside.astype(int) - colour).max(axis=-1) for colour in (SKIN, HAIR)]
    assert np.minimum(*apart).max() <= 3


def test_antialiasing_in_the_colour_of_ink_is_no_line():
    rgba = face_before_hair()
    half = cv2.resize(rgba[:, 110:130], (20, 200))
    half[:, :] = (*SKIN, 255)
    mixed = (np.array(SKIN) * 0.35 + np.array(HAIR) * 0.65).astype(np.uint8)
    half[:, 10:] = (*HAIR, 255)
    half[:, 10] = (*mixed, 255)
    rgba[:, 110:130] = half
    assert not search(rgba).layer[10:190, 112:128, 3].any()


def test_a_pale_line_counts_where_its_ink_is_known():
    rgba = canvas(SKIN)
    cloth, ink = (150, 90, 70), (98, 56, 48)
    rgba[100:] = (*cloth, 255)
    for row in (30, 60):
        stroke(rgba, (20, row), (180, row + 10), ink)
    stroke(rgba, (20, 140), (180, 160), ink)
    assert (search(rgba).layer[150, 95:105, 3] > 200).any()


@pytest.mark.parametrize(("thickness", "kept"), [(6, False), (24, True)])
def test_nothing_thicker_than_the_thickness_is_a_line(thickness, kept):
    rgba = canvas(SKIN)
    rgba[:, 90:110] = (20, 15, 25, 255)
    stroke(rgba, (20, 10), (60, 190), (20, 15, 25), 2)
    layer = search(rgba, thickness).layer
    assert (layer[10:190, 100, 3] > 200).all() == kept
    assert (layer[100, 35:45, 3] > 100).any()


@pytest.mark.parametrize(("thickness", "kept"), [(1, False), (3, False), (6, True)])
def test_a_thickness_of_few_pixels_keeps_thicker_strokes_out(thickness, kept):
    rgba = canvas(SKIN)
    stroke(rgba, (20, 50), (180, 50), INK, 3)
    stroke(rgba, (20, 150), (180, 150), INK, 1)
    alpha = search(rgba, thickness).layer[..., 3]
    assert (alpha[50, 30:170] > 200).all() == kept
    assert kept or not alpha[40:60].any()
    assert (alpha[150, 30:170] > 200).all()


def test_a_mark_of_the_lines_own_ink_may_be_thicker_than_they_are():
    rgba = canvas(SKIN)
    for row in (20, 60, 100):
        stroke(rgba, (20, row), (180, row + 10), INK)
    stroke(rgba, (80, 150), (120, 150), INK, 9)
    rgba[165:190, 80:120] = (*HAIR, 255)
    alpha = search(rgba).layer[..., 3]
    assert (alpha[147:154, 85:115] > 200).all()
    assert not alpha[170:185, 85:115].any()


def test_where_most_lines_are_pale_they_are_lines_of_their_own_ink():
    rgba = canvas(SKIN)
    rgba[100:, :, :3] = (120, 170, 130)
    for row, ink in ((30, (160, 140, 128)), (130, (75, 108, 80))):
        for below in (0, 30):
            stroke(rgba, (20, row + below), (180, row + below + 10), ink, 4)
    layer = search(rgba).layer
    assert (layer[35, 95:105, 3] > 200).all()
    assert (layer[135, 95:105, 3] > 200).all()
    assert not layer[[10, 90, 110, 190], :, 3].any()


def test_slivers_of_a_fill_are_no_lines():
    rgba = canvas((60, 50, 70))
    for left in range(20, 180, 13):
        rgba[60:90, left : left + 7, :3] = 210
    for row in (20, 140, 170):
        stroke(rgba, (10, row), (190, row), (10, 5, 15))
    layer = search(rgba).layer
    assert (layer[140, 20:180, 3] > 200).all()
    assert (layer[65:85, 20:180, 3] > 12).mean() < 0.01


def test_bands_leave_no_seams(monkeypatch):
    rgba = draw_character(260, 420, 2).source
    whole = search(rgba)
    monkeypatch.setattr("engine.bands.BAND_PIXELS", 1)
    monkeypatch.setattr(line_art, "TALL", 1)
    parts = search(rgba)
    assert np.array_equal(whole.layer, parts.layer)
    assert np.array_equal(whole.under, parts.under)


def test_16_bits_come_to_the_same_as_8():
    rgba = draw_character(240, 240, 1).source
    deep = search(rgba.astype(np.uint16) * 257).layer
    assert deep.dtype == np.uint16
    assert np.abs((deep >> 8).astype(int) - search(rgba).layer)[..., 3].max() <= 2
