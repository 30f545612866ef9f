"""Datasets: built file by file, resumed, checked, and never half written."""

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

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
from engine.dataset.check import check_samples
from engine.dataset.sample import restack
from engine.dataset.starter import draw
from engine.errors import CannotWrite, UnsupportedImage
from engine.layers import LayerRole
from engine.reservation import LOCK
from tests.engine.dataset.building import SIZE, attend, built, made, stamps
from tests.engine.dataset.studio import HEIGHT, WIDTH, studio_document
from tests.engine.files.documents import Leaf, write_document

FILES = {"composite.png", *(f"{role}.png" for role in LayerRole)}


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


def test_psds_that_are_damaged_empty_or_mislabelled_are_told_and_the_rest_is_built(tmp_path):
    art = tmp_path / "art"
    art.mkdir()
    swapped = {"flat": "線画", "shadow": "影", "highlight": "ハイライト", "line": "ベース"}
    clear = Leaf("ベース", np.zeros((HEIGHT, WIDTH, 4), np.uint8))
    documents = {
        "empty": [clear],
        "girl": studio_document(),
        "swapped": studio_document(names=swapped),
    }
    for name, document in documents.items():
        write_document(art / f"{name}.psd", document, WIDTH, HEIGHT)
    whole = (art / "girl.psd").read_bytes()
    (art / "damaged.psd").write_bytes(whole[: len(whole) // 2])
    outcomes = built(art, tmp_path / "set")
    codes = {name: getattr(one.entry, "code", None) for name, one in outcomes.items()}
    assert codes == {
        "damaged.psd": "unsupported_image",
        "empty.psd": "empty",
        "girl.psd": None,
        "swapped.psd": "mislabelled",
    }
    assert (tmp_path / "set/girl/composite.png").is_file()


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


def test_an_old_sample_that_stays_does_not_pass_for_the_new_one(tmp_path, sources, monkeypatch):
    folder = tmp_path / "set"
    built(sources, folder)
    before = read_sample(folder / "girl").composite
    write_document(sources / "girl.psd", studio_document(seed=4), WIDTH, HEIGHT)
    replace = Path.replace

    def held(path, target):  # as by a program that shows one of its files, on Windows
        if path == folder / "girl":
            raise PermissionError(13, "in use")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(CannotWrite, match="in use"):
        built(sources, folder)
    monkeypatch.undo()
    assert (read_sample(folder / "girl").composite == before).all()
    assert not built(sources, folder)["girl.psd"].was_there
    assert (read_sample(folder / "girl").composite != before).any()


def test_a_folder_that_may_not_be_read_is_told(tmp_path, sources, monkeypatch):
    scan = os.scandir

    def closed(path):
        if Path(path).name == "更に":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(UnsupportedImage, match=r"更に cannot be read \(Permission denied\)"):
        find_sources([sources])


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


def test_what_another_build_said_meanwhile_stays(tmp_path):
    early, late = (Dataset(tmp_path / "set", *SIZE) for _ in range(2))
    list(draw(1, 0, early, attend))
    list(draw(1, 1, late, attend))
    assert sorted(made(tmp_path / "set")) == ["drawn_00000", "drawn_00001"]


def test_another_build_may_have_chosen_another_size_meanwhile(tmp_path):
    early, late = Dataset(tmp_path / "set", *SIZE), Dataset(tmp_path / "set", 90, 60)
    list(draw(1, 0, early, attend))
    with pytest.raises(UnsupportedImage, match="say --size 60x90"):
        list(draw(1, 1, late, attend))


def test_a_dataset_keeps_no_lock_and_a_new_one_may_hold_what_a_killed_build_left(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / LOCK).touch()
    list(draw(1, 0, Dataset(tmp_path / "set", *SIZE), attend))
    names = {path.name for path in (tmp_path / "set").iterdir()}
    assert names == {"dataset.json", "drawn_00000"}


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


@pytest.mark.parametrize("name", ["", ".", "..", "../art", "/tmp", "C:art", "a\\b", "a\0"])
def test_an_index_that_leads_out_of_its_folder_is_refused(tmp_path, name):
    entry = {"name": name, "source_file": "a", "psnr_db": 1, "max_error": 1}
    index = {"width": 1, "height": 1, "samples": [entry]}
    (tmp_path / "dataset.json").write_text(json.dumps(index))
    with pytest.raises(UnsupportedImage, match="damaged or of another version"):
        read_index(tmp_path)


def test_a_tighter_limit_leaves_more_out(tmp_path, sources):
    outcomes = built(sources, tmp_path / "set", least_psnr_db=90.0)
    assert outcomes["girl.psd"].entry.code == "differs"


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
