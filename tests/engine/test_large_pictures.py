"""Large pictures and odd shapes: bounded memory, no seams, nothing too thin or too long."""

import subprocess
import sys
import threading
import time
import tracemalloc

import cv2
import numpy as np
import pytest

import engine
from engine.bands import map_bands
from engine.builtin import line_art
from engine.illustration import draw_character
from tests.engine.stacks import random_proposal, random_source

DECOMPOSE = """
import os, resource, sys
os.cpu_count = lambda: 2
import cv2
import engine
import engine.builtin.flats, engine.builtin.line_art, engine.builtin.shading
from engine.illustration import draw_character

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << (sys.platform != "darwin") * 10

rgba = cv2.resize(draw_character(500, 500, 1).source, (2000, 2000), interpolation=cv2.INTER_CUBIC)
before = peak()
engine.load("builtin").decompose(rgba)
print((peak() - before) / (rgba.size // 4))
"""


def test_a_job_takes_few_bytes_for_each_pixel():
    told = subprocess.run(
        [sys.executable, "-c", DECOMPOSE], check=True, capture_output=True, text=True
    )
    assert float(told.stdout) < 40  # 16 are the layers, 3 the picture without lines


def test_restacking_takes_no_memory_but_its_bands(monkeypatch):
    monkeypatch.setattr("engine.bands.BAND_PIXELS", 1 << 12)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    rng = np.random.default_rng(1)
    source = random_source(rng, (1000, 1000), np.uint8, 0.5)
    proposal = random_proposal(rng, source.shape[:2], np.uint8)
    tracemalloc.start()
    engine.reconcile(proposal, source, "production", "noise")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < source.nbytes


def test_many_cores_do_not_work_on_all_of_a_large_picture_at_once(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    busy, most, lock = 0, 0, threading.Lock()

    def work(rows: slice) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.01)
        with lock:
            busy -= 1

    map_bands(work, 10_000, 10_000, least_rows=400)
    assert 1 < most <= 4


@pytest.mark.parametrize("thickness", [0, 64])
def test_bands_leave_no_seams(monkeypatch, thickness):
    rgba = draw_character(420, 500, 3).source
    decomposer = engine.load("builtin", line_thickness=thickness)
    whole = decomposer.decompose(rgba)
    monkeypatch.setattr("engine.bands.BAND_PIXELS", 1000)
    monkeypatch.setattr(line_art, "LARGE", 1)
    monkeypatch.setattr(line_art, "TALL", 1)
    for layer, part in zip(whole, decomposer.decompose(rgba), strict=True):
        assert np.array_equal(layer.rgba, part.rgba)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    "shape", [(1, 1), (64, 64), (3, 5000), (5000, 3), (1, 100_000), (100_000, 1)], ids=str
)
def test_every_shape_restacks(shape, dtype):
    drawn = draw_character(64, 64, 2).source.astype(dtype) * (np.iinfo(dtype).max // 255)
    rgba = cv2.resize(drawn, shape[::-1], interpolation=cv2.INTER_NEAREST)
    stack = engine.load("builtin").decompose(rgba)
    limit = engine.LIMIT[8 * np.dtype(dtype).itemsize]
    assert engine.difference(engine.composite(stack), rgba).max() <= limit
