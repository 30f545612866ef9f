"""A host without Krita: documents in memory, behind the same functions as the plugin's `canvas`."""

from pathlib import Path
from typing import Any, NamedTuple

from layer_bridge.qt import QtGui


class Refusal(Exception):
    """As in the plugin's `canvas`."""


class Busy(Refusal):
    """As in the plugin's `canvas`."""


class Picture(NamedTuple):
    """As in the plugin's `canvas`, as far as the panel uses it."""

    width: int
    height: int
    depth: int
    pixels: bytearray
    notice: str | None = None


class PlacedLayer(NamedTuple):
    """As in the plugin's `canvas`."""

    role: str
    name: str
    blend_mode: str
    x: int
    y: int
    width: int
    height: int
    pixels: Any


class FakeDocument:
    """An opaque red picture that keeps what is put into it."""

    def __init__(self, title: str, width: int = 8, height: int = 6) -> None:
        self.title, self.size = title, (width, height)
        self.key = id(self)
        self.open = True
        self.notice: str | None = None
        self.hidden = False
        self.fault: Exception | None = None
        self.readings: list[tuple[str, bool]] = []
        """Each one's scope, and whether the last group was left out"""
        self.groups: list[tuple[str, str, bool, list[PlacedLayer]]] = []

    def is_open(self) -> bool:
        return self.open

    def read(self, scope: str, replace: bool = False) -> Picture:
        self._check()
        self.readings.append((scope, replace))
        width, height = self.size
        pixels = bytearray(b"\xc8\x28\x28\xff") * (width * height)
        return Picture(width, height, 8, pixels, self.notice)

    def place(
        self,
        layers: list[PlacedLayer],
        picture: Picture,
        title: str,
        placement: str,
        replace: bool = False,
        hide_originals: bool = False,
    ) -> str | None:
        self._check()
        assert (picture.width, picture.height) == self.size
        assert [layer.role for layer in layers] == ["flat_color", "shadow", "highlight", "line_art"]
        for layer in layers:
            assert len(layer.pixels) == layer.width * layer.height * picture.depth // 2
        self.hidden = hide_originals
        self.groups.append((title, placement, replace, layers))
        return None

    def _check(self) -> None:
        if self.fault is not None:
            raise self.fault
        if not self.open:
            raise Refusal(f"“{self.title}” was closed; open it again.")


class FakeCanvas:
    """The functions of the plugin's `canvas`."""

    Refusal = Refusal
    Busy = Busy
    PlacedLayer = PlacedLayer

    def __init__(self, folder: Path, *titles: str) -> None:
        self.folder = folder
        self.documents = [FakeDocument(title) for title in titles]
        self.messages: list[str] = []

    def active_document(self) -> FakeDocument | None:
        return self.documents[0] if self.documents else None

    def open_documents(self) -> list[FakeDocument]:
        return list(self.documents)

    def show_message(self, text: str) -> None:
        self.messages.append(text)

    def app_data_folder(self) -> str:
        return str(self.folder)

    def krita_version(self) -> str:
        return "5.2.2"

    def main_window(self) -> None:
        return None

    def icon(self, name: str) -> QtGui.QIcon:
        return QtGui.QIcon()
