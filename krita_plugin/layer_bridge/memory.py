"""What is remembered of each open document: the last group that we placed, and what it changed.

`krita` is the host's application object, from `canvas`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterable, Iterator, List, Optional, Tuple

from .layer_tree import find

Document = Any
Node = Any


class Memory:
    """What we know of one open document, for as long as Krita runs."""

    def __init__(self, document: Document, key: int) -> None:
        self.document = document
        self.key = key
        self.group: Any = None
        """The unique id of the last group that we placed"""
        self.hidden: Tuple[Any, ...] = ()
        """Unique ids of the layers that were hidden for that group, and for those it replaced"""
        self._undo_text = ""

    def last_group(self) -> Optional[Node]:
        """The last group that we placed, as long as it is there."""
        return find(self.document.rootNode(), self.group)

    @contextmanager
    def without_last_group(self, node: Node) -> Iterator[None]:
        """Let Krita draw a node as if the last group had never come; then all eyes are as before.

        Only eyes within the node count: a node's own does not change what it shows by itself. A
        change of eyes is no undo step.
        """
        changed: List[Tuple[Node, bool]] = []
        if self.last_group() is not None:
            changed = [*_eyes(node, self.hidden, True), *_eyes(node, [self.group], False)]
        try:
            self._look(changed)
            yield
        finally:
            self._look([(layer, not visible) for layer, visible in changed])

    def _look(self, eyes: List[Tuple[Node, bool]]) -> None:
        """Open and shut these eyes, and wait until Krita has drawn that."""
        for layer, visible in eyes:
            layer.setVisible(visible)
        if eyes:
            self.document.refreshProjection()
            self.document.waitForDone()

    def keep_undo_text(self, krita: Any) -> None:
        """Remember what Krita's menu offers to undo: the placing of the last group."""
        self._undo_text = self._text_of_undo(krita)

    def undo_placing(self, krita: Any, group: Node) -> bool:
        """Undo the placing of a group if that was the last thing done; say whether it was.

        The undo history can't be read, only the name of its last entry. A like-named entry of the
        artist's is put back at once.
        """
        text = self._text_of_undo(krita)
        if not text or text != self._undo_text:
            return False
        krita.action("edit_undo").trigger()
        self.document.waitForDone()
        if find(self.document.rootNode(), group.uniqueId()) is None:
            return True
        krita.action("edit_redo").trigger()
        self.document.waitForDone()
        return False

    def _text_of_undo(self, krita: Any) -> str:
        """What Krita's menu offers to undo; empty if the artist looks at another document."""
        if krita.activeDocument() != self.document:
            return ""
        return str(krita.action("edit_undo").text())


def _eyes(node: Node, unique_ids: Iterable[Any], visible: bool) -> List[Tuple[Node, bool]]:
    """The layers within a node whose eyes are not as they are wanted, and that."""
    found = [find(child, one) for one in unique_ids for child in node.childNodes()]
    return [(one, visible) for one in found if one is not None and one.visible() != visible]


_memories: List[Memory] = []


def remember(document: Document) -> Memory:
    """The one memory of a document; Krita hands out a new, unhashable wrapper at each call."""
    for memory in _memories:
        if memory.document == document:
            return memory
    _memories.append(Memory(document, len(_memories) + 1))
    return _memories[-1]
