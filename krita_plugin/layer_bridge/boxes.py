"""The small parts of the docker: a base for its boxes, messages with a frame, a command to copy."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .guard import guarded
from .plugin import Plugin
from .qt import QtCore, QtGui, QtWidgets

SPACING = 6
ERROR_COLOR = "#c0392b"
NOTICE_COLOR = "#c99214"


class Box(QtWidgets.QWidget):
    """A part of the docker that shows some of the plugin's state."""

    def __init__(self, plugin: Plugin, parent: Optional[QtWidgets.QWidget] = None) -> None:
        super().__init__(parent)
        self.plugin = plugin

    def refresh(self) -> None:
        """Show the state as it is now."""
        raise TypeError("a box shows something of its own")

    def show_fault(self, error: Exception) -> None:
        """A fault of ours in a slot."""
        self.plugin.show_fault(error)


class MessageBox(QtWidgets.QWidget):
    """A sentence in a coloured frame, with a button that copies it and one that sends it away.

    It paints its frame itself: under a style sheet it would lose the small font of Krita's dockers.

    Args:
        plugin: whose icons and faults it shows.
        color: of the frame.
        on_dismiss: what the second button does; without it there is none.
    """

    def __init__(
        self, plugin: Plugin, color: str, on_dismiss: Optional[Callable[[], None]] = None
    ) -> None:
        super().__init__()
        self._plugin = plugin
        self._color = QtGui.QColor(color)
        self.text = wrapped_label("")
        self.text.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QtWidgets.QVBoxLayout()
        self.copy_button = icon_button(plugin, "edit-copy", "Copy", "Copy this message")
        self.copy_button.clicked.connect(self._copy)
        buttons.addWidget(self.copy_button)
        if on_dismiss is not None:
            self.dismiss_button = icon_button(plugin, "docker_close", "Hide", "Hide this message")
            self.dismiss_button.clicked.connect(on_dismiss)
            buttons.addWidget(self.dismiss_button)
        buttons.addStretch()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(SPACING, SPACING, 2, 2)
        row.setSpacing(2)
        row.addWidget(self.text, 1)
        row.addLayout(buttons)
        self.hide()

    def show_text(self, text: str) -> None:
        """Show a sentence; an empty one hides the box."""
        self.text.setText(text)
        self.setVisible(bool(text))

    def show_fault(self, error: Exception) -> None:
        """A fault of ours in a slot."""
        self._plugin.show_fault(error)

    @guarded
    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Qt: draw the frame."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(self._color)
        filling = QtGui.QColor(self._color)
        filling.setAlpha(40)
        painter.setBrush(filling)
        painter.drawRoundedRect(QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    @guarded
    def _copy(self) -> None:
        copy_text(self.text.text())


class CommandBox(QtWidgets.QWidget):
    """A command for a terminal, with a button that copies it."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self.field = QtWidgets.QLineEdit()
        self.field.setReadOnly(True)
        self.field.setFont(fixed_family())
        self.copy_button = icon_button(plugin, "edit-copy", "Copy", "Copy this command")
        self.copy_button.clicked.connect(self._copy)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        row.addWidget(self.copy_button)

    def show_command(self, command: str) -> None:
        """Show a command, from its start."""
        if command != self.field.text():
            self.field.setText(command)
            self.field.setCursorPosition(0)

    def show_fault(self, error: Exception) -> None:
        """A fault of ours in a slot."""
        self._plugin.show_fault(error)

    @guarded
    def _copy(self) -> None:
        copy_text(self.field.text())


class ElidedLabel(QtWidgets.QLabel):
    """A line that is cut with an ellipsis where there is no room; its tooltip has it whole."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(
            QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred
        )
        self._whole = ""

    def show_text(self, text: str) -> None:
        """Show a line; an empty one hides the label."""
        self._whole = text
        self.setToolTip(text)
        self.setVisible(bool(text))
        self._elide()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Qt: there is another width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        mode = QtCore.Qt.TextElideMode.ElideMiddle
        self.setText(self.fontMetrics().elidedText(self._whole, mode, self.width()))


def fixed_family() -> QtGui.QFont:
    """A font that says only that it is fixed; the size stays that of the docker."""
    fixed = QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont)
    font = QtGui.QFont()
    font.setFamily(fixed.family())
    return font


def wrapped_label(text: str) -> QtWidgets.QLabel:
    """A label that breaks its lines."""
    label = QtWidgets.QLabel(text)
    label.setWordWrap(True)
    label.setMinimumWidth(1)
    return label


def icon_button(plugin: Plugin, icon: str, word: str, tip: str) -> QtWidgets.QToolButton:
    """A small flat button with one of the host's icons, or a word where it lacks that."""
    button = QtWidgets.QToolButton()
    button.setAutoRaise(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    picture = plugin.canvas.icon(icon)
    if picture.isNull():
        button.setText(word)
    else:
        button.setIcon(picture)
    return button


def copy_text(text: str) -> None:
    """Put text on the clipboard."""
    clipboard = QtWidgets.QApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
