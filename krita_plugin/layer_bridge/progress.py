"""How far the running job is, with Cancel beside it."""

from __future__ import annotations

from . import wording
from .boxes import SPACING, Box, ElidedLabel
from .guard import guarded
from .plugin import Plugin
from .qt import QtWidgets

STEPS = 1000


class ProgressBox(Box):
    """A bar for the whole run, and what happens just now."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(plugin)
        self.document = ElidedLabel()
        self.bar = QtWidgets.QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.cancel_button = QtWidgets.QPushButton("Cancel")
        self.cancel_button.clicked.connect(plugin.cancel)
        self.stage = ElidedLabel()
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(SPACING)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel_button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.document)
        column.addLayout(row)
        column.addWidget(self.stage)

    @guarded
    def refresh(self) -> None:
        """Show the state as it is now."""
        run = self.plugin.session.run
        job = run.current if run else None
        self.setVisible(job is not None)
        if run is None or job is None:
            return
        self.document.show_text(wording.place_in_run(run))
        self.stage.show_text(wording.stage(job))
        self.bar.setValue(round(run.fraction * STEPS))
        many = len(run.jobs) - run.number
        self.cancel_button.setToolTip(
            f"Stop this and the {many} that wait" if many else "Stop decomposing"
        )
