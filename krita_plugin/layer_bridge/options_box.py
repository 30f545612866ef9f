"""The options of the chosen engine, as the engine describes them, under a line that folds them."""

from __future__ import annotations

from typing import List

from . import wording
from .boxes import SPACING, Box
from .guard import guarded
from .option_fields import FIELDS, OptionField
from .options import changed
from .plugin import Plugin
from .protocol import OptionInfo
from .qt import QtCore, QtWidgets


class OptionsBox(Box):
    """A field for each option; for an engine without options there is nothing to see."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(plugin)
        self.fields: List[OptionField] = []
        self.fold = QtWidgets.QToolButton()
        self.fold.setAutoRaise(True)
        self.fold.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.clicked.connect(self._on_fold)
        self.reset = QtWidgets.QToolButton()
        self.reset.setText("Reset")
        self.reset.setToolTip("Give every option its default")
        self.reset.clicked.connect(plugin.reset_options)
        self.content = QtWidgets.QWidget()
        self._shown: List[OptionInfo] = []
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.fold)
        top.addStretch(1)
        top.addWidget(self.reset)
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACING)
        self._column.addLayout(top)
        self._column.addWidget(self.content)

    @guarded
    def refresh(self) -> None:
        """Show the state as it is now."""
        plugin = self.plugin
        options, values = plugin.options(), plugin.option_values()
        if options != self._shown:
            self._rebuild(options)
        for field in self.fields:
            field.show_value(values[field.name])
        count = len(changed(options, values))
        unfolded = plugin.settings.show_options
        arrows = QtCore.Qt.ArrowType
        self.fold.setArrowType(arrows.DownArrow if unfolded else arrows.RightArrow)
        self.fold.setText(wording.options_title(count))
        self.fold.setToolTip(wording.options_tip(unfolded))
        self.content.setVisible(unfolded)
        self.reset.setVisible(count > 0)
        self.setVisible(bool(options))

    def _rebuild(self, options: List[OptionInfo]) -> None:
        """Make fields for other options."""
        self.content.deleteLater()
        self.content = QtWidgets.QWidget()
        form = QtWidgets.QFormLayout(self.content)
        form.setContentsMargins(SPACING, 0, 0, 0)
        form.setSpacing(SPACING)
        self.fields = [FIELDS[option["kind"]](self.plugin, option) for option in options]
        for field in self.fields:
            field.add_to(form)
        self._column.addWidget(self.content)
        self._shown = options

    @guarded
    def _on_fold(self) -> None:
        self.plugin.choose(show_options=not self.plugin.settings.show_options)
