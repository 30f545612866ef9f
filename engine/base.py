"""The one interface behind which every method of decomposition stands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np

from engine.attendance import Progress, attend
from engine.errors import UnsupportedImage, UnsupportedOption
from engine.layers import COMPOSITIONS, DEFAULT_COMPOSITION, LayerStack, Proposal, Rgba
from engine.options import Option, Options, OptionValue, complete
from engine.reconcile import reconcile

RECONCILE_SHARE = 0.2
"""The part of a job's progress that the exact restacking takes."""


def silent(stage: str, fraction: float) -> None:
    """A progress function for callers that do not care."""


class Engine(ABC):
    """Decomposes a picture into four layers.

    An engine implements `propose`; `decompose`, the same for all, makes the proposal exact.
    """

    name: ClassVar[str]
    options: ClassVar[tuple[Option, ...]] = ()
    """What an artist can choose, in the order to show it"""

    def __init__(self, **chosen: OptionValue) -> None:
        """Make an engine that decomposes with these values of its options, unless told otherwise.

        Raises:
            UnsupportedOption: it has no such option, or the option no such value.
        """
        self.defaults = complete(self.options, chosen)
        """A value for each option: what a job does not choose otherwise"""

    def check_ready(self) -> None:
        """Raise unless it can work now.

        Asked whenever a client connects, so it looks and does not load.

        Raises:
            EngineError: it lacks something, or has it damaged; one sentence says what to do.
        """
        return

    def outlook(self) -> str:
        """What it would take of this computer for a picture now, in some words; empty for little.

        May take seconds, so it is not asked whenever a client connects.

        Raises:
            EngineError: it could not work now, with what is free; one sentence says what to do.
        """
        return ""

    def unload(self) -> None:
        """Give back what it keeps between jobs, such as weights; a later job loads it again."""
        return

    @abstractmethod
    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        """Say what the layers are.

        Args:
            rgba: (H, W, 4) uint8 or uint16, straight alpha, 1x1 and up; not to be changed.
            options: a valid value for each of the engine's options.
            progress: to be called often, as a job that nobody waits for any more ends there.

        Returns:
            Four pictures of the same shape and dtype; see `Proposal`.
        """

    def decompose(
        self,
        rgba: Rgba,
        composition: str = DEFAULT_COMPOSITION,
        progress: Progress | None = None,
        options: Mapping[str, object] | None = None,
        inspect: Callable[[Proposal], None] | None = None,
    ) -> LayerStack:
        """Decompose a picture into four layers that give it back exactly.

        Args:
            rgba: (H, W, 4) uint8 or uint16, straight alpha, in the document's colour numbers.
            composition: a name of `COMPOSITIONS`.
            progress: see `Progress`; called in this thread, at least every quarter of a second.
            options: name -> value, of those of the engine's `options` that are to differ from what
                it was made with.
            inspect: gets the proposal as the engine made it, before it is made exact; not to be
                changed, nor kept, as its arrays become the layers. Called in another thread.

        Raises:
            UnsupportedImage: the array is not such a picture.
            UnsupportedOption: there is no such composition or option, or the option no such value.
            ReconstructionError: the layers do not give the picture back.
            Cancelled: `progress` raised it.
        """
        check_picture(rgba)
        if composition not in COMPOSITIONS:
            raise UnsupportedOption(
                f"There is no composition {composition!r}; choose one of {', '.join(COMPOSITIONS)}."
            )
        values = complete(self.options, options or {}, otherwise=self.defaults)

        def work(report: Progress) -> LayerStack:
            share = 1 - RECONCILE_SHARE
            proposal = self.propose(rgba, values, lambda stage, done: report(stage, done * share))
            if inspect is not None:
                inspect(proposal)
            return reconcile(
                proposal,
                rgba,
                composition,
                self.name,
                lambda done: report("restacking", share + done * RECONCILE_SHARE),
            )

        return attend(work, progress or silent)


def check_picture(rgba: Rgba) -> None:
    """Raise `UnsupportedImage` unless `rgba` is (H, W, 4) uint8 or uint16 with pixels in it."""
    if rgba.ndim != 3 or rgba.shape[2] != 4 or 0 in rgba.shape:
        raise UnsupportedImage(
            f"A picture must be height x width x 4 (RGBA), not {' x '.join(map(str, rgba.shape))}."
        )
    if rgba.dtype not in (np.uint8, np.uint16):
        raise UnsupportedImage(
            f"A picture must have 8 or 16 bits a channel, not {rgba.dtype}; convert it first."
        )
