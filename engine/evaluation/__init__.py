"""Judges decompositions: against the art's own layers, and side by side."""

from engine.evaluation.agreement import Scores
from engine.evaluation.cases import Case, Truth, find_cases
from engine.evaluation.recomposition import score_proposal
from engine.evaluation.scoring import MEASURES, Measure, mean, score

__all__ = [
    "MEASURES",
    "Case",
    "Measure",
    "Scores",
    "Truth",
    "find_cases",
    "mean",
    "score",
    "score_proposal",
]
