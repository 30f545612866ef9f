"""A starter set: characters that our own illustrator draws, straight to samples."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dataset.build import Attend, Dataset, Outcome, entry_of
from engine.dataset.index import Entry
from engine.dataset.sample import Sample
from engine.dataset.separation import Likeness
from engine.illustration import draw_character
from engine.layers import LayerRole

MADE_FROM = "drawn 1"
"""Changes when the illustrator draws otherwise."""


def draw(count: int, seed: int, dataset: Dataset, attend: Attend) -> Iterator[Outcome]:
    """Draw samples of the seeds from `seed` on; those that are there are left alone.

    Raises:
        CannotWrite: the dataset cannot be written to.
        Occupied: another build is at work in it.
    """
    with dataset.alone():
        for one in range(seed, seed + count):
            yield _take(one, dataset, attend)


def _take(seed: int, dataset: Dataset, attend: Attend) -> Outcome:
    source_file = f"drawn/{seed:05d}"
    there = dataset.holds(source_file, MADE_FROM)
    if there is not None:
        return Outcome(there, was_there=True)
    with attend(source_file) as progress:
        progress("drawing", 0.0)
        drawn = draw_character(dataset.index.width, dataset.index.height, seed)
    sample = Sample.of({role: getattr(drawn.layers, role) for role in LayerRole})
    about = Entry(source_file=source_file, made_from=MADE_FROM)
    entry = entry_of(dataset.name_for(source_file), about, sample, Likeness(values=1))
    dataset.add(sample, entry)
    return Outcome(entry)
