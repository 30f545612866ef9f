"""What is here of the diffusion engine's weights: for a person, and for `--json`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.commands.terminal import Lines
from engine.diffusion import pairing
from engine.diffusion.receipt import Receipt, in_words, read_receipt
from engine.diffusion.weights import (
    base_faults,
    base_files,
    fault_of,
    find_weights,
    missing,
    read_choice,
    text_encoder_faults,
    text_encoder_files,
)

TITLES = {"base": "base model", "adapter": "adapter"}
"""The two parts as they are called."""


@dataclass(frozen=True)
class Holding:
    """The base model or the adapter, as it lies on this machine."""

    part: str
    place: Path | None
    files: list[Path]
    faults: list[str]
    """Some words for each file that is missing or damaged"""
    with_text_encoder: bool = False
    """Whether that, which only training needs, was brought too, whole or not"""

    @property
    def receipt(self) -> Receipt | None:
        """What it must be; None where it was not pulled."""
        return read_receipt(self.place) if self.place else None

    @property
    def size(self) -> int:
        """In bytes, of what is there."""
        return sum(file.stat().st_size for file in self.files if file.is_file())

    def __str__(self) -> str:
        title = f"{TITLES[self.part]:<12}"
        if self.place is None:
            return f"{title}none yet"
        receipt = self.receipt
        origin = f"{receipt.repository}, revision {receipt.revision[:7]}, " if receipt else ""
        more = " with its text encoder" if self.with_text_encoder else ""
        state = "whole" if not self.faults else "not whole: " + ", ".join(self.faults)
        return f"{title}{self.place}\n{'':12}{origin}{in_words(self.size)}{more}, {state}"

    def verify(self, shown: Lines) -> list[str]:
        """Read all of it, tell how it is, and name the files that are damaged or missing."""
        title = TITLES[self.part]
        receipt = self.receipt
        damaged = list(self.faults)
        if receipt and self.place:
            with shown.picture(title) as progress:

                def told(count: int) -> None:
                    progress("checking", count / max(1, receipt.size))

                pulled = {receipt.root(self.place) / name for name in receipt.files}
            others = ((file, fault_of(file)) for file in self.files if file not in pulled)
            damaged = receipt.damaged(self.place, told)
            damaged += [f"{file} {fault}" for file, fault in others if fault]
        if not damaged:
            known = "all files are whole" if receipt else "whole as far as a glance tells"
            more = "" if receipt else "; it was not pulled, so no checksums are known"
            shown.tell(f"{title}: {known} ({in_words(self.size)}){more}.")
        return damaged

    def as_json(self) -> dict[str, Any]:
        """For `--json`: plain values only."""
        receipt = self.receipt
        return {
            "path": str(self.place) if self.place else None,
            "repository": receipt.repository if receipt else None,
            "revision": receipt.revision if receipt else None,
            "size": self.size,
            "whole": bool(self.place) and not self.faults,
            "faults": self.faults,
        }


def holdings() -> list[Holding]:
    """The base model and the adapter."""
    choice = read_choice()
    base, transformer, adapter = choice.base, choice.transformer_file, choice.adapter
    files = base_files(base, transformer) if base else []
    faults = base_faults(base, transformer) if base else []
    with_text_encoder = base is not None and (base / "text_encoder").is_dir()
    if base and with_text_encoder:
        files += text_encoder_files(base)
        faults += text_encoder_faults(base)
    adapters = [adapter] if adapter else []
    wrong = [f"{file.name} {fault}" for file in adapters if (fault := fault_of(file))]
    return [
        Holding("base", base, files, faults, with_text_encoder),
        Holding("adapter", adapter, adapters, wrong),
    ]


def doubt() -> str:
    """What differs between base model and adapter that work together; empty where nothing does."""
    if missing():
        return ""
    here = find_weights()
    return pairing.doubt(here.adapter, here.base)


def as_json() -> dict[str, Any]:
    """All of it for `--json`."""
    base, adapter = holdings()
    detail = missing()
    return {
        "base": {**base.as_json(), "with_text_encoder": base.with_text_encoder},
        "adapter": adapter.as_json(),
        "ready": not detail,
        "detail": detail,
        "doubt": doubt(),
    }
