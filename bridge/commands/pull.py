"""`layer-bridge models pull`: say what is to come, ask, download, and use it from then on."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from bridge.commands.terminal import Lines, display
from bridge.errors import UserError
from bridge.interrupts import end_tidily
from engine import Cancelled
from engine.diffusion.download import check_place, check_room, fetch, outstanding
from engine.diffusion.hub import (
    BASE_REPOSITORY,
    address,
    has_text_encoder,
    is_mirrored,
    look_up_adapter,
    look_up_base,
)
from engine.diffusion.receipt import Receipt, in_words, read_receipt
from engine.diffusion.weights import (
    base_faults,
    check_adapter,
    check_base,
    fault_of,
    missing,
    models_home,
    read_choice,
    remember,
)


def pull_base(arguments: argparse.Namespace) -> None:
    """Download the base model and choose it, with another transformer's file if one is given."""
    repository = arguments.repository or BASE_REPOSITORY
    if arguments.transformer and (fault := fault_of(arguments.transformer)):
        raise UserError(f"{arguments.transformer} {fault}; give a .safetensors file that is whole.")
    choice = read_choice()
    folder = arguments.to or _folder_of(choice.base, repository)
    before = read_receipt(folder)
    receipt = look_up_base(
        repository,
        arguments.revision,
        transformer=not arguments.transformer,
        text_encoder=arguments.text_encoder or (before is not None and has_text_encoder(before)),
    )
    pulled = replace(choice, base=folder, transformer_file=arguments.transformer)
    check_place(receipt, folder, before)
    _agree(receipt, folder, arguments.yes)
    receipt.write(folder)
    if choice.base is None or base_faults(choice.base, choice.transformer_file):
        remember(pulled)  # so that `models list` tells how far it is, should this break off
    shown = display(arguments.quiet, arguments.json)
    _fetch("base model", receipt, folder, shown)
    check_base(folder, arguments.transformer)
    remember(pulled)
    shown.tell(f"The base model is in {folder}.")
    shown.tell(missing() or "The diffusion engine is ready.")


def pull_adapter(arguments: argparse.Namespace) -> None:
    """Download an adapter and choose it."""
    name = arguments.repository
    if name is None:
        raise UserError("Say which adapter: models pull adapter OWNER/NAME.")
    if Path(name).is_file():
        raise UserError(f"{name} is here already; use it with `models path adapter {name}`.")
    if arguments.transformer or arguments.text_encoder:
        option = "--transformer" if arguments.transformer else "--text-encoder"
        raise UserError(f"{option} belongs to the base model; leave it out.")
    receipt = look_up_adapter(name, arguments.revision)
    (file,) = receipt.files
    choice = read_choice()
    folder = arguments.to or models_home() / _folder_name(receipt.repository)
    check_place(receipt, folder, read_receipt(folder / file))
    _agree(receipt, folder, arguments.yes)
    receipt.write(folder / file)
    shown = display(arguments.quiet, arguments.json)
    _fetch("adapter", receipt, folder, shown)
    check_adapter(folder / file)
    remember(replace(choice, adapter=folder / file))
    shown.tell(f"The adapter is {folder / file}.")
    shown.tell(missing() or "The diffusion engine is ready.")


def _folder_of(base: Path | None, repository: str) -> Path:
    """Where a base model goes: to where it was pulled before, or else among the weights."""
    receipt = read_receipt(base) if base else None
    if base and receipt and receipt.repository == repository:
        return base
    return models_home() / _folder_name(repository)


def _folder_name(repository: str) -> str:
    return repository.replace("/", "--")


def _agree(receipt: Receipt, folder: Path, agreed: bool) -> None:
    """Say what is to be downloaded, and ask whether it may be.

    Raises:
        CannotWrite: the disk has no room for it.
        UserError: nobody can be asked.
        Cancelled: the answer is no.
    """
    needed = outstanding(receipt, folder)
    there = (
        f", of which {in_words(receipt.size - needed)} are there" if needed < receipt.size else ""
    )
    mirror = f", from {address()}" if is_mirrored() else ""
    print(
        f"{receipt.repository}{mirror}, revision {receipt.revision[:7]}: {in_words(receipt.size)}"
        f"{there}, to {folder}",
        file=sys.stderr,
    )
    check_room(folder, needed)
    if agreed or not needed:
        return
    if not sys.stdin.isatty():
        raise UserError(f"Say --yes to download these {in_words(needed)}.")
    print(f"Download {in_words(needed)}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        print("Nothing was downloaded.", file=sys.stderr)
        raise Cancelled


def _fetch(title: str, receipt: Receipt, folder: Path, shown: Lines) -> None:
    end_tidily()
    try:
        with shown.picture(title) as progress:
            fetch(receipt, folder, progress)
    except KeyboardInterrupt:
        shown.complain("Interrupted; the same command goes on where it stopped.")
        raise
