"""Names of every script on sheets: in a font that has their letters, or as what can be read."""

import unicodedata

import numpy as np
import pytest

from engine.files import lettering
from engine.files.preview import Cell, sheet_of
from tests.engine.files.typeface import write_font

SIZE = 24


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Says which fonts the system has: each has these characters."""

    def install(*fonts):
        files = [write_font(tmp_path / f"{at}.ttf", held) for at, held in enumerate(fonts)]
        names = (str(tmp_path / "none.ttf"), *map(str, files))
        monkeypatch.setattr(lettering, "SYSTEM_FONTS", names)
        return [str(file) for file in files]

    return install


def chosen(text):
    """What is drawn, and the font's file; None for the one that Pillow brings."""
    drawn, font = lettering.lettering(text, SIZE)
    return drawn, font.path if isinstance(font.path, str) else None


def test_english_needs_no_font_of_the_system(system):
    system("abc")
    assert chosen("drawn_00001 (b)") == ("drawn_00001 (b)", None)


def test_each_text_takes_the_first_font_that_has_all_of_it(system):
    japanese, korean, both = system("影girl_", "선girl_", "影선girl_")
    assert chosen("影_girl") == ("影_girl", japanese)
    assert chosen("선_girl") == ("선_girl", korean)
    assert chosen("影 선") == ("影 선", both)


def test_what_no_font_has_is_marked_and_the_rest_is_written(system):
    system()
    assert chosen("影_girl") == ("?_girl", None)
    (japanese,) = system("影絵_")
    assert chosen("影絵_선") == ("影絵_?", japanese)


def test_names_that_macos_took_apart_are_put_together(system):
    (font,) = system("が선")
    assert chosen(unicodedata.normalize("NFD", "が선")) == ("が선", font)


def test_a_broken_font_is_passed_over(system, tmp_path):
    _, sound = system("影", "影")
    (tmp_path / "0.ttf").write_bytes(b"no font")
    assert chosen("影") == ("影", sound)


def test_sheets_are_lettered_so(system):
    picture = np.zeros((9, 9, 4), np.uint8)

    def sheet(title):
        return sheet_of([Cell(title, title, picture)], 1, 200, None)

    system()
    assert sheet("影") == sheet("?")
    system("影")
    assert sheet("影") != sheet("?")
