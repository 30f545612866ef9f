"""The settings that are not in the docker: the server's address, its token, the program."""

from __future__ import annotations

from typing import Optional

from .address import Address, parse_address
from .boxes import wrapped_label
from .guard import guarded
from .plugin import Plugin
from .qt import QtWidgets


class SettingsDialog(QtWidgets.QDialog):
    """A small dialog; OK keeps what is typed, and stays open while the address makes no sense."""

    def __init__(self, plugin: Plugin, parent: Optional[QtWidgets.QWidget] = None) -> None:
        super().__init__(parent)
        self._plugin = plugin
        settings = plugin.settings
        self.setWindowTitle("Layer Bridge Settings")
        self.address = QtWidgets.QLineEdit(settings.address)
        self.address.setPlaceholderText(str(Address()))
        self.address.setToolTip("Such as 127.0.0.1:7347, or wss://studio.example:7347")
        self.token = QtWidgets.QLineEdit(settings.token)
        self.token.setEchoMode(QtWidgets.QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.token.setPlaceholderText("only for a server on another computer")
        self.program = QtWidgets.QLineEdit(settings.server_program)
        self.program.setPlaceholderText(plugin.server_program() or "not found")
        self.program.setToolTip("The path of layer-bridge, which “Start Server” starts")
        self.problem = wrapped_label("")
        self.problem.hide()
        kinds = QtWidgets.QDialogButtonBox.StandardButton
        self.buttons = QtWidgets.QDialogButtonBox()
        self.buttons.addButton(kinds.Ok)
        self.buttons.addButton(kinds.Cancel)
        self.buttons.accepted.connect(self._on_ok)
        self.buttons.rejected.connect(self._on_cancel)
        form = QtWidgets.QFormLayout(self)
        form.addRow("Server address", self.address)
        form.addRow("Token", self.token)
        form.addRow("Server program", self.program)
        form.addRow(self.problem)
        form.addRow(self.buttons)
        self.setMinimumWidth(420)

    def show_fault(self, error: Exception) -> None:
        """A fault of ours in a slot."""
        self._plugin.show_fault(error)

    @guarded
    def _on_ok(self) -> None:
        address = self.address.text().strip() or str(Address())
        try:
            parse_address(address)
        except ValueError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self._plugin.choose(
            address=address,
            token=self.token.text().strip(),
            server_program=self.program.text().strip(),
        )
        self.accept()

    @guarded
    def _on_cancel(self) -> None:
        self.reject()
