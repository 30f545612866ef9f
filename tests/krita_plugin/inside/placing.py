"""What the canvas promises of placing layers."""

from array import array

from desk import (
    BLUE,
    CLEAR,
    HALF_GREEN,
    HEIGHT,
    LINEAR,
    RED,
    SRGB,
    WIDTH,
    check,
    equal,
    names,
    place,
    plain_stack,
    refusal,
    rows,
    seen,
    select,
    stack,
    top,
)
from layer_bridge import canvas


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
def linear_documents_get_a_new_document(desk):
    pixel = array("H", [9, 9, 9, 65535]).tobytes()
    document = desk.open(pixel, depth="U16", profile=LINEAR, name="render")
    handle = canvas.active_document()
    layers = stack((188, 188, 188, 255), (100, 100, 100, 128), CLEAR, CLEAR, depth=16)
    notice = handle.place(layers, handle.read("document"), "Layers: render", "top", True)
    assert notice.startswith("“render” blends in linear light"), notice
    equal(names(document), ["0"])
    yield
    opened = desk.krita.activeDocument()
    equal((opened.name(), top(opened).colorDepth()), ("Layers: render", "U16"))
    equal((top(opened).colorProfile(), names(opened)), (SRGB, ["Layers: render"]))
    found = array("H", bytes(opened.rootNode().projectionPixelData(0, 0, 1, 1)))
    multiplied = 188 * (1 - 128 / 255) + 188 * 100 / 255 * 128 / 255
    assert abs(found[0] / 257 - multiplied) < 0.1, found


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
