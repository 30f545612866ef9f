"""Builds a dataset of layered files, file by file; what cannot be used is left out, and why."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.attendance import Progress
from engine.dataset.index import INDEX, Index, LeftOutEntry, SampleEntry, read_index
from engine.dataset.sample import COMPOSITE, LAYER_FILES, Sample
from engine.dataset.separation import LeftOut, Likeness, Separated, Separation
from engine.errors import CannotWrite, EngineError, OutOfMemory, UnsupportedImage
from engine.files.layered.reading import SUFFIXES
from engine.replacement import beside

UNSUITABLE = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
"""What some file system does not take in a name."""
PARTIAL = re.compile(r"\.[0-9a-f]{8}\.partial")
"""What a build that was killed leaves: a sample, or a file of the dataset's own, half written."""
SAMPLE_FILES = (COMPOSITE, *LAYER_FILES.values())
LONGEST = 120
"""Bytes of a sample's name; file systems take 255."""
Attend = Callable[[str], AbstractContextManager[Progress]]
"""Shows a file while it is worked on."""


@dataclass(frozen=True)
class Source:
    """A layered file."""

    path: Path
    source_file: str
    """What the dataset calls it: where it lies in the folder that was named."""


@dataclass(frozen=True)
class Outcome:
    """What became of a file."""

    entry: SampleEntry | LeftOutEntry
    was_there: bool = False
    """The sample was made before, of the same."""


def find_sources(places: Sequence[Path]) -> list[Source]:
    """The layered files among files and in folders, hidden ones left alone.

    Raises:
        UnsupportedImage: there is no such file or folder.
    """
    found: dict[Path, Source] = {}
    for place in places:
        if not place.exists():
            raise UnsupportedImage(f"There is no file or folder {place}; check the name.")
        inside = _layered_files(place) if place.is_dir() else [place]
        for path in inside:
            name = path.relative_to(place).as_posix() if place.is_dir() else path.name
            prefix = f"{place.resolve().name}/" if place.is_dir() and len(places) > 1 else ""
            found.setdefault(path.resolve(), Source(path, _in_words(prefix + name)))
    return list(found.values())


def _layered_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(parent) / name
            # Reading a pipe or a device, which a link can lead to, would never end.
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.is_file():
                yield path


def _in_words(text: str) -> str:
    """The same with escapes for what is no UTF-8, as in names from another system's archive."""
    return text.encode("utf-8", "backslashreplace").decode()


def _holds_other_files(folder: Path) -> bool:
    return folder.is_dir() and not all(PARTIAL.fullmatch(one.name) for one in folder.iterdir())


def _clear(partial: Path) -> None:
    """Remove a file, or a folder that holds nothing but a sample's files."""
    if partial.is_file():
        partial.unlink()
    elif all(one.name in SAMPLE_FILES and one.is_file() for one in partial.iterdir()):
        shutil.rmtree(partial)


class Dataset:
    """A folder of samples.

    Args:
        folder: a dataset, or a new or empty folder.
        width, height: of its pictures, in pixels.

    Raises:
        UnsupportedImage: the folder holds other files, or a dataset of another size.
        CannotWrite: the folder cannot be made.
    """

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self.folder = folder
        if folder.exists() and not folder.is_dir():
            raise UnsupportedImage(f"{folder} is a file; name a folder for the dataset.")
        if not (folder / INDEX).is_file() and _holds_other_files(folder):
            raise UnsupportedImage(
                f"{folder} holds other files; name a new folder for the dataset."
            )
        if (folder / INDEX).is_file():
            self.index = read_index(folder)
        else:
            self.index = Index(width=width, height=height)
        if (self.index.width, self.index.height) != (width, height):
            raise UnsupportedImage(
                f"The pictures of {folder} are {self.index.width}x{self.index.height}; say --size "
                f"{self.index.width}x{self.index.height}, or name a new folder."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(
                f"{folder} cannot be made ({error.strerror or error}); choose another place."
            ) from error

    def clear(self) -> None:
        """Remove what builds that were killed left half written; nobody else may be at work."""
        for path in list(self.folder.iterdir()):
            if PARTIAL.fullmatch(path.name) and not path.is_symlink():
                with suppress(OSError):  # it is in nobody's way
                    _clear(path)

    def holds(self, source_file: str, made_from: str) -> SampleEntry | None:
        """The whole sample that was made of the same file in the same way."""
        entry = self.index.entry(source_file)
        if entry is None or entry.made_from != made_from:
            return None
        folder = self.folder / entry.name
        whole = all((folder / name).is_file() for name in SAMPLE_FILES)
        return entry if whole else None

    def name_for(self, source_file: str) -> str:
        """A name for a file's sample: its own, which no other sample or folder here has."""
        earlier = self.index.entry(source_file)
        if earlier is not None:
            return earlier.name
        path = Path(source_file)
        plain = UNSUITABLE.sub("_", "_".join((*path.parts[:-1], path.stem)))
        plain = plain.encode()[-LONGEST:].decode(errors="ignore").strip(". ") or "sample"
        taken = {one.name.casefold() for one in self.index.samples}
        taken |= {one.name.casefold() for one in self.folder.iterdir()}
        names = [
            plain,
            f"{plain}_{path.suffix[1:].lower()}",
            *(f"{plain}_{n}" for n in range(2, 9999)),
        ]
        return next(name for name in names if name.casefold() not in taken)

    def add(self, sample: Sample, entry: SampleEntry) -> None:
        """Write a sample, whole or not at all.

        Raises:
            CannotWrite: the folder cannot be written to.
        """
        partial = beside(self.folder / entry.name)
        try:
            partial.mkdir()
            sample.write(partial)
            self._withdraw(entry.source_file)
            self._tell(entry)  # first, so that a build that is killed here makes it anew
            partial.replace(self.folder / entry.name)
        except OSError as error:
            raise CannotWrite(
                f"{self.folder} cannot be written to ({error.strerror or error}); make room or "
                "choose another place."
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def leave_out(self, entry: LeftOutEntry) -> None:
        """Say that there is no sample of a file, and take one away that was made before."""
        self._withdraw(entry.source_file)
        self._tell(entry)

    def _withdraw(self, source_file: str) -> None:
        earlier = self.index.entry(source_file)
        if earlier is not None:
            shutil.rmtree(self.folder / earlier.name, ignore_errors=True)

    def _tell(self, entry: SampleEntry | LeftOutEntry) -> None:
        self.index.put(entry)
        self.index.write(self.folder)


def build(
    sources: Iterable[Source], dataset: Dataset, separation: Separation, attend: Attend
) -> Iterator[Outcome]:
    """Make a sample of each file, and say what became of it.

    What is there already, made of the same file in the same way, is left alone; what a build that
    was killed left half written is removed.

    Raises:
        CannotWrite: the dataset cannot be written to.
    """
    dataset.clear()
    for source in sources:
        yield _take(source, dataset, separation, attend)


def _take(source: Source, dataset: Dataset, separation: Separation, attend: Attend) -> Outcome:
    name = source.source_file
    try:
        made_from = fingerprint(source.path, separation)
        there = dataset.holds(name, made_from)
        if there is not None:
            return Outcome(there, was_there=True)
        separated = _separated(source, separation, attend)
    except (LeftOut, EngineError) as error:
        why = _in_words(str(error).removeprefix(f"{source.path.name}: "))
        left_out = LeftOutEntry(source_file=name, code=error.code, why=why)
        dataset.leave_out(left_out)
        return Outcome(left_out)
    entry = entry_of(dataset.name_for(name), name, separated.sample, separated.likeness)
    entry.ignored, entry.notes = list(separated.ignored), list(separated.notes)
    entry.made_from = made_from
    dataset.add(separated.sample, entry)
    return Outcome(entry)


def _separated(source: Source, separation: Separation, attend: Attend) -> Separated:
    try:
        with attend(source.source_file) as progress:
            return separation.separate(source.path, progress)
    except MemoryError:
        raise LeftOut(
            OutOfMemory.code, "It needs more memory than is free; close other programs."
        ) from None


def entry_of(name: str, source_file: str, sample: Sample, likeness: Likeness) -> SampleEntry:
    """What the index says of a sample."""
    return SampleEntry(
        name=name,
        source_file=source_file,
        psnr_db=round(likeness.psnr_db, 2),
        max_error=round(likeness.largest * 255, 2),
        coverage={role: round(share, 4) for role, share in sample.coverage().items()},
    )


def fingerprint(path: Path, separation: Separation) -> str:
    """A checksum of a file and of how samples are made.

    Raises:
        UnsupportedImage: the file cannot be read.
    """
    digest = hashlib.blake2b(repr(separation).encode(), digest_size=16)
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    except OSError as error:
        raise UnsupportedImage(
            f"{path.name} cannot be read ({error.strerror or error}); check its permissions."
        ) from error
    return digest.hexdigest()
