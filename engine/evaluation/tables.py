"""Scores as files and text: CSV for a spreadsheet, JSON for scripts, lines for a terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.evaluation.agreement import Scores
from engine.evaluation.recomposition import FIGURES, LIFTED, RAW
from engine.evaluation.scoring import MEASURES, mean
from engine.options import Options

FORMAT, VERSION = "layer-bridge/scores", 1
MEAN = "MEAN"
UNKNOWN = "-"
AT_THE_PICTURES_SIZE = ", lifted"
"""Behind the name of an engine whose model has a size of its own."""


@dataclass
class Evaluation:
    """The scores of engines on the same cases."""

    composition: str
    made_by: str = ""
    """The program and its version."""
    options: Mapping[str, Options | None] = field(default_factory=dict)
    """By engine: the value of each of its options; None where the layers were found before."""
    scores: dict[str, dict[str, Scores]] = field(default_factory=dict)
    """By engine and case."""
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By case: the picture's width and height."""

    @property
    def means(self) -> dict[str, Scores]:
        """By engine, over the cases that all engines have."""
        shared = self.shared_cases
        return {name: mean(rows[case] for case in shared) for name, rows in self.scores.items()}

    @property
    def shared_cases(self) -> list[str]:
        """The cases for which every engine has scores, in order."""
        first, *others = self.scores.values() or [{}]
        return [case for case in first if all(case in rows for rows in others)]

    @property
    def recomposition(self) -> dict[str, Scores]:
        """The paper's tables 1 and 2: psnr, ssim, lmse and mse by row."""
        return {
            name + suffix: {figure: means[f"{kind}_{figure}"] for figure in FIGURES}
            for name, means in self.means.items()
            for kind, suffix in ((RAW, ""), (LIFTED, AT_THE_PICTURES_SIZE))
            if means[f"{kind}_psnr"] is not None
        }

    def as_json(self) -> dict[str, Any]:
        """Plain values only: {"engines": {NAME: {"options": {...}, "cases": {NAME: {...}}}}}."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "made_by": self.made_by,
            "composition": self.composition,
            "measures": {name: asdict(measure) for name, measure in MEASURES.items()},
            "sizes": self.sizes,
            "mean_over": self.shared_cases,
            "recomposition": self.recomposition,
            "engines": {
                name: {
                    "options": self.options.get(name),
                    "mean": means,
                    "cases": self.scores[name],
                }
                for name, means in self.means.items()
            },
        }

    def as_csv(self) -> str:
        """A line for each engine and case, and one for each engine's means."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["engine", "case", *MEASURES])
        for name, case, scores in self._rows():
            writer.writerow(
                [name, case, *("" if scores[key] is None else scores[key] for key in MEASURES)]
            )
        return out.getvalue()

    def as_markdown(self) -> str:
        """The table of the raw recomposition."""
        measures = [MEASURES[f"{RAW}_{figure}"] for figure in FIGURES]
        titles = [f"{one.title} {'↑' if one.more_is_better else '↓'}" for one in measures]
        lines = [("", *titles), ("---",) * (1 + len(titles))]
        for name, scores in self.recomposition.items():
            values = zip(scores.values(), measures, strict=True)
            shown = (_shown(value, measure.digits) for value, measure in values)
            lines.append((name.replace("|", "\\|"), *shown))
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"Raw recomposition over white, mean of {len(self.shared_cases)}:\n\n{table}\n"

    def as_text(self) -> str:
        """The means of every engine, a column each."""
        rows = [("", *self.scores)]
        for key, measure in MEASURES.items():
            values = [means[key] for means in self.means.values()]
            if any(value is not None for value in values):
                title = f"{measure.group}, {measure.title}"
                rows.append((title, *(_shown(value, measure.digits) for value in values)))
        return "\n".join(_aligned(rows))

    def _rows(self) -> Iterator[tuple[str, str, Scores]]:
        for name, cases in self.scores.items():
            yield from ((name, case, scores) for case, scores in cases.items())
        yield from ((name, MEAN, means) for name, means in self.means.items())


def _shown(value: float | None, digits: int) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells])
