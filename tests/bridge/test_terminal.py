"""What a person sees: bars on a terminal, plain lines elsewhere, results on standard output."""

import sys
import time

import pytest

from bridge.commands.terminal import Bars, Lines, Quiet, display


def show(shown: Lines) -> None:
    with shown.picture("girl.png") as progress:
        for stage, fraction in (("line art", 0.1), ("line art", 0.3), ("shading", 0.7)):
            time.sleep(0.12)  # bars are drawn ten times a second
            progress(stage, fraction)
    shown.tell("girl.png -> out")
    shown.complain("boy.png is damaged.")


def test_a_line_for_each_stage(capsys: pytest.CaptureFixture[str]) -> None:
    show(Lines(sys.stdout))

    told = capsys.readouterr()
    assert told.out == "girl.png -> out\n"
    assert told.err == "girl.png: line art\ngirl.png: shading\nboy.png is damaged.\n"


def test_a_bar_that_is_gone_in_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    show(Bars(sys.stdout))

    told = capsys.readouterr()
    assert told.out == "girl.png -> out\n"
    frames = told.err.split("\r")
    assert any("70%" in frame and "girl.png: shading" in frame for frame in frames)
    assert [frame for frame in frames if frame.strip()][-1] == "boy.png is damaged.\n"


def test_only_trouble_is_told_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    show(Quiet(None))

    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "boy.png is damaged.\n")


@pytest.mark.parametrize(
    ("terminal", "quiet", "kind"),
    [(True, False, Bars), (False, False, Lines), (True, True, Quiet)],
)
def test_the_display_fits(
    terminal: bool, quiet: bool, kind: type[Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert type(display(quiet, json=False)) is kind


def test_json_leaves_standard_output_alone(capsys: pytest.CaptureFixture[str]) -> None:
    display(quiet=False, json=True).tell("girl.png -> out")
    assert capsys.readouterr().out == ""
