"""Decompose picture after picture; what fails does not stop the rest."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.commands.pieces import (
    Identities,
    Piece,
    check_destination,
    check_inputs_stay,
    identities,
    is_whole,
)
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

    def run(self, pieces: Sequence[Piece]) -> Report:
        """Decompose every piece, in order.

        An interrupt ends it between pictures or within one; no result is ever half written.

        Raises:
            UserError: a result would replace a picture that goes in; nothing was written.
        """
        report = Report()
        inputs = identities(piece.source for piece in pieces)
        for piece in pieces:
            check_inputs_stay(piece, inputs)
        try:
            for piece in pieces:
                self._take(piece, inputs, report)
        except (KeyboardInterrupt, Cancelled):
            report.interrupted = True
        return report

    def _take(self, piece: Piece, inputs: Identities, report: Report) -> None:
        if self.resume and is_whole(piece):
            report.skipped.append(piece)
            return
        try:
            success = self._decompose(piece, inputs)
        except Cancelled:
            raise
        except Exception as error:
            report.failures.append(Failure(piece.source, trouble(error)))
            self.display.complain(report.failures[-1])
        else:
            report.successes.append(success)
            self.display.tell(success)

    def _decompose(self, piece: Piece, inputs: Identities) -> Success:
        check_destination(piece, self.force)
        begun = time.monotonic()
        with self.display.picture(str(piece.source)) as progress:
            source = read_picture(piece.source)
            stack = self.decomposer.decompose(source.rgba, self.composition, progress)
            progress("writing", 1.0)
            # Meanwhile somebody may have saved something there.
            check_inputs_stay(piece, inputs)
            check_destination(piece, self.force)
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
