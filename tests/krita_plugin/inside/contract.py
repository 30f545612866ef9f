"""What the canvas promises, as checks that run against the fake host and in a real Krita alike.

A check may be a generator: at each `yield` Krita gets back to its event loop and does what it put
off (it delivers the news of its own changes there only, not in a nested loop).
"""

import traceback

import hiding
import placing
import reading
import replacing
from desk import BLUE, CHECKS, RED, Desk, check, equal, plain_stack, refusal
from layer_bridge import canvas

__all__ = ["CHECKS", "hiding", "placing", "reading", "replacing", "run"]


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
