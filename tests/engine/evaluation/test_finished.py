import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import BlendMode, LayerRole, UnsupportedImage, load
from engine.evaluation.finished import read_finished
from engine.files import Picture, encode_png, write_stack
from engine.illustration import draw_character
from tests.engine.evaluation.drawn_cases import plain

SOURCE = draw_character(48, 48).source


def write_results(folder: Path, *layers: dict[str, Any], **more: Any) -> Path:
    """A folder of layers as another program would write it: white squares."""
    folder.mkdir()
    for layer in layers:
        (folder / layer["file"]).write_bytes(encode_png(plain((255, 255, 255, 200), 48)))
    (folder / "manifest.json").write_text(json.dumps({"layers": layers, **more}))
    return folder


def test_our_own_results_come_back(tmp_path: Path) -> None:
    stack = load("builtin").decompose(SOURCE)
    write_stack(stack, Picture(SOURCE), tmp_path / "girl", "girl")
    again, seconds, _ = read_finished(tmp_path / "girl", "before", SOURCE)
    assert seconds is None
    assert again.engine == "before"
    assert again.composition == "production"
    for ours, theirs in zip(stack, again, strict=True):
        assert theirs.blend_mode is ours.blend_mode
        assert np.array_equal(theirs.rgba, ours.rgba)
    assert again.reconstruction.max_error == pytest.approx(stack.reconstruction.max_error, abs=0.6)


def test_roles_that_are_missing_are_empty(tmp_path: Path) -> None:
    flat = {"role": "flat_color", "file": "f.png"}
    folder = write_results(tmp_path / "girl", flat, seconds=2.5)
    stack, seconds, _ = read_finished(folder, "peer", SOURCE)
    assert seconds == 2.5
    assert stack[LayerRole.FLAT_COLOR].rgba.any()
    assert not any(stack[role].rgba.any() for role in list(LayerRole)[1:])


def test_opacity_and_blend_modes_count(tmp_path: Path) -> None:
    shadow = {"role": "shadow", "file": "s.png", "blend_mode": "multiply", "opacity": 0.5}
    stack, *_ = read_finished(write_results(tmp_path / "girl", shadow), "peer", SOURCE)
    assert stack[LayerRole.SHADOW].blend_mode is BlendMode.MULTIPLY
    assert set(stack[LayerRole.SHADOW].rgba[..., 3].ravel()) == {100}


LINES, FLAT = {"role": "line_art", "file": "l.png"}, {"role": "flat_color", "file": "f.png"}


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ((LINES, FLAT), "bottom first"),
        ((FLAT, FLAT), "at most one each"),
        (({"role": "sketch", "file": "s.png"},), "not one of layers"),
        (({**FLAT, "blend_mode": "overlay"},), "not one of layers"),
        (({**FLAT, "opacity": 1.5},), "1.5 is no number from 0 to 1"),
        (({**FLAT, "opacity": math.nan},), "nan is no number from 0 to 1"),
    ],
)
def test_other_orders_roles_and_modes_are_refused(
    tmp_path: Path, layers: tuple[dict[str, Any], ...], sentence: str
) -> None:
    folder = write_results(tmp_path / "girl", *layers)
    with pytest.raises(UnsupportedImage, match=sentence):
        read_finished(folder, "peer", SOURCE)


def test_layers_take_the_depth_of_the_picture(tmp_path: Path) -> None:
    folder = write_results(tmp_path / "girl", FLAT)
    deep = draw_character(48, 48, depth=16).source
    stack, *_ = read_finished(folder, "peer", deep)
    assert stack[LayerRole.FLAT_COLOR].rgba.dtype == np.uint16
    assert tuple(stack[LayerRole.FLAT_COLOR].rgba[0, 0]) == (65535, 65535, 65535, 200 * 257)


def test_a_layer_of_another_size_is_refused(tmp_path: Path) -> None:
    folder = write_results(tmp_path / "girl", FLAT)
    with pytest.raises(UnsupportedImage, match=r"girl is 48 x 48 pixels, the picture 60 x 60"):
        read_finished(folder, "peer", draw_character(60, 60).source)


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"layers": 5}', b'{"layers": [5]}', b"\xff"])
def test_a_broken_manifest_is_refused(tmp_path: Path, manifest: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest)
    with pytest.raises(UnsupportedImage, match=r"manifest\.json"):
        read_finished(tmp_path, "peer", SOURCE)


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, "soon"])
def test_a_time_that_cannot_be_is_refused(tmp_path: Path, seconds: object) -> None:
    folder = write_results(tmp_path / "girl", FLAT, seconds=seconds)
    with pytest.raises(UnsupportedImage, match="is no number from 0"):
        read_finished(folder, "peer", SOURCE)


def test_a_case_without_results_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedImage, match=r"peer has no girl/manifest\.json"):
        read_finished(tmp_path / "girl", "peer", SOURCE)
