"""The artist's desk for the canvas's checks: documents, their layers, undo, what they show.

Pictures are small: a `Desk` opens documents whose layers are filled with one colour. Nothing here
needs pytest or numpy, which a real Krita lacks.
"""

from array import array

from krita import Krita, Selection
from layer_bridge import canvas

SRGB = "sRGB-elle-V2-srgbtrc.icc"
LINEAR = "sRGB-elle-V2-g10.icc"
WIDTH, HEIGHT = 8, 6
RED, BLUE, HALF_GREEN = (200, 30, 10, 255), (10, 40, 220, 255), (0, 255, 0, 128)
CLEAR = (0, 0, 0, 0)
CATCH_UP_SECONDS = 0.35
"""After a placing or an eye: how long the canvas and Krita may need to put the window in order.

Krita 5.1 crashes where a document is closed before its layer list knows of a changed eye.
"""
CHECKS = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


def rows(color, width=WIDTH, height=HEIGHT, depth=8):
    """R G B A rows of one colour, given in 8 bits."""
    channels = bytes(color) if depth == 8 else array("H", [257 * c for c in color]).tobytes()
    return channels * (width * height)


def to_krita(raw, depth=8):
    """R G B A rows as Krita keeps them: B G R A."""
    values = array("B" if depth == 8 else "H", raw)
    values[0::4], values[2::4] = values[2::4], values[0::4]
    return values.tobytes()


class Desk:
    """The artist's desk: opens documents, looks at them, closes them all."""

    def __init__(self):
        self.krita = Krita.instance()

    def open(self, *colors, **kind):
        """Make a document and show it in a view."""
        document = self.make(*colors, **kind)
        self.krita.activeWindow().addView(document)
        return document

    def make(self, *colors, name="sketch", model="RGBA", depth="U8", profile=SRGB):
        """A document with one full layer for each colour, "0" at the bottom; CLEAR: left empty.

        Colours are four numbers, or the raw bytes of one pixel in the document's own space. It has
        no view, because making one takes Krita long.
        """
        document = self.krita.createDocument(WIDTH, HEIGHT, name, model, depth, profile, 72.0)
        layers = [self.layer(document, str(number), color) for number, color in enumerate(colors)]
        document.rootNode().setChildNodes(layers)
        document.refreshProjection()
        document.waitForDone()
        return document

    def layer(self, document, name, color):
        node = document.createNode(name, "paintlayer")
        if color is not CLEAR:
            raw = color * (WIDTH * HEIGHT) if isinstance(color, bytes) else to_krita(rows(color))
            node.setPixelData(raw, 0, 0, WIDTH, HEIGHT)
        return node

    def group(self, document, name, *colors):
        """Put a group on top, with one full layer for each colour, "a" at the bottom."""
        group = document.createGroupLayer(name)
        for letter, color in zip("abc", colors):  # noqa: B905 - the shorter one counts
            group.addChildNode(self.layer(document, letter, color), None)
        document.rootNode().addChildNode(group, None)
        document.refreshProjection()
        return top(document)

    def activate(self, document, node):
        """Click on a layer in the layer list."""
        yield
        document.setActiveNode(node)
        yield

    def undo_text(self):
        yield
        return self.krita.action("edit_undo").text()

    def undo(self):
        yield from self._trigger("edit_undo")

    def redo(self):
        yield from self._trigger("edit_redo")

    def _trigger(self, action):
        yield
        self.krita.action(action).trigger()
        self.krita.activeDocument().waitForDone()
        yield

    def close_all(self):
        for document in self.krita.documents():
            document.setBatchmode(True)
            document.setModified(False)
            document.close()


def names(document):
    return [node.name() for node in document.rootNode().childNodes()]


def shown(document):
    """The names of the visible layers, bottom first."""
    return [node.name() for node in document.rootNode().childNodes() if node.visible()]


def top(document):
    return document.rootNode().childNodes()[-1]


def repaint(document, node, color):
    """Fill a layer with another colour."""
    node.setPixelData(to_krita(rows(color)), 0, 0, WIDTH, HEIGHT)
    document.refreshProjection()


def seen(document, x=0, y=0):
    """What the document shows at one place: R, G, B, A (RGBA in 8 bits)."""
    document.waitForDone()
    blue, green, red, alpha = bytes(document.rootNode().projectionPixelData(x, y, 1, 1))
    return red, green, blue, alpha


def stack(*colors, modes=("normal", "multiply", "lighten", "normal"), depth=8):
    """Four full layers of a result, bottom first."""
    roles = ("flat_color", "shadow", "highlight", "line_art")
    return [
        canvas.PlacedLayer(
            role, role.replace("_", " ").title(), mode, 0, 0, WIDTH, HEIGHT,
            rows(color, depth=depth),
        )
        for role, mode, color in zip(roles, modes, colors, strict=True)
    ]  # fmt: skip


def plain_stack(color, depth=8):
    """Four layers that together show one colour."""
    return stack(color, CLEAR, CLEAR, CLEAR, depth=depth)


def refusal(function, *arguments):
    """The sentence with which a call refuses."""
    try:
        function(*arguments)
    except canvas.Refusal as error:
        return str(error)
    raise AssertionError("it did not refuse")


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def select(document, *boxes):
    """Select boxes, in a document without a view.

    Krita draws the marching ants in a view a little later, and crashes if it is gone by then.
    """
    selection = Selection()
    for box in boxes:
        selection.select(*box)
    document.setSelection(selection)
    yield


def place(color=RED, placement="top", replace=False, title="Layers: sketch"):
    """Read the active document and place four plain layers into it."""
    yield
    handle = canvas.active_document()
    picture = handle.read("document", replace)
    notice = handle.place(plain_stack(color), picture, title, placement, replace)
    yield CATCH_UP_SECONDS
    return notice
