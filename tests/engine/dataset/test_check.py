"""What `dataset check` finds, and its sheet."""

import cv2
import numpy as np
import pytest

from engine.dataset import Dataset, read_index
from engine.dataset.check import check_samples, contact_sheet
from engine.dataset.starter import draw
from engine.files import encode_png, read_picture
from tests.engine.dataset.building import SIZE, attend


@pytest.fixture
def drawn(tmp_path):
    dataset = Dataset(tmp_path / "set", *SIZE)
    list(draw(3, 0, dataset, attend))
    return dataset


def faults(dataset):
    findings = check_samples(dataset.folder, read_index(dataset.folder), attend)
    return {one.entry.name: one.fault for one in findings if one.fault}


def spoil(path, change):
    path.write_bytes(encode_png(change(read_picture(path).rgba.copy())))


def read_png(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def moved(rgba):
    rgba[..., :3] ^= (rgba[..., 3:] > 0).astype(np.uint8) * 64
    return rgba


def test_a_sound_dataset_passes(drawn):
    assert faults(drawn) == {}


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("shadow.png", moved, "off its composite.png"),
        ("flat_color.png", lambda rgba: rgba[:50], "flat_color.png is 60 x 50"),
        ("line_art.png", lambda rgba: rgba | np.array([1, 0, 0, 0], np.uint8), "transparent"),
        ("composite.png", lambda rgba: rgba.astype(np.uint16) * 257, "16 bits"),
    ],
)
def test_a_spoiled_sample_is_found(drawn, file, change, told):
    spoil(drawn.folder / "drawn_00001" / file, change)
    found = faults(drawn)
    assert list(found) == ["drawn_00001"]
    assert told in found["drawn_00001"]


def test_a_missing_or_damaged_layer_is_found(drawn):
    (drawn.folder / "drawn_00000" / "shadow.png").unlink()
    damaged = drawn.folder / "drawn_00002" / "highlight.png"
    damaged.write_bytes(damaged.read_bytes()[:40])
    assert list(faults(drawn)) == ["drawn_00000", "drawn_00002"]


def test_the_sheet_has_a_row_for_each_sound_sample(drawn):
    (drawn.folder / "drawn_00000" / "shadow.png").unlink()
    findings = list(check_samples(drawn.folder, drawn.index, attend))
    two_rows, one_row = (
        read_png(contact_sheet(drawn.folder, some)) for some in (findings, findings[:2])
    )
    assert two_rows.shape[1] == one_row.shape[1]
    assert two_rows.shape[0] - one_row.shape[0] == one_row.shape[0] - 32  # but for the margin
    assert contact_sheet(drawn.folder, []) is None


def test_a_long_name_does_not_run_into_the_next_picture(drawn):
    (drawn.folder / "drawn_00000").rename(drawn.folder / ("a long name " * 9).strip())
    drawn.index.samples[0].name = ("a long name " * 9).strip()
    findings = list(check_samples(drawn.folder, drawn.index, attend))
    long, short = (
        read_png(contact_sheet(drawn.folder, some)) for some in (findings[:1], findings[1:2])
    )
    second = 32 + max(SIZE[0], 120) + 32
    assert (long[:80, second - 16 : second] == long[0, 0]).all()
    assert (long[:80, 32:second] != long[0, 0]).any()
    assert short.shape == long.shape
