"""Draws the icons of the Photoshop panel: four layers, seen from the side.

    python -m bridge.hosts.panel_icons

Adobe asks for 23 pixels with a border of 3 and these grays, for dark and for light themes. It works
in a checkout; the installed package carries what it wrote there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parents[2] / "uxp_panel" / "icons"
SIZES = {"panel": 23, "plugin": 24}
"""Which icon -> its side at scale 1, pixels; the plugin's stands in the list of all plugins."""
GRAYS = {"dark": 0xCD, "light": 0x33}
"""The theme that an icon is for -> its gray."""
SCALES = (1, 2)

BORDER = 3.0
"""Pixels at scale 1; the following are fractions of what it leaves."""
LEAN = 0.21
"""Half the height of one layer."""
PITCH = 0.19
"""From one layer to the next."""
THICKNESS = 0.1
"""What is seen of a layer below another."""
SUPERSAMPLING = 16

Polygon: TypeAlias = list[tuple[float, float]]


def main() -> None:
    """Write every icon."""
    FOLDER.mkdir(exist_ok=True)
    for name, icon in icons().items():
        icon.save(FOLDER / name, optimize=True)


def icons() -> dict[str, Image.Image]:
    """Every icon by the name of its file; RGBA, transparent around the layers."""
    return {
        f"{which}-{theme}@{scale}x.png": draw(side, scale, gray)
        for which, side in SIZES.items()
        for theme, gray in GRAYS.items()
        for scale in SCALES
    }


def draw(side: int, scale: int, gray: int) -> Image.Image:
    """One icon of `side` x `scale` pixels a side, in one gray (0 to 255) over nothing."""
    fine = side * scale * SUPERSAMPLING
    last = fine - 1  # Pillow's polygons hold the pixels of their corners
    coverage = Image.new("L", (fine, fine))
    brush = ImageDraw.Draw(coverage)
    for layer in _layers(side):
        brush.polygon([(round(x * last), round(y * last)) for x, y in layer], fill=255)
    icon = Image.new("RGBA", (side * scale, side * scale), (gray, gray, gray, 0))
    icon.putalpha(coverage.reduce(SUPERSAMPLING))
    return icon


def _layers(side: int) -> Iterator[Polygon]:
    """The layers, in fractions of the icon: the uppermost whole, of the rest the lower edges."""
    left, right = BORDER / side, 1 - BORDER / side
    width = right - left
    top = 0.5 - (2 * LEAN + 3 * PITCH) / 2 * width

    def edge(y: float) -> Polygon:
        return [(left, y), (0.5, y + LEAN * width), (right, y)]

    middle = top + LEAN * width
    yield [(0.5, top), *reversed(edge(middle))]
    for number in (1, 2, 3):
        lower = middle + number * PITCH * width
        yield [*edge(lower - THICKNESS * width), *reversed(edge(lower))]


if __name__ == "__main__":
    main()
