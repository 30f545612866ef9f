"""Preparation: a dataset's pictures made latents, once, so that training holds no VAE.

What is encoded already is known by its content: a file's name ends with a hash of the sample's five
pictures and of the VAE. So preparation goes on where it was interrupted, a second one encodes
nothing, and a sample that changed is encoded anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from engine.attendance import Progress
from engine.diffusion.checkpoint import load_vae
from engine.diffusion.latents import encode, to_vae
from engine.diffusion.placement import free_memory
from engine.diffusion.receipt import read_receipt
from engine.diffusion.weights import base_files, find_text_encoder
from engine.training.adapter.pictures import Pictures
from engine.training.adapter.prepared import (
    Index,
    Prepared,
    PreparedSample,
    PreparedUnusable,
    write_index,
    write_prompt,
    write_sample,
)
from engine.training.adapter.prompt import encode_prompt, prompt_of

GENERATION = b"1"
"""Changes when the same pictures are to become other latents."""
DIGITS = 16
"""Of a hash, in a file's name."""


@dataclass(frozen=True)
class Preparation:
    """What is to be prepared, and where to."""

    pictures: Pictures
    base: Path
    """The base model's folder"""
    prompt: str
    """In words"""
    adapter: Path | None
    """An adapter that has the prompt encoded; None for the base model's text encoder to do it"""
    folder: Path
    """Holds nothing but what is prepared"""

    def run(self, device: str, progress: Progress) -> Prepared:
        """Encode what is not encoded yet.

        Args:
            device: where the VAE computes.
            progress: told of each sample; it may raise to stop, and the next run goes on there.

        Raises:
            WeightsMissing, WeightsUnusable: of the VAE, the text encoder, or the adapter.
            OutOfMemory: the text encoder does not fit.
            EngineError: a picture cannot be read or used.
        """
        self.check_prompt()
        self.folder.mkdir(parents=True, exist_ok=True)
        before = self._before
        samples = self._samples(before, device, progress)
        if before is None:
            progress("encoding the prompt", 1)
            write_prompt(self.folder, self._encoded_prompt())
        write_index(self.folder, self._index(samples))
        self._drop_others(samples)
        return Prepared(self.folder)

    def check_prompt(self) -> None:
        """Make sure that the prompt is encoded already, or can be.

        Raises:
            WeightsMissing, WeightsUnusable, UnsupportedOption: it cannot.
        """
        if self._before is not None:
            return
        if self.adapter is None:
            find_text_encoder()
        else:
            prompt_of(self.adapter, self.base, self.prompt)

    @property
    def _before(self) -> Index | None:
        """What an earlier run left, where it has the same prompt of the same base model."""
        try:
            index = Prepared(self.folder).index
        except PreparedUnusable:
            return None
        ours = (self._name, self._revision, self.prompt)
        return index if (index.base, index.revision, index.prompt) == ours else None

    def _samples(
        self, before: Index | None, device: str, progress: Progress
    ) -> list[PreparedSample]:
        known = {one.name: one.sha256 for one in before.samples} if before else {}
        names = {name: f"{name}-{self._key(name)}" for name in self.pictures.names}
        kept = {name: self._kept(prepared, known) for name, prepared in names.items()}
        missing = {name: names[name] for name, sample in kept.items() if sample is None}
        made = self._made(missing, device, progress) if missing else {}
        return [kept[name] or made[name] for name in names]

    def _key(self, name: str) -> str:
        parts = GENERATION + self._vae.encode() + _hash_of(self.pictures.files(name)).encode()
        return hashlib.sha256(parts).hexdigest()[:DIGITS]

    def _kept(self, name: str, known: Mapping[str, str]) -> PreparedSample | None:
        path = self.folder / f"{name}.safetensors"
        if not path.is_file():
            return None
        digest = _sha256(path).hex()
        # What no index knows was written by a run that was interrupted: whole, as it has its name.
        return (
            PreparedSample(name=name, sha256=digest) if known.get(name, digest) == digest else None
        )

    @torch.no_grad()
    def _made(
        self, missing: Mapping[str, str], device: str, progress: Progress
    ) -> dict[str, PreparedSample]:
        progress("loading the VAE", 0)
        vae = load_vae(self.base).eval().to(device)
        made = {}
        for done, (name, prepared) in enumerate(missing.items()):
            progress(f"encoding {name}", done / len(missing))
            frames = [encode(vae, to_vae(picture)).cpu() for picture in self.pictures.read(name)]
            picture, layers = frames[0][0], torch.cat(frames[1:])
            made[name] = write_sample(self.folder, prepared, layers, picture)
        del vae
        free_memory()
        return made

    def _encoded_prompt(self) -> Tensor:
        if self.adapter is not None:
            return prompt_of(self.adapter, self.base, self.prompt)
        return encode_prompt(find_text_encoder(), self.prompt)

    def _index(self, samples: list[PreparedSample]) -> Index:
        with safe_open(self.folder / f"{samples[0].name}.safetensors", "pt") as file:
            shape = tuple(file.get_slice("picture").get_shape())
        return Index(
            base=self._name,
            revision=self._revision,
            prompt=self.prompt,
            latents=shape,
            samples=tuple(samples),
        )

    @cached_property
    def _vae(self) -> str:
        """A hash of the VAE's files."""
        return _hash_of(file for file in base_files(self.base) if file.parent.name == "vae")

    @property
    def _name(self) -> str:
        """Of the base model's repository; empty for one that was not pulled, as nobody knows it."""
        receipt = read_receipt(self.base)
        return receipt.repository if receipt else ""

    @property
    def _revision(self) -> str:
        """Of that repository; of a base model that was not pulled only what it holds is known."""
        receipt = read_receipt(self.base)
        return receipt.revision if receipt else f"unknown, VAE {self._vae[:DIGITS]}"

    def _drop_others(self, samples: Iterable[PreparedSample]) -> None:
        """Remove the latents of pictures that changed or are gone."""
        ours = {one.name for one in samples}
        for path in self.folder.glob(f"*-{'?' * DIGITS}.safetensors"):
            if path.stem not in ours:
                path.unlink()


def _hash_of(files: Iterable[Path]) -> str:
    """Of the contents of files, one after the other, in hex."""
    return hashlib.sha256(b"".join(_sha256(file) for file in files)).hexdigest()


def _sha256(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
