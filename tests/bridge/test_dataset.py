"""`layer-bridge dataset`: what it makes, what it says, and what it leaves alone."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge import cli
from engine.dataset import read_index
from engine.evaluation import find_cases
from engine.reservation import alone_in
from tests.engine.dataset.studio import HEIGHT, WIDTH, studio_document
from tests.engine.files.documents import write_document

SIZE = ("--size", "60x90")


@pytest.fixture(autouse=True)
def surroundings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A log of its own, and the signals put back."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def art(tmp_path: Path) -> Path:
    """A layered file, and one that is none."""
    (tmp_path / "art").mkdir()
    write_document(tmp_path / "art" / "girl.psd", studio_document(), WIDTH, HEIGHT)
    (tmp_path / "art" / "broken.kra").write_bytes(b"PK\3\4")
    return tmp_path / "art"


def run(*arguments: object) -> int:
    """The exit code of `layer-bridge dataset`."""
    try:
        return cli.main(["dataset", *map(str, arguments)])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_build_tells_each_file_and_sums_up(art, tmp_path, capsys) -> None:
    assert run("build", art, "-o", tmp_path / "set", *SIZE) == 2
    told = capsys.readouterr()
    assert "girl.psd -> girl (" in told.out
    assert "dB" in told.out
    assert told.out.endswith("1 made, 1 left out\n")
    assert "broken.kra: " in told.err
    assert "[unsupported_image]" in told.err
    assert "girl.psd: separating" in told.err
    (art / "broken.kra").unlink()
    assert run("build", art, "-o", tmp_path / "set", *SIZE, "--quiet") == 0


def test_build_again_takes_what_is_there(art, tmp_path, capsys) -> None:
    run("build", art / "girl.psd", "-o", tmp_path / "set", *SIZE, "--json")
    first = json.loads(capsys.readouterr().out)
    assert run("build", art / "girl.psd", "-o", tmp_path / "set", *SIZE, "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in first["samples"]] == ["girl"]
    assert (again["samples"], again["there_already"], again["left_out"]) == ([], 1, [])


def test_a_second_build_of_the_same_dataset_is_refused(art, tmp_path, capsys) -> None:
    run("draw", 1, "-o", tmp_path / "set", *SIZE)
    written = (tmp_path / "set" / "dataset.json").read_bytes()
    for words in (("build", art), ("draw", 2)):
        capsys.readouterr()
        with alone_in(tmp_path / "set"):
            assert run(*words, "-o", tmp_path / "set", *SIZE) == 2
        assert capsys.readouterr().err.startswith("Another layer-bridge is at work in")
    assert (tmp_path / "set" / "dataset.json").read_bytes() == written
    assert run("draw", 2, "-o", tmp_path / "set", *SIZE) == 0


def test_roles_from_a_file(art, tmp_path, capsys) -> None:
    names = {"flat": "haar", "shadow": "影", "highlight": "光", "line": "線"}
    write_document(art / "girl.psd", studio_document(names=names), WIDTH, HEIGHT)
    assert run("build", art / "girl.psd", "-o", tmp_path / "set", *SIZE) == 2
    assert '"部品0/haar"' in capsys.readouterr().err
    roles = tmp_path / "roles.toml"
    roles.write_text('[flat_color]\nwords = ["haar"]\n')
    assert run("build", art / "girl.psd", "-o", tmp_path / "set", *SIZE, "--roles", roles) == 0
    assert read_index(tmp_path / "set").left_out == []


def test_check_prints_a_table_and_draws_a_sheet(art, tmp_path, capsys) -> None:
    run("build", art, "-o", tmp_path / "set", *SIZE, "--quiet")
    run("draw", 2, "-o", tmp_path / "set", *SIZE, "--quiet")
    capsys.readouterr()
    assert run("check", tmp_path / "set") == 0
    told = capsys.readouterr().out
    assert "3 samples of 60x90" in told
    assert "1 left out\n  broken.kra: " in told
    assert "contact_sheet.png" in told
    assert (tmp_path / "set" / "contact_sheet.png").read_bytes().startswith(b"\x89PNG")


def test_check_says_which_row_is_which_sample(art, tmp_path, capsys) -> None:
    (art / "更に").mkdir()
    (art / "girl.psd").rename(art / "更に" / "girl.psd")
    run("build", art, "-o", tmp_path / "set", *SIZE, "--quiet")
    capsys.readouterr()
    run("check", tmp_path / "set")
    head, _, titles, row, *_ = capsys.readouterr().out.splitlines()
    assert head == "1 sample of 60x90"
    assert titles.split()[0] == "#"
    assert row.split()[0] == "1"
    assert row.endswith("  更に_girl (更に/girl.psd)")


def test_check_fails_where_a_sample_is_spoiled(tmp_path, capsys) -> None:
    run("draw", 2, "-o", tmp_path / "set", *SIZE, "--quiet", "--seed", 5)
    (tmp_path / "set" / "drawn_00006" / "shadow.png").unlink()
    assert run("check", tmp_path / "set", "--json") == 2
    out, complaint = capsys.readouterr()
    told = json.loads(out)
    assert [one["fault"] is None for one in told["samples"]] == [True, False]
    assert told["samples"][0]["restack_error"] == 0
    assert f"drawn_00006: {told['samples'][1]['fault']}" in complaint
    assert run("check", tmp_path / "set", "--quiet") == 2
    complaint = capsys.readouterr().err
    assert "drawn_00006: " in complaint
    assert "delete its folder, and build it again" in complaint


def test_samples_are_cases_for_evaluate(tmp_path) -> None:
    run("draw", 1, "-o", tmp_path / "set", *SIZE, "--quiet")
    (case,) = find_cases(tmp_path / "set", [".png"])
    picture, truth = case.read()
    assert truth is not None
    assert all(layer.shape == picture.rgba.shape and layer.any() for layer in truth.layers.values())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "nowhere", "-o", "set"], "There is no file or folder nowhere"),
        (["build", "art", "-o", "art/set"], "lie in one another"),
        (["build", "art/girl.psd", "-o", "."], "lie in one another"),
        (["build", "empty", "-o", "set"], "KRA or ORA in these folders; name others"),
        (["build", "art", "-o", "set", "--size", "7x9"], "each side 16 to 8192"),
        (["build", "art", "-o", "set", "--least-psnr", "low"], "decibels of 0 to 99"),
        (
            ["build", "art", "-o", "set", "--roles", "none.toml"],
            "none.toml cannot be read (No such",
        ),
        (["build", "art", "-o", "empty/.."], "lie in one another"),
        (["check", "art"], "is no dataset"),
        (["draw", "0", "-o", "set"], "a number of 1 to 99999"),
        (["draw", "1", "-o", "art"], "holds other files"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    art, tmp_path, monkeypatch, capsys, arguments, told
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert run(*arguments) == 2
    assert told in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
