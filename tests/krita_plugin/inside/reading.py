"""What the canvas promises of reading a document, a layer or a selection."""

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
    refusal,
    rows,
    select,
    top,
)
from layer_bridge import canvas


@check
def the_merged_picture_is_read(desk):
    document = desk.make(RED, BLUE, HALF_GREEN)
    document.rootNode().childNodes()[1].setVisible(False)
    document.refreshProjection()
    picture = canvas.CanvasDocument(document).read("document")
    equal(picture[:3], (WIDTH, HEIGHT, 8))
    equal(picture[4:9], (0, 0, None, (WIDTH, HEIGHT), SRGB))
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


@check
def a_selection_is_read_as_its_box(desk):
    document = desk.make(RED)
    yield from select(document, (2, 1, 4, 3, 255))
    picture = canvas.CanvasDocument(document).read("selection")
    equal(picture[:3], (4, 3, 8))
    equal(picture[4:], (2, 1, None, (WIDTH, HEIGHT), SRGB, ()))
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
