"""Builds a dataset of layered files, file by file; what cannot be used is left out, and why."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.attendance import Progress
from engine.dataset.index import INDEX, SHEET, Entry, Index, LeftOutEntry, SampleEntry, read_index
from engine.dataset.sample import COMPOSITE, LAYER_FILES, Sample
from engine.dataset.separation import LeftOut, Likeness, Separated, Separation
from engine.dataset.sources import Source, checksum, in_words
from engine.errors import CannotWrite, EngineError, OutOfMemory, UnsupportedImage
from engine.replacement import beside
from engine.reservation import LOCK, alone_in

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
class Outcome:
    """What became of a file."""

    entry: SampleEntry | LeftOutEntry
    was_there: bool = False
    """The sample was made before, of the same."""


def _holds_other_files(folder: Path) -> bool:
    return folder.is_dir() and any(
        one.name != LOCK and not PARTIAL.fullmatch(one.name) for one in folder.iterdir()
    )


def _remove(partial: Path) -> None:
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
        self.index = Index(width=width, height=height)
        self._read()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(
                f"{folder} cannot be made ({error.strerror or error}); choose another place."
            ) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other builds out while it grows; what those left half written is removed.

        Raises:
            Occupied: one is at work.
            UnsupportedImage: one has made it a dataset of another size.
        """
        with alone_in(self.folder):
            self._read()
            self._clear()
            yield

    def _read(self) -> None:
        """Take what the dataset says of itself, where it does."""
        if not (self.folder / INDEX).is_file():
            return
        width, height = self.index.width, self.index.height
        self.index = read_index(self.folder)
        if (self.index.width, self.index.height) != (width, height):
            raise UnsupportedImage(
                f"The pictures of {self.folder} are {self.index.width}x{self.index.height}; say "
                f"--size {self.index.width}x{self.index.height}, or name a new folder."
            )

    def _clear(self) -> None:
        """Remove what builds that were killed left half written."""
        for path in list(self.folder.iterdir()):
            if PARTIAL.fullmatch(path.name) and not path.is_symlink():
                with suppress(OSError):  # it is in nobody's way
                    _remove(path)

    def holds(self, source_file: str, made_from: str) -> SampleEntry | None:
        """The whole sample that was made of the same file in the same way."""
        entry = self.index.entry(source_file)
        if entry is None or entry.made_from != made_from:
            return None
        folder = self.folder / entry.name
        whole = all((folder / name).is_file() for name in SAMPLE_FILES)
        return entry if whole else None

    def called(self, source: Source, content: str) -> str:
        """What to call a file: what it was called before, else as its source says.

        Where that is another file's name, with more of the folders that the file lies in.

        Args:
            source: where the file lies.
            content: its checksum; a file of the same name and content was moved here.
        """
        said = [*self.index.samples, *self.index.left_out]
        known = next((one for one in said if one.origin == source.origin), None)
        if known is not None:
            return known.source_file
        others = {
            one.source_file
            for one in said
            if one.origin and one.made_from.partition(" ")[0] != content
        }
        return next(name for name in source.names() if name not in others)

    def name_for(self, source_file: str) -> str:
        """A name for a file's sample: its own, which no other sample or folder here has."""
        earlier = self.index.entry(source_file)
        if earlier is not None:
            return earlier.name
        path = Path(source_file)
        plain = UNSUITABLE.sub("_", "_".join((*path.parts[:-1], path.stem)))
        plain = unicodedata.normalize("NFC", plain)
        plain = plain.encode()[-LONGEST:].decode(errors="ignore").strip(". ") or "sample"
        taken = {one.name.casefold() for one in self.index.samples} | {INDEX, SHEET}
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
            raise self._closed(error) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def move(self, entry: SampleEntry, origin: str) -> None:
        """Say where a sample's file lies now."""
        if entry.origin != origin:
            self._tell(entry.model_copy(update={"origin": origin}))

    def leave_out(self, entry: LeftOutEntry) -> None:
        """Say that there is no sample of a file, and take one away that was made before.

        Raises:
            CannotWrite: the folder cannot be written to.
        """
        self._withdraw(entry.source_file)
        self._tell(entry)

    def _withdraw(self, source_file: str) -> None:
        """Take a file's sample away, all of it or none; what stayed would pass for the new one."""
        earlier = self.index.entry(source_file)
        if earlier is None or not (self.folder / earlier.name).exists():
            return
        aside = beside(self.folder / earlier.name)
        try:
            (self.folder / earlier.name).replace(aside)
        except OSError as error:
            raise self._closed(error) from error
        shutil.rmtree(aside, ignore_errors=True)

    def _closed(self, error: OSError) -> CannotWrite:
        return CannotWrite(
            f"{self.folder} cannot be written to ({error.strerror or error}); make room or "
            "choose another place."
        )

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
        Occupied: another build is at work in it.
    """
    with dataset.alone():
        for source in sources:
            yield _take(source, dataset, separation, attend)


def _take(source: Source, dataset: Dataset, separation: Separation, attend: Attend) -> Outcome:
    content = checksum(source.path)
    name = dataset.called(source, content)
    made_from = f"{content} {separation.checksum}"
    there = dataset.holds(name, made_from)
    if there is not None:
        dataset.move(there, source.origin)
        return Outcome(there, was_there=True)
    about = Entry(source_file=name, origin=source.origin, made_from=made_from)
    try:
        separated = _separated(source, separation, attend)
    except (LeftOut, EngineError) as error:
        why = in_words(str(error).removeprefix(f"{source.path.name}: "))
        left_out = LeftOutEntry(code=error.code, why=why, **about.model_dump())
        dataset.leave_out(left_out)
        return Outcome(left_out)
    entry = entry_of(dataset.name_for(name), about, separated.sample, separated.likeness)
    entry.ignored, entry.notes = list(separated.ignored), list(separated.notes)
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


def entry_of(name: str, about: Entry, sample: Sample, likeness: Likeness) -> SampleEntry:
    """What the index says of a sample."""
    return SampleEntry(
        name=name,
        psnr_db=round(likeness.psnr_db, 2),
        max_error=round(likeness.largest * 255, 2),
        coverage={role: round(share, 4) for role, share in sample.coverage().items()},
        **about.model_dump(),
    )
