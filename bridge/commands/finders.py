"""Who is judged by `layer-bridge evaluate`: where the layers of a case come from."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import engine
from bridge.errors import UserError
from engine import Engine, Options, Progress, Proposal, Rgba
from engine.evaluation import Scores, score_proposal
from engine.evaluation.finished import Finished, read_finished
from engine.evaluation.report import RESERVED

ADAPTED = "diffusion"
"""The engine that adapters are for."""
Named = Sequence[tuple[str, Path]]
"""What the report is to call it, and where it lies."""


class Finder(Protocol):
    """Where the layers of a case come from."""

    @property
    def options(self) -> Options | None:
        """The value of each option of an engine that runs; None where the layers are there."""

    def layers(self, case: str, rgba: Rgba, progress: Progress) -> Finished:
        """The layers of a picture, and what finding them took."""


@dataclass(frozen=True)
class Running:
    """An engine, at work now."""

    engine: Engine
    composition: str
    adapter: Path | None = None
    """Of the diffusion engine, if it is not the chosen one"""
    keeps: bool = True
    """Whether it may keep its weights for the next case, as no other needs the memory"""

    @property
    def options(self) -> Options:
        named = {} if self.adapter is None else {"adapter": self.adapter.name}
        return named | dict(self.engine.defaults)

    def layers(self, case: str, rgba: Rgba, progress: Progress) -> Finished:
        looked: list[tuple[Scores, float]] = []

        def look(proposal: Proposal) -> None:
            begun = time.monotonic()
            raw = score_proposal(proposal, rgba)
            looked.append((raw, time.monotonic() - begun))

        begun = time.monotonic()
        stack = self.engine.decompose(rgba, self.composition, progress, inspect=look)
        ((raw, looking),) = looked
        seconds = time.monotonic() - begun - looking
        if not self.keeps:
            self.engine.unload()
        return Finished(stack, seconds, raw)


@dataclass(frozen=True)
class Filed:
    """Results that lie in a folder, one folder a case."""

    name: str
    folder: Path
    options: None = None

    def layers(self, case: str, rgba: Rgba, progress: Progress) -> Finished:
        return read_finished(self.folder / case, self.name, rgba)


def plan_finders(
    engines: Sequence[str] | None,
    composition: str,
    adapters: Named,
    results: Named,
    out: Path,
    options: Options,
) -> dict[str, Finder]:
    """Who is judged, by the name that the report gives them.

    Args:
        engines: names of engines; None is the usual one, or none where there is anything else.
        composition: the blend modes that engines are asked for.
        adapters: files, each for the diffusion engine.
        results: folders of finished layers.
        out: the report's folder.
        options: what was chosen; each engine takes those that it has.

    Raises:
        UserError: a name is taken or names no folder, results would be written over, or no engine
            has an option.
        EngineError: an engine cannot be loaded, or an option have no such value.
    """
    if engines is None:
        engines = () if results or adapters else (engine.DEFAULT_ENGINE,)
    _check_names([*dict.fromkeys(engines), *(name for name, _ in (*adapters, *results))])
    for _, folder in results:
        _check_results(folder, out)
    running: list[tuple[str, str, Path | None]] = [(name, name, None) for name in engines]
    running += [(name, ADAPTED, file) for name, file in adapters]
    judged = {engine_name for _, engine_name, _ in running}
    check_known(options, judged)
    keeps = [engine_name for _, engine_name, _ in running].count(ADAPTED) < 2
    finders: dict[str, Finder] = {
        name: Running(_loaded(engine_name, options, adapter), composition, adapter, keeps)
        for name, engine_name, adapter in running
    }
    return finders | {name: Filed(name, folder) for name, folder in results}


def _check_names(names: Iterable[str]) -> None:
    taken = set(RESERVED)
    for name in names:
        if name.casefold() in taken:
            raise UserError(f"The name {name} is taken; choose another for what you called so.")
        taken.add(name.casefold())


def _check_results(folder: Path, out: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}; check the name.")
    if out.resolve() in (folder.resolve(), *folder.resolve().parents):
        raise UserError(f"{folder} lies in {out}; name another folder for the report with -o.")


def check_known(options: Options, engines: Iterable[str]) -> None:
    """Raise `UserError` for an option that none of these engines has."""
    known = {option.name for name in engines for option in engine.options_of(name)}
    for one in options:
        if one not in known:
            raise UserError(f"No engine that is judged has the option {one!r}; leave it out.")


def _loaded(name: str, options: Options, adapter: Path | None) -> Engine:
    """An engine made ready with those of the options that it has."""
    known = {option.name for option in engine.options_of(name)}
    chosen: dict[str, Any] = {one: value for one, value in options.items() if one in known}
    if adapter is not None:
        chosen["adapter"] = adapter
    return engine.load(name, **chosen)
