"""Engines for tests of what stands around an engine: quick, slow, broken."""

import sys
import time
from typing import ClassVar

import numpy as np

from engine import Engine, Options, Progress, Proposal, Rgba, WeightsMissing
from tests.bridge.fakes import ChoosingEngine


def everything_flat(rgba: Rgba) -> Proposal:
    """The picture is its own flat color; nothing is found in it."""
    nothing = np.zeros_like(rgba)
    return Proposal(rgba, nothing, nothing, nothing)


class QuickEngine(Engine):
    name = "quick"

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        progress("finding nothing", 0.5)
        return everything_flat(rgba)


class ChoosyEngine(QuickEngine):
    """Remembers what it was told to do, picture by picture."""

    name = "choosy"
    options = ChoosingEngine.options
    told: ClassVar[list[Options]] = []

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        self.told.append(options)
        return super().propose(rgba, options, progress)


class SlowEngine(Engine):
    """Works until it is stopped, ten minutes at most."""

    name = "slow"

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        for step in range(60_000):
            progress("thinking", step / 60_000)
            time.sleep(0.01)
        return everything_flat(rgba)


class BrokenEngine(Engine):
    name = "broken"

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        return everything_flat(rgba["colour"])


class ForgetfulEngine(QuickEngine):
    """Says aloud when it gives back what it keeps."""

    name = "forgetful"

    def unload(self) -> None:
        sys.stdout.write("given back\n")
        sys.stdout.flush()


class UnreadyEngine(QuickEngine):
    """Lacks something, until a test gives it."""

    name = "unready"
    lacking: ClassVar[str] = "Its weights are missing; fetch them."

    @classmethod
    def check_ready(cls) -> None:
        if cls.lacking:
            raise WeightsMissing(cls.lacking)
