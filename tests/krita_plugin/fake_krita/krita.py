"""A small, strict Krita in memory: the part of its API that the plugin's canvas uses.

Where Krita is lax (unknown blending modes, wrong byte counts, groups that were never drawn) this
one fails. The same checks (`inside/contract.py`) run against it and against a real Krita.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from typing import Any

from layer_bridge.qt import QtCore

from tests.krita_plugin.fake_krita.colors import Space, decode, encode, pixel_type
from tests.krita_plugin.fake_krita.painting import Layer, blank, projection

UNDO, REDO, ISOLATE = "edit_undo", "edit_redo", "isolate_active_layer"


class Image:
    """What `Document` wrappers share: the layers, and the history."""

    def __init__(self, width: int, height: int, name: str, space: Space) -> None:
        self.width, self.height, self.name, self.space = width, height, name, space
        self.root = Layer("root", "grouplayer", space, blank(self))
        self.root.add(Layer("Background", "paintlayer", space, blank(self)), None)
        self.active: Layer | None = self.root.children[0]
        self.selection: Selection | None = None
        self.past: list[tuple[str, Callable[[], None], Callable[[], None]]] = []
        self.future: list[tuple[str, Callable[[], None], Callable[[], None]]] = []
        self.has_view = False

    def do(self, text: str, redo: Callable[[], None], undo: Callable[[], None]) -> None:
        """Do something that can be undone."""
        redo()
        self.past.append((text, redo, undo))
        self.future.clear()

    def undo(self) -> None:
        if self.past:
            self.future.append(self.past.pop())
            self.future[-1][2]()

    def redo(self) -> None:
        if self.future:
            self.past.append(self.future.pop())
            self.past[-1][1]()


class Node:
    """One layer, group or mask; another wrapper at each call."""

    def __init__(self, image: Image, layer: Layer) -> None:
        self._image, self._layer = image, layer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self._layer is other._layer

    __hash__ = None  # type: ignore[assignment]

    def name(self) -> str:
        return self._layer.name

    def type(self) -> str:
        return self._layer.type

    def uniqueId(self) -> uuid.UUID:
        return self._layer.id

    def visible(self) -> bool:
        return self._layer.visible

    def setVisible(self, visible: bool) -> None:
        self._layer.visible = visible

    def opacity(self) -> int:
        return 255

    def blendingMode(self) -> str:
        return self._layer.mode

    def setBlendingMode(self, mode: str) -> None:
        layer, old = self._layer, self._layer.mode
        self._image.do(
            "Composition Mode Change",
            lambda: layer.set_mode(mode),
            lambda: layer.set_mode(old),
        )

    def colorModel(self) -> str:
        return self._layer.space.model

    def colorDepth(self) -> str:
        return self._layer.space.depth

    def colorProfile(self) -> str:
        return self._layer.space.profile

    def setColorSpace(self, model: str, depth: str, profile: str) -> bool:
        space = Space(model, depth, profile)
        self._layer.pixels = encode(decode(self._layer.pixels, self._layer.space), space)
        self._layer.space = space
        return True

    def setPixelData(self, data: Any, x: int, y: int, w: int, h: int) -> None:
        assert self._layer.type == "paintlayer"
        assert isinstance(data, (bytes, bytearray))
        assert x >= 0 <= y
        shape, kind = (h, w, self._layer.space.channels), pixel_type(self._layer.space)
        assert len(data) == h * w * shape[2] * kind.itemsize, "wrong number of bytes"
        self._layer.write(data, x, y, shape, kind)

    def pixelData(self, x: int, y: int, w: int, h: int) -> bytes:
        return self._layer.read(self._layer.pixels, x, y, w, h)

    def projectionPixelData(self, x: int, y: int, w: int, h: int) -> bytes:
        return self._layer.read(projection(self._layer), x, y, w, h)

    def parentNode(self) -> Node | None:
        parent = self._layer.parent
        return None if parent is None else Node(self._image, parent)

    def childNodes(self) -> list[Node]:
        return [Node(self._image, child) for child in self._layer.children]

    def setChildNodes(self, nodes: list[Node]) -> None:
        self._layer.children.clear()
        for node in nodes:
            self._layer.add(node._layer, None)

    def addChildNode(self, child: Node, above: Node | None) -> bool:
        parent, added = self._layer, child._layer
        assert added.parent is None, "it is in a tree already"
        assert above is None or above._layer in parent.children
        below = None if above is None else above._layer
        self._image.do("Add Layer", lambda: parent.add(added, below), added.detach)
        QtCore.QTimer.singleShot(0, lambda: self._activate(added))
        return True

    def _activate(self, layer: Layer) -> None:
        if self._image.has_view and layer.top() is self._image.root:
            self._image.active = layer

    def remove(self) -> bool:
        layer, parent = self._layer, self._layer.parent
        assert parent is not None
        place = parent.children.index(layer)
        below = parent.children[place - 1] if place else None
        self._image.do("Remove Layer", layer.detach, lambda: parent.add(layer, below, not place))
        return True

    def clone(self) -> Node:
        parent, self._layer.parent = self._layer.parent, None
        twin = copy.deepcopy(self._layer)
        self._layer.parent = parent
        return Node(self._image, twin)


class Selection:
    """How far each pixel is selected, 0 to 255."""

    def __init__(self) -> None:
        self._values: dict[tuple[int, int], int] = {}

    def select(self, x: int, y: int, w: int, h: int, value: int) -> None:
        for row in range(y, y + h):
            for column in range(x, x + w):
                self._values[column, row] = value

    def x(self) -> int:
        return min(column for column, _ in self._values)

    def y(self) -> int:
        return min(row for _, row in self._values)

    def width(self) -> int:
        return max(column for column, _ in self._values) + 1 - self.x()

    def height(self) -> int:
        return max(row for _, row in self._values) + 1 - self.y()

    def pixelData(self, x: int, y: int, w: int, h: int) -> bytes:
        rows, columns = range(y, y + h), range(x, x + w)
        return bytes(self._values.get((column, row), 0) for row in rows for column in columns)


class Document:
    """An open document; another wrapper at each call; a closed one answers with nothing."""

    def __init__(self, image: Image) -> None:
        self._image = image

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self._image is other._image

    __hash__ = None  # type: ignore[assignment]

    @property
    def _open(self) -> bool:
        return self._image in Krita.instance().images

    def name(self) -> str:
        return self._image.name if self._open else ""

    def fileName(self) -> str:
        return ""

    def width(self) -> int:
        return self._image.width if self._open else 0

    def height(self) -> int:
        return self._image.height if self._open else 0

    def colorModel(self) -> str:
        return self._image.space.model

    def rootNode(self) -> Node | None:
        return Node(self._image, self._image.root) if self._open else None

    def activeNode(self) -> Node | None:
        active = self._image.active
        return Node(self._image, active) if self._open and active is not None else None

    def setActiveNode(self, node: Node) -> None:
        if Krita.instance().activeDocument() == self:
            self._image.active = node._layer

    def selection(self) -> Selection | None:
        return self._image.selection

    def setSelection(self, selection: Selection) -> None:
        self._image.selection = selection

    def createNode(self, name: str, type: str) -> Node:
        assert type in ("paintlayer", "transparencymask"), type
        return Node(self._image, Layer(name, type, self._image.space, blank(self._image)))

    def createGroupLayer(self, name: str) -> Node:
        return Node(self._image, Layer(name, "grouplayer", self._image.space, blank(self._image)))

    def refreshProjection(self) -> None:
        self._image.root.draw()

    def waitForDone(self) -> None:
        assert self._open

    def tryBarrierLock(self) -> bool:
        return True

    def unlock(self) -> None:
        pass

    def resizeImage(self, x: int, y: int, w: int, h: int) -> None:
        self._image.width, self._image.height = w, h

    def setModified(self, modified: bool) -> None:
        pass

    def setBatchmode(self, batch: bool) -> None:
        pass

    def close(self) -> bool:
        Krita.instance().images.remove(self._image)
        return True


class Action:
    """A menu entry, for the document that the artist looks at."""

    def __init__(self, name: str) -> None:
        assert name in (UNDO, REDO, ISOLATE), name
        self._name = name
        self._checked = False

    def text(self) -> str:
        document = Krita.instance().activeDocument()
        past = [] if document is None else document._image.past
        return "Undo " + (past[-1][0] if past else "")

    def isChecked(self) -> bool:
        return self._checked

    def trigger(self) -> None:
        image = Krita.instance().activeDocument()._image
        if self._name == ISOLATE:
            self._checked = not self._checked
        else:
            image.undo() if self._name == UNDO else image.redo()


class Icon:
    def isNull(self) -> bool:
        return False


class View:
    def __init__(self, document: Document) -> None:
        self._document = document

    def document(self) -> Document:
        return self._document

    def showFloatingMessage(self, message: str, icon: Icon, timeout: int, priority: int) -> None:
        assert message
        assert 0 <= priority <= 2


class Window:
    def qwindow(self) -> object:
        return self

    def addView(self, document: Document) -> View:
        document._image.has_view = True
        return View(document)

    def activeView(self) -> View | None:
        document = Krita.instance().activeDocument()
        return None if document is None else View(document)


class Krita:
    """The application."""

    _instance: Krita | None = None

    def __init__(self) -> None:
        self.images: list[Image] = []
        self._actions: dict[str, Action] = {}

    @classmethod
    def instance(cls) -> Krita:
        cls._instance = cls._instance or Krita()
        return cls._instance

    def version(self) -> str:
        return "5.1.5"

    def getAppDataLocation(self) -> str:
        return "krita"

    def icon(self, name: str) -> Icon:
        return Icon()

    def action(self, name: str) -> Action:
        return self._actions.setdefault(name, Action(name))

    def documents(self) -> list[Document]:
        return [Document(image) for image in self.images]

    def activeDocument(self) -> Document | None:
        shown = [image for image in self.images if image.has_view]
        return Document(shown[-1]) if shown else None

    def activeWindow(self) -> Window:
        return Window()

    def createDocument(
        self, width: int, height: int, name: str, model: str, depth: str, profile: str, dpi: float
    ) -> Document:
        self.images.append(Image(width, height, name, Space(model, depth, profile)))
        return Document(self.images[-1])
