"""What the canvas promises of hiding the originals: what was decomposed, and nothing else."""

from desk import (
    BLUE,
    CATCH_UP_SECONDS,
    CLEAR,
    HALF_GREEN,
    RED,
    check,
    equal,
    names,
    plain_stack,
    seen,
    select,
    shown,
    top,
)
from layer_bridge import canvas

SENTENCE = (
    "The layers that were decomposed are hidden. Undo does not show them again; "
    "click on their eyes in the layer list."
)


def place(scope="document", placement="top", replace=False, meanwhile=lambda: None):
    """Decompose what is active, as half green, and hide the originals."""
    yield
    handle = canvas.active_document()
    picture = handle.read(scope, replace)
    meanwhile()
    layers = [
        layer._replace(
            width=picture.width, height=picture.height, pixels=bytes(layer.pixels[:size])
        )
        for layer in plain_stack(HALF_GREEN)
        for size in [picture.width * picture.height * 4]
    ]
    notice = handle.place(layers, picture, "Layers: sketch", placement, replace, True)
    yield CATCH_UP_SECONDS
    return notice


@check
def hidden_originals_leave_the_group_alone(desk):
    document = desk.open(RED, BLUE, HALF_GREEN)
    before = yield from desk.undo_text()
    equal((yield from place()), SENTENCE)
    equal(shown(document), ["Layers: sketch"])
    equal(seen(document), HALF_GREEN)
    yield from desk.undo()
    equal((names(document), shown(document)), (["0", "1", "2"], []))
    equal((yield from desk.undo_text()), before)


@check
def what_was_hidden_or_new_is_not_an_original(desk):
    document = desk.open(RED, BLUE)
    document.rootNode().childNodes()[0].setVisible(False)

    def paint():
        document.rootNode().addChildNode(desk.layer(document, "new", CLEAR), None)

    equal((yield from place(meanwhile=paint)), SENTENCE)
    equal(shown(document), ["new", "Layers: sketch"])
    equal(names(document), ["0", "1", "new", "Layers: sketch"])


@check
def of_one_layer_only_that_is_hidden(desk):
    document = desk.open(RED, BLUE, CLEAR)
    yield from desk.activate(document, document.rootNode().childNodes()[1])
    equal((yield from place(scope="layer")), SENTENCE)
    equal(shown(document), ["0", "2", "Layers: sketch"])
    equal(seen(document), (100, 143, 5, 255))


@check
def of_a_selection_nothing_is_hidden(desk):
    document = desk.make(RED)
    yield from select(document, (2, 1, 4, 3, 255))
    handle = canvas.CanvasDocument(document)
    picture = handle.read("selection")
    layers = [plain_stack(RED)[0]._replace(width=0, height=0, pixels=b"")]
    equal(handle.place(layers, picture, "Layers", "top", hide_originals=True), None)
    assert {"0", "Layers"} <= set(shown(document)), shown(document)


@check
def a_group_around_the_new_layers_stays(desk):
    document = desk.open(BLUE)
    group = document.createGroupLayer("figure")
    for name in ("a", "b"):
        group.addChildNode(desk.layer(document, name, RED), None)
    document.rootNode().addChildNode(group, None)
    document.refreshProjection()
    yield from desk.activate(document, top(document).childNodes()[0])
    equal((yield from place(placement="above_active")), SENTENCE)
    equal(shown(document), ["figure"])
    inside = top(document).childNodes()
    equal([node.visible() for node in inside], [False, True, False])
    equal(seen(document), HALF_GREEN)


@check
def a_new_document_hides_nothing(desk):
    document = desk.open(RED, name="first")
    equal((yield from place(placement="new_document")), None)
    equal(shown(document), ["0"])


@check
def replacing_hides_once(desk):
    document = desk.open(BLUE)
    equal((yield from place()), SENTENCE)
    equal((yield from place(replace=True)), None)
    equal((names(document), shown(document)), (["0", "Layers: sketch"], ["Layers: sketch"]))
    equal(seen(document), HALF_GREEN)
