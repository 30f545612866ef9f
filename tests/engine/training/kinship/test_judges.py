"""The training of the judges: on a few drawn characters it must learn something, and save it."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from engine.builtin.borders import Borders
from engine.builtin.judge import read_judge
from engine.builtin.regions import Segments
from engine.illustration import draw_character
from engine.training.kinship.examples import Examples, find_examples, stray
from engine.training.kinship.judges import QUESTIONS, Question, Schedule, specimen, train


@pytest.fixture(scope="module")
def characters() -> list[tuple[Examples, ...]]:
    drawn = [draw_character(360, 360, seed=seed) for seed in range(4)]
    return [find_examples(one.source, one.layers.flat_color) for one in drawn]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_judge_learns_what_it_is_shown(
    question: Question, characters: list[tuple[Examples, ...]], tmp_path: Path
) -> None:
    parts = [one[QUESTIONS.index(question)] for one in characters]
    assert question.name in train(question, parts, tmp_path, Schedule(steps=120))
    with (tmp_path / f"{question.name}.npz").open("rb") as file:
        odds = read_judge(file)(np.concatenate([part.features for part in parts]))
    answers = np.concatenate([part.answers for part in parts]) > 0
    assert odds[answers].mean() > odds[~answers].mean() + 1


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_weights_are_of_the_steps_that_come_before_the_judges(question: Question) -> None:
    """If this fails, a step tells the judges something else than in training: train again."""
    with files("engine.builtin").joinpath(f"{question.name}.npz").open("rb") as file:
        stored = np.load(file)
        apart = np.abs(specimen(question) - stored["specimen"]) / stored["scale"]
    assert apart.max() < 0.1


def test_each_group_has_one_true_base(characters: list[tuple[Examples, ...]]) -> None:
    for _, _, bases in characters:
        groups = np.unique(bases.groups, return_inverse=True)[1]
        assert (np.bincount(groups, bases.answers) == 1).all()
        assert (np.bincount(groups) > 1).all()


def test_strays_are_small_and_join_a_neighbour() -> None:
    groups = np.array([0, 1, 2, 2, 4])
    areas = np.array([900, 20, 300, 700, 600])
    segments = Segments(np.zeros((1, 1), np.int32), groups, areas, areas, np.zeros(5, bool))
    pairs = np.array([[0, 1], [0, 4], [2, 4]])
    long = np.full(3, 40)
    strayed = stray(groups, segments, Borders(pairs, long, long, long))
    assert strayed[1] in (0, 1)
    assert strayed[[0, 2, 3, 4]].tolist() == [0, 2, 2, 4]


def test_the_same_flat_color_is_kin_and_others_are_not(
    characters: list[tuple[Examples, ...]],
) -> None:
    kinship, likeness, _ = characters[0]
    for asked in (kinship, likeness):
        assert 0 < asked.answers.mean() < 1
        assert len(asked.features) == len(asked.answers) == len(asked.weights)
