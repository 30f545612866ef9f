"""Datasets built as the tests need them."""

from contextlib import contextmanager

from engine.dataset import Dataset, Fit, Separation, build, find_sources, read_index, read_roles

SIZE = (60, 90)


@contextmanager
def attend(name):
    yield lambda stage, fraction: None


def built(sources, folder, **how):
    """What became of each file, by its name in the dataset."""
    separation = Separation(read_roles(), Fit(*SIZE), **how)
    dataset = Dataset(folder, *SIZE)
    outcomes = build(find_sources([sources]), dataset, separation, attend)
    return {outcome.entry.source_file: outcome for outcome in outcomes}


def stamps(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")}


def made(dataset_folder):
    """The name and source file of each sample."""
    return {one.name: one.source_file for one in read_index(dataset_folder).samples}
