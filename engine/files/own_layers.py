"""The four layers of ours in a layered document, whatever else is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.errors import UnsupportedImage
from engine.files.layered import Clipping, Group, LayeredDocument, Node, PaintedLayer
from engine.layers import BlendMode, LayerRole

NAMES = {role.display_name: role for role in LayerRole}
"""What our layers are called."""


class OwnLayers(NamedTuple):
    """Where the layers lie."""

    layers: tuple[PaintedLayer, ...]
    """Bottom first; empty if there are none."""
    groups: tuple[Group, ...]
    """That hold them, the outermost first."""
    others: tuple[str, ...]
    """What else is in the document by name, top first; a group counts as one."""


def find_own_layers(document: LayeredDocument) -> OwnLayers:
    """Find layers with our names that lie together: those on top, and visible ones first.

    Raises:
        UnsupportedImage: one of ours may be called otherwise, or they look otherwise than they are.
    """
    layers, groups = _search(document.nodes)
    for group in groups:
        _check_group(group)
    for layer in layers:
        _check_layer(layer)
    inside = {id(node) for node in (*layers, *groups)}
    return OwnLayers(layers, groups, tuple(_others(document.nodes, inside)))


def _search(nodes: Sequence[Node]) -> tuple[tuple[PaintedLayer, ...], tuple[Group, ...]]:
    here = [node for node in nodes if isinstance(node, PaintedLayer) and node.name in NAMES]
    if here:
        others = [node for node in nodes if not any(node is one for one in here)]
        _check_names(NAMES.keys() - {node.name for node in here}, others)
        return tuple(here), ()
    groups = [node for node in reversed(nodes) if isinstance(node, Group)]
    for group in sorted(groups, key=lambda group: not group.visible):
        layers, within = _search(group.children)
        if layers:
            return layers, (group, *within)
    return (), ()


def _others(nodes: Sequence[Node], inside: set[int]) -> Iterator[str]:
    for node in reversed(nodes):
        if id(node) not in inside:
            yield node.name
        elif isinstance(node, Group):
            yield from _others(node.children, inside)


def _check_names(missing: set[str], others: Sequence[Node]) -> None:
    """Refuse layers of ours beside which one may be called otherwise: the picture would lose it."""
    shown = [node.name for node in others if node.visible]
    if missing and shown:
        lost = " or ".join(sorted(missing))
        raise UnsupportedImage(
            f"There is no layer called {lost}, but {', '.join(shown)} beside "
            "the others; give it that name (merge a group first), or hide what is none of them."
        )


def _check_group(group: Group) -> None:
    """Refuse a group that makes its layers look otherwise than they are; a hidden one may."""
    plain = group.blend_mode == BlendMode.NORMAL and group.opacity == 1
    if group.masks or group.clipping is not Clipping.NONE or not plain:
        raise UnsupportedImage(
            f"The group {group.name} around the layers is masked, clipped, half transparent or "
            "blends other than normally; apply or undo that first."
        )


def _check_layer(layer: PaintedLayer) -> None:
    """Refuse a layer that does not show as it is, or blends in a way that is not written."""
    if not layer.visible or layer.masks or layer.clipping is not Clipping.NONE:
        raise UnsupportedImage(
            f"The layer {layer.name} is hidden, masked or clipped; show it, apply its mask or "
            "release it first."
        )
    if layer.blend_mode not in {*BlendMode}:
        raise UnsupportedImage(
            f"The layer {layer.name} blends by {layer.blend_mode}; choose one of "
            f"{', '.join(BlendMode)} for it."
        )
