"""The docker's content: status, welcome or controls, progress, messages and the last result."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional

from . import wording
from .boxes import (
    ERROR_COLOR,
    NOTICE_COLOR,
    SPACING,
    Box,
    MessageBox,
    copy_text,
    icon_button,
    wrapped_label,
)
from .choices import ChoicesBox
from .guard import guarded
from .options_box import OptionsBox
from .plugin import Plugin
from .progress import ProgressBox
from .qt import QtCore, QtGui, QtWidgets
from .session import State
from .settings_dialog import SettingsDialog
from .welcome import WelcomeBox

MANUAL = Path(__file__).with_name("manual.html")
STATE_COLORS = {
    State.READY: "#3fa34d",
    State.CONNECTING: "#c99214",
    State.OFFLINE: "#8a8a8a",
    State.REFUSED: "#c0392b",
}


class Docker(Box):
    """The widget of one window's docker; everything that it shows lives in the plugin."""

    def __init__(self, plugin: Plugin, parent: Optional[QtWidgets.QWidget] = None) -> None:
        super().__init__(plugin, parent)
        self.status = wrapped_label("")
        self.menu_button = self._make_menu()
        self.version_notice = MessageBox(plugin, NOTICE_COLOR)
        self.welcome = WelcomeBox(plugin)
        self.choices = ChoicesBox(plugin)
        self.options = OptionsBox(plugin)
        self.decompose_button = QtWidgets.QPushButton("Decompose")
        self.decompose_button.clicked.connect(plugin.decompose)
        self.all_button = QtWidgets.QPushButton("")
        self.all_button.clicked.connect(plugin.decompose_all)
        self.why_not = wrapped_label("")
        selectable = QtCore.Qt.TextInteractionFlag.TextSelectableByMouse
        self.why_not.setTextInteractionFlags(selectable)  # a command may stand in it
        self.progress = ProgressBox(plugin)
        self.error = MessageBox(plugin, ERROR_COLOR, plugin.dismiss_error)
        self.notice = MessageBox(plugin, NOTICE_COLOR)
        self.summary = wrapped_label("")
        self.again_button = QtWidgets.QPushButton("Insert Again")
        self.again_button.clicked.connect(plugin.insert_again)
        self._lay_out()
        plugin.changed.connect(self.refresh)
        self.refresh()

    def _make_menu(self) -> QtWidgets.QToolButton:
        button = icon_button(self.plugin, "configure", "Menu", "Settings and help")
        button.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QtWidgets.QMenu(button)
        self._add_action(menu, "Settings …", self._on_settings)
        self._add_action(menu, "Help", self._on_help)
        self.stop_action = self._add_action(menu, "Stop Server", self.plugin.stop_server)
        menu.aboutToShow.connect(self._on_menu)
        menu.addSeparator()
        self._add_action(menu, "Copy Diagnostics", self._on_copy_diagnostics)
        self._add_action(menu, "Show Log Folder", self._on_log_folder)
        button.setMenu(menu)
        return button

    def _add_action(self, menu: QtWidgets.QMenu, title: str, slot: Callable[[], None]) -> Any:
        action: Any = menu.addAction(title)
        action.triggered.connect(slot)
        return action

    def _lay_out(self) -> None:
        content = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(content)
        column.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        column.setSpacing(SPACING)
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.status, 1)
        top.addWidget(self.menu_button)
        column.addLayout(top)
        for part in (
            self.version_notice,
            self.welcome,
            self.choices,
            self.options,
            self.decompose_button,
            self.all_button,
            self.why_not,
            self.progress,
            self.error,
            self.notice,
            self.summary,
            self.again_button,
        ):
            column.addWidget(part)
        column.addStretch(1)
        scroll = _ColumnScroll(content)
        around = QtWidgets.QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(scroll)

    @guarded
    def refresh(self) -> None:
        """Show the state as it is now."""
        plugin, session = self.plugin, self.plugin.session
        is_ready = session.state is State.READY
        text = wording.status(session, str(plugin.reached), plugin.server)
        color = STATE_COLORS[session.state]
        self.status.setText(f'<span style="color: {color}">●</span> {text}')
        self.version_notice.show_text(wording.version_notice(session))
        self.welcome.refresh()
        self.choices.refresh()
        self.choices.setVisible(is_ready)
        self.options.refresh()
        self._refresh_buttons(is_ready)
        self.progress.refresh()
        self.error.show_text(plugin.error)
        self.notice.show_text(plugin.notice)
        self.summary.setText(plugin.summary)
        self.summary.setVisible(bool(plugin.summary))
        self.again_button.setVisible(plugin.last is not None)
        if plugin.last is not None:
            title = plugin.last.request.title
            self.again_button.setToolTip(f"Put the layers of “{title}” in again, as they are")

    def _refresh_buttons(self, is_ready: bool) -> None:
        plugin = self.plugin
        self.why_not.setText(plugin.why_not())
        self.why_not.setVisible(is_ready and bool(plugin.why_not()) and not plugin.session.run)
        self.all_button.setText(f"All Open Documents ({plugin.open_count})")
        for button, why_not, tip in (
            (self.decompose_button, plugin.why_not(), wording.DECOMPOSE_TIP),
            (self.all_button, plugin.why_not_all(), wording.ALL_TIP),
        ):
            button.setVisible(is_ready)
            button.setEnabled(not why_not)
            button.setToolTip(why_not or tip)

    @guarded
    def _on_menu(self) -> None:
        self.stop_action.setVisible(self.plugin.server.is_running)

    @guarded
    def _on_settings(self) -> None:
        SettingsDialog(self.plugin, self.window()).exec()

    @guarded
    def _on_help(self) -> None:
        QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(MANUAL)))

    @guarded
    def _on_copy_diagnostics(self) -> None:
        copy_text(self.plugin.diagnostics())

    @guarded
    def _on_log_folder(self) -> None:
        QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(self.plugin.folder)))

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Qt: the docker comes into sight."""
        super().showEvent(event)
        self.plugin.visible_dockers.add(id(self))
        self.plugin.documents_changed()

    def hideEvent(self, event: Any) -> None:  # noqa: N802
        """Qt: the docker goes out of sight."""
        super().hideEvent(event)
        self.plugin.visible_dockers.discard(id(self))

    def enterEvent(self, event: Any) -> None:  # noqa: N802
        """Qt: the mouse comes; a good moment to look how many documents are open."""
        super().enterEvent(event)
        self.plugin.documents_changed()


class _ColumnScroll(QtWidgets.QScrollArea):
    """Scrolls up and down only: it is never narrower than what it shows."""

    def __init__(self, content: QtWidgets.QWidget) -> None:
        super().__init__()
        self._content = content
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._bar = QtWidgets.QScrollBar(QtCore.Qt.Orientation.Vertical)
        self.setVerticalScrollBar(self._bar)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Qt: room for the content and the scroll bar beside it."""
        width = self._content.minimumSizeHint().width() + self._bar.sizeHint().width()
        return QtCore.QSize(width, super().minimumSizeHint().height())
