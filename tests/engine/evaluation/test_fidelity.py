import numpy as np
import pytest
from skimage.metrics import structural_similarity

import engine.bands
from engine.evaluation.fidelity import fidelity, over_white


def noisy(shape: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A smooth picture, and the same with noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]] / 40
    clean = np.stack([np.sin(rows), np.cos(columns), np.sin(rows + columns)]) / 2 + 0.5
    noise = clean + rng.normal(0, 0.05, clean.shape)
    return np.float32(noise.clip(0, 1)), np.float32(clean)


def compare(picture: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """The fidelity of opaque pictures, (3, H, W)."""
    opaque = np.ones((1, *truth.shape[1:]), np.float32)
    found, true = (np.concatenate([colors, opaque]) for colors in (picture, truth))
    return fidelity(lambda rows: found[:, rows], lambda rows: true[:, rows], *truth.shape[1:])


def test_psnr_is_that_of_the_mean_square() -> None:
    black, gray = np.zeros((3, 8, 8), np.float32), np.full((3, 8, 8), 0.1, np.float32)
    assert compare(gray, black)["psnr"] == pytest.approx(20, abs=1e-5)
    assert compare(gray, black)["maxerr"] == pytest.approx(25.5)
    assert compare(black, black)["psnr"] == 99


@pytest.mark.parametrize("shape", [(64, 80), (7, 7), (31, 9), (101, 700)])
def test_ssim_is_scikit_images(shape: tuple[int, int]) -> None:
    noise, clean = (picture.astype(float) for picture in noisy(shape))
    theirs = structural_similarity(noise, clean, channel_axis=0, data_range=1)
    assert compare(*noisy(shape))["ssim"] == pytest.approx(theirs, abs=1e-9)


def windows(shape: tuple[int, int]) -> list[tuple[slice, slice]]:
    return [
        (slice(y, y + 20), slice(x, x + 20))
        for y in range(0, shape[0] - 19, 10)
        for x in range(0, shape[1] - 19, 10)
    ]


@pytest.mark.parametrize("shape", [(64, 85), (20, 20), (105, 700)])
def test_lmse_fits_every_window_by_itself(shape: tuple[int, int]) -> None:
    noise, clean = noisy(shape)
    p, t = noise.mean(axis=0), clean.mean(axis=0)
    left = energy = 0.0
    for window in windows(p.shape):
        (scale,), (error,), *_ = np.linalg.lstsq(p[window].reshape(-1, 1), t[window].ravel())
        left, energy = left + error, energy + np.square(t[window]).sum()
        assert 0 < scale < 2
    assert compare(noise, clean)["lmse"] == pytest.approx(left / energy, rel=1e-4)


def test_lmse_does_not_mind_a_darker_picture() -> None:
    _, clean = noisy((60, 60))
    assert compare(clean / 2, clean)["lmse"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (6, 6)])
def test_small_pictures_are_measured_too(shape: tuple[int, int]) -> None:
    noise, clean = noisy(shape)
    itself, other = compare(clean, clean), compare(noise, clean)
    assert itself["ssim"] == pytest.approx(1)
    assert -1 <= other["ssim"] <= 1
    assert itself["lmse"] == pytest.approx(0, abs=1e-9)
    assert other["lmse"] >= 0


def test_rows_below_the_first_band_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """What bands find, one after the other, is what a single one finds."""
    noise, clean = noisy((231, 64))
    by_bands = {}
    for pixels in (1 << 16, 64):
        monkeypatch.setattr(engine.bands, "BAND_PIXELS", pixels)
        by_bands[pixels] = compare(noise, clean)
    assert by_bands[64] == pytest.approx(by_bands[1 << 16], abs=1e-6)


def test_nothing_is_white() -> None:
    half_red = np.array([0.5, 0, 0, 0.5], np.float32).reshape(4, 1, 1)
    assert over_white(half_red).ravel() == pytest.approx([1, 0.5, 0.5])
    assert over_white(np.zeros((4, 1, 1), np.float32)).ravel() == pytest.approx([1, 1, 1])
