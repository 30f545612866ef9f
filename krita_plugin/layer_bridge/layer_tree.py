"""The tree of layers: finding a node in it, and what has to be hidden so that one node is alone."""

from __future__ import annotations

from typing import Any, List, Optional

Node = Any


def find(node: Node, unique_id: Any) -> Optional[Node]:
    """The node with this id at or below another, or None."""
    if node.uniqueId() == unique_id:
        return node
    found = (find(child, unique_id) for child in node.childNodes())
    return next((child for child in found if child is not None), None)


def index(parent: Node, node: Node) -> int:
    """How many siblings lie below a node."""
    return [child.uniqueId() for child in parent.childNodes()].index(node.uniqueId())


def all_but(node: Node, kept: Node) -> List[Node]:
    """The fewest visible layers whose hiding hides all of `node` but `kept`, which may be in it."""
    if node.uniqueId() == kept.uniqueId():
        return []
    if find(node, kept.uniqueId()) is None:
        return [node]
    shown = [child for child in node.childNodes() if child.visible() and not is_mask(child)]
    return [found for child in shown for found in all_but(child, kept)]


def is_mask(node: Node) -> bool:
    """Whether it is a part of a layer, not one itself."""
    return bool(node.type().endswith("mask"))
