"""`layer-bridge edit`: its words. What takes long to import waits until it runs."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from bridge.commands.places import place
from engine import COMPOSITIONS

Subparsers: TypeAlias = "argparse._SubParsersAction[Any]"
WIDEST = 100
"""Pixels that lines can be made thicker or thinner by."""
Color = tuple[int, int, int]
"""Red, green, blue of 0 to 255."""


class Point(NamedTuple):
    """A pixel of the picture."""

    x: int
    y: int


Where = Color | Point
"""A flat region: all of one color, or what is connected at a point."""


class Step(NamedTuple):
    """One option, in its place among the others."""

    option: str
    """As "recolor" """
    value: Any
    words: str
    """What was written"""


class _Steps(argparse.Action):
    """Keeps options in the order in which they were given."""

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        words, value = values
        step = Step(self.option_strings[0].removeprefix("--"), value, words)
        namespace.steps = [*namespace.steps, step]


def add_edit(subparsers: Subparsers) -> None:
    """Give the command line `edit`."""
    command = subparsers.add_parser(
        "edit",
        help="recolor, texture and relight finished layers",
        description="Change layers that `decompose` wrote, and write them as new ones. The edits "
        "are carried out in the order in which they stand. WHERE is a color of the flat color "
        "layer, as 5b6faa, which takes all of it; or a point x,y of the picture, which takes the "
        "connected region there. --palette lists both. Lines and shading go along.",
    )
    command.add_argument(
        "source",
        type=Path,
        metavar="IN",
        help="a folder, PSD, KRA or ORA with layers called Flat Color, Shadow, Highlight and Line "
        "Art; other layers of a file are left out, and named",
    )
    command.add_argument(
        "-o",
        "--out",
        type=place,
        metavar="OUT",
        help="a name that ends in .psd, .kra or .ora, or a folder",
    )
    command.add_argument(
        "--palette",
        action="store_true",
        help="list the flat colors, the largest first, with their share of the layer and a point "
        "in each, and write nothing",
    )
    _add_steps(command)
    command.add_argument(
        "--texture-width",
        type=_whole,
        metavar="PX",
        help="scale textures so that a tile is so many pixels wide (default: as they are)",
    )
    command.add_argument(
        "--force", action="store_true", help="replace what is in OUT's place, IN itself too"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object at the end")
    command.add_argument("--quiet", action="store_true", help="show no progress")
    command.set_defaults(run=edit, steps=[])


def _add_steps(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("edits, in the order given")

    def add(name: str, kind: Callable[[str], Any], metavar: str, help: str) -> None:
        def read(text: str) -> tuple[str, Any]:
            return text, kind(text)

        group.add_argument(name, type=read, action=_Steps, metavar=metavar, help=help)

    add(
        "--recolor",
        _recoloring,
        "WHERE=COLOR",
        "give a flat region another color, with its shading and its soft edges; several in a row "
        "are done at once, so two colors can be swapped",
    )
    add(
        "--texture",
        _texturing,
        "WHERE=FILE",
        "tile a picture over a flat region, under its shading and the lines",
    )
    add(
        "--hue",
        _turning,
        "LAYER=DEGREES",
        "turn the hue of the light (highlight=60) or the shade (shadow=-30); gray stays gray",
    )
    add("--line-width", _width, "PX", "make lines so many pixels thicker, or thinner (-1.5)")
    add("--line-color", color, "COLOR", "give all lines one color")
    add(
        "--composition",
        _composition,
        "NAME",
        f"change the blend modes and not the picture: {', '.join(COMPOSITIONS)}",
    )


def edit(arguments: argparse.Namespace) -> int:
    """Edit, write the layers, and return the exit code."""
    from bridge.commands.edits import edit_layers, show_palette

    return show_palette(arguments) if arguments.palette else edit_layers(arguments)


def color(text: str) -> Color:
    """A color as "5b6faa" or "#5b6faa"."""
    digits = text.removeprefix("#")
    try:
        red, green, blue = bytes.fromhex(digits) if len(digits) == 6 else b""
    except ValueError:
        raise argparse.ArgumentTypeError(f"a color is wanted, as 5b6faa, not {text!r}") from None
    return red, green, blue


def _where(text: str) -> Where:
    x, comma, y = text.partition(",")
    if not comma:
        return color(text)
    if not (x.strip().isdecimal() and y.strip().isdecimal()):
        raise argparse.ArgumentTypeError(f"a point is wanted, as 120,340, not {text!r}")
    return Point(int(x), int(y))


def _recoloring(text: str) -> tuple[Where, Color]:
    where, new = _halves(text, "WHERE=COLOR, as 5b6faa=e0b040 or 120,340=e0b040")
    return _where(where), color(new)


def _texturing(text: str) -> tuple[Where, Path]:
    where, file = _halves(text, "WHERE=FILE, as 5b6faa=tartan.png or 120,340=tartan.png")
    return _where(where), Path(file)


def _turning(text: str) -> tuple[str, float]:
    layer, degrees = _halves(text, "highlight=DEGREES or shadow=DEGREES")
    if layer not in ("highlight", "shadow"):
        raise argparse.ArgumentTypeError(f"say highlight or shadow, not {layer!r}")
    return layer, _number(degrees)


def _halves(text: str, form: str) -> tuple[str, str]:
    first, sign, second = text.partition("=")
    if not (first and sign and second):
        raise argparse.ArgumentTypeError(f"say {form}, not {text!r}")
    return first, second


def _width(text: str) -> float:
    pixels = _number(text)
    if not abs(pixels) <= WIDEST:
        raise argparse.ArgumentTypeError(f"at most {WIDEST} pixels are added or taken, not {text}")
    return pixels


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"a number is wanted, not {text!r}")
    return number


def _whole(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) <= 20_000):
        raise argparse.ArgumentTypeError(f"say a number of pixels from 1 to 20000, not {text!r}")
    return int(text)


def _composition(text: str) -> str:
    if text not in COMPOSITIONS:
        raise argparse.ArgumentTypeError(f"choose one of {', '.join(COMPOSITIONS)}, not {text!r}")
    return text
