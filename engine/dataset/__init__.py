"""Datasets for training: five-tuples of a picture and its four layers, out of layered files."""

from engine.dataset.build import Dataset, Outcome, build
from engine.dataset.index import Index, LeftOutEntry, SampleEntry, read_index
from engine.dataset.roles import RoleTable, read_roles
from engine.dataset.sample import Sample, read_sample
from engine.dataset.separation import Separation
from engine.dataset.shrinking import Fit
from engine.dataset.sources import Source, find_sources

__all__ = [
    "Dataset",
    "Fit",
    "Index",
    "LeftOutEntry",
    "Outcome",
    "RoleTable",
    "Sample",
    "SampleEntry",
    "Separation",
    "Source",
    "build",
    "find_sources",
    "read_index",
    "read_roles",
    "read_sample",
]
