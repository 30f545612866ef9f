"""What a person at the terminal sees of the work: bars there, plain lines in a pipe or log.

Progress and trouble go to standard error, results to standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from engine import Progress


class Lines:
    """A line for each stage of the picture at work, and one for each result.

    Args:
        results: where results are told; None tells them nowhere.
    """

    def __init__(self, results: TextIO | None) -> None:
        self._results = results

    @contextmanager
    def picture(self, name: str) -> Iterator[Progress]:
        """Show a picture while it is worked on; what comes back is told of its progress."""
        last = ""

        def progress(stage: str, fraction: float) -> None:
            nonlocal last
            if stage != last:
                last = stage
                _write(sys.stderr, f"{name}: {stage}")

        yield progress

    def tell(self, result: object) -> None:
        """Something came of it."""
        if self._results is not None:
            _write(self._results, str(result))

    def complain(self, failure: object) -> None:
        """Something came to nothing; this is never left out."""
        _write(sys.stderr, str(failure))


class Bars(Lines):
    """A bar for the picture at work, gone when it is done, in place of its lines."""

    @contextmanager
    def picture(self, name: str) -> Iterator[Progress]:
        form = "{bar:30} {percentage:3.0f}%  {remaining} left  {desc}"
        bar = tqdm(total=1.0, bar_format=form, leave=False, file=sys.stderr)
        # A warning stands above the bar, and stays when that is gone.
        with bar, logging_redirect_tqdm():

            def progress(stage: str, fraction: float) -> None:
                bar.set_description_str(f"{name}: {stage}", refresh=False)
                bar.update(fraction - bar.n)

            yield progress


class Quiet(Lines):
    """No progress."""

    @contextmanager
    def picture(self, name: str) -> Iterator[Progress]:
        yield lambda stage, fraction: None


def display(quiet: bool, json: bool) -> Lines:
    """The display that fits the options and what standard error is."""
    results = None if quiet or json else sys.stdout
    if quiet:
        return Quiet(results)
    return Bars(results) if sys.stderr.isatty() else Lines(results)


def _write(stream: TextIO, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()
