"""What became of every picture of a command: for a person, for `--json`, for the exit code."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bridge.commands.pieces import Piece
from bridge.errors import Trouble
from engine import Reconstruction


@dataclass(frozen=True)
class Success:
    """A picture whose layers are written."""

    piece: Piece
    engine: str
    composition: str
    width: int
    height: int
    reconstruction: Reconstruction
    notes: tuple[str, ...]
    """What was changed in reading, one sentence each."""
    seconds: float

    def __str__(self) -> str:
        done = (
            f"{self.piece.source} -> {self.piece.destination} "
            f"({self.reconstruction.psnr_db:.1f} dB, largest error "
            f"{self.reconstruction.max_error:.2f}/255, {self.seconds:.1f} s)"
        )
        return "\n".join([done, *(f"  {note}" for note in self.notes)])

    def as_json(self) -> dict[str, Any]:
        """For `--json`: plain values only."""
        return {
            "source": str(self.piece.source),
            "destination": str(self.piece.destination),
            "format": self.piece.format,
            "engine": self.engine,
            "composition": self.composition,
            "width": self.width,
            "height": self.height,
            "reconstruction": asdict(self.reconstruction),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Failure:
    """A picture that came to nothing, or (without one) all that was asked for."""

    source: Path | None
    trouble: Trouble

    def __str__(self) -> str:
        sentence = self.trouble.sentence
        if self.source is None or self.source.name in sentence:
            return sentence
        return f"{self.source}: {sentence}"

    def as_json(self) -> dict[str, str | None]:
        """For `--json`: plain values only."""
        return {
            "source": str(self.source) if self.source else None,
            "code": self.trouble.code,
            "detail": self.trouble.sentence,
        }


@dataclass
class Report:
    """What became of every picture."""

    successes: list[Success] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    skipped: list[Piece] = field(default_factory=list)
    """Their results stood already."""
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 done, 1 a fault of ours, 2 a picture that cannot be used, 3 interrupted."""
        if self.interrupted:
            return 3
        codes = {failure.trouble.exit_code for failure in self.failures}
        return min(codes, default=0)

    def __str__(self) -> str:
        parts = [f"{len(self.successes)} decomposed"]
        if self.skipped:
            parts.append(f"{len(self.skipped)} there already")
        if self.failures:
            parts.append(f"{len(self.failures)} failed")
        if self.interrupted:
            parts.append("interrupted")
        return ", ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """For `--json`: plain values only."""
        return {
            "results": [success.as_json() for success in self.successes],
            "failures": [failure.as_json() for failure in self.failures],
            "skipped": [str(piece.source) for piece in self.skipped],
            "interrupted": self.interrupted,
        }
