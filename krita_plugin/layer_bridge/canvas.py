"""The canvas: everything that this plugin asks of Krita itself; no other module imports `krita`.

Krita's API is touched in the GUI thread only. A root node is fetched anew each time, because
flattening replaces it.
"""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from functools import partial
from typing import Any, List, Optional, Sequence, Tuple

from krita import Document, Krita, Node

from .layer_tree import all_but, find, index, is_mask
from .memory import remember
from .picture import SRGB, Busy, ColorSpace, Picture, PlacedLayer, Refusal
from .pixels import is_transparent, swap_red_and_blue
from .qt import QtCore
from .scratch import blends_perceptually, built_group, convert

__all__ = ["Busy", "CanvasDocument", "Picture", "PlacedLayer", "Refusal"]

SCOPES = ("document", "layer", "selection")
PLACEMENTS = ("top", "above_active", "new_document")

# Krita stores any string as a blending mode and draws an unknown one as Normal. Its "add" is the
# same as "linear_dodge", but turns into Normal in a PSD file.
_BLENDING_MODES = {
    "normal": "normal",
    "multiply": "multiply",
    "screen": "screen",
    "lighten": "lighten",
    "darken": "darken",
    "linear-dodge": "linear_dodge",
}
_PATIENCE_SECONDS = 0.1
_MESSAGE_MILLISECONDS = 4000
_DOTS_PER_INCH = 300.0
_CATCH_UP_MILLISECONDS = 50
_HIDDEN = (
    "The layers that were decomposed are hidden. Undo does not show them again; "
    "click on their eyes in the layer list."
)


class CanvasDocument:
    """One open document, as it was when the artist clicked; equal to any handle on the same one."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._memory = remember(document)
        file_name = os.path.basename(document.fileName())
        self.title: str = os.path.splitext(file_name)[0] or document.name() or "Unnamed"
        self.key: int = self._memory.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CanvasDocument) and self.key == other.key

    def __hash__(self) -> int:
        return self.key

    def is_open(self) -> bool:
        """Whether Krita still has it open."""
        opened = any(self._document == other for other in Krita.instance().documents())
        return opened and self._document.rootNode() is not None

    def read(self, scope: str, replace: bool = False) -> Picture:
        """Read the merged picture, the active layer or group, or the selection (`SCOPES`).

        The numbers are the document's own where its colours are RGB in 8 or 16 bits, so that the
        layers restack exactly in it. Where they are something else, or linear (no engine sees
        well in linear light), they are converted to sRGB. What a selection covers partly becomes
        partly transparent. With `replace` the last group that we put into this document is left
        out, and what was hidden for it is shown.

        Raises:
            Refusal: the document is closed, or there is nothing to see in that scope.
        """
        self._wait_until_free()
        document = self._document
        canvas = (document.width(), document.height())
        node = self._layer_to_read() if scope == "layer" else document.rootNode()
        box, coverage = (0, 0, *canvas), b""
        if scope == "selection":
            box, coverage = self._selection(canvas)
        found = _color_space(node)
        space = _space_to_read(found)
        with self._memory.without_last_group(node) if replace else nullcontext():
            raw = node.projectionPixelData(*box)
            originals = _originals(scope, node)
        if space != found or coverage.strip(b"\xff"):
            raw = convert(Krita.instance(), raw, found, space, box[2:], coverage)
        pixels = swap_red_and_blue(raw, space.bits)
        if is_transparent(pixels, space.bits):
            raise Refusal(self._nothing_in(scope, node))
        notice = None
        if found.depth.startswith("F"):
            notice = f"What is brighter than white in “{self.title}” is white in its layers."
        x, y, width, height = box
        numbers = (width, height, space.bits, pixels, x, y)
        return Picture(*numbers, notice, canvas, space.profile, originals)

    def place(
        self,
        layers: Sequence[PlacedLayer],
        picture: Picture,
        title: str,
        placement: str,
        replace: bool = False,
        hide_originals: bool = False,
    ) -> Optional[str]:
        """Put the layers, bottom first, into one new group, in one undo step.

        Where they would not add up to the picture, they go into a new document instead.

        Args:
            layers: what came back for `picture`.
            picture: what `read` gave; its size and place decide where the layers go.
            title: the group's name.
            placement: one of `PLACEMENTS`.
            replace: the last group that we put into this document goes, and the new one takes its
                place.
            hide_originals: the layers that `picture` was read from are hidden, unless the new
                layers went into a new document. Undo does not show them again.

        Returns:
            What the artist should know, one sentence, or None.

        Raises:
            Refusal: the document was closed or changed its size; nothing was placed.
        """
        layers = [layer._replace(blend_mode=_blending_mode(layer)) for layer in layers]
        if placement == "new_document":
            _open_as_document(layers, picture, title)
            return None
        self._wait_until_free()
        space = _color_space(self._document.rootNode())
        unfit = _why_unfit(space)
        if unfit:
            _open_as_document(layers, picture, title)
            return f"“{self.title}” {unfit}, so its layers are in a new document."
        self._require_size(picture)
        active = self._document.activeNode()
        size = (self._document.width(), self._document.height())
        with built_group(Krita.instance(), layers, picture, title, space, size) as group:
            notice = self._insert(group, placement, self._memory.last_group() if replace else None)
            hidden = hide_originals and self._hide(picture.originals, group)
        if hidden:
            notice = f"{notice} {_HIDDEN}" if notice else _HIDDEN
        QtCore.QTimer.singleShot(_CATCH_UP_MILLISECONDS, partial(self._catch_up, active))
        return notice

    def _insert(self, group: Node, placement: str, old: Optional[Node]) -> Optional[str]:
        """Add a group in one undo step if Krita lets us, taking out `old`; a notice if not.

        Krita's API has no way to join two changes into one undo step. So where placing `old` was
        the last thing done, it is undone first; the new group is then the only step.
        """
        notice = None
        parent = None if old is None else old.parentNode()
        if old is None or parent is None:
            parent, below = self._target(placement)
            _add(parent, group, below)
            self._memory.hidden = ()
        else:
            place = index(parent, old)
            if self._memory.undo_placing(Krita.instance(), old):
                _add(parent, group, parent.childNodes()[place - 1] if place else None)
            else:
                _add(parent, group, old)
                old.remove()
                notice = "Replacing the last group took two undo steps: it was not the last change."
        self._memory.group = group.uniqueId()
        return notice

    def _hide(self, originals: Sequence[Any], group: Node) -> bool:
        """Hide the layers with these ids but not `group`; say whether any was still shown."""
        found = [find(self._document.rootNode(), unique_id) for unique_id in originals]
        shown = [node for node in found if node is not None and node.visible()]
        hidden = [node for one in shown for node in all_but(one, group)]
        for node in hidden:
            node.setVisible(False)
        self._memory.hidden += tuple(node.uniqueId() for node in hidden)
        if hidden:
            self._document.refreshProjection()
        return bool(hidden)

    def _catch_up(self, active: Optional[Node]) -> None:
        """Once Krita's window knows of the new group: what it changed unasked, and what it shows.

        Krita makes a new group the active layer, but only when it is back in its event loop.
        """
        if not self.is_open():
            return
        self._memory.keep_undo_text(Krita.instance())
        if active is not None and find(self._document.rootNode(), active.uniqueId()) is not None:
            self._document.setActiveNode(active)

    def _target(self, placement: str) -> Tuple[Node, Optional[Node]]:
        """The parent of the new group, and the node right below it (None: at the very top)."""
        active = self._active_layer() if placement == "above_active" else None
        parent = None if active is None else active.parentNode()
        return (self._document.rootNode(), None) if parent is None else (parent, active)

    def _active_layer(self) -> Optional[Node]:
        """The active layer or group; of a mask, the layer that it belongs to."""
        node = self._document.activeNode()
        while node is not None and is_mask(node):
            node = node.parentNode()
        return node

    def _layer_to_read(self) -> Node:
        layer = self._active_layer()
        if layer is None:
            raise Refusal(f"No layer of “{self.title}” is active; click on one in the layer list.")
        return layer

    def _selection(self, canvas: Tuple[int, int]) -> Tuple[Tuple[int, int, int, int], bytes]:
        """The selection's box on the canvas, and its coverage there, one byte a pixel."""
        selection = self._document.selection()
        if selection is None:
            raise Refusal(f"Nothing is selected in “{self.title}”; select a part of the picture.")
        left, top = max(selection.x(), 0), max(selection.y(), 0)
        width = min(selection.x() + selection.width(), canvas[0]) - left
        height = min(selection.y() + selection.height(), canvas[1]) - top
        if width <= 0 or height <= 0:
            raise Refusal(f"The selection lies outside the canvas of “{self.title}”; move it in.")
        return (left, top, width, height), bytes(selection.pixelData(left, top, width, height))

    def _wait_until_free(self) -> None:
        """Return once Krita is done with the document's pending work; raise in a long stroke.

        The wait is short: a stroke goes on only while Krita handles the artist's pen.
        """
        if not self.is_open():
            raise Refusal(f"“{self.title}” is not open any more; open it and decompose it again.")
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while not self._document.tryBarrierLock():
            if time.monotonic() > give_up:
                raise Busy(f"Krita is still at work on “{self.title}”; try again when it is done.")
            time.sleep(0.02)
        self._document.unlock()
        self._document.waitForDone()

    def _require_size(self, picture: Picture) -> None:
        size = (self._document.width(), self._document.height())
        if picture.canvas not in (None, size):
            raise Refusal(
                f"“{self.title}” changed its size meanwhile; decompose it again, or put the "
                "layers into a new document."
            )

    def _nothing_in(self, scope: str, node: Node) -> str:
        if scope == "layer":
            return f"The layer “{node.name()}” is empty; choose one that has something on it."
        if scope == "selection":
            return f"The selected part of “{self.title}” is empty; select something painted."
        return f"“{self.title}” shows nothing; paint something or make a layer visible."


def _originals(scope: str, node: Node) -> Tuple[Any, ...]:
    """The unique ids of the visible layers that a node's pixels stand for in a scope."""
    found = {"document": node.childNodes(), "layer": [node], "selection": []}[scope]
    return tuple(one.uniqueId() for one in found if one.visible() and not is_mask(one))


def _color_space(node: Node) -> ColorSpace:
    return ColorSpace(node.colorModel(), node.colorDepth(), node.colorProfile())


def _space_to_read(found: ColorSpace) -> ColorSpace:
    """The colour space in which pixels of another are sent: itself, or else sRGB."""
    own = found.model == "RGBA" and found.depth in ("U8", "U16")
    if own and blends_perceptually(Krita.instance(), found):
        return found
    return ColorSpace("RGBA", "U8" if found.depth == "U8" else "U16", SRGB)


def _why_unfit(space: ColorSpace) -> str:
    """Why layers don't add up to the picture in a document of this space; empty where they do."""
    if space.model != "RGBA":
        return "is not an RGB document and can’t show these layers as they are"
    if not blends_perceptually(Krita.instance(), space):
        return "blends in linear light, where these layers don’t add up to the picture"
    return ""


def _blending_mode(layer: PlacedLayer) -> str:
    try:
        return _BLENDING_MODES[layer.blend_mode]
    except KeyError:
        raise Refusal(
            f"This plugin does not know the blend mode “{layer.blend_mode}”; "
            "say “layer-bridge install krita” to bring it up to date."
        ) from None


def _open_as_document(layers: Sequence[PlacedLayer], picture: Picture, title: str) -> None:
    """Show the layers in a new RGB document of the picture's size."""
    krita, size = Krita.instance(), (picture.width, picture.height)
    window = krita.activeWindow()
    if window is None:
        raise Refusal("Krita has no window to show a new document in; open one and try again.")
    space = ColorSpace("RGBA", f"U{picture.depth}", picture.profile)
    document = krita.createDocument(*size, title, *space, _DOTS_PER_INCH)
    with built_group(krita, layers, picture._replace(x=0, y=0), title, space, size) as group:
        document.rootNode().setChildNodes([group])
    document.refreshProjection()
    document.waitForDone()
    window.addView(document)


def _add(parent: Node, group: Node, below: Optional[Node]) -> None:
    if not parent.addChildNode(group, below):
        raise Refusal("Krita did not take the layers; save your work and restart it.")


def active_document() -> Optional[CanvasDocument]:
    """The document that the artist looks at."""
    document = Krita.instance().activeDocument()
    if document is None or document.rootNode() is None:
        return None
    return CanvasDocument(document)


def open_documents() -> List[CanvasDocument]:
    """All open documents, in the order in which they were opened."""
    documents = Krita.instance().documents()
    return [CanvasDocument(document) for document in documents if document.rootNode() is not None]


def show_message(text: str) -> None:
    """Float a short message over the canvas, where one is visible."""
    window = Krita.instance().activeWindow()
    view = None if window is None else window.activeView()
    if view is not None:
        view.showFloatingMessage(text, icon("dialog-information"), _MESSAGE_MILLISECONDS, 1)


def app_data_folder() -> str:
    """Krita's folder for resources and data of this user."""
    return str(Krita.instance().getAppDataLocation())


def krita_version() -> str:
    """Such as "5.1.5"."""
    return str(Krita.instance().version())


def main_window() -> Any:
    """The active main window (a QWidget), as parent for dialogs; None while there is none."""
    window = Krita.instance().activeWindow()
    return None if window is None else window.qwindow()


def icon(name: str) -> Any:
    """One of Krita's own icons (a QIcon), in the colours of the artist's theme."""
    return Krita.instance().icon(name)
