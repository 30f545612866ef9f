"""What the canvas promises, as checks that run against the fake host and in a real Krita alike.

Nothing here needs pytest or numpy, which a real Krita lacks. A check may be a generator: at each
`yield` Krita gets back to its event loop and does what it put off (it delivers the news of its own
changes there only, not in a nested loop). Pictures are small: a `Desk` opens documents whose
layers are filled with one colour.
"""

import traceback
from array import array

from krita import Krita, Selection
from layer_bridge import canvas

SRGB = "sRGB-elle-V2-srgbtrc.icc"
LINEAR = "sRGB-elle-V2-g10.icc"
WIDTH, HEIGHT = 8, 6
RED, BLUE, HALF_GREEN = (200, 30, 10, 255), (10, 40, 220, 255), (0, 255, 0, 128)
CLEAR = (0, 0, 0, 0)
CATCH_UP_SECONDS = 0.12
"""After a placing: how long the canvas and Krita may need to put the window in order."""
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


def top(document):
    return document.rootNode().childNodes()[-1]


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


# Handles


@check
def no_document_is_active_without_one(desk):
    equal(canvas.active_document(), None)
    equal(canvas.open_documents(), [])


@check
def handles_of_a_document_are_equal(desk):
    first, second = desk.open(RED, name="first"), desk.open(BLUE, name="second")
    opened = canvas.open_documents()
    equal([document.title for document in opened], ["first", "second"])
    equal(canvas.active_document(), opened[1])
    assert opened[0] != opened[1]
    equal(len({*opened, *canvas.open_documents()}), 2)
    equal(first.name(), "first")
    equal(second.name(), "second")


@check
def a_closed_document_refuses(desk):
    document = desk.make(RED, name="gone")
    handle = canvas.CanvasDocument(document)
    assert handle.is_open()
    picture = handle.read("document")
    document.setModified(False)
    document.close()
    assert not handle.is_open()
    sentence = "“gone” is not open any more; open it and decompose it again."
    equal(refusal(handle.read, "document"), sentence)
    equal(refusal(handle.place, plain_stack(RED), picture, "Layers: gone", "top"), sentence)


# Reading


@check
def the_merged_picture_is_read(desk):
    document = desk.make(RED, BLUE, HALF_GREEN)
    document.rootNode().childNodes()[1].setVisible(False)
    document.refreshProjection()
    picture = canvas.CanvasDocument(document).read("document")
    equal(picture[:3], (WIDTH, HEIGHT, 8))
    equal(picture[4:], (0, 0, None, (WIDTH, HEIGHT), SRGB))
    equal(bytes(picture.pixels), rows((100, 143, 5, 255)))


@check
def transparency_is_read_straight(desk):
    document = desk.make(HALF_GREEN)
    equal(bytes(canvas.CanvasDocument(document).read("document").pixels), rows(HALF_GREEN))


@check
def isolation_does_not_change_what_is_read(desk):
    document = desk.open(RED, HALF_GREEN)
    yield from desk.activate(document, top(document))
    action = desk.krita.action("isolate_active_layer")
    action.trigger()
    yield
    assert action.isChecked()
    read = bytes(canvas.active_document().read("document").pixels)
    action.trigger()
    yield
    equal(read, rows((100, 143, 5, 255)))


@check
def sixteen_bits_stay_sixteen_bits(desk):
    pixel = array("H", [1000, 30001, 65535, 65535]).tobytes()
    document = desk.make(pixel, depth="U16")
    picture = canvas.CanvasDocument(document).read("document")
    equal(picture.depth, 16)
    equal(bytes(picture.pixels[:8]), array("H", [65535, 30001, 1000, 65535]).tobytes())


@check
def grayscale_is_read_as_rgb(desk):
    document = desk.make(bytes([77, 200]), model="GRAYA", profile="Gray-D50-elle-V2-srgbtrc.icc")
    picture = canvas.CanvasDocument(document).read("document")
    equal((picture.depth, picture.profile), (8, SRGB))
    equal(bytes(picture.pixels), rows((77, 77, 77, 200)))


@check
def linear_light_is_read_as_srgb(desk):
    pixel = array("H", [0x8000, 0x8000, 0x8000, 0xFFFF]).tobytes()
    document = desk.make(pixel, depth="U16", profile=LINEAR)
    picture = canvas.CanvasDocument(document).read("document")
    equal((picture.depth, picture.profile), (16, SRGB))
    found = array("H", bytes(picture.pixels[:8]))
    assert abs(found[0] - 48192) < 65, found
    equal(found[3], 65535)


@check
def floats_are_read_in_sixteen_bits(desk):
    document = desk.make(array("f", [7, 0.5, 0, 1]).tobytes(), depth="F32", profile=SRGB)
    picture = canvas.CanvasDocument(document).read("document")
    equal((picture.depth, picture.profile), (16, SRGB))
    found = array("H", bytes(picture.pixels[:8]))
    assert max(abs(a - b) for a, b in zip(found, (65535, 32768, 0, 65535), strict=True)) < 65, found
    equal(picture.notice, "What is brighter than white in “sketch” is white in its layers.")


@check
def numbers_of_other_rgb_profiles_are_kept(desk):
    document = desk.make((200, 30, 10, 255), profile="ClayRGB-elle-V2-g22.icc")
    picture = canvas.CanvasDocument(document).read("document")
    equal((picture.depth, picture.profile), (8, "ClayRGB-elle-V2-g22.icc"))
    equal(bytes(picture.pixels), rows(RED))


@check
def an_empty_picture_refuses(desk):
    document = desk.make(RED, name="blank")
    top(document).setVisible(False)
    document.refreshProjection()
    equal(
        refusal(canvas.CanvasDocument(document).read, "document"),
        "“blank” shows nothing; paint something or make a layer visible.",
    )


@check
def the_active_layer_is_read_alone(desk):
    document = desk.open(RED, HALF_GREEN, BLUE)
    yield from desk.activate(document, document.rootNode().childNodes()[1])
    picture = canvas.active_document().read("layer")
    equal(bytes(picture.pixels), rows(HALF_GREEN))
    equal(picture.canvas, (WIDTH, HEIGHT))


@check
def an_active_group_is_read_with_its_layers(desk):
    document = desk.open(BLUE)
    group = document.createGroupLayer("figure")
    group.addChildNode(desk.layer(document, "a", RED), None)
    group.addChildNode(desk.layer(document, "b", HALF_GREEN), None)
    document.rootNode().addChildNode(group, None)
    document.refreshProjection()
    yield from desk.activate(document, top(document))
    picture = canvas.active_document().read("layer")
    equal(bytes(picture.pixels), rows((100, 143, 5, 255)))


@check
def an_active_mask_stands_for_its_layer(desk):
    document = desk.open(RED, BLUE)
    mask = document.createNode("mask", "transparencymask")
    document.rootNode().childNodes()[0].addChildNode(mask, None)
    yield from desk.activate(document, document.rootNode().childNodes()[0].childNodes()[0])
    equal(document.activeNode().name(), "mask")
    equal(bytes(canvas.active_document().read("layer").pixels), rows(RED))


@check
def an_empty_layer_refuses(desk):
    document = desk.open(RED, CLEAR)
    yield from desk.activate(document, top(document))
    equal(
        refusal(canvas.active_document().read, "layer"),
        "The layer “1” is empty; choose one that has something on it.",
    )


def select(document, *boxes):
    """Select boxes, in a document without a view.

    Krita draws the marching ants in a view a little later, and crashes if it is gone by then.
    """
    selection = Selection()
    for box in boxes:
        selection.select(*box)
    document.setSelection(selection)
    yield


@check
def a_selection_is_read_as_its_box(desk):
    document = desk.make(RED)
    yield from select(document, (2, 1, 4, 3, 255))
    picture = canvas.CanvasDocument(document).read("selection")
    equal(picture[:3], (4, 3, 8))
    equal(picture[4:], (2, 1, None, (WIDTH, HEIGHT), SRGB))
    equal(bytes(picture.pixels), rows(RED, 4, 3))


@check
def a_selection_is_cut_at_the_canvas(desk):
    document = desk.make(RED)
    yield from select(document, (-3, 4, 6, 20, 255))
    picture = canvas.CanvasDocument(document).read("selection")
    equal((picture.x, picture.y, picture.width, picture.height), (0, 4, 3, 2))


@check
def partly_selected_is_partly_transparent(desk):
    for depth, full in (("U8", 255), ("U16", 65535)):
        code = "B" if depth == "U8" else "H"
        pixel = array(code, [full // 5, full // 3, full, full]).tobytes()
        document = desk.make(pixel, depth=depth)
        yield from select(document, (0, 0, 4, 2, 255), (1, 0, 1, 2, 100), (2, 0, 1, 2, 0))
        picture = canvas.CanvasDocument(document).read("selection")
        found = array(code, bytes(picture.pixels))
        equal(found[3::4].tolist(), [full, full // 255 * 100, 0, full] * 2)
        equal(found[0::4].tolist()[:2], [full, full])
        equal(found[2::4].tolist()[:2], [full // 5, full // 5])


@check
def no_selection_refuses(desk):
    document = desk.make(RED, name="plain")
    equal(
        refusal(canvas.CanvasDocument(document).read, "selection"),
        "Nothing is selected in “plain”; select a part of the picture.",
    )


@check
def a_selection_of_nothing_refuses(desk):
    document = desk.make(RED, name="plain")
    yield from select(document, (WIDTH + 2, 0, 3, 3, 255))
    equal(
        refusal(canvas.CanvasDocument(document).read, "selection"),
        "The selection lies outside the canvas of “plain”; move it in.",
    )


# Placing


def place(color=RED, placement="top", replace=False, title="Layers: sketch"):
    """Read the active document and place four plain layers into it."""
    yield
    handle = canvas.active_document()
    picture = handle.read("document")
    notice = handle.place(plain_stack(color), picture, title, placement, replace)
    yield CATCH_UP_SECONDS
    return notice


@check
def layers_come_as_one_group_in_one_undo_step(desk):
    document = desk.open(RED, BLUE)
    before = yield from desk.undo_text()
    equal((yield from place(HALF_GREEN)), None)
    equal(names(document), ["0", "1", "Layers: sketch"])
    group = top(document)
    equal((group.type(), group.blendingMode(), group.opacity()), ("grouplayer", "normal", 255))
    layers = group.childNodes()
    equal([x.name() for x in layers], ["Flat Color", "Shadow", "Highlight", "Line Art"])
    equal([x.blendingMode() for x in layers], ["normal", "multiply", "lighten", "normal"])
    equal(seen(document), (5, 148, 110, 255))
    yield from desk.undo()
    equal(names(document), ["0", "1"])
    equal((yield from desk.undo_text()), before)
    equal(seen(document), BLUE)
    yield from desk.redo()
    equal(names(document), ["0", "1", "Layers: sketch"])
    equal(seen(document), (5, 148, 110, 255))


@check
def the_active_layer_and_visibility_stay(desk):
    document = desk.open(RED, BLUE, HALF_GREEN)
    document.rootNode().childNodes()[1].setVisible(False)
    for number in (0, 1, 2):
        yield from desk.activate(document, document.rootNode().childNodes()[number])
        yield from place()
        yield
        equal(document.activeNode().name(), str(number))
    nodes = document.rootNode().childNodes()[:3]
    equal([node.visible() for node in nodes], [True, False, True])


@check
def layers_go_above_the_active_layer(desk):
    document = desk.open(RED, BLUE)
    yield from desk.activate(document, document.rootNode().childNodes()[0])
    yield from place(placement="above_active")
    equal(names(document), ["0", "Layers: sketch", "1"])


@check
def layers_go_above_the_active_layer_in_its_group(desk):
    document = desk.open(BLUE)
    group = document.createGroupLayer("figure")
    for name in ("a", "b"):
        group.addChildNode(desk.layer(document, name, RED), None)
    document.rootNode().addChildNode(group, None)
    document.refreshProjection()
    yield from desk.activate(document, top(document).childNodes()[0])
    yield from place(placement="above_active")
    equal([x.name() for x in top(document).childNodes()], ["a", "Layers: sketch", "b"])


@check
def layers_go_above_the_layer_of_an_active_mask(desk):
    document = desk.open(RED, BLUE)
    mask = document.createNode("mask", "transparencymask")
    document.rootNode().childNodes()[0].addChildNode(mask, None)
    yield from desk.activate(document, document.rootNode().childNodes()[0].childNodes()[0])
    yield from place(placement="above_active")
    equal(names(document), ["0", "Layers: sketch", "1"])


@check
def a_background_document_gets_its_layers(desk):
    back = desk.open(RED, name="back")
    handle = canvas.active_document()
    picture = handle.read("document")
    front = desk.open(BLUE, BLUE, name="front")
    yield from desk.activate(front, front.rootNode().childNodes()[0])
    handle.place(plain_stack(HALF_GREEN), picture, "Layers: back", "top")
    yield
    equal(names(back), ["0", "Layers: back"])
    equal(seen(back), (100, 143, 5, 255))
    equal(names(front), ["0", "1"])
    equal(front.activeNode().name(), "0")
    assert desk.krita.activeDocument() == front


@check
def every_blend_mode_keeps_its_formula(desk):
    expected = {
        "normal": 60, "multiply": 24, "screen": 136, "lighten": 100, "darken": 60,
        "linear-dodge": 160,
    }  # fmt: skip
    for mode, value in expected.items():
        document = desk.make((0, 0, 0, 255))
        handle = canvas.CanvasDocument(document)
        gray, other = (100, 100, 100, 255), (60, 60, 60, 255)
        layers = stack(gray, other, CLEAR, CLEAR, modes=("normal", mode, "normal", "normal"))
        handle.place(layers, handle.read("document"), "Layers: modes", "top")
        equal(seen(document)[0], value)


@check
def an_unknown_blend_mode_refuses(desk):
    document = desk.make(RED)
    handle = canvas.CanvasDocument(document)
    layers = stack(RED, RED, RED, RED, modes=("normal", "linear_dodge", "normal", "normal"))
    sentence = refusal(handle.place, layers, handle.read("document"), "Layers", "top")
    assert sentence.startswith("This plugin does not know the blend mode “linear_dodge”"), sentence
    equal(names(document), ["0"])


@check
def boxes_land_where_they_belong(desk):
    document = desk.make(RED)
    yield from select(document, (2, 1, 4, 3, 255))
    handle = canvas.CanvasDocument(document)
    picture = handle.read("selection")
    layers = [
        canvas.PlacedLayer("flat_color", "Flat Color", "normal", 1, 1, 2, 1, rows(BLUE, 2, 1)),
        canvas.PlacedLayer("shadow", "Shadow", "multiply", 0, 0, 0, 0, b""),
    ]
    handle.place(layers, picture, "Layers", "top")
    where = [(x, y) for y in range(HEIGHT) for x in range(WIDTH) if seen(document, x, y) == BLUE]
    equal(where, [(3, 2), (4, 2)])
    equal([node.name() for node in top(document).childNodes()], ["Flat Color", "Shadow"])


@check
def sixteen_bit_layers_keep_their_numbers(desk):
    document = desk.make(array("H", [5, 5, 5, 65535]).tobytes(), depth="U16")
    handle = canvas.CanvasDocument(document)
    layers = plain_stack(RED, depth=16)
    pixel = array("H", [1001, 2002, 30003, 65535]).tobytes()
    layers[0] = layers[0]._replace(pixels=pixel * (WIDTH * HEIGHT))
    equal(handle.place(layers, handle.read("document"), "Layers", "top"), None)
    flat = top(document).childNodes()[0]
    equal((flat.colorModel(), flat.colorDepth(), flat.colorProfile()), ("RGBA", "U16", SRGB))
    found = array("H", bytes(flat.pixelData(0, 0, 1, 1))).tolist()
    equal(found, [30003, 2002, 1001, 65535])


@check
def layers_in_other_rgb_profiles_keep_their_numbers(desk):
    profile = "ClayRGB-elle-V2-g22.icc"
    document = desk.make(BLUE, profile=profile)
    handle = canvas.CanvasDocument(document)
    equal(handle.place(plain_stack(RED), handle.read("document"), "Layers", "top"), None)
    equal(top(document).childNodes()[0].colorProfile(), profile)
    equal(seen(document), RED)


@check
def linear_documents_get_converted_layers_and_a_notice(desk):
    document = desk.make(array("H", [9, 9, 9, 65535]).tobytes(), depth="U16", profile=LINEAR)
    handle = canvas.CanvasDocument(document)
    layers = plain_stack((188, 188, 188, 255), depth=16)
    notice = handle.place(layers, handle.read("document"), "Layers", "top")
    assert "blends in linear light" in notice, notice
    flat = top(document).childNodes()[0]
    equal(flat.colorProfile(), LINEAR)
    found = array("H", bytes(flat.pixelData(0, 0, 1, 1)))
    assert abs(found[0] - 32950) < 130, found


@check
def grayscale_gets_a_new_document(desk):
    profile = "Gray-D50-elle-V2-srgbtrc.icc"
    document = desk.open(bytes([77, 255]), model="GRAYA", profile=profile, name="pencil")
    handle = canvas.active_document()
    notice = handle.place(plain_stack(RED), handle.read("document"), "Layers: pencil", "top")
    assert "new document" in notice, notice
    equal(names(document), ["0"])
    yield
    opened = desk.krita.activeDocument()
    equal((opened.name(), opened.colorModel()), ("Layers: pencil", "RGBA"))
    equal(names(opened), ["Layers: pencil"])
    equal(seen(opened), RED)


@check
def a_new_document_can_be_asked_for(desk):
    document = desk.make(RED)
    handle = canvas.CanvasDocument(document)
    yield from select(document, (2, 1, 4, 3, 255))
    picture = handle.read("selection")
    document.setModified(False)
    document.close()
    layers = [
        canvas.PlacedLayer("flat_color", "Flat Color", "normal", 1, 1, 2, 1, rows(BLUE, 2, 1))
    ]
    equal(handle.place(layers, picture, "Layers: sketch", "new_document"), None)
    yield
    opened = desk.krita.activeDocument()
    equal((opened.width(), opened.height()), (4, 3))
    equal(seen(opened, 1, 1), BLUE)
    equal(seen(opened, 0, 0)[3], 0)
    equal(names(opened), ["Layers: sketch"])
    equal((yield from desk.undo_text()).strip(), "Undo")


@check
def a_resized_document_refuses(desk):
    document = desk.make(RED, name="resized")
    handle = canvas.CanvasDocument(document)
    picture = handle.read("document")
    document.resizeImage(0, 0, WIDTH + 3, HEIGHT)
    document.waitForDone()
    sentence = refusal(handle.place, plain_stack(RED), picture, "Layers: resized", "top")
    assert sentence.startswith("“resized” changed its size meanwhile;"), sentence
    equal(names(document), ["0"])


# Replacing


@check
def replacing_the_last_group_is_one_undo_step(desk):
    document = desk.open(BLUE)
    before = yield from desk.undo_text()
    yield from place(RED)
    equal((yield from place(HALF_GREEN, replace=True, title="Layers: again")), None)
    equal(names(document), ["0", "Layers: again"])
    equal(seen(document), (5, 148, 110, 255))
    equal((yield from place(RED, replace=True, title="Layers: third")), None)
    equal(names(document), ["0", "Layers: third"])
    yield from desk.undo()
    equal(names(document), ["0"])
    equal((yield from desk.undo_text()), before)
    equal(seen(document), BLUE)


@check
def replacing_keeps_the_place_of_the_old_group(desk):
    document = desk.open(RED, BLUE)
    yield from desk.activate(document, document.rootNode().childNodes()[0])
    yield from place(placement="above_active")
    yield from desk.activate(document, document.rootNode().childNodes()[2])
    yield from place(placement="top", replace=True)
    equal(names(document), ["0", "Layers: sketch", "1"])
    equal(document.activeNode().name(), "1")


@check
def replacing_never_touches_later_work(desk):
    document = desk.open(BLUE)
    yield from place(RED)
    document.rootNode().addChildNode(document.createNode("mine", "paintlayer"), None)
    notice = yield from place(HALF_GREEN, replace=True, title="Layers: again")
    assert "two undo steps" in notice, notice
    equal(names(document), ["0", "Layers: again", "mine"])
    yield from desk.undo()
    equal(names(document), ["0", "Layers: sketch", "Layers: again", "mine"])
    yield from desk.undo()
    equal(names(document), ["0", "Layers: sketch", "mine"])


@check
def replacing_without_a_last_group_just_places(desk):
    document = desk.open(BLUE)
    equal((yield from place(RED, replace=True)), None)
    equal(names(document), ["0", "Layers: sketch"])
    yield from desk.undo()
    equal((yield from place(RED, replace=True)), None)
    equal(names(document), ["0", "Layers: sketch"])


@check
def replacing_is_by_document(desk):
    first = desk.open(RED, name="first")
    yield from place(RED)
    second = desk.open(BLUE, name="second")
    yield from place(RED, replace=True)
    equal(names(first), ["0", "Layers: sketch"])
    equal(names(second), ["0", "Layers: sketch"])


# The rest


@check
def the_host_says_what_it_is(desk):
    assert canvas.krita_version()[0] in "56", canvas.krita_version()
    assert canvas.app_data_folder()
    assert canvas.main_window() is not None
    assert not canvas.icon("document-open").isNull()


@check
def a_message_is_shown_only_over_a_canvas(desk):
    canvas.show_message("Nobody sees this.")
    desk.open(RED)
    canvas.show_message("Four layers.")


def run(only=None):
    """Run the checks, as a generator; what each failed with, or None."""
    faults = {}
    for name, function in CHECKS.items():
        if only not in (None, name):
            continue
        desk = Desk()
        faults[name] = None
        try:
            steps = function(desk)
            if steps is not None:
                yield from steps
        except Exception:
            faults[name] = traceback.format_exc()
        desk.close_all()
        yield
    return faults
