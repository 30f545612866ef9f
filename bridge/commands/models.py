"""`layer-bridge models`: get the diffusion engine's weights, say where they lie, check them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from bridge.errors import UserError

Subparsers: TypeAlias = "argparse._SubParsersAction[Any]"

PARTS = ("base", "adapter")


# -- the words


def add_models(subparsers: Subparsers) -> None:
    """Give the command line `models` and what it can do."""
    command = subparsers.add_parser(
        "models",
        help="get and check the diffusion engine's weights",
        description="Get the weights of the diffusion engine: its base model, and an adapter that "
        "makes it find layers. Only `pull` uses the network.",
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_list(actions)
    _add_pull(actions)
    _add_path(actions)
    _add_verify(actions)


def _add_list(actions: Subparsers) -> None:
    command = _add(actions, "list", list_models, "say what is here, and what is missing")
    command.description = "Say what is here, how large, of which revision, and what is missing."


def _add_pull(actions: Subparsers) -> None:
    command = _add(actions, "pull", pull, "download the base model or an adapter")
    command.description = (
        "Download the base model, or an adapter, from the Hugging Face hub, and use it from then "
        "on. The size is said first. A download that broke off goes on where it stopped."
    )
    command.add_argument("what", nargs="?", choices=PARTS, default="base", metavar="base|adapter")
    command.add_argument(
        "repository",
        nargs="?",
        metavar="OWNER/NAME",
        help="where from: of an adapter, with /FILE behind it if the repository has several; the "
        "base model has its own",
    )
    command.add_argument(
        "--to", type=Path, metavar="FOLDER", help="where to (default: a folder of layer-bridge)"
    )
    command.add_argument("--revision", help="a branch, tag or commit (default: the newest)")
    command.add_argument(
        "--transformer",
        type=Path,
        metavar="FILE",
        help="use this .safetensors file for the base model's transformer, and download the rest "
        "only",
    )
    command.add_argument(
        "--text-encoder",
        action="store_true",
        help="download the base model's text encoder, too (16.6 GB): to train takes it, to "
        "decompose does not",
    )
    command.add_argument("--yes", action="store_true", help="do not ask first")
    command.add_argument("--quiet", action="store_true", help="show no progress")


def _add_path(actions: Subparsers) -> None:
    command = _add(actions, "path", path, "say where the weights lie, or choose others")
    command.description = (
        "Say where the weights lie. With a place: use from now on what lies there, nothing is "
        "copied."
    )
    command.add_argument("what", nargs="?", choices=PARTS, metavar="base|adapter")
    command.add_argument(
        "place",
        nargs="?",
        type=Path,
        metavar="PLACE",
        help="the base model's folder, in diffusers' layout, or the adapter's file",
    )
    command.add_argument(
        "--transformer",
        type=Path,
        metavar="FILE",
        help="a .safetensors file in place of the transformer's weights in the base model's folder",
    )


def _add_verify(actions: Subparsers) -> None:
    command = _add(actions, "verify", verify, "read every file and check it")
    command.description = "Read every file that was pulled, and name those that are damaged."
    command.add_argument("--quiet", action="store_true", help="show no progress")


def _add(
    actions: Subparsers, name: str, run: Callable[[argparse.Namespace], int], help: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = actions.add_parser(name, help=help)
    command.add_argument("--json", action="store_true", help="print one JSON object at the end")
    command.set_defaults(run=run)
    return command


# -- what is done


def list_models(arguments: argparse.Namespace) -> int:
    """Say what is here, and what is missing."""
    from bridge.commands.holdings import as_json, doubt, holdings
    from engine.diffusion.weights import check_packages, missing

    check_packages()
    if arguments.json:
        print(json.dumps(as_json()))
        return 0
    print(*holdings(), sep="\n")
    print(missing() or "The diffusion engine is ready.")
    if odd := doubt():
        print(odd)
    return 0


def pull(arguments: argparse.Namespace) -> int:
    """Download the base model or an adapter, and choose it."""
    from bridge.commands.holdings import as_json
    from bridge.commands.pull import pull_adapter, pull_base
    from engine.diffusion.weights import check_packages

    check_packages()
    (pull_base if arguments.what == "base" else pull_adapter)(arguments)
    if arguments.json:
        print(json.dumps(as_json()))
    return 0


def path(arguments: argparse.Namespace) -> int:
    """Say where the weights lie, or choose others."""
    from bridge.commands.holdings import as_json, holdings
    from engine.diffusion.weights import check_packages

    check_packages()
    if arguments.place or arguments.transformer:
        _choose(arguments)
    places = {one.part: one.place or "none yet" for one in holdings()}
    if arguments.json:
        print(json.dumps(as_json()))
    elif arguments.what:
        print(places[arguments.what])
    else:
        print(*(f"{part}: {place}" for part, place in places.items()), sep="\n")
    return 0


def _choose(arguments: argparse.Namespace) -> None:
    from engine.diffusion.weights import check_adapter, check_base, read_choice, remember

    choice = read_choice()
    if arguments.what == "adapter":
        if arguments.transformer:
            raise UserError("--transformer belongs to the base model; say models path base FOLDER.")
        check_adapter(arguments.place)
        remember(replace(choice, adapter=arguments.place))
        return
    folder = arguments.place or choice.base
    if folder is None:
        raise UserError("Say the base model's folder, too: models path base FOLDER.")
    check_base(folder, arguments.transformer)
    remember(replace(choice, base=folder, transformer_file=arguments.transformer))


def verify(arguments: argparse.Namespace) -> int:
    """Read every file and name those that are damaged."""
    from bridge.commands.holdings import as_json, holdings
    from bridge.commands.terminal import display
    from engine import WeightsMissing, WeightsUnusable
    from engine.diffusion import pairing
    from engine.diffusion.weights import check_packages, find_weights

    check_packages()
    shown = display(arguments.quiet, arguments.json)
    here = [holding for holding in holdings() if holding.place]
    if not here:
        raise WeightsMissing("No weights are here yet; see `layer-bridge models pull --help`.")
    damaged = [fault for holding in here for fault in holding.verify(shown)]
    if damaged:
        raise WeightsUnusable(
            f"Damaged or missing: {', '.join(damaged)}; download them again with `layer-bridge "
            "models pull`, which keeps what is whole."
        )
    if len(here) == len(PARTS):
        both = find_weights()
        for say in (pairing.doubt, pairing.unknown):
            if sentence := say(both.adapter, both.base):
                shown.tell(sentence)
    if arguments.json:
        print(json.dumps(as_json()))
    return 0
