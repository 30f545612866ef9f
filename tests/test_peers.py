"""The peers of the benchmark that need no package write layers that the evaluation reads."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine import LayerRole, LayerStack
from engine.evaluation.finished import read_finished
from engine.files import encode_png

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
LINES = slice(30, 33)


def picture() -> np.ndarray:
    """64 x 64: pale red with some noise and a black line across, transparent at the right."""
    rgba = np.full((64, 64, 4), (230, 120, 110, 255), np.uint8)
    rgba[..., :3] += np.random.default_rng(0).integers(0, 9, (64, 64, 1), np.uint8)
    rgba[LINES] = (0, 0, 0, 255)
    rgba[:, 48:] = 0
    return rgba


def run(peer: str, folder: Path) -> LayerStack:
    (folder / "sources").mkdir()
    (folder / "sources" / "line #1.png").write_bytes(encode_png(picture()))
    command = [sys.executable, "-m", "peer_methods", peer, folder / "sources", folder / "results"]
    subprocess.run(command, cwd=BENCHMARKS, check=True)
    stack, seconds, _ = read_finished(folder / "results" / "line #1", peer, picture())
    assert seconds is not None
    assert seconds > 0
    return stack


def test_xdog_inks_the_line_alone(tmp_path: Path) -> None:
    stack = run("xdog", tmp_path)
    ink = stack[LayerRole.LINE_ART].rgba[..., 3]
    assert (ink[31, :44] > 200).all()
    assert (ink[:24, :44] < 20).all()
    assert not stack[LayerRole.FLAT_COLOR].rgba.any()


@pytest.mark.parametrize("peer", ["edge-preserving", "stylization"])
def test_smoothing_is_flatter_and_keeps_the_alpha(peer: str, tmp_path: Path) -> None:
    flat = run(peer, tmp_path)[LayerRole.FLAT_COLOR].rgba
    before, after = (rgba[:20, :40, :3].std(axis=(0, 1)).mean() for rgba in (picture(), flat))
    assert after < before / 2
    assert np.array_equal(flat[..., 3], picture()[..., 3])
