"""Putting layers together, and measuring differences."""

import numpy as np
import pytest

from engine import BlendMode, Layer, LayerRole, composite, difference
from engine.bands import BAND_PIXELS, bands, map_bands


def layer(colour, mode=BlendMode.NORMAL, shape=(2, 2), dtype=np.uint8) -> Layer:
    rgba = np.empty((*shape, 4), dtype)
    rgba[:] = colour
    return Layer(LayerRole.FLAT_COLOR, mode, rgba)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (BlendMode.NORMAL, 60),
        (BlendMode.MULTIPLY, 24),
        (BlendMode.SCREEN, 136),
        (BlendMode.LIGHTEN, 100),
        (BlendMode.DARKEN, 60),
        (BlendMode.LINEAR_DODGE, 160),
    ],
)
def test_60_over_100_as_krita_shows_it(mode, expected):
    out = composite([layer([100, 100, 100, 255]), layer([60, 60, 60, 255], mode)])
    assert (out == [expected, expected, expected, 255]).all()


def test_half_over_half_covers_three_quarters():
    out = composite([layer([255, 0, 0, 128]), layer([0, 0, 255, 128])])
    assert (out[0, 0] == [85, 0, 170, 192]).all()


def test_a_blend_mode_acts_only_where_there_is_a_backdrop():
    out = composite([layer([0, 0, 0, 0]), layer([60, 70, 80, 200], BlendMode.MULTIPLY)])
    assert (out[0, 0] == [60, 70, 80, 200]).all()


def test_16_bits_stay_16_bits():
    out = composite([layer([12345, 1, 65535, 65535], dtype=np.uint16)])
    assert out.dtype == np.uint16
    assert (out[0, 0] == [12345, 1, 65535, 65535]).all()


def test_difference_is_of_alpha_or_premultiplied_colour():
    def apart(one, other):
        return difference(layer(one).rgba, layer(other).rgba)[0, 0] * 255

    assert apart([10, 20, 30, 255], [10, 25, 30, 255]) == pytest.approx(5, abs=1e-4)
    assert apart([10, 20, 30, 255], [10, 20, 30, 250]) == pytest.approx(5, abs=1e-4)
    assert apart([200, 0, 0, 51], [100, 0, 0, 51]) == pytest.approx(20, abs=1e-4)
    assert apart([200, 0, 0, 0], [0, 99, 0, 0]) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 3 * BAND_PIXELS), (1000, 300), (999, 1)])
def test_bands_cover_every_row_once(shape):
    rows = np.concatenate([np.arange(shape[0])[band] for band in bands(*shape)])
    assert np.array_equal(rows, np.arange(shape[0]))


def test_results_of_bands_come_in_the_order_of_the_rows():
    starts = map_bands(lambda rows: rows.start, 1000, 1000)
    assert starts == sorted(starts)


def test_what_a_band_raises_reaches_the_caller():
    def fail(rows: slice) -> None:
        raise OSError(rows.start)

    with pytest.raises(OSError, match="0"):
        map_bands(fail, 10, 10)
