"""Judge engines on a folder of cases, and write a report to look through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.commands.finders import Finder
from bridge.commands.outputs import PICTURE_SUFFIXES
from bridge.commands.pieces import Piece, check_destination
from bridge.commands.terminal import Lines
from bridge.errors import Trouble, UserError, trouble
from engine import Cancelled, LayerStack
from engine.evaluation import MEASURES, Case, Scores, Truth, find_cases, score
from engine.evaluation.cases import COMPOSITE
from engine.evaluation.report import Report, is_report
from engine.files import FOLDER, Picture

HEADLINES = ("line_f1", "flat_exact", "shadow_iou", "highlight_iou", "raw_psnr", "seconds")
"""What is told of a picture as soon as it is scored."""


@dataclass(frozen=True)
class Failure:
    """What is missing in a report, and why."""

    case: str
    engine: str | None
    """None where the case itself cannot be used."""
    trouble: Trouble

    def __str__(self) -> str:
        where = self.case if self.engine is None else f"{self.case}, {self.engine}"
        return f"{where}: {self.trouble.sentence}"

    def as_json(self) -> dict[str, str | None]:
        """For `--json`: plain values only."""
        return {
            "case": self.case,
            "engine": self.engine,
            "code": self.trouble.code,
            "detail": self.trouble.sentence,
        }


@dataclass
class Evaluator:
    """Takes every case through every finder."""

    finders: Mapping[str, Finder]
    """By the name that the report gives them."""
    report: Report
    display: Lines
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False

    def run(self, cases: Sequence[Case]) -> int:
        """Evaluate, write the report, and return the exit code.

        A case that fails does not stop the rest; after an interrupt the report holds what is done.
        """
        self.report.begin()
        try:
            for case in cases:
                self._take(case)
        except (KeyboardInterrupt, Cancelled):
            self.interrupted = True
        self.report.finish([str(failure) for failure in self.failures])
        if self.interrupted:
            return 3
        return min((failure.trouble.exit_code for failure in self.failures), default=0)

    def as_json(self) -> dict[str, Any]:
        """For `--json`: the scores, where the report is, and what is missing in it."""
        return self.report.evaluation.as_json() | {
            "report": str(self.report.folder),
            "failures": [failure.as_json() for failure in self.failures],
            "interrupted": self.interrupted,
        }

    def _take(self, case: Case) -> None:
        try:
            picture, truth = case.read()
        except Exception as error:
            self._complain(case, None, error)
            return
        found = {}
        for name in self.finders:
            try:
                found[name] = self._score(case, name, picture, truth)
            except Cancelled:
                raise
            except Exception as error:
                self._complain(case, name, error)
            else:
                self.display.tell(f"{case.name}, {name}: {headline(found[name][1])}")
        if found:
            self.report.add(case, picture, truth, found)

    def _score(
        self, case: Case, name: str, picture: Picture, truth: Truth | None
    ) -> tuple[LayerStack, Scores]:
        place = self.report.folder / name / case.name
        check_destination(Piece(case.picture, place, FOLDER), force=False)
        with self.display.picture(f"{case.name}, {name}") as progress:
            found = self.finders[name].layers(case.name, picture.rgba, progress)
            progress("scoring", 1.0)
            scores = score(found.stack, picture.rgba, truth, found.seconds, found.raw)
            return found.stack, scores

    def _complain(self, case: Case, name: str | None, error: Exception) -> None:
        self.failures.append(Failure(case.name, name, trouble(error)))
        self.display.complain(self.failures[-1])


def headline(scores: Scores) -> str:
    """The scores that matter most, in a line."""
    told = [(MEASURES[name], scores[name]) for name in HEADLINES]
    return ", ".join(
        f"{measure.group} {measure.title} {value:.{measure.digits}f}"
        for measure, value in told
        if value is not None
    )


def plan_cases(folder: Path, out: Path) -> list[Case]:
    """The cases of a folder, if a report on them can be written to `out`.

    Raises:
        UserError: there are none, or the report would lose something.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}; name one that holds cases.")
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder for the report.")
    if out.resolve() in (folder.resolve(), *folder.resolve().parents):
        raise UserError(f"{folder} lies in {out}; name another folder for the report with -o.")
    if out.is_dir() and any(out.iterdir()) and not is_report(out):
        raise UserError(f"{out} holds other files; name a new folder for the report with -o.")
    cases = find_cases(folder, PICTURE_SUFFIXES)
    if not cases:
        raise UserError(
            f"There are no cases in {folder}; a case is a folder with a {COMPOSITE}, or a picture."
        )
    return cases
