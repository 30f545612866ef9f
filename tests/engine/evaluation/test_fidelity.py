import numpy as np
import pytest
from skimage.metrics import structural_similarity

from engine.evaluation.fidelity import lmse, over_white, psnr, ssim


def noisy(shape: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A smooth picture, and the same with noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]] / 40
    clean = np.stack([np.sin(rows), np.cos(columns), np.sin(rows + columns)]) / 2 + 0.5
    noise = clean + rng.normal(0, 0.05, clean.shape)
    return np.float32(noise.clip(0, 1)), np.float32(clean)


def test_psnr_is_that_of_the_mean_square() -> None:
    black, gray = np.zeros((3, 8, 8), np.float32), np.full((3, 8, 8), 0.1, np.float32)
    assert psnr(gray, black) == pytest.approx(20, abs=1e-5)
    assert psnr(black, black) == 99


def test_psnr_sees_only_the_pixels_it_is_asked_for() -> None:
    black, spot = np.zeros((3, 8, 8), np.float32), np.zeros((3, 8, 8), np.float32)
    spot[:, 0, 0] = 1
    elsewhere = np.ones((8, 8), bool)
    elsewhere[0, 0] = False
    assert psnr(spot, black, elsewhere) == 99
    assert psnr(spot, black, ~elsewhere) == 0


@pytest.mark.parametrize("shape", [(64, 80), (7, 7), (31, 9)])
def test_ssim_is_scikit_images(shape: tuple[int, int]) -> None:
    noise, clean = (picture.astype(float) for picture in noisy(shape))
    theirs = structural_similarity(noise, clean, channel_axis=0, data_range=1)
    assert ssim(noise, clean) == pytest.approx(theirs, abs=1e-9)


def windows(shape: tuple[int, int]) -> list[tuple[slice, slice]]:
    return [
        (slice(y, y + 20), slice(x, x + 20))
        for y in range(0, shape[0] - 19, 10)
        for x in range(0, shape[1] - 19, 10)
    ]


def test_lmse_fits_every_window_by_itself() -> None:
    noise, clean = noisy((64, 85))
    p, t = noise.mean(axis=0), clean.mean(axis=0)
    left = energy = 0.0
    for window in windows(p.shape):
        (scale,), (error,), *_ = np.linalg.lstsq(p[window].reshape(-1, 1), t[window].ravel())
        left, energy = left + error, energy + np.square(t[window]).sum()
        assert 0 < scale < 2
    assert lmse(noise, clean) == pytest.approx(left / energy, rel=1e-4)


def test_lmse_does_not_mind_a_darker_picture() -> None:
    _, clean = noisy((60, 60))
    assert lmse(clean / 2, clean) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (6, 6)])
def test_small_pictures_are_measured_too(shape: tuple[int, int]) -> None:
    noise, clean = noisy(shape)
    assert ssim(clean, clean) == pytest.approx(1)
    assert -1 <= ssim(noise, clean) <= 1
    assert lmse(clean, clean) == pytest.approx(0, abs=1e-9)
    assert lmse(noise, clean) >= 0


def test_nothing_is_white() -> None:
    half_red = np.array([0.5, 0, 0, 0.5], np.float32).reshape(4, 1, 1)
    assert over_white(half_red).ravel() == pytest.approx([1, 0.5, 0.5])
    assert over_white(np.zeros((4, 1, 1), np.float32)).ravel() == pytest.approx([1, 1, 1])
