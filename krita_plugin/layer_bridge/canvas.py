"""The canvas: everything that this plugin asks of Krita itself; no other module imports `krita`."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence

from krita import Krita

SCOPES = ("document", "layer", "selection")
PLACEMENTS = ("top", "above_active", "new_document")


class Refusal(Exception):
    """Why the canvas can't be read or written, and what to do: one sentence for the artist."""


class Picture(NamedTuple):
    """What was read: a box of the canvas as raw rows."""

    width: int
    """Pixels"""
    height: int
    """Pixels"""
    depth: int
    """Bits a channel: 8 or 16"""
    pixels: bytearray
    """Rows of R G B A, straight alpha, 16 bits little-endian"""
    x: int
    """Left edge on the canvas, pixels; 0 unless the scope is the selection"""
    y: int
    """Top edge on the canvas, pixels; 0 unless the scope is the selection"""
    notice: Optional[str]
    """What the artist should know about this reading, one sentence"""


class PlacedLayer(NamedTuple):
    """One layer to put into a document."""

    role: str
    name: str
    blend_mode: str
    """The protocol's name: "linear-dodge\""""
    x: int
    """Left edge of its box in the picture, pixels"""
    y: int
    """Top edge of its box in the picture, pixels"""
    width: int
    """Pixels; 0 for an empty layer"""
    height: int
    """Pixels; 0 for an empty layer"""
    pixels: Any
    """Bytes-like: the box's rows of R G B A, in the picture's depth"""


class CanvasDocument:
    """One open document, as it was when the artist clicked; equal to any handle on the same one."""

    title: str

    def is_open(self) -> bool:
        """Whether Krita still has it open."""
        raise Refusal("The canvas is not written yet.")

    def read(self, scope: str) -> Picture:
        """Read the merged picture, the active layer or group, or the selection (`SCOPES`).

        Raises:
            Refusal: the document is closed, or there is nothing to see in that scope.
        """
        raise Refusal("The canvas is not written yet.")

    def place(
        self,
        layers: Sequence[PlacedLayer],
        picture: Picture,
        title: str,
        placement: str,
        replace: bool = False,
    ) -> Optional[str]:
        """Put the layers, bottom first, into one new group, in one undo step.

        Args:
            layers: what came back for `picture`.
            picture: what `read` gave; its size and place decide where the layers go.
            title: the group's name.
            placement: one of `PLACEMENTS`.
            replace: the last group that we put into this document goes in the same step.

        Returns:
            What the artist should know, one sentence, or None.

        Raises:
            Refusal: the document was closed or changed its size; nothing was placed.
        """
        raise Refusal("The canvas is not written yet.")


def active_document() -> Optional[CanvasDocument]:
    """The document that the artist looks at."""


def open_documents() -> List[CanvasDocument]:
    """All open documents, in the order in which they were opened."""
    return []


def show_message(text: str) -> None:
    """Float a short message over the canvas, where one is visible."""


def app_data_folder() -> str:
    """Krita's folder for resources and data of this user."""
    return str(Krita.instance().getAppDataLocation())


def krita_version() -> str:
    """ "5.1.5" """
    return str(Krita.instance().version())


def main_window() -> Any:
    """The active main window (a QWidget), as parent for dialogs; None while there is none."""
    window = Krita.instance().activeWindow()
    return None if window is None else window.qwindow()


def icon(name: str) -> Any:
    """One of Krita's own icons (a QIcon), in the colours of the artist's theme."""
    return Krita.instance().icon(name)
