"""Fitting: sizes that the model takes, aspects kept, edges padded with what lies there."""

import numpy as np
import pytest

from engine.diffusion.fitting import AREA, STEP, Fit, fit


@pytest.mark.parametrize(
    "canvas", [(64, 64), (512, 512), (1152, 768), (6000, 4000), (6000, 1000), (3000, 8000)], ids=str
)
def test_frames_are_of_the_models_size_and_keep_the_aspect(canvas):
    placed = Fit.of(*canvas)
    assert all(side % STEP == 0 for side in placed.frame)
    assert placed.frame[0] * placed.frame[1] == pytest.approx(AREA, rel=0.05)
    scales = [part / side for part, side in zip(placed.content, canvas, strict=True)]
    assert scales[0] == pytest.approx(scales[1], rel=0.01)
    assert all(
        0 <= frame - part < STEP for frame, part in zip(placed.frame, placed.content, strict=True)
    )


def test_the_papers_size_is_not_scaled():
    rgba = np.random.default_rng(1).integers(0, 256, (1152, 768, 4)).astype(np.uint8)
    rgba[..., 3] = 255
    fitted, placed = fit(rgba)
    assert placed.content == placed.frame == (1152, 768)
    assert np.allclose(fitted, rgba / 255, atol=1e-6)


@pytest.mark.parametrize("canvas", [(1, 1), (1, 100_000), (100_000, 1), (3, 5000)], ids=str)
def test_every_shape_fits(canvas):
    fitted, placed = fit(np.full((*canvas, 4), 200, np.uint8))
    assert fitted.shape == (*placed.frame, 4)
    assert np.allclose(fitted, 200 / 255, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_transparent_gives_no_color_to_its_neighbours(dtype):
    top = np.iinfo(dtype).max
    rgba = np.zeros((1500, 1500, 4), dtype)
    rgba[..., 1] = top
    rgba[:, 701:] = (top, 0, 0, top)
    fitted, _ = fit(rgba)
    seen = fitted[fitted[..., 3] > 0]
    assert np.allclose(seen[:, :3], (1, 0, 0), atol=1e-3)
    assert (fitted[fitted[..., 3] == 0] == 0).all()


def test_padding_goes_on_with_the_edge():
    ramp = np.zeros((1000, 1030, 4), np.uint8)
    ramp[..., 3] = 255
    ramp[..., 0] = np.linspace(0, 200, 1030)
    fitted, placed = fit(ramp)
    rows, columns = placed.content
    assert placed.frame != placed.content
    assert (fitted[rows:] == fitted[rows - 1]).all()
    assert (fitted[:, columns:] == fitted[:, columns - 1 : columns]).all()
    assert placed.cut(fitted).shape == (rows, columns, 4)


def test_bands_leave_no_seams(monkeypatch):
    rgba = np.random.default_rng(2).integers(0, 256, (300, 200, 4)).astype(np.uint8)
    whole = fit(rgba)[0]
    monkeypatch.setattr("engine.bands.BAND_PIXELS", 1000)
    assert np.allclose(fit(rgba)[0], whole, atol=1e-5)
