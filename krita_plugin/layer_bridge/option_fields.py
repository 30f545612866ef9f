"""The fields of an engine's options: one for each kind that there is."""

from __future__ import annotations

from html import escape
from typing import Any, Dict, Type

from .choices import fill, narrow_combo, select
from .guard import guarded
from .options import OptionValue, is_whole
from .plugin import Plugin
from .protocol import OptionInfo
from .qt import QtCore, QtWidgets


class OptionField(QtCore.QObject):
    """A widget with the words of one option; it chooses as soon as the artist does."""

    def __init__(self, plugin: Plugin, option: OptionInfo, widget: Any) -> None:
        super().__init__(widget)
        self.name = option["name"]
        self.title = option["title"]
        self.tip = f"<p>{escape(option['help'])}</p>"
        """Rich text, as Qt breaks only that into lines"""
        self.widget = widget
        self._plugin = plugin
        widget.setToolTip(self.tip)
        widget.setAccessibleName(option["title"])
        widget.setAccessibleDescription(option["help"])
        widget.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self)

    def add_to(self, form: QtWidgets.QFormLayout) -> None:
        """Take a row."""
        label = QtWidgets.QLabel(self.title)
        label.setToolTip(self.tip)
        form.addRow(label, self.widget)

    def show_value(self, value: Any) -> None:
        """Show what is chosen now."""
        raise TypeError("each kind of option has its widget")

    def choose(self, value: OptionValue) -> None:
        """The artist has chosen."""
        self._plugin.choose_option(self.name, value)

    def show_fault(self, error: Exception) -> None:
        """A fault of ours in a slot."""
        self._plugin.show_fault(error)

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
        """Qt: the wheel scrolls the docker; it turns only a field that has the focus."""
        if event.type() == QtCore.QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()
            return True
        return False


class NumberField(OptionField):
    """A spin box."""

    def __init__(self, plugin: Plugin, option: Any) -> None:
        box = QtWidgets.QDoubleSpinBox()
        self._is_whole = is_whole(option)
        self._shown: Any = None
        super().__init__(plugin, option, box)
        box.setDecimals(0 if self._is_whole else 2)
        box.setRange(option["least"], option["most"])
        box.setSingleStep(option["step"])
        box.setSuffix(f" {option['unit']}" if option["unit"] else "")
        box.setSpecialValueText(option["least_title"])
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self._on_value)

    def show_value(self, value: Any) -> None:
        """See `OptionField`; to ask the box for its value would end what is being typed."""
        if self._shown != value:
            self._shown = value
            self.widget.blockSignals(True)
            self.widget.setValue(value)
            self.widget.blockSignals(False)

    @guarded
    def _on_value(self, value: float) -> None:
        self._shown = int(value) if self._is_whole else value
        self.choose(self._shown)


class ChoiceField(OptionField):
    """A list."""

    def __init__(self, plugin: Plugin, option: Any) -> None:
        combo = narrow_combo()
        super().__init__(plugin, option, combo)
        fill(combo, [(choice["value"], choice["title"]) for choice in option["choices"]])
        combo.activated.connect(self._on_entry)

    def show_value(self, value: Any) -> None:
        """See `OptionField`."""
        select(self.widget, value)

    @guarded
    def _on_entry(self) -> None:
        self.choose(self.widget.currentData())


class SwitchField(OptionField):
    """A check box."""

    def __init__(self, plugin: Plugin, option: Any) -> None:
        super().__init__(plugin, option, QtWidgets.QCheckBox(option["title"]))
        self.widget.clicked.connect(self._on_click)

    def add_to(self, form: QtWidgets.QFormLayout) -> None:
        """See `OptionField`; a check box brings its own words."""
        form.addRow(self.widget)

    def show_value(self, value: Any) -> None:
        """See `OptionField`."""
        self.widget.setChecked(value)

    @guarded
    def _on_click(self, checked: bool) -> None:
        self.choose(checked)


FIELDS: Dict[str, Type[Any]] = {
    "number": NumberField,
    "choice": ChoiceField,
    "switch": SwitchField,
}
"""kind -> its field."""
