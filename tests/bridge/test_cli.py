"""The command line: its exit codes, its one sentence, what it writes and what it leaves alone."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import engine.registry
from bridge import cli
from bridge.log import log_file
from engine import difference
from engine.files import FORMATS, read_picture
from engine.illustration import draw_character
from tests.bridge import engines
from tests.bridge.commanding import QUICK, child, with_engine

ROLES = ("flat_color", "shadow", "highlight", "line_art")


@pytest.fixture(autouse=True)
def own_log(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Commands set how they are ended; the next test finds it as it was."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    use_engine("QuickEngine", monkeypatch)


def use_engine(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**engine.registry.ENGINES, "builtin": f"tests.bridge.engines:{name}"}
    monkeypatch.setattr(engine.registry, "ENGINES", known)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return draw(tmp_path / "girl.png")


def draw(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(draw_character(24, 32, seed).source).save(path)
    return path


def run(*arguments: object) -> int:
    """The exit code of a command line; argparse exits by itself."""
    try:
        return cli.main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return int(stop.code or 0)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def restacked(folder: Path) -> np.ndarray:
    """The layers of a folder, composited in normal blending over nothing."""
    out = Image.open(folder / "flat_color.png")
    for role in ROLES[1:]:
        out = Image.alpha_composite(out, Image.open(folder / f"{role}.png"))
    return np.asarray(out)


def test_a_picture_becomes_a_folder(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "layers"

    assert run("decompose", picture, "-o", out, "--composition", "normal") == 0

    assert names(out) == sorted(
        [*(f"{role}.png" for role in ROLES), "manifest.json", "preview.png"]
    )
    manifest = json.loads((out / "manifest.json").read_text())
    assert [layer["role"] for layer in manifest["layers"]] == list(ROLES)
    assert manifest["composition"] == "normal"
    assert difference(restacked(out), pixels(picture)).max() * 255 <= 2


@pytest.mark.parametrize("suffix", ["psd", "kra", "ora"])
def test_a_picture_becomes_a_file(picture: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"layers.{suffix}"

    assert run("decompose", picture, "-o", out) == 0

    assert difference(read_picture(out).rgba, pixels(picture)).max() * 255 <= 2


def test_cases_of_one_name_get_their_folders_names(tmp_path: Path) -> None:
    cases = [draw(tmp_path / f"cases/{name}/composite.png") for name in ("sip", "shook")]

    assert run("decompose", *cases, "-o", tmp_path / "out") == 0

    assert (tmp_path / "out/sip/manifest.json").is_file()
    assert (tmp_path / "out/shook/manifest.json").is_file()


def test_json_is_one_object(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "none.png"

    assert run("decompose", picture, missing, "-o", tmp_path / "out", "--json") == 2

    told = json.loads(capsys.readouterr().out)
    (result,) = told["results"]
    assert result["destination"] == str(tmp_path / "out" / "girl")
    assert (result["width"], result["height"]) == (24, 32)
    assert result["reconstruction"]["max_error"] <= 2
    assert [failure["code"] for failure in told["failures"]] == ["unsupported_image"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["decompose", "none.png", "-o", "out"],
        ["decompose", "words.png", "-o", "out"],
        ["decompose", "girl.png", "-o", "out.gif"],
        ["decompose", "girl.png", "-o", "girl.png"],
        ["decompose", "girl.png"],
        ["decompose", "girl.png", "-o", "out", "--composition", "nice"],
        ["decompose", "girl.png", "-o", "out", "--device", "cuda"],
        ["decompose", "girl.png", "-o", "out", "--server", "ws://127.0.0.1:1"],
        ["decompose", "girl.png", "-o", "out", "--server", "nonsense"],
        ["decompose", "girl.png", "-o", "words.png/out"],
        ["decompose", ".", "-o", "out"],
        ["decompose", "girl.png", "-o", ""],
        ["decompose", "girl.png", "-o", "x" * 300],
        ["decompose", "girl.png", "-o", "empty", "--frob"],
        ["batch", "none", "-o", "out"],
        ["batch", "empty", "-o", "out"],
        ["serve", "--port", "70000"],
        ["serve", "--unload-after", "soon"],
        ["serve", "--host", "0.0.0.0"],
        ["install"],
        ["install", "gimp"],
        ["install", "photoshop", "--uninstall", "--any-address"],
        ["install", "photoshop", "--zip", "panel.zip"],
        ["install", "photoshop", "--ccx", "panel.zip"],
        ["install", "photoshop", "--ccx", ""],
        ["frobnicate"],
        [],
    ],
)
def test_bad_input_gets_one_sentence(
    arguments: list[str],
    picture: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(picture.parent)
    Path("words.png").write_text("these are words")
    Path("empty").mkdir()
    before = names(picture.parent)

    assert run(*arguments) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r".+\.\n", told.err)
    assert names(picture.parent) == before


def test_existing_file_needs_force(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "painted_on.psd"
    out.write_bytes(b"an artist's work")

    assert run("decompose", picture, "-o", out) == 2
    assert out.read_bytes() == b"an artist's work"

    assert run("decompose", picture, "-o", out, "--force") == 0
    assert out.read_bytes().startswith(b"8BPS")


def test_a_folder_of_ours_is_renewed(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for composition in ("production", "glow"):
        assert run("decompose", picture, "-o", out, "--composition", composition) == 0

    assert json.loads((out / "manifest.json").read_text())["composition"] == "glow"


def test_fault_of_ours_goes_to_the_log(
    picture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_engine("BrokenEngine", monkeypatch)

    assert run("decompose", picture, "-o", tmp_path / "out", "--quiet") == 1

    told = capsys.readouterr().err
    assert str(log_file()) in told
    assert "Traceback" not in told
    assert len(told.splitlines()) == 1
    assert "Traceback" in log_file().read_text()
    assert not (tmp_path / "out").exists()


def test_batch_goes_on_after_a_failure_and_resumes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    art, out = tmp_path / "art", tmp_path / "out"
    for seed, name in enumerate(("a.png", "deep/b.png", "deep/c.png")):
        draw(art / name, seed)
    (art / "b_broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")

    assert run("batch", art, "-o", out, "--format", "ora", "--quiet", "--json") == 2
    told = json.loads(capsys.readouterr().out)
    assert [Path(result["source"]).name for result in told["results"]] == [
        "a.png", "b.png", "c.png",
    ]  # fmt: skip
    assert [Path(failure["source"]).name for failure in told["failures"]] == ["b_broken.png"]
    assert names(out) == ["a.ora", "deep", "deep/b.ora", "deep/c.ora"]

    (out / "deep/b.ora").unlink()
    kept = (out / "a.ora").stat().st_mtime_ns
    draw(art / "b_broken.png")
    assert run("batch", art, "-o", out, "--format", "ora", "--resume") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 decomposed, 2 there already"
    assert (out / "a.ora").stat().st_mtime_ns == kept


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_leaves_nothing_behind(number: int, picture: Path, tmp_path: Path) -> None:
    slow = with_engine("SlowEngine")
    with child(slow, "decompose", picture, "-o", tmp_path / "out.psd") as work:
        while "thinking" not in work.stderr.readline():
            assert work.poll() is None
        begun = time.monotonic()
        work.send_signal(number)
        assert work.wait(10) == 3
    assert time.monotonic() - begun < 2
    assert names(tmp_path) == ["girl.png"]


def test_names_that_a_terminal_cannot_show(tmp_path: Path) -> None:
    picture = draw(tmp_path / "\u5c11\u5973.png")
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    with child(QUICK, "decompose", picture, "-o", tmp_path / "\u5c11\u5973.kra", env=env) as work:
        told, _ = work.communicate()
    assert work.returncode == 0
    assert "\\u5c11\\u5973.kra" in told
    assert (tmp_path / "\u5c11\u5973.kra").is_file()


@contextmanager
def serving(code: str, complaint: str = "", *options: str) -> Iterator[str]:
    """The URL of a server with the engine that `code` chooses; what it says of trouble."""
    with child(code, "serve", "--port", "0", *options) as server:
        try:
            where = re.compile(r" serves at (ws://127\.0\.0\.1:(\d+)) \(port \2\); Ctrl-C stops it")
            yield where.search(server.stdout.readline())[1]
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
        assert re.fullmatch(complaint, server.stderr.read())


@pytest.fixture
def server() -> Iterator[str]:
    with serving(QUICK) as url:
        yield url


def test_through_a_server(picture: Path, tmp_path: Path, server: str) -> None:
    art = draw(tmp_path / "art/boy.png", 3).parent
    arguments = ["--server", server, "--composition", "normal"]

    assert run("decompose", picture, "-o", tmp_path / "one", *arguments) == 0
    assert run("batch", art, "-o", tmp_path / "many", *arguments) == 0

    assert json.loads((tmp_path / "one/manifest.json").read_text())["engine"] == "quick"
    for folder, source in ((tmp_path / "one", picture), (tmp_path / "many/boy", art / "boy.png")):
        assert difference(restacked(folder), pixels(source)).max() * 255 <= 2


def test_a_server_that_asks_for_a_token(picture: Path, tmp_path: Path) -> None:
    with serving(QUICK, "", "--token", "sesame") as url:
        ask = ["decompose", picture, "-o", tmp_path / "out", "--server", url]
        assert run(*ask) == 2
        assert run(*ask, "--token", "sesame") == 0


def test_fault_behind_a_server_goes_to_its_log(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(QUICK.replace("Quick", "Broken"), rf".*{log_file()}\.\n") as url:
        assert run("decompose", picture, "-o", tmp_path / "out", "--quiet", "--server", url) == 1
    assert re.fullmatch(r".*server's log.*\.\n", capsys.readouterr().err)
    assert "Traceback" in log_file().read_text()


def test_no_picture_that_goes_in_is_replaced(tmp_path: Path) -> None:
    flat = draw(tmp_path / "e/flat_color.png")
    girls = [draw(tmp_path / f"{name}/girl.png") for name in "ab"]
    psd = tmp_path / "a.psd"
    psd.write_bytes(flat.read_bytes())
    link = tmp_path / "links/girl.psd"
    link.parent.mkdir()
    link.symlink_to(psd)
    before = {path: path.read_bytes() for path in (flat, psd)}, names(tmp_path)

    assert run("decompose", flat, "-o", tmp_path / "e", "--force") == 2
    assert run("decompose", *girls, psd, "-o", tmp_path, "--format", "psd", "--force") == 2
    assert run("decompose", girls[0], psd, "-o", link.parent, "--format", "psd", "--force") == 2

    assert ({path: path.read_bytes() for path in (flat, psd)}, names(tmp_path)) == before


def test_what_appears_meanwhile_stays(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.psd"

    def proposing(self: object, rgba: np.ndarray, options: object, progress: object) -> object:
        out.write_bytes(b"an artist's work")
        return engines.everything_flat(rgba)

    monkeypatch.setattr(engines.QuickEngine, "propose", proposing)
    assert run("decompose", picture, "-o", out) == 2
    assert out.read_bytes() == b"an artist's work"


def test_json_tells_what_fails_before_any_picture(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("decompose", picture, "-o", tmp_path / "out.gif", "--json") == 2

    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert failure["source"] is None
    assert failure["code"] == "unsupported_option"


def test_notes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gray = tmp_path / "print.jpg"
    Image.new("CMYK", (8, 8)).save(gray)

    assert run("decompose", gray, "-o", tmp_path / "out") == 0
    assert "CMYK" in capsys.readouterr().out


def test_device_of_an_engine_that_has_none(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("decompose", picture, "-o", tmp_path / "out", "--device", "cpu") == 2
    assert capsys.readouterr().err == (
        "The engine 'builtin' has no choice of device; leave out --device.\n"
    )


def test_pictures_behind_the_options_and_long_names(picture: Path, tmp_path: Path) -> None:
    long = draw(tmp_path / f"{'x' * 251}.png", 1)
    assert run("decompose", picture, "-o", tmp_path / "out", "--format", "ora", long) == 0
    assert names(tmp_path / "out") == ["girl.ora", f"{'x' * 251}.ora"]


@pytest.mark.parametrize("format", ["psd", "kra", "ora"])
def test_batch_does_not_decompose_its_results(picture: Path, tmp_path: Path, format: str) -> None:
    assert run("decompose", picture, "-o", tmp_path / "old" / f"boy.{format}") == 0
    assert run("batch", tmp_path, "-o", tmp_path / "new") == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["girl"]


def test_install_asks_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install") == 2
    assert capsys.readouterr().err.startswith("layer-bridge install: say krita or photoshop;")


def test_help_names_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("decompose", "batch", "serve", "install", "doctor"):
        assert run(command, "--help") == 0
        assert "usage" in capsys.readouterr().out


def test_what_the_parser_repeats_is_right() -> None:
    assert set(cli.FORMATS) == set(FORMATS)
