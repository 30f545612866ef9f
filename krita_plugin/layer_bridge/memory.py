"""What is remembered of each open document: the last group that we placed, and how to undo that.

`krita` is the host's application object, from `canvas`.
"""

from __future__ import annotations

from typing import Any, List, Optional

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
        self._undo_text = ""

    def last_group(self) -> Optional[Node]:
        """The last group that we placed, as long as it is there."""
        return find(self.document.rootNode(), self.group)

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


_memories: List[Memory] = []


def remember(document: Document) -> Memory:
    """The one memory of a document; Krita hands out a new, unhashable wrapper at each call."""
    for memory in _memories:
        if memory.document == document:
            return memory
    _memories.append(Memory(document, len(_memories) + 1))
    return _memories[-1]
