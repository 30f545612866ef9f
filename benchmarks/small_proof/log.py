"""The log of all trials: a JSON object a line, failed ones too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Entry(BaseModel):
    """A trial."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    variant: str
    seed: int
    settings: str
    """All else that its figures depend on, in words and checksums"""
    began: str
    """Year, month, day and time of day"""
    figures: dict[str, dict[str, float]] = Field(default_factory=dict)
    """For each kind of pictures means over all of them, by the figure's name"""
    error: str | None = None
    """Why it failed"""

    def is_of(self, variant: str, seed: int, settings: str) -> bool:
        """Whether it ended well, with this."""
        told = (self.variant, self.seed, self.settings, self.error)
        return told == (variant, seed, settings, None)


def note(log: Path, entry: Entry) -> None:
    """Add a trial."""
    with log.open("a", encoding="utf-8") as file:
        file.write(entry.model_dump_json(exclude_defaults=True) + "\n")


def read_log(log: Path) -> Iterator[Entry]:
    """All trials, the first first; a line that was cut short is passed over."""
    if not log.exists():
        return
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            yield Entry.model_validate_json(line)
        except ValidationError:
            continue
