"""Kinship: what joins segments into regions, and what keeps them apart."""

import numpy as np
import pytest

import engine
from engine.builtin.bases import find_candidates, find_glows
from engine.builtin.borders import find_borders
from engine.builtin.evidence import Evidence, find_customs, find_evidence, find_likeness
from engine.builtin.flats import shrink, without_noise
from engine.builtin.judge import judge_of
from engine.builtin.kinship import contract, graph, is_shaded, likely
from engine.builtin.light import NO_VOTE, Vote, highlight_vote, shadow_vote
from engine.builtin.line_art import find_lines
from engine.builtin.regions import Segments, find_segments, find_tones
from engine.builtin.rivals import UNEXPLAINED, rival_features
from engine.builtin.settings import OPTIONS, Settings
from engine.illustration import draw_character
from engine.options import complete


def grouped(size, edges, least=0):
    pairs = np.array([edge[:2] for edge in edges], np.int64).reshape(-1, 2)
    odds = np.array([edge[2] for edge in edges], np.float64)
    return contract(size, pairs, odds, least).tolist()


def plan_of(rgba):
    lines = find_lines(rgba, lambda _: None)
    under, solid, ink = shrink(rgba, lines)
    line, clear = ink > 0, without_noise(under)
    tones = find_tones(clear, solid & ~line, Settings.of(complete(OPTIONS, {})))
    segments = find_segments(tones)
    return tones, segments, find_borders(clear, segments, solid, line)


class TestContraction:
    def test_what_speaks_for_kinship_joins(self):
        assert len(set(grouped(3, [(0, 1, 1.0), (1, 2, 2.0)]))) == 1

    def test_what_speaks_against_it_parts(self):
        assert len(set(grouped(2, [(0, 1, -0.1)]))) == 2

    def test_a_leak_does_not_join_what_is_surely_apart(self):
        one, leak, other = grouped(3, [(0, 1, 3.0), (1, 2, 1.0), (0, 2, -5.0)])
        assert one == leak != other

    def test_two_weak_words_outweigh_one_against(self):
        assert len(set(grouped(3, [(0, 1, 4.0), (0, 2, 1.0), (1, 2, -0.5)]))) == 1

    def test_nothing_joins_the_background(self):
        ends = grouped(3, [(0, 1, 9.0), (0, 2, -np.inf), (1, 2, 9.0)])
        assert ends[0] != ends[2]

    def test_a_weak_word_is_not_enough_where_more_is_asked_for(self):
        assert len(set(grouped(2, [(0, 1, 3.9)], least=4))) == 2
        assert len(set(grouped(2, [(0, 1, 4.1)], least=4))) == 1

    def test_without_edges_each_is_its_own(self):
        assert grouped(3, []) == [0, 1, 2]


class TestLight:
    COLOURS = np.array([[250, 230, 220], [125, 115, 110], [100, 200, 100], [50, 100, 50],
                        [90, 90, 240], [45, 45, 120]], np.float64)  # fmt: skip

    def meetings(self):
        hard = np.zeros((6, 6), np.int64)
        for light in (0, 2, 4):
            hard[light, light + 1] = hard[light + 1, light] = 100
        return hard

    def test_the_shadows_of_a_picture_agree(self):
        vote = shadow_vote(self.COLOURS, self.meetings())
        assert vote.carried
        assert vote.factor == pytest.approx([0.5] * 3, abs=0.01)

    def test_highlights_are_shadows_upside_down(self):
        vote = highlight_vote(255 - self.COLOURS, self.meetings())
        assert vote.carried
        assert vote.factor == pytest.approx([0.5] * 3, abs=0.01)

    def test_one_pair_is_no_majority(self):
        hard = np.zeros((6, 6), np.int64)
        hard[0, 1] = hard[1, 0] = 100
        assert not shadow_vote(self.COLOURS, hard).carried

    def test_where_nothing_meets_there_is_no_vote(self):
        assert not shadow_vote(self.COLOURS, np.zeros((6, 6), np.int64)).carried


class TestRivals:
    """Hair, its shadow at half brightness, and a scarf that is nearly that and has its own."""

    COLOURS = np.array([[154, 209, 154], [77, 104, 77], [62, 89, 62], [31, 45, 31]], np.float64)
    HALF = Vote(np.full(3, 0.5), 1.0, 3)

    def doubts(self, lit, shade):
        met = 20 * (1 - np.eye(4, dtype=np.int64))
        return rival_features(np.array([[lit, shade]]), met, self.COLOURS, self.HALF)[0]

    def test_a_shade_to_within_rounding_is_hardly_doubted(self):
        assert self.doubts(0, 1)[0] < 1 < 3 < self.doubts(0, 2)[0]

    def test_a_rival_that_explains_the_shade_better_is_told(self):
        assert self.doubts(0, 3)[1] < 1 < self.doubts(2, 3)[1]

    def test_a_tone_with_a_shade_of_its_own_is_told(self):
        assert self.doubts(0, 2)[3] < 1 < self.doubts(0, 1)[3]

    def test_without_a_vote_nothing_is_explained(self):
        told = rival_features(np.array([[0, 1]]), np.ones((4, 4), int), self.COLOURS, NO_VOTE)
        assert (told == UNEXPLAINED).all()


def test_leaning_speaks_for_kinship():
    tones, segments, borders = plan_of(draw_character(200, 200, seed=1).source)
    customs = find_customs(tones, segments, borders)
    evidence = find_evidence(tones, segments, borders, customs)
    likeness = find_likeness(tones, segments, customs)
    _, usual = graph(segments, borders, evidence, likeness)
    _, leaning = graph(segments, borders, evidence, likeness, 2)
    meeting = slice(len(evidence.pairs))
    assert (leaning[meeting] >= usual[meeting]).all()
    assert (leaning[meeting] > usual[meeting]).any()


@pytest.mark.parametrize(
    ("fading", "outline", "flattest"), [(0.3, 0.0, 0.6), (1.0, 0.3, 0.6), (1.0, 0.0, 1.0)]
)
def test_a_glow_fades_into_a_fill_that_has_the_outline(fading, outline, flattest):
    glow, fill = [0.5, 1.0, 0.0, 0.4, 0.6], [0.5, 1.0, 0.95, 0.6, 1.0]
    other = [0.5, fading, outline, 0.4, flattest]
    assert find_glows(np.array([0, 0, 3, 3]), np.array([glow, fill, other, fill])).tolist() == [
        True, False, False, False,
    ]  # fmt: skip


def test_a_gradient_has_its_tone_in_few_places_and_a_fill_everywhere():
    rgba = np.full((120, 240, 4), 255, np.uint8)
    rgba[:, :120, :3] = (200, 60, 60)
    rgba[:, 120:, 1] = np.linspace(90, 102, 120).astype(np.uint8)
    _, segments, _ = plan_of(rgba)
    share = segments.plateaus / segments.areas
    assert share.max() == 1
    assert share.min() < 0.5


def test_one_region_that_looks_shaded_is_no_shaded_picture():
    segments = Segments(
        np.zeros((1, 1), np.int32),
        np.array([0, 1, 2, 3]),
        np.full(4, 100),
        np.full(4, 100),
        np.zeros(4, bool),
    )
    assert not is_shaded(np.array([0, 0, 2, 3]), segments)
    assert is_shaded(np.array([0, 0, 2, 2]), segments)


def test_a_lit_region_in_many_pieces_says_no_more_than_in_one():
    mean = judge_of("likeness").mean
    features = np.random.default_rng(1).normal(mean, judge_of("likeness").scale, (500, len(mean)))
    kin = features[judge_of("likeness")(features).argmax()].astype(np.float32)

    def said(pieces):
        segments = Segments(
            np.zeros((1, 1), np.int32),
            np.array([0] * pieces + [1]),
            np.array([100] * pieces + [10]),
            np.array([100] * pieces + [10]),
            np.zeros(pieces + 1, bool),
        )
        pairs = np.stack([np.arange(pieces), np.full(pieces, pieces)], axis=1)
        one = np.ones(pieces)
        return likely(Evidence(pairs, np.tile(kin, (pieces, 1)), 4 * one, 0 * one), segments).sum()

    assert said(1) == pytest.approx(4)
    assert said(10) == pytest.approx(4)


@pytest.mark.parametrize("question", ["kinship", "likeness", "base"])
def test_a_judge_stays_calm_before_what_it_never_saw(question):
    judge = judge_of(question)
    wild = np.full((2, len(judge.mean)), 1e6, np.float32)
    assert np.isfinite(judge(wild)).all()
    assert judge(wild[:0]).shape == (0,)


def test_the_judges_were_trained_on_what_they_are_told():
    tones, segments, borders = plan_of(draw_character(200, 200, seed=1).source)
    customs = find_customs(tones, segments, borders)
    told = {
        "kinship": find_evidence(tones, segments, borders, customs).features,
        "likeness": find_likeness(tones, segments, customs).features,
        "base": find_candidates(
            np.arange(len(segments.tones)), tones, segments, borders, customs
        ).features,
    }
    for question, features in told.items():
        assert features.shape[1] == judge_of(question).mean.size
        assert np.isfinite(features).all()


@pytest.mark.parametrize(("tones", "shaded"), [("automatic", False), ("few", True)])
def test_whoever_says_that_a_picture_is_shaded_is_believed(tones, shaded):
    rgba = np.full((160, 160, 4), 255, np.uint8)
    rgba[20:140, 20:140, :3] = (250, 230, 220)
    rgba[60:100, 30:130, :3] = (212, 196, 187)
    options = complete(OPTIONS, {"tones": tones})
    layers = engine.load("builtin").propose(rgba, options, lambda stage, done: None)
    assert (layers.shadow[80, 80, 3] > 0) == shaded
