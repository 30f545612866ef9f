"""Datasets: built file by file, resumed, checked, and never half written."""

import json
import os
import shutil
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from engine.compositing import difference
from engine.dataset import (
    Dataset,
    Fit,
    Index,
    Separation,
    build,
    find_sources,
    read_index,
    read_roles,
    read_sample,
)
from engine.dataset.check import check_samples, contact_sheet
from engine.dataset.sample import restack
from engine.dataset.starter import draw
from engine.errors import UnsupportedImage
from engine.files import encode_png, read_picture
from engine.layers import LayerRole
from tests.engine.dataset.studio import HEIGHT, WIDTH, studio_document
from tests.engine.files.documents import write_document

SIZE = (60, 90)
FILES = {"composite.png", *(f"{role}.png" for role in LayerRole)}


@pytest.fixture(scope="module")
def document():
    return studio_document()


@pytest.fixture
def sources(tmp_path, document):
    """A folder with two good files, and three that are not."""
    folder = tmp_path / "art"
    (folder / "更に").mkdir(parents=True)
    write_document(folder / "girl.psd", document, WIDTH, HEIGHT)
    write_document(folder / "更に" / "girl.kra", document, WIDTH, HEIGHT)
    (folder / "empty.psd").write_bytes(b"")
    (folder / "broken.kra").write_bytes((folder / "更に" / "girl.kra").read_bytes()[:3000])
    write_document(folder / "flat.ora", document[0].children[:1], WIDTH, HEIGHT)
    (folder / ".hidden.psd").write_bytes(b"")
    (folder / "notes.txt").write_text("none of this")
    return folder


@contextmanager
def attend(name):
    yield lambda stage, fraction: None


def built(sources, folder, **how):
    """What became of each file, by its name in the dataset."""
    separation = Separation(read_roles(), Fit(*SIZE), **how)
    dataset = Dataset(folder, *SIZE)
    outcomes = build(find_sources([sources]), dataset, separation, attend)
    return {outcome.entry.source_file: outcome for outcome in outcomes}


def stamps(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")}


def test_good_files_become_samples_and_the_others_are_told_one_by_one(tmp_path, sources):
    before = {path: path.read_bytes() for path in sources.rglob("*") if path.is_file()}
    outcomes = built(sources, tmp_path / "set")
    codes = {name: getattr(one.entry, "code", None) for name, one in outcomes.items()}
    assert codes == {
        "broken.kra": "unsupported_image",
        "empty.psd": "unsupported_image",
        "flat.ora": "not_layered",
        "girl.psd": None,
        "更に/girl.kra": None,
    }
    made = {path.name for path in (tmp_path / "set").iterdir()}
    assert made == {"dataset.json", "girl", "更に_girl"}
    for name in ("girl", "更に_girl"):
        assert {path.name for path in (tmp_path / "set" / name).iterdir()} == FILES
    assert before == {path: path.read_bytes() for path in sources.rglob("*") if path.is_file()}


def test_the_index_says_all(tmp_path, sources):
    built(sources, tmp_path / "set")
    said = json.loads((tmp_path / "set" / "dataset.json").read_text(encoding="utf-8"))
    assert (said["format"], said["version"]) == ("layer-bridge/dataset", 1)
    assert (said["width"], said["height"]) == SIZE
    girl = said["samples"][0]
    assert (girl["name"], girl["source_file"]) == ("girl", "girl.psd")
    assert girl["psnr_db"] > 50
    assert 0 < girl["max_error"] < 10
    assert girl["coverage"]["flat_color"] > 0.9
    why = {one["source_file"]: one["why"] for one in said["left_out"]}
    assert list(why) == ["broken.kra", "empty.psd", "flat.ora"]
    assert why["empty.psd"] == "The file is empty; save the picture again."


def test_samples_are_eight_bit_straight_and_restack_exactly(tmp_path, sources):
    built(sources, tmp_path / "set")
    sample = read_sample(tmp_path / "set" / "girl")
    for rgba in (sample.composite, *sample.layers.values()):
        assert (rgba.shape, rgba.dtype) == ((SIZE[1], SIZE[0], 4), np.uint8)
        assert not rgba[rgba[..., 3] == 0].any()
    assert difference(restack(sample.layers), sample.composite).max() == 0
    assert 0 < (sample.composite[..., 3] == 0).mean() < 1


def test_a_second_build_makes_what_is_missing_only(tmp_path, sources):
    folder = tmp_path / "set"
    built(sources, folder)
    (folder / "更に_girl" / "shadow.png").unlink()
    before = stamps(folder / "girl")
    again = built(sources, folder)
    assert again["girl.psd"].was_there
    assert not again["更に/girl.kra"].was_there
    assert stamps(folder / "girl") == before
    assert {path.name for path in (folder / "更に_girl").iterdir()} == FILES


def test_a_changed_file_is_made_anew_and_a_broken_one_is_taken_out(tmp_path, sources):
    folder = tmp_path / "set"
    built(sources, folder)
    write_document(sources / "girl.psd", studio_document(seed=4), WIDTH, HEIGHT)
    (sources / "更に" / "girl.kra").write_bytes(b"PK\x03\x04")
    before = read_sample(folder / "girl").composite
    built(sources, folder)
    assert (read_sample(folder / "girl").composite != before).any()
    assert not (folder / "更に_girl").exists()
    index = read_index(folder)
    assert [one.name for one in index.samples] == ["girl"]
    assert "更に/girl.kra" in [one.source_file for one in index.left_out]


def test_an_interrupt_leaves_whole_samples_and_the_next_build_goes_on(tmp_path, sources):
    folder = tmp_path / "set"

    @contextmanager
    def impatient(name):
        def progress(stage, fraction):
            if name.startswith("更に") and stage == "separating":
                raise KeyboardInterrupt

        yield progress

    separation = Separation(read_roles(), Fit(*SIZE))
    with pytest.raises(KeyboardInterrupt):
        list(build(find_sources([sources]), Dataset(folder, *SIZE), separation, impatient))
    assert {path.name for path in folder.iterdir()} == {"dataset.json", "girl"}
    assert built(sources, folder)["girl.psd"].was_there


def test_names_are_told_apart(tmp_path, document):
    art = tmp_path / "art"
    (art / "a").mkdir(parents=True)
    for name in ("a/b.psd", "a_b.psd", "A_B.kra"):
        write_document(art / name, document, WIDTH, HEIGHT)
    outcomes = built(art, tmp_path / "set")
    names = [one.entry.name for one in outcomes.values()]
    assert len({name.casefold() for name in names}) == 3
    again = built(art, tmp_path / "set")
    assert [one.entry.name for one in again.values()] == names


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(UnsupportedImage, match="holds other files"):
        Dataset(tmp_path, *SIZE)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_folder_of_yours_in_a_dataset_is_not_written_over(tmp_path, sources):
    folder = tmp_path / "set"
    Dataset(folder, *SIZE).index.write(folder)
    (folder / "girl").mkdir()
    (folder / "girl" / "mine.txt").write_text("mine")
    outcomes = built(sources, folder)
    assert outcomes["girl.psd"].entry.name == "girl_psd"
    assert (folder / "girl" / "mine.txt").read_text() == "mine"


def test_another_size_is_refused(tmp_path):
    dataset = Dataset(tmp_path / "set", *SIZE)
    dataset.index.write(dataset.folder)
    with pytest.raises(UnsupportedImage, match="say --size 60x90"):
        Dataset(tmp_path / "set", 90, 60)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other"}', '{"width": 0}'])
def test_a_damaged_index_is_refused(tmp_path, text):
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(UnsupportedImage, match="damaged or of another version"):
        read_index(tmp_path)


def test_a_tighter_limit_leaves_more_out(tmp_path, sources):
    outcomes = built(sources, tmp_path / "set", least_psnr_db=90.0)
    assert outcomes["girl.psd"].entry.code == "differs"


# -- the starter set


def test_drawn_samples_are_the_illustrators(tmp_path):
    dataset = Dataset(tmp_path / "set", *SIZE)
    outcomes = list(draw(3, 7, dataset, attend))
    assert [one.entry.name for one in outcomes] == ["drawn_00007", "drawn_00008", "drawn_00009"]
    sample = read_sample(tmp_path / "set" / "drawn_00008")
    shares = sample.coverage()
    assert shares[LayerRole.FLAT_COLOR] > 0.9
    assert min(shares.values()) > 0.005
    assert all(one.was_there for one in draw(3, 7, dataset, attend))
    assert not any(one.fault for one in check_samples(dataset.folder, dataset.index, attend))


# -- the check


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


def test_a_build_that_is_killed_leaves_no_sample_that_nobody_knows(tmp_path, sources, monkeypatch):
    write = Index.write

    def killed(index, folder):
        if index.samples:
            raise KeyboardInterrupt
        write(index, folder)

    monkeypatch.setattr(Index, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        built(sources, tmp_path / "set")
    monkeypatch.undo()
    (tmp_path / "set" / "dataset.json").unlink()
    (tmp_path / "set" / ".0123abcd.partial").mkdir()  # its last act
    built(sources, tmp_path / "set")
    made = {path.name for path in (tmp_path / "set").iterdir()}
    assert made == {"dataset.json", "girl", "更に_girl"}


def test_what_killed_builds_left_is_removed_and_nothing_else(tmp_path, sources):
    folder = tmp_path / "set"
    built(sources, folder)
    ours, notes, sketches = (folder / f".{at:08x}.partial" for at in range(3))
    for partial in (ours, notes, sketches):
        partial.mkdir()
        shutil.copy(folder / "girl" / "shadow.png", partial)
    (folder / ".0000000a.partial").write_text('{"format": "layer-br')
    (folder / ".0000000b.partial").symlink_to(sources)
    (notes / "notes.txt").write_text("mine")
    (sketches / "line_art.png").mkdir()
    (folder / "my.partial").mkdir()
    built(sources, folder)
    kept = {"dataset.json", "girl", "更に_girl", "my.partial", ".0000000b.partial"}
    assert {path.name for path in folder.iterdir()} == kept | {notes.name, sketches.name}
    assert sum(path.is_file() for path in notes.iterdir()) == 2
    ours.mkdir()
    list(draw(1, 0, Dataset(folder, *SIZE), attend))
    assert not ours.exists()


def test_a_file_that_memory_does_not_hold_is_left_out_and_the_rest_is_built(tmp_path, sources):
    def short(name):
        if name == "girl.psd":
            raise MemoryError
        return attend(name)

    dataset = Dataset(tmp_path / "set", *SIZE)
    outcomes = list(
        build(find_sources([sources]), dataset, Separation(read_roles(), Fit(*SIZE)), short)
    )
    by_name = {outcome.entry.source_file: outcome.entry for outcome in outcomes}
    assert by_name["girl.psd"].code == "out_of_memory"
    assert by_name["更に/girl.kra"].name


def test_pipes_and_devices_that_links_lead_to_are_passed_over(tmp_path):
    os.mkfifo(tmp_path / "pipe.psd")
    (tmp_path / "endless.psd").symlink_to("/dev/zero")
    assert find_sources([tmp_path]) == []


def test_deep_folders_and_names_of_other_systems(tmp_path, sources):
    deep = sources.joinpath(*["長い名前のフォルダ" * 3] * 4)
    deep.mkdir(parents=True)
    shutil.copy(sources / "girl.psd", deep / "絵.psd")
    foreign = os.fsdecode(b"\x8f\x97.psd")
    shutil.copy(sources / "girl.psd", sources / foreign)
    shutil.copy(sources / "broken.kra", sources / foreign.replace("psd", "kra"))
    outcomes = built(sources, tmp_path / "set")
    (entry,) = (one.entry for name, one in outcomes.items() if name.endswith("絵.psd"))
    assert entry.name.endswith("フォルダ_絵")
    assert (tmp_path / "set" / entry.name).is_dir()
    assert outcomes["\\udc8f\\udc97.psd"].entry.psnr_db > 50
    assert read_index(tmp_path / "set").entry(entry.source_file) is not None
