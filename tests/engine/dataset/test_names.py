"""What a dataset calls files and their samples: one name each, for good."""

import os
import shutil

from engine.dataset import Dataset, Fit, Separation, build, find_sources, read_index, read_roles
from tests.engine.dataset.building import SIZE, attend, built, made, stamps
from tests.engine.dataset.studio import HEIGHT, WIDTH, studio_document
from tests.engine.files.documents import write_document


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


def test_files_of_one_name_in_two_folders_keep_a_sample_each(tmp_path, document):
    first, second = tmp_path / "first", tmp_path / "second"
    for at, folder in enumerate((first, second)):
        folder.mkdir()
        write_document(folder / "cut.psd", studio_document(at), WIDTH, HEIGHT)
    built(first, tmp_path / "set")
    before = stamps(tmp_path / "set" / "cut")
    built(second, tmp_path / "set")
    assert made(tmp_path / "set") == {"cut": "cut.psd", "second_cut": "second/cut.psd"}
    assert stamps(tmp_path / "set" / "cut") == before
    for folder in (first, second):
        assert [one.was_there for one in built(folder, tmp_path / "set").values()] == [True]
    (second / "cut.psd").write_bytes(b"8BPS")
    built(second, tmp_path / "set")
    assert made(tmp_path / "set") == {"cut": "cut.psd"}
    assert read_index(tmp_path / "set").left_out[0].source_file == "second/cut.psd"


def test_files_of_one_name_on_one_command_line(tmp_path):
    files = [tmp_path / name / "cut.psd" for name in "abc"]
    for at, file in enumerate(files):
        file.parent.mkdir()
        write_document(file, studio_document(at), WIDTH, HEIGHT)
    (tmp_path / "b" / "cut.psd").write_bytes(b"8BPS")
    separation, dataset = Separation(read_roles(), Fit(*SIZE)), Dataset(tmp_path / "set", *SIZE)
    list(build(find_sources(files), dataset, separation, attend))
    assert made(dataset.folder) == {"cut": "cut.psd", "c_cut": "c/cut.psd"}
    assert [one.source_file for one in dataset.index.left_out] == ["b/cut.psd"]


def test_a_file_has_one_sample_however_its_folder_is_named(tmp_path, sources):
    built(sources, tmp_path / "set")
    before = made(tmp_path / "set")
    outcomes = built(tmp_path, tmp_path / "set")
    assert made(tmp_path / "set") == before
    assert outcomes["girl.psd"].was_there


def test_a_folder_that_was_moved_is_known_again(tmp_path, sources):
    built(sources, tmp_path / "set")
    moved = sources.rename(tmp_path / "elsewhere")
    again = built(moved, tmp_path / "set", least_psnr_db=41.0)
    assert list(again) == list(built(moved, tmp_path / "set"))
    assert made(tmp_path / "set") == {"girl": "girl.psd", "更に_girl": "更に/girl.kra"}
    write_document(moved / "girl.psd", studio_document(seed=4), WIDTH, HEIGHT)
    built(moved, tmp_path / "set")
    assert made(tmp_path / "set") == {"girl": "girl.psd", "更に_girl": "更に/girl.kra"}


def test_files_named_like_the_datasets_own_are_called_otherwise(tmp_path, document):
    (tmp_path / "art").mkdir()
    for name in ("dataset.json.psd", "contact_sheet.png.psd"):
        write_document(tmp_path / "art" / name, document, WIDTH, HEIGHT)
    outcomes = built(tmp_path / "art", tmp_path / "set")
    assert [one.entry.name for one in outcomes.values()] == [
        "contact_sheet.png_psd",
        "dataset.json_psd",
    ]
    assert len(read_index(tmp_path / "set").samples) == 2


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
