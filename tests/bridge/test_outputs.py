"""Where results go, and what is never replaced."""

import json
import os
from pathlib import Path

import pytest

from bridge.commands.outputs import pictures_left_out, plan_batch, plan_decompose
from bridge.commands.pieces import (
    Piece,
    check_destination,
    check_inputs_stay,
    identities,
    is_whole,
)
from bridge.errors import UserError
from engine import EngineError


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


LAYERS = ("flat_color.png", "shadow.png", "highlight.png", "line_art.png")


def result_folder(folder: Path) -> Path:
    touch(*(folder / name for name in (*LAYERS, "preview.png")))
    manifest = {"format": "layer-bridge/layers", "layers": [{"file": name} for name in LAYERS]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(
    ("out", "format", "place", "written"),
    [
        ("out", None, "out", "png"),
        ("out", "png", "out", "png"),
        ("a/out.psd", None, "a/out.psd", "psd"),
        ("out.KRA", None, "out.KRA", "kra"),
        ("out.ora", "ora", "out.ora", "ora"),
        ("out", "psd", "out/girl.v2.psd", "psd"),
        ("v1.0", None, "v1.0", "png"),
        ("Mr.Smith", "psd", "Mr.Smith/girl.v2.psd", "psd"),
    ],
)
def test_one_picture(out: str, format: str | None, place: str, written: str) -> None:
    source = Path("art/girl.v2.png")
    assert plan_decompose([source], Path(out), format) == [Piece(source, Path(place), written)]


@pytest.mark.parametrize(
    ("sources", "places"),
    [
        (["a/x.png", "a/y.png"], ["x", "y"]),
        (["sip/composite.png", "shook/composite.png"], ["sip", "shook"]),
        (["a/x.png", "b/x.png", "b/y.png", "a/y.png"], ["a_x", "b_x", "b_y", "a_y"]),
        (["a/x.png", "a/x.jpg"], ["a_x_png", "a_x_jpg"]),
        (["a/x.png", "b/X.png"], ["a", "b"]),
        (["a/x.png", "a/x.png", "a/y.png"], ["x", "y"]),
        (["a/x.png", "b/x.png", "b/y.png"], ["a", "b", "y"]),
        (["a/x.png", "a/x.jpg", "a/z.png"], ["a_x_png", "a_x_jpg", "z"]),
        (["a/x.png", "b/x.png", "c/a.png"], ["a_x", "b", "a"]),
    ],
)
def test_several_pictures_get_names_of_their_own(sources: list[str], places: list[str]) -> None:
    pieces = plan_decompose([Path(source) for source in sources], Path("out"), None)
    assert [piece.destination for piece in pieces] == [Path("out") / place for place in places]


def test_a_shell_may_leave_the_wildcard_to_us(tmp_path: Path) -> None:
    folder = tmp_path / "art [new]"
    touch(folder / "a1.png", folder / "a2.png", folder / "a3.jpg", folder / "what?.png")
    asked = [folder / "a?.png", folder / "what?.png", folder / "*.webp"]
    pieces = plan_decompose(asked, tmp_path / "out", None)
    found = [piece.source.name for piece in pieces]
    assert found == ["a1.png", "a2.png", "what?.png", "*.webp"]


def test_several_pictures_as_files() -> None:
    pieces = plan_decompose([Path("x.png"), Path("y.v2.png")], Path("out"), "kra")
    assert [piece.destination for piece in pieces] == [Path("out/x.kra"), Path("out/y.v2.kra")]


@pytest.mark.parametrize(
    ("sources", "out", "format"),
    [
        (["x.png", "y.png"], "out.psd", None),
        (["x.png"], "out.psd", "kra"),
        (["x.png"], "out.jpg", None),
        (["p/a/x.png", "q/a/x.png"], "out", None),
    ],
)
def test_what_cannot_be_is_said(sources: list[str], out: str, format: str | None) -> None:
    with pytest.raises((UserError, EngineError), match=r"\.$"):
        plan_decompose([Path(source) for source in sources], Path(out), format)


def test_a_folder_goes_in_by_batch(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="layer-bridge batch"):
        plan_decompose([tmp_path], Path("out"), None)


def test_batch_mirrors_folders(tmp_path: Path) -> None:
    art, out = tmp_path / "art", tmp_path / "art" / "layers"
    touch(art / "b.png", art / "a.jpg", art / "deep/er/c.PSD", art / "notes.txt")
    touch(art / ".hidden.png", art / ".git/d.png", out / "b" / "e.png")
    result_folder(art / "done")

    assert plan_batch([art], out, "png") == [
        Piece(art / "a.jpg", out / "a", "png"),
        Piece(art / "b.png", out / "b", "png"),
        Piece(art / "deep/er/c.PSD", out / "deep/er/c", "png"),
    ]


def test_batch_tells_twins_apart(tmp_path: Path) -> None:
    touch(tmp_path / "art/x.png", tmp_path / "art/x.jpg")

    pieces = plan_batch([tmp_path / "art"], tmp_path / "out", "psd")

    assert [piece.destination.name for piece in pieces] == ["x_jpg.psd", "x_png.psd"]


def test_batch_of_several_folders(tmp_path: Path) -> None:
    touch(tmp_path / "one/x.png", tmp_path / "two/x.png")

    pieces = plan_batch([tmp_path / "one", tmp_path / "two"], tmp_path / "out", "png")

    places = [piece.destination.relative_to(tmp_path).as_posix() for piece in pieces]
    assert places == ["out/one/x", "out/two/x"]


def test_batch_refuses(tmp_path: Path) -> None:
    touch(tmp_path / "a/x/p.png", tmp_path / "b/x/p.png", tmp_path / "file")
    for folders, out in [
        ([tmp_path / "none"], tmp_path / "out"),
        ([tmp_path / "a/x", tmp_path / "b/x"], tmp_path / "out"),
        ([tmp_path / "a"], tmp_path / "a"),
        ([tmp_path / "a"], tmp_path / "file"),
    ]:
        with pytest.raises(UserError, match=r"\.$"):
            plan_batch(folders, out, "png")


def test_whole_or_not(tmp_path: Path) -> None:
    folder = result_folder(tmp_path / "out")
    piece = Piece(tmp_path / "x.png", folder, "png")
    assert is_whole(piece)

    (folder / "shadow.png").write_bytes(b"")
    assert not is_whole(piece)
    (folder / "shadow.png").unlink()
    assert not is_whole(piece)

    (tmp_path / "out.psd").touch()
    assert not is_whole(Piece(tmp_path / "x.png", tmp_path / "out.psd", "psd"))


@pytest.mark.parametrize(
    "manifest",
    [
        '{"format": "layer-bridge/lay',
        '{"format": "layer-bridge/layers"}',
        '{"format": "layer-bridge/layers", "layers": [{}]}',
        '{"format": "layer-bridge/layers", "layers": [1]}',
        '{"format": "layer-bridge/layers", "layers": [{"file": []}]}',
        "[]",
        "5",
        "[" * 100_000,
    ],
)
def test_an_odd_manifest_marks_nothing_whole(tmp_path: Path, manifest: str) -> None:
    folder = result_folder(tmp_path / "out")
    (folder / "manifest.json").write_text(manifest)
    assert not is_whole(Piece(tmp_path / "x.png", folder, "png"))


def test_no_file_of_a_result_is_a_picture_that_goes_in(tmp_path: Path) -> None:
    folder = result_folder(tmp_path / "out")
    for name in (*LAYERS, "preview.png"):
        with pytest.raises(UserError, match="itself"):
            check_destination(Piece(folder / name, folder, "png"), force=True)

    touch(tmp_path / "x.psd")
    piece = Piece(tmp_path / "x.png", tmp_path / "x.psd", "psd")
    check_inputs_stay(piece, identities([tmp_path / "x.png"]))
    with pytest.raises(UserError, match="itself"):
        check_inputs_stay(piece, identities([tmp_path / "x.png", tmp_path / "x.psd"]))


def test_painted_layers_stay_unless_forced(tmp_path: Path) -> None:
    folder = result_folder(tmp_path / "out")
    piece = Piece(tmp_path / "x.png", folder, "png")
    later = (folder / "manifest.json").stat().st_mtime + 60
    os.utime(folder / "shadow.png", (later, later))

    with pytest.raises(UserError, match=r"changed since.*--force"):
        check_destination(piece, force=False)
    check_destination(piece, force=True)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "d.psd").mkdir()
    (piece,) = plan_decompose([tmp_path / "x.png"], tmp_path / "d.psd", None)
    with pytest.raises(UserError, match="is a folder"):
        check_destination(piece, force=True)


def test_only_files_go_in(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UserError, match="not a file"):
        plan_decompose([tmp_path / "pipe.png"], tmp_path / "out", None)
    assert plan_batch([tmp_path], tmp_path / "out", "png") == []


def test_batch_tells_of_pictures_where_results_go(tmp_path: Path) -> None:
    art, out = tmp_path / "art", tmp_path / "art" / "out"
    touch(art / "a.png", art / "b.png", out / "mine.png", out / "a.psd")
    result_folder(out / "c")

    pieces = plan_batch([art], out, "psd")
    assert [piece.source.name for piece in pieces] == ["a.png", "b.png"]
    assert pictures_left_out([art], pieces, out) == [out / "mine.png"]
    assert pictures_left_out([art], pieces, tmp_path / "elsewhere") == []


def test_never_the_picture_itself(tmp_path: Path) -> None:
    touch(tmp_path / "x.psd")
    link = tmp_path / "link.psd"
    link.symlink_to(tmp_path / "x.psd")
    for place in (tmp_path / "x.psd", link):
        with pytest.raises(UserError, match="itself"):
            check_destination(Piece(tmp_path / "x.psd", place, "psd"), force=True)


def test_what_is_there_stays_unless_forced(tmp_path: Path) -> None:
    touch(tmp_path / "out.psd", tmp_path / "mine/letter.txt")
    for piece in (
        Piece(tmp_path / "x.png", tmp_path / "out.psd", "psd"),
        Piece(tmp_path / "x.png", tmp_path / "mine", "png"),
    ):
        with pytest.raises(UserError, match="--force"):
            check_destination(piece, force=False)
        check_destination(piece, force=True)


def test_our_folder_and_an_empty_one_are_free(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", result_folder(tmp_path / "ours"), tmp_path / "new"):
        check_destination(Piece(tmp_path / "x.png", folder, "png"), force=False)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    touch(tmp_path / "out")
    with pytest.raises(UserError, match="is a file"):
        check_destination(Piece(tmp_path / "x.png", tmp_path / "out", "png"), force=True)
