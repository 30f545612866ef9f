"""`layer-bridge edit`: from layered file to layered file, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from bridge import cli
from engine import LayerRole, composite
from engine.files import Picture, encode_png, read_stack, write_stack
from tests.engine.editing.pictures import BLUE, RED, by_hand, two_flats

FLAT = LayerRole.FLAT_COLOR
NAMES = ("in", "in.psd", "in.kra", "in.ora")


@pytest.fixture(autouse=True)
def _log(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same two flats and a line in every format, where the command runs."""
    line = np.zeros_like(two_flats())
    line[10:13] = (0, 0, 0, 255)
    stack = by_hand("production", flat_color=two_flats(), line_art=line)
    for name in NAMES:
        write_stack(stack, Picture(composite(stack)), tmp_path / name, "in")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object) -> int:
    """The exit code of `layer-bridge edit`."""
    try:
        return cli.main(["edit", *map(str, arguments)])
    except SystemExit as stop:
        return int(stop.code or 0)


def color_at(place: Path, x: int, y: int = 2) -> tuple[int, ...]:
    stack, _ = read_stack(place)
    return tuple(stack[FLAT].rgba[y, x, :3])


@pytest.mark.parametrize("source", NAMES)
@pytest.mark.parametrize("out", ["out", "out.psd", "out.kra", "out.ora"])
def test_from_any_format_to_any(source: str, out: str, place: Path) -> None:
    assert run(source, "-o", out, "--recolor", "c82828=00ff00", "--quiet") == 0
    assert color_at(place / out, 2) == (0, 255, 0)
    assert color_at(place / out, 20) == BLUE
    assert color_at(place / source, 2) == RED


def test_edits_are_done_in_order_and_written_down(place: Path) -> None:
    steps = ["--recolor", "2,2=ffffff", "--line-width", "-2", "--recolor", "#ffffff=102030"]
    assert run("in.psd", "-o", "out", *steps, "--composition", "normal", "--quiet") == 0
    manifest = json.loads((place / "out" / "manifest.json").read_text())
    assert manifest["edits"] == [
        "recolor 2,2=ffffff",
        "line-width -2",
        "recolor #ffffff=102030",
        "composition normal",
    ]
    assert manifest["composition"] == "normal"
    assert color_at(place / "out", 2) == (16, 32, 48)
    stack, _ = read_stack(place / "out")
    assert (stack[LayerRole.LINE_ART].rgba[..., 3] > 0).sum() == 24


def test_two_colors_swap_in_one_go(place: Path) -> None:
    swap = ["--recolor", "c82828=1e3cb4", "--recolor", "1e3cb4=c82828"]
    assert run("in", "-o", "out", *swap, "--quiet") == 0
    assert color_at(place / "out", 2) == BLUE
    assert color_at(place / "out", 20) == RED


def test_a_texture_a_hue_and_a_line_color(place: Path) -> None:
    green = np.full((2, 2, 4), (0, 255, 0, 255), np.uint8)
    (place / "green.png").write_bytes(encode_png(green))
    edits = ["--texture", "2,2=green.png", "--texture-width", "4", "--hue", "shadow=30"]
    assert run("in", "-o", "out", *edits, "--line-color", "ff0000", "--quiet") == 0
    assert color_at(place / "out", 2) == (0, 255, 0)
    stack, _ = read_stack(place / "out")
    assert tuple(stack[LayerRole.LINE_ART].rgba[11, 3]) == (255, 0, 0, 255)


def test_the_palette_is_listed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("in.kra", "--palette") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["1e3cb4", "c82828"]
    assert lines[0].split()[1] == "52.4%"
    assert run("in.kra", "--palette", "--json") == 0
    (first, second) = json.loads(capsys.readouterr().out)["palette"]
    x, y = second["point"]
    assert color_at(place / "in.kra", x, y) == RED
    assert first["share"] == 0.5238


def test_json_says_what_was_done(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("in", "-o", "out.ora", "--line-width", "1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["destination"] == "out.ora"
    assert told["edits"] == ["line-width 1"]
    assert (told["width"], told["composition"]) == (24, "production")


def test_what_goes_in_is_replaced_with_force_only(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        before = (place / name / "flat_color.png" if name == "in" else place / name).read_bytes()
        assert run(name, "-o", name, "--recolor", "c82828=00ff00", "--quiet") == 2
        assert "is what goes in" in capsys.readouterr().err
        after = (place / name / "flat_color.png" if name == "in" else place / name).read_bytes()
        assert before == after
        assert run(name, "-o", name, "--recolor", "c82828=00ff00", "--quiet", "--force") == 0
        assert color_at(place / name, 2) == (0, 255, 0)


def test_a_link_that_leads_to_itself_is_replaced(place: Path) -> None:
    (place / "out.ora").symlink_to("out.ora")
    assert run("in", "-o", "out.ora", "--line-color", "ff0000", "--quiet") == 0
    assert color_at(place / "out.ora", 2) == RED


def test_other_layers_are_named_and_never_lost(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    psd = PSDImage.open(place / "in.psd")
    psd.append(psd.create_pixel_layer(Image.new("RGBA", psd.size), name="Blush"))
    psd.save(place / "in.psd")
    before = (place / "in.psd").read_bytes()
    assert run("in.psd", "-o", "in.psd", "--line-width", "1", "--quiet", "--force") == 2
    assert "in.psd would lose something; name another place" in capsys.readouterr().err
    assert (place / "in.psd").read_bytes() == before
    assert run("in.psd", "-o", "out.psd", "--line-width", "1", "--quiet") == 0
    assert "in.psd: Other layers of the file are left out: Blush;" in capsys.readouterr().err
    assert run("in.psd", "-o", "out.kra", "--line-width", "1", "--json") == 0
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert "Blush" in note


def test_what_is_changed_in_reading_a_texture_is_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (Image.new("RGBA", (4, 4), color) for color in ("lime", "red"))
    first.save(place / "moving.png", save_all=True, append_images=[second])
    assert run("in", "-o", "out", "--texture", "2,2=moving.png", "--json") == 0
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert note == "moving.png: The file holds 2 pictures; the first was read."
    assert color_at(place / "out", 2) == (0, 255, 0)


def test_a_texture_that_cannot_be_read_ends_it_before_the_work(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "cut.png").write_bytes((place / "in" / "preview.png").read_bytes()[:99])
    steps = ["--line-width", "1", "--texture", "2,2=cut.png"]
    assert run("in", "-o", "out", *steps) == 2
    assert capsys.readouterr().err.splitlines() == [
        "in: reading the layers",
        "cut.png is damaged or incomplete and cannot be read; save it again.",
    ]


def test_layers_without_even_colors_have_no_palette(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 4), np.uint8)
    write_stack(by_hand("normal", flat_color=noise), Picture(noise), place / "noise", "noise")
    assert run("noise", "--palette") == 2
    assert "noise has no even colors; fill each region" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["in", "-o", "out"], "Say what to change"),
        (["in", "--line-width", "1"], "Say where the new layers go"),
        (["no", "-o", "out", "--line-width", "1"], "There is no no;"),
        (["in", "-o", "in.psd", "--line-width", "1"], "in.psd is there already; add --force"),
        (["in", "-o", "out.gif", "--line-width", "1"], "cannot be written as .gif"),
        (["in", "-o", "/", "--line-width", "1"], "/ holds other files; name a new folder"),
        (["in", "--palette", "-o", "out"], "--palette only lists colors"),
        (["in", "-o", "out", "--recolor", "c82829=000000"], "the nearest that it has: c82828"),
        (["in", "-o", "out", "--recolor", "99,2=000000"], "lies beside the picture"),
        (["in", "-o", "out", "--recolor", "c82828"], "say WHERE=COLOR"),
        (["in", "-o", "out", "--recolor", "red=000000"], "a color is wanted, as 5b6faa"),
        (["in", "-o", "out", "--recolor", "1,b=000000"], "a point is wanted"),
        (["in", "-o", "out", "--line-width", "1", "--texture-width", "9"], "add --texture WHERE"),
        (["in", "-o", "out", "--texture-width", "0"], "a number of pixels from 1 to 20000"),
        (
            ["in", "-o", "out", "--recolor", "c82828=00ff00", "--recolor", "2,2=0000ff"],
            "c82828=00ff00 and --recolor 2,2=0000ff are done at once, and take the same pixels",
        ),
        (["in", "-o", "out", "--texture", "2,2=no.png"], "There is no file no.png"),
        (
            ["in", "-o", "in.ora", "--texture", "2,2=in.ora", "--force"],
            "in.ora is itself a picture that goes in",
        ),
        (["in", "-o", "out", "--hue", "line_art=3"], "say highlight or shadow"),
        (["in", "-o", "out", "--line-width", "nan"], "a number is wanted"),
        (["in", "-o", "out", "--line-width", "101"], "at most 100 pixels"),
        (["in", "-o", "out", "--composition", "foil"], "choose one of production"),
        (
            ["in/flat_color.png", "-o", "out", "--line-width", "1"],
            "decompose it first: layer-bridge decompose in/flat_color.png -o flat_color_layers",
        ),
        (["in/flat_color.png", "--palette"], "decompose it first: layer-bridge decompose"),
        (
            ["in/manifest.json", "-o", "out", "--line-width", "1"],
            "is not a picture that can be read",
        ),
        (
            ["in", "-o", "out", "--recolor", "c82828=00ff00", "--texture", "c82828=in/preview.png"],
            "--texture c82828=in/preview.png finds no such region after --recolor c82828=00ff00",
        ),
        (
            ["in", "-o", "out", "--recolor", "c82828=00ff00", "--texture", "ff=in/preview.png"],
            "a color is wanted, as 5b6faa",
        ),
    ],
)
def test_bad_input_gets_one_sentence(
    place: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words, "--quiet") == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert sentence in told
    assert not (place / "out").exists()
