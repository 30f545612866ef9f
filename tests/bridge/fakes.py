"""Engines that do as the tests say: the one seam where the bridge meets what is not real."""

import threading
import time
from collections.abc import Callable, Mapping

import numpy as np

from engine import (
    COMPOSITIONS,
    Choice,
    ChoiceOption,
    Engine,
    Layer,
    LayerRole,
    LayerStack,
    NumberOption,
    Options,
    Progress,
    Proposal,
    Reconstruction,
    Rgba,
    SwitchOption,
    UnsupportedImage,
)

RED, SHADE, WHITE, INK = (200, 40, 40), (100, 20, 20), (255, 255, 255), (0, 0, 0)
"""The colours of the vectors' pictures: flat, in shadow, highlight, line art."""
STAGE, FRACTION = "finding lines", 0.4


class SwatchEngine(Engine):
    """Knows the vectors' four colours by heart; `before` is called with the progress function."""

    name = "builtin"

    def __init__(self, before: Callable[[Progress], None] | None = None) -> None:
        super().__init__()
        self.before = before
        self.pictures: list[Rgba] = []
        self.chosen: list[dict[str, object]] = []
        """The options of each picture, as they came"""
        self.ended = threading.Event()
        """Set when a decomposition ended, in whatever way"""

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        raise AssertionError("decompose is all that this engine has")

    def decompose(
        self,
        rgba: Rgba,
        composition: str = "production",
        progress: Progress | None = None,
        options: Mapping[str, object] | None = None,
    ) -> LayerStack:
        self.pictures.append(rgba.copy())
        self.chosen.append(dict(options or {}))
        try:
            if self.before and progress:
                self.before(progress)
            return swatch_stack(rgba, composition)
        finally:
            self.ended.set()


class ChoosingEngine(SwatchEngine):
    """Has an option of each kind, those of the vectors, and makes nothing of them."""

    options = (
        NumberOption(
            name="pencil",
            title="Pencil",
            help="How thick a line may be.",
            default=0,
            least=0,
            most=64,
            unit="px",
            least_title="Automatic",
        ),
        NumberOption(
            name="grain",
            title="Grain",
            help="How rough the paper is.",
            default=0.5,
            least=0.0,
            most=1.0,
            step=0.25,
        ),
        ChoiceOption(
            name="paper",
            title="Paper",
            help="What is drawn on.",
            default="white",
            choices=(Choice("white", "White"), Choice("toned", "Toned paper")),
        ),
        SwitchOption(name="tidy", title="Tidy", help="No speckles."),
    )


def swatch_stack(rgba: Rgba, composition: str = "production") -> LayerStack:
    """The layers of a picture in the four colours; anything else is flat color as it is."""
    one = np.iinfo(rgba.dtype).max // 255
    layers = {role: np.zeros_like(rgba) for role in LayerRole}
    layers[LayerRole.FLAT_COLOR][:] = rgba
    for colour, role, paint in (
        (SHADE, LayerRole.SHADOW, (128, 128, 128, 255)),
        (WHITE, LayerRole.HIGHLIGHT, (255, 255, 255, 255)),
        (INK, LayerRole.LINE_ART, (0, 0, 0, 255)),
    ):
        where = (rgba == np.array([*colour, 255]) * one).all(axis=-1)
        layers[role][where] = np.array(paint) * one
        layers[LayerRole.FLAT_COLOR][where] = np.array([*RED, 255]) * one
    modes = COMPOSITIONS[composition]
    return LayerStack(
        tuple(Layer(role, modes[role], layers[role]) for role in LayerRole),
        composition,
        "builtin",
        Reconstruction(psnr_db=99.0, max_error=0.0),
    )


def at_work(progress: Progress) -> None:
    """Say how far it is, long enough for the message to go out."""
    progress(STAGE, FRACTION)
    time.sleep(0.05)


def until_cancelled(progress: Progress) -> None:
    """Work until the progress function says that it is enough."""
    for _ in range(1000):
        progress(STAGE, FRACTION)
        time.sleep(0.02)
    raise AssertionError("nobody cancelled")


def until(event: threading.Event) -> Callable[[Progress], None]:
    """Work until the event comes."""

    def work(progress: Progress) -> None:
        while not event.wait(0.02):
            progress(STAGE, FRACTION)

    return work


def refuse(progress: Progress) -> None:
    """Find out that the picture is none."""
    at_work(progress)
    raise UnsupportedImage("The picture shows nothing; draw something first.")


def divide_by_zero(progress: Progress) -> None:
    """Break in a way that nobody foresaw."""
    at_work(progress)
    raise ZeroDivisionError
