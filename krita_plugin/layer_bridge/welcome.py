"""What the docker shows while no server is there: how to start one, and how to connect."""

from __future__ import annotations

from . import wording
from .boxes import SPACING, Box, CommandBox, wrapped_label
from .guard import guarded
from .plugin import Plugin
from .qt import QtWidgets
from .session import State


class WelcomeBox(Box):
    """The first thing that an artist sees."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(plugin)
        self.text = wrapped_label("")
        self.advice = wrapped_label("")
        self.command = CommandBox(plugin)
        self.start_button = QtWidgets.QPushButton("Start Server")
        self.start_button.clicked.connect(plugin.start_server)
        self.connect_button = QtWidgets.QPushButton("Connect")
        self.connect_button.clicked.connect(plugin.connect_to_server)
        self.reason = wrapped_label("")
        buttons = QtWidgets.QHBoxLayout()
        buttons.addWidget(self.start_button)
        buttons.addWidget(self.connect_button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        for part in (self.text, self.advice, self.command):
            column.addWidget(part)
        column.addLayout(buttons)
        column.addWidget(self.reason)

    @guarded
    def refresh(self) -> None:
        """Show the state as it is now."""
        session = self.plugin.session
        self.setVisible(session.state is not State.READY)
        if session.state is State.READY:
            return
        refused = session.state is State.REFUSED
        self.text.setText(wording.UNFIT if refused else wording.WELCOME)
        can_start = not refused and self.plugin.server_program() is not None
        self.advice.setText(wording.start_advice(refused, can_start))
        command = wording.UPDATE_PLUGIN if refused else self.plugin.server_command()
        self.command.show_command(command)
        self.start_button.setVisible(can_start)
        self.start_button.setEnabled(not self.plugin.server.is_running)
        self.reason.setText(session.reason)
        self.reason.setVisible(bool(session.reason))
