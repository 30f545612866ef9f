"""The report: rows as they come, printed and written, so that nothing is lost of what was found."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
import torch

from engine.diffusion.frames import FrameLayout
from full_size.measures import Measured
from full_size.model import Bench

TITLES = (
    *("what", "layout", "s a step", "at least", "of the matrix rate"),
    *("steps", "s a picture", "times as long", "GB in tensors", "GB reserved"),
    *("GB of main memory", "GB pinned", ""),
)
LIBRARIES = ("torch", "diffusers", "peft", "accelerate", "triton", "bitsandbytes")


@dataclass(frozen=True)
class Row:
    """One thing that was measured, or why it was not."""

    name: str
    layout: FrameLayout
    steps: int
    """Of its pictures"""
    found: Measured | str
    floor: float | None
    """Seconds that a step takes at the matrix rate; None where a cache leaves some of it out"""
    note: str = ""

    @property
    def picture(self) -> float | None:
        """Seconds of a whole one."""
        return None if isinstance(self.found, str) else self.found.picture(self.steps)

    @property
    def share(self) -> float | None:
        """Of the matrix rate."""
        if isinstance(self.found, str) or self.floor is None:
            return None
        return self.floor / self.found.step

    def times(self, base: Row | None) -> float | None:
        """How many times as long as another's a picture takes."""
        mine, other = self.picture, base and base.picture
        return mine / other if mine and other else None

    def cells(self, base: Row | None) -> tuple[str, ...]:
        """Of `TITLES`, against the row that others are compared with."""
        ends = (_figure(self.steps, 0), *self._took(base), *self._memory())
        if isinstance(self.found, str):
            return (self.name, self.layout, "", _figure(self.floor, 3), "", *ends, self.found)
        share = "" if self.share is None else f"{self.share:.0%}"
        step = _figure(self.found.step, 3)
        return (self.name, self.layout, step, _figure(self.floor, 3), share, *ends, self.note)

    def _took(self, base: Row | None) -> tuple[str, str]:
        return _figure(self.picture, 1), _figure(self.times(base), 2)

    def _memory(self) -> tuple[str, ...]:
        if isinstance(self.found, str):
            return ("",) * 4
        return tuple(_figure(count / 1e9, 1) for count in asdict(self.found.memory).values())


@dataclass(frozen=True)
class Goal:
    """What the engine is to reach, and whether it does."""

    name: str
    needed: str
    found: str
    """Empty where it was not measured"""
    met: bool

    def cells(self) -> tuple[str, ...]:
        """As a row of a table."""
        said = ("met" if self.met else "not met") if self.found else ""
        return (self.name, self.needed, self.found or "not measured", said)


@dataclass
class Report:
    """Everything found in one run."""

    bench: Bench
    rate: float
    """Of matrix products, in operations a second"""
    folder: Path | None
    """Where `results.json` and `results.md` go"""
    rows: dict[str, list[Row]] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)

    def say(self, line: str = "") -> None:
        """A line, printed and kept."""
        print(line, flush=True)
        self._lines.append(line)
        self._write()

    def table(self, title: str, *columns: str) -> None:
        """Begin one."""
        self.say(f"\n**{title}**\n")
        self._cells(columns)
        self.say("|" + "---|" * len(columns))

    def add(self, group: str, row: Row, base: Row | None) -> None:
        """A row that was measured, of the group whose table was begun last."""
        self.rows.setdefault(group, []).append(row)
        self._cells(row.cells(base))

    def judge(self, goal: Goal) -> None:
        """A row of the table of goals."""
        self.goals.append(goal)
        self._cells(goal.cells())

    def _cells(self, cells: tuple[str, ...]) -> None:
        self.say("| " + " | ".join(cells) + " |")

    def _write(self) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        found = {
            "machine": machine(self.bench),
            "matrix_rate": self.rate,
            "rows": {group: [_as_json(row) for row in rows] for group, rows in self.rows.items()},
            "goals": [asdict(goal) for goal in self.goals],
        }
        (self.folder / "results.json").write_text(json.dumps(found, indent=2) + "\n")
        (self.folder / "results.md").write_text("\n".join(self._lines) + "\n")


def machine(bench: Bench) -> dict[str, str]:
    """What figures belong to: the day, device, memory, versions."""
    found = {"date": date.today().isoformat(), "device": "the processor"}
    if bench.device == "cuda":
        card = torch.cuda.get_device_properties(0)
        found["device"] = f"{card.name}, {card.total_memory / 1e9:.0f} GB"
        found["CUDA"], found["cuDNN"] = str(torch.version.cuda), str(torch.backends.cudnn.version())
    found["main memory"] = f"{psutil.virtual_memory().total / 1e9:.0f} GB"
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _as_json(row: Row) -> dict[str, Any]:
    found = {**asdict(row), "picture": row.picture, "share": row.share}
    return found if isinstance(row.found, str) else {**found, "step": row.found.step}


def _figure(number: float | None, digits: int) -> str:
    return "" if number is None else f"{number:.{digits}f}"
