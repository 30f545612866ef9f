"""The choices of the docker: what is decomposed, how, and where the layers go."""

from __future__ import annotations

from typing import Any, List, Tuple

from . import wording
from .boxes import SPACING, Box
from .guard import guarded
from .plugin import Plugin
from .protocol import COMPOSITIONS
from .qt import QtWidgets
from .settings import Placement, Scope


class ChoicesBox(Box):
    """Four lists, and what happens to the originals and to the last result."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(plugin)
        self.scope = _combo("What is decomposed")
        self.engine = _combo("Which engine finds the layers")
        self.composition = _combo("How the layers mix")
        self.placement = _combo("Where the layers go")
        self.hide_originals = QtWidgets.QCheckBox("Hide the originals")
        self.replace = QtWidgets.QCheckBox("Replace the last result")
        self.replace.setToolTip(
            "The group that was inserted last goes as the new one comes, "
            "in one undo step if it was the last change"
        )
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        form = QtWidgets.QFormLayout()
        form.setSpacing(SPACING)
        form.addRow("Picture", self.scope)
        form.addRow("Engine", self.engine)
        form.addRow("Blending", self.composition)
        form.addRow("Insert", self.placement)
        column.addLayout(form)
        column.addWidget(self.hide_originals)
        column.addWidget(self.replace)
        self.scope.activated.connect(self._on_scope)
        self.engine.activated.connect(self._on_engine)
        self.composition.activated.connect(self._on_composition)
        self.placement.activated.connect(self._on_placement)
        self.hide_originals.clicked.connect(self._on_hide_originals)
        self.replace.toggled.connect(self._on_replace)

    @guarded
    def refresh(self) -> None:
        """Show the state as it is now."""
        plugin, settings = self.plugin, self.plugin.settings
        welcome = plugin.session.welcome
        engines = [info["name"] for info in welcome["engines"]] if welcome else []
        compositions = welcome["compositions"] if welcome else list(COMPOSITIONS)
        fill(self.scope, wording.titled([scope.value for scope in Scope], wording.SCOPES))
        fill(self.engine, wording.titled(engines or [settings.engine], wording.ENGINES))
        fill(self.composition, wording.titled(compositions, wording.COMPOSITIONS))
        places = [placement.value for placement in Placement]
        fill(self.placement, wording.titled(places, wording.PLACEMENTS))
        select(self.scope, settings.scope.value)
        select(self.engine, settings.engine)
        select(self.composition, settings.composition)
        select(self.placement, settings.placement.value)
        in_new_document = settings.placement is Placement.NEW_DOCUMENT
        self.hide_originals.setEnabled(not in_new_document)
        self.hide_originals.setChecked(settings.hide_originals and not in_new_document)
        self.hide_originals.setToolTip(
            wording.NOTHING_TO_HIDE if in_new_document else wording.HIDE_TIP
        )
        self.replace.setVisible(plugin.last is not None)
        self.replace.setChecked(plugin.replace)

    @guarded
    def _on_scope(self) -> None:
        self.plugin.choose(scope=Scope(self.scope.currentData()))

    @guarded
    def _on_engine(self) -> None:
        self.plugin.choose(engine=self.engine.currentData())

    @guarded
    def _on_composition(self) -> None:
        self.plugin.choose(composition=self.composition.currentData())

    @guarded
    def _on_placement(self) -> None:
        self.plugin.choose(placement=Placement(self.placement.currentData()))

    @guarded
    def _on_hide_originals(self, checked: bool) -> None:
        self.plugin.choose(hide_originals=checked)

    @guarded
    def _on_replace(self, checked: bool) -> None:
        self.plugin.replace = checked


def _combo(tip: str) -> QtWidgets.QComboBox:
    combo = narrow_combo()
    combo.setToolTip(tip)
    combo.setAccessibleName(tip)
    return combo


def narrow_combo() -> QtWidgets.QComboBox:
    """A list that may be narrower than its longest entry."""
    combo = QtWidgets.QComboBox()
    policy = QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    combo.setSizeAdjustPolicy(policy)
    combo.setMinimumContentsLength(6)
    combo.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
    return combo


def fill(combo: QtWidgets.QComboBox, entries: List[Tuple[str, str]]) -> None:
    """Give a list its entries, (name, title) each; one that is open stays as it is."""
    if [combo.itemData(index) for index in range(combo.count())] == [one[0] for one in entries]:
        return
    combo.clear()
    for name, title in entries:
        combo.addItem(title, name)


def select(combo: QtWidgets.QComboBox, name: Any) -> None:
    """Show a choice; one that the server does not offer is listed so that it is seen."""
    if combo.findData(name) < 0:
        combo.addItem(str(name), name)
    if combo.currentData() != name:
        combo.setCurrentIndex(combo.findData(name))
