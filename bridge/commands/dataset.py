"""`layer-bridge dataset`: build a dataset of layered files, check it, draw one to start with."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from bridge.commands.places import place
from bridge.errors import UserError
from bridge.interrupts import INTERRUPTED, end_tidily

if TYPE_CHECKING:
    from bridge.commands.terminal import Lines
    from engine.dataset import Index, LeftOutEntry, Outcome, SampleEntry
    from engine.dataset.check import Finding

Subparsers: TypeAlias = "argparse._SubParsersAction[Any]"
PAPERS_SIZE = (768, 1152)
SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")


# -- the words


def add_dataset(subparsers: Subparsers) -> None:
    """Give the command line `dataset` and what it can do."""
    command = subparsers.add_parser(
        "dataset",
        help="make pictures with known layers for training",
        description="Make samples for training and evaluation: pictures with their flat color, "
        "shadow, highlight and line art. Nothing leaves this computer.",
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_build(actions)
    _add_check(actions)
    _add_draw(actions)


def _add_build(actions: Subparsers) -> None:
    command = _add(actions, "build", build, "make samples of layered files")
    command.description = (
        "Make a sample of each layered PSD, PSB, KRA and ORA. What a layer is for, its name, its "
        "group's name or its blend mode says. A file whose layers do not make its picture, or do "
        "not say what they are for, is left out, and you are told why. Samples that are there "
        "already stay, so an interrupted build goes on where it stopped."
    )
    command.add_argument(
        "sources", nargs="+", type=Path, metavar="SOURCES", help="layered files, or folders of them"
    )
    _add_out(command)
    command.add_argument(
        "--roles",
        type=Path,
        metavar="FILE",
        help="a TOML file with more words for the roles of layers, or with layers' names",
    )
    command.add_argument(
        "--least-psnr",
        type=_decibels,
        default=40.0,
        metavar="DB",
        help="how near a file's layers must come to its picture (default: %(default)g)",
    )


def _add_check(actions: Subparsers) -> None:
    command = _add(actions, "check", check, "verify every sample and draw a contact sheet")
    command.description = (
        "Read every sample of a dataset anew, verify it, print a table of all samples and of the "
        "files that were left out, and write contact_sheet.png."
    )
    command.add_argument("dataset", type=Path, metavar="DATASET")


def _add_draw(actions: Subparsers) -> None:
    command = _add(actions, "draw", draw, "draw samples to start with")
    command.description = (
        "Draw samples with layer-bridge's own illustrator: cel-shaded characters, each of another "
        "seed. Good to try the rest with; your own pictures teach more."
    )
    command.add_argument("count", type=_count, metavar="N", help="how many")
    _add_out(command)
    command.add_argument(
        "--seed", type=_seed, default=0, help="the first one's seed (default: %(default)s)"
    )


def _add(
    actions: Subparsers, name: str, run: Callable[[argparse.Namespace], int], help: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = actions.add_parser(name, help=help)
    command.add_argument("--json", action="store_true", help="print one JSON object at the end")
    command.add_argument("--quiet", action="store_true", help="show no progress")
    command.set_defaults(run=run)
    return command


def _add_out(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-o",
        "--out",
        required=True,
        type=place,
        metavar="DATASET",
        help="a new folder, or a dataset that grows",
    )
    command.add_argument(
        "--size",
        type=_size,
        default=PAPERS_SIZE,
        metavar="WIDTHxHEIGHT",
        help="of all pictures, in pixels: each is made to fit, with nothing around it (default: "
        f"{PAPERS_SIZE[0]}x{PAPERS_SIZE[1]}, the paper's)",
    )


def _size(text: str) -> tuple[int, int]:
    found = SIZE.fullmatch(text)
    if (
        found is None
        or not 16 <= min(map(int, found.groups())) <= max(map(int, found.groups())) <= 8192
    ):
        raise argparse.ArgumentTypeError(f"say 768x1152, each side 16 to 8192, not {text!r}")
    return int(found[1]), int(found[2])


def _decibels(text: str) -> float:
    if not re.fullmatch(r"\d{1,2}(\.\d+)?", text):
        raise argparse.ArgumentTypeError(f"say decibels of 0 to 99, not {text!r}")
    return float(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,4}", text):
        raise argparse.ArgumentTypeError(f"say a number of 1 to 99999, not {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise argparse.ArgumentTypeError(f"a seed is a number of up to nine digits, not {text!r}")
    return int(text)


# -- what is done


@dataclass
class Growth:
    """What a command does to a dataset."""

    display: Lines
    made: list[SampleEntry] = field(default_factory=list)
    there: int = 0
    left_out: list[LeftOutEntry] = field(default_factory=list)
    interrupted: bool = False

    def follow(self, outcomes: Iterable[Outcome]) -> None:
        """Tell each outcome; an interrupt ends it, and what is made stays."""
        try:
            for outcome in outcomes:
                self._take(outcome)
        except KeyboardInterrupt:
            self.interrupted = True

    def _take(self, outcome: Outcome) -> None:
        from engine.dataset import SampleEntry

        entry = outcome.entry
        if outcome.was_there:
            self.there += 1
        elif isinstance(entry, SampleEntry):
            self.made.append(entry)
            told = f"{entry.source_file} -> {entry.name} ({entry.psnr_db:.1f} dB"
            left = f", without {', '.join(entry.ignored)}" if entry.ignored else ""
            self.display.tell(f"{told}, largest error {entry.max_error:.0f}/255{left})")
        else:
            self.left_out.append(entry)
            self.display.complain(f"{entry.source_file}: {entry.why} [{entry.code}]")

    def end(self, folder: Path, as_json: bool) -> int:
        """Sum up, and return the exit code."""
        parts = [f"{len(self.made)} made"]
        parts += [f"{self.there} there already"] if self.there else []
        parts += [f"{len(self.left_out)} left out"] if self.left_out else []
        parts += ["interrupted"] if self.interrupted else []
        self.display.tell(", ".join(parts))
        if as_json:
            print(json.dumps(self._as_json(folder)))
        if self.interrupted:
            return INTERRUPTED
        return 2 if self.left_out else 0

    def _as_json(self, folder: Path) -> dict[str, Any]:
        return {
            "dataset": str(folder),
            "samples": [entry.model_dump(mode="json") for entry in self.made],
            "there_already": self.there,
            "left_out": [entry.model_dump(mode="json") for entry in self.left_out],
            "interrupted": self.interrupted,
        }


def build(arguments: argparse.Namespace) -> int:
    """Make a sample of each layered file."""
    from bridge.commands.terminal import display
    from engine.dataset import Dataset, Fit, Separation, find_sources, read_roles
    from engine.dataset import build as build_samples

    _check_apart(arguments.sources, arguments.out)
    sources = find_sources(arguments.sources)
    if not sources:
        raise UserError(
            "There is no PSD, PSB, KRA or ORA in these folders; name others, or the files."
        )
    roles = read_roles(arguments.roles)
    separation = Separation(roles, Fit(*arguments.size), arguments.least_psnr)
    dataset = Dataset(arguments.out, *arguments.size)
    growth = Growth(display(arguments.quiet, arguments.json))
    end_tidily()
    growth.follow(build_samples(sources, dataset, separation, growth.display.picture))
    return growth.end(arguments.out, arguments.json)


def _check_apart(sources: Sequence[Path], out: Path) -> None:
    """Refuse to write among the files that go in."""
    there = out.resolve()
    for source in sources:
        its = source.resolve()
        if there == its or its in there.parents or there in its.parents:
            raise UserError(
                f"{out} and {source} lie in one another; name another folder for the dataset."
            )


def draw(arguments: argparse.Namespace) -> int:
    """Draw samples to start with."""
    from bridge.commands.terminal import display
    from engine.dataset import Dataset
    from engine.dataset.starter import draw as draw_samples

    dataset = Dataset(arguments.out, *arguments.size)
    growth = Growth(display(arguments.quiet, arguments.json))
    end_tidily()
    samples = draw_samples(arguments.count, arguments.seed, dataset, growth.display.picture)
    growth.follow(samples)
    return growth.end(arguments.out, arguments.json)


def check(arguments: argparse.Namespace) -> int:
    """Verify every sample, and draw a contact sheet."""
    from bridge.commands.terminal import display
    from engine.dataset import read_index
    from engine.dataset.check import check_samples, write_sheet
    from engine.dataset.index import SHEET

    index = read_index(arguments.dataset)
    shown = display(arguments.quiet, arguments.json)
    findings = list(check_samples(arguments.dataset, index, shown.picture))
    drawn = write_sheet(arguments.dataset, findings)
    shown.tell(_table(index, findings))
    for finding in findings:
        if finding.fault:
            shown.complain(f"{finding.entry.name}: {finding.fault}")
    if drawn:
        shown.tell(f"\nTo look at: {arguments.dataset / SHEET}")
    if arguments.json:
        print(json.dumps(_checked(index, findings)))
    return 2 if any(finding.fault for finding in findings) else 0


def _table(index: Index, findings: Sequence[Finding]) -> str:
    """The samples, and what was left out; names last, as they may be wide."""
    count = "1 sample" if len(findings) == 1 else f"{len(findings)} samples"
    head = "    #    dB  error  restack  flat  shadow  light  lines  sample (of)"
    lines = [f"{count} of {index.width}x{index.height}", "", head]
    for number, finding in enumerate(findings, 1):
        entry = finding.entry
        shares = [entry.coverage.get(role, 0) for role in _roles()]
        told = "  ".join(
            f"{share:>{width}.0%}" for share, width in zip(shares, (4, 6, 5, 5), strict=True)
        )
        lines.append(
            f"{number:5} {entry.psnr_db:5.1f} {entry.max_error:6.1f} {finding.max_error:8.2f}  "
            f"{told}  {entry.name} ({entry.source_file})"
        )
    if index.left_out:
        lines += ["", f"{len(index.left_out)} left out"]
        lines += [f"  {one.source_file}: {one.why} [{one.code}]" for one in index.left_out]
    return "\n".join(lines)


def _roles() -> list[Any]:
    from engine import LayerRole

    return list(LayerRole)


def _checked(index: Index, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "width": index.width,
        "height": index.height,
        "samples": [
            finding.entry.model_dump(mode="json")
            | {"restack_error": finding.max_error, "fault": finding.fault}
            for finding in findings
        ],
        "left_out": [entry.model_dump(mode="json") for entry in index.left_out],
    }
