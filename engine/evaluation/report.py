"""The folder of an evaluation: scores, layers, contact sheets, and a page to look through them.

index.html, page/       the page, which opens without a server
scores.json, scores.csv
recomposition.md        the paper's table: the layers before the exact restacking
sheets/CASE.png         true layers above those found
cases/CASE/             the picture and its true layers
ENGINE/CASE/            the layers found, as `decompose` writes them
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.evaluation.agreement import Scores
from engine.evaluation.cases import Case, Truth
from engine.evaluation.sheets import case_sheet
from engine.evaluation.tables import FORMAT, Evaluation
from engine.files import Picture, encode_png, write_stack
from engine.files.preview import thumbnail
from engine.layers import LayerRole, LayerStack

SCORES, TABLE, INDEX = "scores.json", "scores.csv", "index.html"
RECOMPOSITION = "recomposition.md"
CASES, SHEETS, PAGE = "cases", "sheets", "page"
RESERVED = frozenset({CASES, SHEETS, PAGE, INDEX, SCORES, TABLE, RECOMPOSITION})
"""Names that no engine's folder may have."""
STATIC = Path(__file__).with_name(PAGE)
DATA_GOES_HERE = "/* data */ null"

Found = Mapping[str, tuple[LayerStack, Scores]]
"""By engine: the layers of one case, and their scores."""


@dataclass
class Report:
    """A report that is being written."""

    folder: Path
    evaluation: Evaluation
    cases: list[dict[str, Any]] = field(default_factory=list)
    """What the page knows of each case."""

    def begin(self) -> None:
        """Make the folder, and mark it as a report.

        Raises:
            OSError: it cannot be written into.
        """
        for name in (CASES, SHEETS, PAGE):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._write_scores(())

    def add(self, case: Case, picture: Picture, truth: Truth | None, found: Found) -> None:
        """Write all pictures of a case, and take up its scores."""
        place = self.folder / CASES / case.name
        place.mkdir(exist_ok=True)
        _write_png(place / "source.png", picture)
        (place / "thumbnail.png").write_bytes(thumbnail(picture))
        painted = [] if truth is None else _write_truth(place, truth, picture)
        sheet = case_sheet(picture, truth, found)
        (self.folder / SHEETS / f"{case.name}.png").write_bytes(sheet)
        for name, (stack, scores) in found.items():
            write_stack(stack, picture, self.folder / name / case.name, case.name, "png")
            self.evaluation.scores.setdefault(name, {})[case.name] = scores
        height, width = picture.rgba.shape[:2]
        self.evaluation.sizes[case.name] = width, height
        self.cases.append(
            {
                "name": case.name,
                "width": width,
                "height": height,
                "truth": None if truth is None else painted,
                "found": {name: _modes(stack) for name, (stack, _) in found.items()},
            }
        )

    def finish(self, failures: Sequence[str]) -> None:
        """Write the scores and the page; `failures` are sentences on what is missing and why."""
        self._write_scores(failures)
        table = self.evaluation.as_csv().encode("utf-8", "backslashreplace")
        (self.folder / TABLE).write_bytes(table)
        markdown = self.evaluation.as_markdown()
        (self.folder / RECOMPOSITION).write_text(markdown, "utf-8", "backslashreplace")
        shutil.copytree(
            STATIC, self.folder / PAGE, dirs_exist_ok=True, ignore=shutil.ignore_patterns(INDEX)
        )
        data = self.evaluation.as_json() | {"pictures": self.cases, "failures": list(failures)}
        # Behind "<" the text could end the script that it stands in.
        text = json.dumps(data).replace("<", "\\u003c")
        index = (STATIC / INDEX).read_text(encoding="utf-8").replace(DATA_GOES_HERE, text)
        (self.folder / INDEX).write_text(index, encoding="utf-8")

    def _write_scores(self, failures: Sequence[str]) -> None:
        scores = self.evaluation.as_json() | {"failures": list(failures)}
        text = json.dumps(scores, indent=2) + "\n"
        (self.folder / SCORES).write_text(text, encoding="utf-8")


def is_report(folder: Path) -> bool:
    """Whether a folder holds a report of ours."""
    try:
        scores = json.loads((folder / SCORES).read_bytes())
        return bool(scores["format"] == FORMAT)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False


def _write_truth(place: Path, truth: Truth, picture: Picture) -> list[LayerRole]:
    """Write the true layers that hold anything, and say which."""
    painted = [role for role in LayerRole if truth[role][..., 3].any()]
    for role in painted:
        _write_png(place / f"{role}.png", Picture(truth[role], picture.icc_profile))
    return painted


def _write_png(path: Path, picture: Picture) -> None:
    path.write_bytes(encode_png(picture.rgba, picture.icc_profile))


def _modes(stack: LayerStack) -> dict[LayerRole, str]:
    return {layer.role: layer.blend_mode.value for layer in stack}
