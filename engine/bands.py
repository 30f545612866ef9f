"""Work on a large picture by bands of rows, on all cores, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Result = TypeVar("Result")
Report = Callable[[float], None]
"""Called with the fraction done, 0 to 1; what it raises ends the work."""

BAND_PIXELS = 1 << 16
"""Pixels in a band: small enough that its float32 temporaries stay in the cache's reach."""

AT_ONCE = 12_000_000
"""Pixels of the bands that are worked on at once: many cores must not take all memory."""


def bands(height: int, width: int, least_rows: int = 1) -> Iterator[slice]:
    """Yield slices of rows that cover `height`, each of about `BAND_PIXELS` pixels.

    Where bands need their neighbours' rows too, `least_rows` keeps them from being all overlap.
    """
    rows = max(least_rows, BAND_PIXELS // max(width, 1))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def with_halo(rows: slice, height: int, halo: int) -> tuple[slice, slice]:
    """The rows with `halo` more on either side, and where the rows lie in them."""
    top = max(rows.start - halo, 0)
    outer = slice(top, min(rows.stop + halo, height))
    return outer, slice(rows.start - top, rows.stop - top)


def map_bands(
    work: Callable[[slice], Result],
    height: int,
    width: int,
    progress: Report | None = None,
    least_rows: int = 1,
) -> list[Result]:
    """Run `work` on every band and return its results in the order of the rows.

    `progress` gets the fraction done, from 0 to 1, in the calling thread; what it raises ends the
    work: bands not yet begun are dropped.
    """
    slices = list(bands(height, width, least_rows))
    most = max(1, AT_ONCE // ((slices[0].stop - slices[0].start) * width))
    with ThreadPoolExecutor(max_workers=min(most, os.cpu_count() or 1)) as pool:
        futures = [pool.submit(work, rows) for rows in slices]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                if progress is not None:
                    progress(done / len(slices))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]
