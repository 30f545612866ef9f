"""What the canvas promises of replacing the last group, and of reading as if it had never come."""

from desk import (
    BLUE,
    CATCH_UP_SECONDS,
    CLEAR,
    HALF_GREEN,
    RED,
    check,
    equal,
    names,
    place,
    plain_stack,
    refusal,
    repaint,
    seen,
    select,
    shown,
    top,
)
from layer_bridge import canvas

TWICE_HALF_GREEN = (0, 255, 0, 192)
GREEN_ON_RED = (100, 143, 5, 255)


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


# Reading what is to be replaced


def decompose(scope="document", placement="top", replace=True, hide=False):
    """Put what is read back as one layer that shows the same; the colour that was read."""
    yield
    handle = canvas.active_document()
    picture = handle.read(scope, replace)
    pixels = bytes(picture.pixels)
    layers = [plain_stack(CLEAR)[0]._replace(pixels=pixels)]
    handle.place(layers, picture, "Layers: sketch", placement, replace, hide)
    yield CATCH_UP_SECONDS
    return tuple(pixels[:4])


@check
def replacing_does_not_add_up(desk):
    document = desk.open(HALF_GREEN)
    for replace in (False, True, True, True):
        equal((yield from decompose(replace=replace)), HALF_GREEN)
    equal(shown(document), ["0", "Layers: sketch"])
    equal(seen(document), TWICE_HALF_GREEN)


@check
def replacing_sees_what_was_painted_below(desk):
    document = desk.open(RED)
    equal((yield from decompose(replace=False)), RED)
    repaint(document, document.rootNode().childNodes()[0], BLUE)
    equal(seen(document), RED)
    equal((yield from decompose()), BLUE)
    equal(seen(document), BLUE)


@check
def replacing_reads_the_hidden_originals(desk):
    document = desk.open(RED, HALF_GREEN)
    for replace in (False, True, True, True):
        equal((yield from decompose(replace=replace, hide=True)), GREEN_ON_RED)
        equal(shown(document), ["Layers: sketch"])
    equal(names(document), ["0", "1", "Layers: sketch"])


@check
def what_is_hidden_later_is_an_original_too(desk):
    document = desk.open(RED)
    yield from decompose(replace=False, hide=True)
    document.rootNode().addChildNode(desk.layer(document, "new", HALF_GREEN), None)
    document.refreshProjection()
    for _ in range(3):
        equal((yield from decompose(hide=True)), GREEN_ON_RED)
        equal(shown(document), ["Layers: sketch"])


@check
def hidden_originals_of_a_group_that_stays_are_not_read(desk):
    document = desk.open(RED)
    yield from decompose(replace=False, hide=True)
    repaint(document, document.rootNode().childNodes()[0], BLUE)
    for replace in (False, True):
        equal((yield from decompose(replace=replace)), RED)


@check
def originals_in_a_group_are_shown_and_hidden_again(desk):
    document = desk.open(BLUE)
    figure = desk.group(document, "figure", RED, HALF_GREEN)
    yield from desk.activate(document, figure.childNodes()[0])
    for replace in (False, True, True):
        read = yield from decompose(placement="above_active", replace=replace, hide=True)
        equal(read, GREEN_ON_RED)
        equal(shown(document), ["figure"])
        equal([node.visible() for node in top(document).childNodes()], [False, True, False])


@check
def reading_without_the_last_group_changes_nothing(desk):
    document = desk.open(RED, HALF_GREEN)
    yield from decompose(replace=False, hide=True)
    yield from desk.activate(document, top(document).childNodes()[0])
    document.rootNode().childNodes()[1].setVisible(True)
    document.refreshProjection()
    before = shown(document), seen(document), (yield from desk.undo_text())
    equal(bytes(canvas.active_document().read("document", True).pixels[:4]), bytes(GREEN_ON_RED))
    yield CATCH_UP_SECONDS
    equal((shown(document), seen(document), (yield from desk.undo_text())), before)
    equal(document.activeNode().name(), "Flat Color")


@check
def a_refusal_opens_and_shuts_all_eyes_again(desk):
    document = desk.open(RED, CLEAR, name="blank")
    yield from decompose(replace=False)
    document.rootNode().childNodes()[0].setVisible(False)
    document.refreshProjection()
    sentence = refusal(canvas.active_document().read, "document", True)
    equal(sentence, "“blank” shows nothing; paint something or make a layer visible.")
    yield CATCH_UP_SECONDS
    equal((shown(document), seen(document)), (["1", "Layers: sketch"], RED))


@check
def a_group_that_was_undone_is_not_missed(desk):
    document = desk.open(RED)
    yield from decompose(replace=False)
    yield from desk.undo()
    equal((yield from decompose()), RED)
    equal(names(document), ["0", "Layers: sketch"])


@check
def a_layer_is_read_without_the_last_group_in_it(desk):
    document = desk.open(BLUE)
    figure = desk.group(document, "figure", HALF_GREEN)
    yield from desk.activate(document, figure.childNodes()[0])
    read = yield from decompose("layer", "above_active", replace=False)
    equal(read, HALF_GREEN)
    yield from desk.activate(document, top(document))
    for _ in range(3):
        equal((yield from decompose("layer")), HALF_GREEN)
    equal([node.visible() for node in top(document).childNodes()], [True, True])


@check
def a_hidden_layer_is_read_again(desk):
    document = desk.open(RED, HALF_GREEN)
    yield from desk.activate(document, top(document))
    for replace in (False, True, True):
        equal((yield from decompose("layer", replace=replace, hide=True)), HALF_GREEN)
        equal(shown(document), ["0", "Layers: sketch"])


@check
def a_hidden_group_is_read_as_it_is_now(desk):
    document = desk.open(BLUE)
    figure = desk.group(document, "figure", HALF_GREEN)
    yield from desk.activate(document, figure)
    equal((yield from decompose("layer", replace=False, hide=True)), HALF_GREEN)
    repaint(document, figure.childNodes()[0], RED)
    equal((yield from decompose("layer", hide=True)), RED)
    equal(shown(document), ["0", "Layers: sketch"])


@check
def the_last_group_itself_is_read_where_it_is_the_active_layer(desk):
    document = desk.open(RED)
    yield from decompose(replace=False)
    repaint(document, document.rootNode().childNodes()[0], BLUE)
    yield from desk.activate(document, top(document))
    equal(bytes(canvas.active_document().read("layer", True).pixels[:4]), bytes(RED))
    yield CATCH_UP_SECONDS
    equal(shown(document), ["0", "Layers: sketch"])


@check
def a_selection_is_read_without_the_last_group(desk):
    document = desk.make(HALF_GREEN)
    handle = canvas.CanvasDocument(document)
    handle.place(plain_stack(HALF_GREEN), handle.read("document"), "Layers: sketch", "top")
    yield from select(document, (2, 1, 4, 3, 255))
    equal(bytes(handle.read("selection", True).pixels[:4]), bytes(HALF_GREEN))
    equal(bytes(handle.read("selection").pixels[:4]), bytes(TWICE_HALF_GREEN))


@check
def for_a_new_document_all_that_shows_is_read(desk):
    document = desk.open(HALF_GREEN)
    yield from decompose(replace=False)
    equal((yield from decompose(placement="new_document", replace=False)), TWICE_HALF_GREEN)
    equal(shown(document), ["0", "Layers: sketch"])
