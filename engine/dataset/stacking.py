"""Paints a document's layers, bottom to top, as the program that made it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.dataset.formulas import NORMAL
from engine.dataset.labelling import Labels, runs
from engine.dataset.lifting import lift_lines
from engine.dataset.painting import Manner, Painting
from engine.dataset.roles import IGNORE
from engine.files.layered import Clipping, Group, Mask, Node, PaintedLayer
from engine.layers import LayerRole

FILM = 0.99
"""A layer of less opacity lets what lies below shine through, lines above all."""
SHADING = (LayerRole.SHADOW, LayerRole.HIGHLIGHT)


class Stacking:
    """How to paint a document.

    Args:
        labels: the layers' roles; None paints the look alone, all visible layers of it.
        told: called for each layer that was painted; what it raises ends the work.
    """

    def __init__(self, labels: Labels | None, told: Callable[[], None]) -> None:
        self._labels = labels
        self._told = told

    def paint(self, nodes: Sequence[Node], painting: Painting) -> None:
        """Paint a document's nodes.

        Where a background was left out, shading in a blend mode stays on the figure: it had tinted
        the background, and has nothing to show in its place.
        """
        figure = self._labels is not None and bool(self._labels.ignored)
        self._paint(nodes, painting, figure)

    def _paint(self, nodes: Sequence[Node], painting: Painting, figure: bool = False) -> None:
        for base, clipped in runs(nodes):
            if not clipped:
                self._node(base, painting, figure)
            elif not self._is_left_out(base):
                self._clipped(base, clipped, painting)

    def _is_left_out(self, node: Node) -> bool:
        """Whether a layer is ignored, or paints nothing."""
        if self._labels is None or (isinstance(node, Group) and node.blend_mode == NORMAL):
            return False
        return self._labels.of(node) in (None, IGNORE)

    def _clipped(self, base: Node, clipped: Sequence[Node], painting: Painting) -> None:
        """A base and what is clipped to it: one picture, put down in the base's way."""
        inner, way = Painting(painting.box), self._within(base)
        way._lay(base, inner, Manner(way._role(base), masks=_masks(base)))
        for node in clipped:
            if not way._is_left_out(node):
                way._lay(node, inner, way._manner(node, atop=True))
        self._put(inner, base, painting, self._manner(base, masked=False))

    def _node(self, node: Node, painting: Painting, figure: bool) -> None:
        if self._is_left_out(node):
            return
        if isinstance(node, Group) and node.pass_through and node.clipping is Clipping.NONE:
            self._pass_through(node, painting, figure)
            return
        manner = self._manner(node)
        shades = manner.role in SHADING and manner.mode != NORMAL
        self._lay(node, painting, self._manner(node, atop=manner.atop or (figure and shades)))

    def _pass_through(self, group: Group, painting: Painting, figure: bool) -> None:
        """A group whose layers blend with what lies below; its opacity and masks fade them."""
        if group.opacity == 1 and not group.masks:
            self._paint(group.children, painting, figure)
            return
        before = painting.copy()
        self._paint(group.children, painting, figure)
        painting.fade_in(before, self._manner(group))

    def _lay(self, node: Node, painting: Painting, manner: Manner) -> None:
        if isinstance(node, Group):
            inner = Painting(painting.box)
            self._within(node)._paint(node.children, inner)
            self._put(inner, node, painting, manner)
        elif isinstance(node, PaintedLayer):
            patch = node.patch()
            if manner.role is LayerRole.LINE_ART and manner.mode == "multiply":
                patch = lift_lines(patch)
            painting.paint(patch, manner)
            self._told()

    def _put(self, inner: Painting, node: Node, painting: Painting, manner: Manner) -> None:
        """A group's picture: in normal blending by its roles, else as one layer."""
        if node.blend_mode == NORMAL:
            painting.merge(inner, manner)
        else:
            painting.paste(inner, manner)

    def _within(self, node: Node) -> Stacking:
        """How to paint what is inside a node: in a mode of its own it is one layer."""
        return self if node.blend_mode == NORMAL else Stacking(None, self._told)

    def _role(self, node: Node) -> LayerRole | None:
        part = None if self._labels is None else self._labels.of(node)
        return part if isinstance(part, LayerRole) else None

    def _manner(self, node: Node, atop: bool = False, masked: bool = True) -> Manner:
        return Manner(
            self._role(node),
            node.opacity,
            _masks(node) if masked else (),
            node.blend_mode,
            atop or node.clipping is Clipping.BELOW,
            node.opacity < FILM,
        )


def _masks(node: Node) -> tuple[Mask, ...]:
    return tuple(mask() for mask in node.masks)
