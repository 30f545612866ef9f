from pathlib import Path

import numpy as np
import pytest

from engine import LayerRole, UnsupportedImage
from engine.evaluation import find_cases
from engine.files import encode_png
from tests.engine.evaluation.drawn_cases import plain, write_case

PNG = {".png", ".jpg"}


def test_a_folder_with_true_layers_is_a_case(tmp_path: Path) -> None:
    drawn = write_case(tmp_path / "set" / "girl")
    (case,) = find_cases(tmp_path / "set", PNG)
    picture, truth = case.read()
    assert case.name == "girl"
    assert truth is not None
    assert np.array_equal(picture.rgba, drawn.source)
    for role in LayerRole:
        assert np.array_equal(truth[role], getattr(drawn.layers, role.value))
    assert truth.soft is None


def test_a_sample_of_a_dataset_is_a_case(tmp_path: Path) -> None:
    drawn = write_case(tmp_path / "girl")
    (tmp_path / "girl" / "line.png").rename(tmp_path / "girl" / "line_art.png")
    (tmp_path / "girl" / "flat.png").rename(tmp_path / "girl" / "flat_color.png")
    (case,) = find_cases(tmp_path, PNG)
    _, truth = case.read()
    assert truth is not None
    for role in LayerRole:
        assert np.array_equal(truth[role], getattr(drawn.layers, role.value))


def test_a_datasets_contact_sheet_is_no_case(tmp_path: Path) -> None:
    write_case(tmp_path / "girl")
    (tmp_path / "dataset.json").write_text("{}")
    (tmp_path / "contact_sheet.png").write_bytes(encode_png(plain((1, 2, 3, 255))))
    assert [case.name for case in find_cases(tmp_path, PNG)] == ["girl"]


def test_a_single_case_may_be_named_itself(tmp_path: Path) -> None:
    write_case(tmp_path / "girl")
    assert [case.name for case in find_cases(tmp_path / "girl", PNG)] == ["girl"]


def test_layers_that_were_not_painted_are_empty(tmp_path: Path) -> None:
    write_case(tmp_path / "set" / "girl")
    (tmp_path / "set" / "girl" / "shadow.png").unlink()
    (case,) = find_cases(tmp_path / "set", PNG)
    _, truth = case.read()
    assert truth is not None
    assert truth[LayerRole.SHADOW].shape == (96, 96, 4)
    assert not truth[LayerRole.SHADOW].any()


def test_pictures_are_cases_without_truth(tmp_path: Path) -> None:
    write_case(tmp_path / "girl")
    for name in ("a.png", "b.PNG", "b.jpg", ".hidden.png", "notes.txt"):
        (tmp_path / name).write_bytes(encode_png(plain((1, 2, 3, 255))))
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "composite.png").write_bytes(encode_png(plain((1, 2, 3, 255))))
    cases = find_cases(tmp_path, PNG)
    assert [case.name for case in cases] == ["a", "b.PNG", "b.jpg", "bare", "girl"]
    assert [case.layers is None for case in cases] == [True, True, True, True, False]


def test_a_layer_of_another_size_is_refused(tmp_path: Path) -> None:
    write_case(tmp_path / "set" / "girl")
    (tmp_path / "set" / "girl" / "flat.png").write_bytes(encode_png(plain((1, 2, 3, 4), 10)))
    (case,) = find_cases(tmp_path / "set", PNG)
    with pytest.raises(UnsupportedImage, match=r"flat\.png is 10 x 10 pixels, the picture 96 x 96"):
        case.read()


def test_a_layer_that_is_linked_to_nothing_is_refused(tmp_path: Path) -> None:
    write_case(tmp_path / "set" / "girl")
    line = tmp_path / "set" / "girl" / "line.png"
    line.unlink()
    line.symlink_to(tmp_path / "gone.png")
    (case,) = find_cases(tmp_path / "set", PNG)
    with pytest.raises(UnsupportedImage, match=r"There is no file .*line\.png"):
        case.read()


def test_a_damaged_layer_is_refused(tmp_path: Path) -> None:
    write_case(tmp_path / "set" / "girl")
    (tmp_path / "set" / "girl" / "line.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (case,) = find_cases(tmp_path / "set", PNG)
    with pytest.raises(UnsupportedImage, match=r"line\.png"):
        case.read()
