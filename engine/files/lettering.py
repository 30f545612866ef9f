"""A font for each text: Pillow's own, or one of the system's that has what it lacks.

Pillow's has the letters of English and hardly more. Fonts of the other scripts are large, and every
system that is used in one brings some, so none comes along.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import TypeAlias

from PIL import ImageFont

Font: TypeAlias = "ImageFont.FreeTypeFont | ImageFont.ImageFont"
SYSTEM_FONTS = (
    # accents, Greek, Cyrillic
    *("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "arial.ttf", "Arial.ttf"),
    # Linux: those of three scripts first
    *("NotoSansCJK-Regular.ttc", "NotoSansCJK-VF.ttc", "NotoSansCJK-VF.otf.ttc"),
    *("NotoSansCJKjp-Regular.otf", "SourceHanSans.ttc", "SourceHanSans-Regular.ttc"),
    *("DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", "wqy-zenhei.ttc", "wqy-microhei.ttc"),
    *(
        "NotoSansJP-Regular.otf",
        "ipaexg.ttf",
        "ipag.ttf",
        "TakaoPGothic.ttf",
        "VL-Gothic-Regular.ttf",
    ),
    *("NotoSansKR-Regular.otf", "NanumGothic.ttf", "UnDotum.ttf"),
    *("NotoSansSC-Regular.otf", "NotoSansTC-Regular.otf", "uming.ttc"),
    # Windows
    *("YuGothM.ttc", "YuGothR.ttc", "meiryo.ttc", "msgothic.ttc"),
    *("malgun.ttf", "gulim.ttc", "msyh.ttc", "msjh.ttc", "simsun.ttc"),
    # macOS
    *("ヒラギノ角ゴシック W3.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc"),
    *("PingFang.ttc", "STHeiti Light.ttc", "Arial Unicode.ttf"),
)
"""Names of files, which Pillow looks for where the system keeps its fonts."""
UNREADABLE = "?"
"""Stands for a character that no font here has."""
NO_CHARACTER = "\uffff"
"""What a font draws for this, it draws for all that it lacks."""


def lettering(text: str, size: int) -> tuple[str, Font]:
    """A text as it can be drawn, and the font to draw it in.

    That is the first font that lacks none of its characters, else the one that lacks the fewest;
    those become "?".
    """
    text = unicodedata.normalize("NFC", text)  # macOS takes names apart
    best, lacking = None, set(text)
    for font in _fonts(size):
        lacks = {character for character in text if not _has(font, character)}
        if best is None or len(lacks) < len(lacking):
            best, lacking = font, lacks
        if not lacks:
            break
    assert best is not None
    return "".join(UNREADABLE if one in lacking else one for one in text), best


def _fonts(size: int) -> Iterator[Font]:
    yield _own_font(size)
    for name in SYSTEM_FONTS:
        font = _system_font(name, size)
        if font is not None:
            yield font


@cache
def _own_font(size: int) -> Font:
    return ImageFont.load_default(size)


@cache
def _system_font(name: str, size: int) -> Font | None:
    for spelling in {unicodedata.normalize(form, name) for form in ("NFC", "NFD")}:
        with suppress(OSError):
            return ImageFont.truetype(spelling, size)
    return None


def _has(font: Font, character: str) -> bool:
    return character.isspace() or _drawn(font, character) != _drawn(font, NO_CHARACTER)


@cache
def _drawn(font: Font, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
