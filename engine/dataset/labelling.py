"""What each visible layer of a document is for, and what stands in the way of a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.dataset.formulas import BLENDS, NORMAL
from engine.dataset.painting import Box, box_of
from engine.dataset.roles import IGNORE, Part, RoleTable
from engine.files.layered import Clipping, Group, LayeredDocument, Node, PaintedLayer
from engine.layers import LayerRole


@dataclass
class Labels:
    """What the nodes of one document are for."""

    parts: dict[int, Part] = field(default_factory=dict)
    """By the node's id; layers that paint nothing are not among them."""
    painting: int = 0
    """How many layers paint something."""
    ignored: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Names of layers that nothing says the role of."""
    blend_modes: list[str] = field(default_factory=list)
    """Names of layers with a blend mode that is not known, and the mode."""

    def of(self, node: Node) -> Part | None:
        """What a node is for."""
        return self.parts.get(id(node))


def label(document: LayeredDocument, table: RoleTable) -> Labels:
    """Decide what every visible layer is for; a group in a mode of its own counts as one layer."""
    labels = Labels()
    canvas = Box(0, 0, document.height, document.width)
    _Labelling(table, labels, canvas).take(document.nodes, ())
    labels.blend_modes += _unknown_modes(document.nodes)
    return labels


class _Labelling:
    def __init__(self, table: RoleTable, labels: Labels, canvas: Box) -> None:
        self.table = table
        self.labels = labels
        self.canvas = canvas

    def take(self, nodes: Sequence[Node], path: tuple[str, ...]) -> None:
        for base, clipped in runs(nodes):
            self._node(base, path)
            if base.blend_mode != NORMAL:
                continue  # they become one picture, in the base's mode
            for node in clipped:
                self._node(node, path, base)

    def _node(self, node: Node, path: tuple[str, ...], base: Node | None = None) -> None:
        path = (*path, node.name)
        if isinstance(node, Group) and node.blend_mode == NORMAL:
            self.take(node.children, path)
            return
        if not any(_content(node, self.canvas)):
            return
        self.labels.painting += 1
        part = self.table.role(path, node.blend_mode)
        if part is None and base is not None and self.labels.of(base) is LayerRole.LINE_ART:
            part = LayerRole.LINE_ART  # paint on the lines colours them
        self._note(node, path, part)
        if part is not None:
            self.labels.parts[id(node)] = part

    def _note(self, node: Node, path: tuple[str, ...], part: Part | None) -> None:
        name = "/".join(path)
        if part is None:
            self.labels.unknown.append(name)
        elif part == IGNORE:
            self.labels.ignored.append(name)


def runs(nodes: Sequence[Node]) -> Iterator[tuple[Node, list[Node]]]:
    """Each visible node, bottom first, with the visible ones that are clipped to it.

    What is clipped to a hidden node is hidden; what has nothing to be clipped to is not clipped.
    """
    base: Node | None = None
    clipped: list[Node] = []
    for node in nodes:
        if node.clipping is Clipping.BASE and base is not None:
            clipped += [node] if node.visible else []
            continue
        if base is not None and base.visible:
            yield base, clipped
        base, clipped = node, []
    if base is not None and base.visible:
        yield base, clipped


def _unknown_modes(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if not node.visible:
            continue
        if node.blend_mode not in BLENDS:
            yield f"{node.name} ({node.blend_mode})"
        if isinstance(node, Group):
            yield from _unknown_modes(node.children)


def _content(node: Node, canvas: Box) -> Iterator[bool]:
    """Something for each visible layer in a node that has pixels on the canvas."""
    if not node.visible or node.opacity == 0:
        return
    if isinstance(node, PaintedLayer):
        patch = node.patch()
        if all((box_of(patch.rgba, patch.top, patch.left) & canvas).shape):
            yield True
    elif isinstance(node, Group):
        for child in node.children:
            yield from _content(child, canvas)
