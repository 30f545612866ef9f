"""Carries out `layer-bridge edit`: reads layers, changes them step by step, writes them."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby
from pathlib import Path

from bridge.commands.edit import Point, Step, Where
from bridge.commands.outputs import asked_format
from bridge.commands.pieces import Piece, check_destination, check_inputs_stay, identities
from bridge.commands.terminal import display
from bridge.errors import UserError
from bridge.interrupts import end_tidily
from engine import LayerRole, LayerStack, Progress, UnsupportedOption, composite
from engine.editing import (
    Region,
    color_lines,
    convert,
    find_palette,
    hexadecimal,
    lay_texture,
    recolor,
    region_at,
    region_of_color,
    rotate_hue,
    widen_lines,
)
from engine.errors import NoLayers
from engine.files import Picture, read_picture, read_stack, write_stack

SHOWN = 0.0005
"""The least share of the flat color with which a color is listed."""


def show_palette(arguments: argparse.Namespace) -> int:
    """Print the flat colors of layers."""
    if arguments.steps or arguments.out:
        raise UserError("--palette only lists colors; leave out -o and the edits.")
    stack, _ = _read(arguments.source)
    palette = find_palette(stack[LayerRole.FLAT_COLOR].rgba)
    if not palette.colors:
        raise UserError(
            f"The flat color of {arguments.source} has no even colors; fill each region "
            "with one first."
        )
    whole = sum(one.pixels for one in palette.colors)
    listed = [one for one in palette.colors if one.pixels >= SHOWN * whole]
    rows = [
        {
            "color": hexadecimal(one.in_bytes(palette.top)),
            "share": round(one.pixels / whole, 4),
            "point": list(one.point),
        }
        for one in listed
    ]
    if arguments.json:
        print(json.dumps({"palette": rows}))
        return 0
    for one, row in zip(listed, rows, strict=True):
        x, y = one.point
        print(f"{row['color']}  {one.pixels / whole:6.1%}  at {x},{y}")
    return 0


def edit_layers(arguments: argparse.Namespace) -> int:
    """Change layers as the options say, and write them."""
    steps: list[Step] = arguments.steps
    piece = _plan(arguments)
    end_tidily()
    shown = display(arguments.quiet, arguments.json)
    with shown.picture(arguments.source.resolve().name) as progress:
        progress("reading the layers", 0)
        stack, picture = _read(arguments.source)
        _check_nothing_is_lost(piece, picture)
        steps = _with_textures(steps)
        stack = _edited_in_turn(stack, steps, arguments.texture_width, progress)
        progress("writing", 0.95)
        stack = replace(stack, edits=(*stack.edits, *(f"{s.option} {s.words}" for s in steps)))
        notes = (*picture.notes, *_notes_of_textures(steps))
        picture = replace(picture, rgba=composite(stack), notes=notes)
        write_stack(stack, picture, piece.destination, piece.title, piece.format)
    shown.tell(f"{piece.source} -> {piece.destination}")
    for note in picture.notes:
        shown.complain(f"{piece.source}: {note}")
    if arguments.json:
        print(json.dumps(_as_json(piece, stack, picture)))
    return 0


def _read(source: Path) -> tuple[LayerStack, Picture]:
    try:
        return read_stack(source)
    except NoLayers:
        read_picture(source)  # what is no picture either is told so
        words = shlex.join(
            ["layer-bridge", "decompose", str(source), "-o", f"{source.stem}_layers"]
        )
        raise UserError(
            f"{source} has no layers of ours yet; decompose it first: {words}"
        ) from None


def _with_textures(steps: Sequence[Step]) -> list[Step]:
    """Steps whose textures are read, so that one that cannot be ends all before the work."""
    return [
        step._replace(value=(step.value[0], read_picture(step.value[1])))
        if step.option == "texture"
        else step
        for step in steps
    ]


def _notes_of_textures(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if step.option == "texture":
            file = step.words.partition("=")[2]
            yield from (f"{file}: {note}" for note in step.value[1].notes)


def _check_nothing_is_lost(piece: Piece, picture: Picture) -> None:
    """Refuse to put the layers in the place of a file that holds more."""
    if picture.notes and piece.destination.exists() and piece.destination.samefile(piece.source):
        raise UserError(
            f"{piece.source} would lose something; name another place with -o. "
            + " ".join(picture.notes)
        )


def _plan(arguments: argparse.Namespace) -> Piece:
    """Where the result goes, if that loses nothing."""
    source, out = arguments.source, arguments.out
    if not arguments.steps:
        raise UserError("Say what to change, as --recolor 5b6faa=e0b040; see edit --help.")
    if out is None:
        raise UserError("Say where the new layers go, with -o.")
    textures = [step.value[1] for step in arguments.steps if step.option == "texture"]
    if arguments.texture_width and not textures:
        raise UserError("--texture-width goes with a texture; add --texture WHERE=FILE.")
    if not source.exists():
        raise UserError(f"There is no {source}; check the name.")
    piece = Piece(source, out, asked_format(out))
    check_inputs_stay(piece, identities(textures))
    if out.exists() and out.samefile(source):
        if not arguments.force:
            raise UserError(
                f"{out} is what goes in; name another place with -o, or add --force to replace it."
            )
        return piece
    check_destination(piece, arguments.force)
    return piece


def _edited_in_turn(
    stack: LayerStack, steps: Sequence[Step], tile: int | None, progress: Progress
) -> LayerStack:
    first = stack
    done: list[Step] = []
    for name, group in _in_turn(steps):
        progress(name.replace("-", " "), (len(done) + 1) / (len(steps) + 2))
        try:
            stack = _edited(stack, name, group, tile)
        except UnsupportedOption:
            _check_order(first, done, group)
            raise
        done += group
    return stack


def _check_order(first: LayerStack, done: Sequence[Step], group: Sequence[Step]) -> None:
    """Say so where steps want what was there at first, and is gone now."""
    _regions(first, [step.value[0] for step in group])
    raise UserError(
        f"{_words(group)} finds no such region after {_words(done)}; put it first, or name a color "
        "or a point of what that makes."
    )


def _words(steps: Sequence[Step]) -> str:
    return " ".join(f"--{step.option} {step.words}" for step in steps)


def _in_turn(steps: Sequence[Step]) -> Iterator[tuple[str, list[Step]]]:
    """Steps one by one, but those that recolor one after the other together."""
    for name, group in groupby(steps, key=lambda step: step.option):
        if name == "recolor":
            yield name, list(group)
        else:
            yield from ((name, [step]) for step in group)


def _edited(stack: LayerStack, name: str, steps: list[Step], tile: int | None) -> LayerStack:
    value = steps[0].value
    match name:
        case "recolor":
            regions = _regions(stack, [step.value[0] for step in steps])
            _check_apart(regions, steps)
            colors = [step.value[1] for step in steps]
            return recolor(stack, list(zip(regions, colors, strict=True)))
        case "texture":
            where, texture = value
            (region,) = _regions(stack, [where])
            return lay_texture(stack, region, texture.rgba, tile)
        case "hue":
            return rotate_hue(stack, LayerRole(value[0]), value[1])
        case "line-width":
            return widen_lines(stack, value)
        case "line-color":
            return color_lines(stack, value)
        case _:
            return convert(stack, value)


def _regions(stack: LayerStack, places: Sequence[Where]) -> list[Region]:
    flat = stack[LayerRole.FLAT_COLOR].rgba
    palette = find_palette(flat)
    return [
        region_at(flat, palette, where.x, where.y)
        if isinstance(where, Point)
        else region_of_color(flat, palette, where)
        for where in places
    ]


def _check_apart(regions: Sequence[Region], steps: Sequence[Step]) -> None:
    """Refuse to recolor a pixel twice at once."""
    for (one, first), (other, second) in combinations(zip(regions, steps, strict=True), 2):
        if (one.inside & other.inside).any():
            raise UserError(
                f"--recolor {first.words} and --recolor {second.words} are done at once, and take "
                "the same pixels; leave one out, or edit the result once more."
            )


def _as_json(piece: Piece, stack: LayerStack, picture: Picture) -> dict[str, object]:
    return {
        "source": str(piece.source),
        "destination": str(piece.destination),
        "format": piece.format,
        "composition": stack.composition,
        "width": stack.width,
        "height": stack.height,
        "edits": list(stack.edits),
        "notes": list(picture.notes),
    }
