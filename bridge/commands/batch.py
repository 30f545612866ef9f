"""Decompose picture after picture; what fails does not stop the rest."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bridge.commands.outputs import Piece, check_destination, is_whole
from bridge.commands.report import Failure, Report, Success
from bridge.commands.terminal import Lines
from bridge.errors import trouble
from engine import Cancelled, LayerStack, Progress, Rgba
from engine.files import read_picture, write_stack


class Decomposer(Protocol):
    """An engine here, or one behind a server."""

    def decompose(
        self, rgba: Rgba, composition: str, progress: Progress | None = None
    ) -> LayerStack:
        """As `Engine.decompose`."""


@dataclass(frozen=True)
class Batch:
    """How to decompose pictures."""

    decomposer: Decomposer
    composition: str
    display: Lines
    resume: bool = False
    """Leave alone the results that stand already."""
    force: bool = False
    """Replace what is in a result's place."""

    def run(self, pieces: Iterable[Piece]) -> Report:
        """Decompose every piece, in order.

        An interrupt ends it between pictures or within one; no result is ever half written.
        """
        report = Report()
        try:
            for piece in pieces:
                self._take(piece, report)
        except (KeyboardInterrupt, Cancelled):
            report.interrupted = True
        return report

    def _take(self, piece: Piece, report: Report) -> None:
        if self.resume and is_whole(piece):
            report.skipped.append(piece)
            return
        try:
            success = self._decompose(piece)
        except Cancelled:
            raise
        except Exception as error:
            report.failures.append(Failure(piece, trouble(error)))
            self.display.complain(report.failures[-1])
        else:
            report.successes.append(success)
            self.display.tell(success)

    def _decompose(self, piece: Piece) -> Success:
        check_destination(piece, self.force)
        begun = time.monotonic()
        with self.display.picture(str(piece.source)) as progress:
            source = read_picture(piece.source)
            stack = self.decomposer.decompose(source.rgba, self.composition, progress)
            progress("writing", 1.0)
            write_stack(stack, source, piece.destination, piece.title, piece.format)
        return Success(
            piece,
            stack.engine,
            stack.composition,
            stack.width,
            stack.height,
            stack.reconstruction,
            source.notes,
            time.monotonic() - begun,
        )
