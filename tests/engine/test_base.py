"""What every engine does before and after it proposes."""

import threading

import numpy as np
import pytest

import engine
from engine import Cancelled, Engine, Progress, Proposal, UnsupportedImage, UnsupportedOption


class FlatEngine(Engine):
    """Says that everything is flat color."""

    name = "flat"

    def propose(self, rgba: engine.Rgba, options: engine.Options, progress: Progress) -> Proposal:
        for step in range(5):
            progress("thinking", step / 4)
        return Proposal(rgba, *(np.zeros_like(rgba) for _ in range(3)))


@pytest.fixture
def picture() -> engine.Rgba:
    return np.random.default_rng(0).integers(0, 256, (50, 40, 4)).astype(np.uint8)


def test_the_layers_give_the_picture_back(picture):
    stack = FlatEngine().decompose(picture)
    assert (stack.engine, stack.composition) == ("flat", "production")
    assert engine.difference(engine.composite(stack), picture).max() == 0


def test_the_picture_is_not_changed(picture):
    before = picture.copy()
    FlatEngine().decompose(picture)
    assert np.array_equal(picture, before)


def test_progress_grows_from_0_to_1_and_names_its_stages(picture):
    seen: list[tuple[str, float]] = []
    FlatEngine().decompose(picture, progress=lambda stage, done: seen.append((stage, done)))
    fractions = [done for _, done in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert list(dict.fromkeys(stage for stage, _ in seen)) == ["starting", "thinking", "restacking"]


@pytest.mark.parametrize("stage", ["starting", "thinking", "restacking"])
def test_cancel_at_any_stage(picture, stage):
    def stop(at: str, done: float) -> None:
        if at == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        FlatEngine().decompose(picture, progress=stop)


class SlowEngine(FlatEngine):
    """Takes a step that is over only when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = threading.Event()
        self.cancelled = threading.Event()

    def propose(self, rgba: engine.Rgba, options: engine.Options, progress: Progress) -> Proposal:
        progress("thinking", 0.5)
        self.may_end.wait(30)
        try:
            return super().propose(rgba, options, progress)
        except Cancelled:
            self.cancelled.set()
            raise


def test_progress_is_told_again_and_again_while_a_step_takes_long(picture):
    slow, told = SlowEngine(), []

    def hear(stage: str, done: float) -> None:
        told.append((stage, done))
        if told.count(("thinking", 0.4)) == 3:
            slow.may_end.set()

    slow.decompose(picture, progress=hear)
    assert told[-1] == ("restacking", 1.0)


def test_a_job_is_left_in_the_middle_of_a_step_which_then_ends(picture):
    slow, told = SlowEngine(), []

    def stop(stage: str, done: float) -> None:
        told.append(stage)
        if len(told) == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        slow.decompose(picture, progress=stop)
    assert not slow.cancelled.is_set()
    slow.may_end.set()
    assert slow.cancelled.wait(10)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4, 3), np.uint8),
        np.zeros((0, 4, 4), np.uint8),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.float32),
    ],
    ids=["rgb", "empty", "gray", "float"],
)
def test_what_is_no_picture_is_refused_in_a_sentence(picture):
    with pytest.raises(UnsupportedImage, match=r"must .*\.$"):
        FlatEngine().decompose(picture)


def test_an_unknown_composition_is_refused_with_the_known_ones(picture):
    with pytest.raises(UnsupportedOption, match="production, screen, glow, normal"):
        FlatEngine().decompose(picture, composition="neon")


def test_an_unknown_engine_is_refused_with_the_known_ones():
    with pytest.raises(UnsupportedOption, match="builtin"):
        engine.load("psychic")
