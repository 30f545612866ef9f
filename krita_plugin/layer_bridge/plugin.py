"""The panel's one state, shared by the dockers of all windows, and what the artist can do.

Krita makes a docker for every main window and may delete it; this object outlives them all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Set

from . import wording
from .address import Address, parse_address
from .conversation import Conversation, PlacedResult
from .diagnostics import report
from .guard import guarded
from .jobs import Request, Run
from .log import open_log
from .options import OptionValue, changed, options_of, values_of
from .protocol import OptionInfo
from .qt import QtCore
from .server_process import ServerProcess, StartError, find_program, server_command
from .session import Session, State
from .settings import Scope, Settings, load_settings

REFRESH_MS = 40
"""The dockers are told of changes at most this often."""
KEPT_BYTES = 1 << 29
"""A larger last result is not kept for another insertion."""


class Plugin(QtCore.QObject):
    """What the dockers show.

    Args:
        canvas: the host's side; the module `canvas`, or whatever has its functions.
    """

    changed = QtCore.pyqtSignal()
    """Something that a docker shows is different."""
    attention = QtCore.pyqtSignal()
    """The artist wants what cannot be done yet: the docker, which says how, is to be shown."""

    def __init__(self, canvas: Any, parent: Optional[QtCore.QObject] = None) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self.folder = Path(canvas.app_data_folder()) / "layer_bridge"
        self.log_file = open_log(self.folder)
        self.settings: Settings = load_settings(self._settings_file)
        self.server = ServerProcess(self.folder / "server.log")
        self.active: Any = None
        """The document that the artist looks at, or None"""
        self.open_count = 0
        self.replace = False
        """Whether the next result takes the last one's place"""
        self.summary = ""
        """What came of the last run"""
        self.error = ""
        self.notice = ""
        self.last: Optional[PlacedResult] = None
        self.visible_dockers: Set[int] = set()
        self._refresh = QtCore.QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.timeout.connect(self._on_refresh)
        self._conversation = conversation = Conversation(canvas, self)
        conversation.changed.connect(self._tell)
        conversation.disconnected.connect(self._on_disconnected)
        conversation.placed.connect(self._on_placed)
        conversation.noticed.connect(self._on_noticed)
        conversation.finished.connect(self._on_finished)
        conversation.faulted.connect(self._on_faulted)

    @property
    def session(self) -> Session:
        """The state of the connection and of the jobs."""
        return self._conversation.session

    @property
    def _settings_file(self) -> Path:
        return self.folder / "settings.json"

    def show_fault(self, error: Exception) -> None:
        """A fault of ours: the artist sees it in the error box, not in Krita's own dialog."""
        self._show_error(wording.fault(error))

    @guarded
    def start(self) -> None:
        """Krita has started: look for the server, once in the usual place too."""
        self._conversation.connect_to(self.address, self.settings.token, spare=Address())

    # ---- what the artist does

    @guarded
    def connect_to_server(self) -> None:
        """Connect, or connect anew."""
        self._conversation.connect_to(self.address, self.settings.token)

    @guarded
    def start_server(self) -> None:
        """Start the server on this computer, and connect to it as soon as it answers."""
        self.error = ""
        program = self.server_program()
        try:
            if program is None:
                raise StartError(wording.NO_PROGRAM)
            self.server.start(program, self.address)
        except StartError as error:
            self._show_error(str(error))
        self.connect_to_server()

    @guarded
    def stop_server(self) -> None:
        """Stop the server that was started here."""
        self.server.stop()

    @guarded
    def decompose(self) -> None:
        """Decompose the document that the artist looks at."""
        self._look_at_documents()
        why_not = self.why_not()
        if why_not:
            self._refuse(why_not)
        else:
            self._submit([self.active], self.settings.scope)

    @guarded
    def decompose_all(self) -> None:
        """Decompose every open document, as the list stands now."""
        self._look_at_documents()
        why_not = self.why_not_all()
        if why_not:
            self._refuse(why_not)
            return
        run = self.session.run
        documents = self.canvas.open_documents()
        fresh = [one for one in documents if run is None or not run.holds(one)]
        self._submit(fresh, Scope.DOCUMENT)

    @guarded
    def cancel(self) -> None:
        """Stop the running job and the waiting ones."""
        self._conversation.cancel()

    @guarded
    def insert_again(self) -> None:
        """Put the last result into its document again, where the choices now say."""
        if self.last is None:
            return
        self.error = self.notice = ""
        try:
            request = self._request(self.last.request.document, self.settings.scope)
            self._conversation.insert(self.last, request)
            self.summary = f"“{request.title}” has its layers again."
        except self.canvas.Refusal as refusal:
            self.error = str(refusal)
        self._tell()

    @guarded
    def dismiss_error(self) -> None:
        """The artist has read it."""
        self._show_error("")

    @guarded
    def documents_changed(self) -> None:
        """Krita opened, closed or switched documents."""
        self._look_at_documents()
        self._conversation.drop_closed_documents()
        self._tell()

    def choose(self, **choices: Any) -> None:
        """Change settings and keep them; another address or token connects anew."""
        old = (self.settings.address, self.settings.token)
        for name, value in choices.items():
            setattr(self.settings, name, value)
        self.settings.save(self._settings_file)
        if old != (self.settings.address, self.settings.token):
            self.connect_to_server()
        self._tell()

    def choose_option(self, name: str, value: OptionValue) -> None:
        """Change one option of the chosen engine and keep it."""
        self._keep_options({**self.option_values(), name: value})

    @guarded
    def reset_options(self) -> None:
        """Give every option of the chosen engine its default."""
        self._keep_options({})

    def _keep_options(self, values: Dict[str, OptionValue]) -> None:
        kept = changed(self.options(), values)
        self.choose(options={**self.settings.options, self.settings.engine: kept})

    @guarded
    def close(self) -> None:
        """Krita closes."""
        self._refresh.stop()
        self._conversation.close()

    # ---- what a docker asks

    @property
    def address(self) -> Address:
        """Where the server is; the usual place where the setting cannot be read."""
        try:
            return parse_address(self.settings.address)
        except ValueError:
            return Address()

    @property
    def reached(self) -> Address:
        """Where the server was found, or is being looked for just now."""
        return self._conversation.address

    def server_program(self) -> Optional[str]:
        """The program that can be started here, if any."""
        return find_program(self.settings.server_program) if self.address.is_local else None

    def server_command(self) -> str:
        """What to type to start it."""
        return server_command(self.address)

    def why_not(self) -> str:
        """Why Decompose would come to nothing; empty when it would not."""
        has_document = self.active is not None
        return wording.why_not(self.session, has_document, self.settings.engine, self.active)

    def why_not_all(self) -> str:
        """Why All open documents would come to nothing; empty when it would not."""
        return wording.why_not(self.session, self.open_count > 0, self.settings.engine)

    def options(self) -> List[OptionInfo]:
        """What can be chosen of the chosen engine, as the server describes it."""
        return options_of(self.session.welcome, self.settings.engine)

    def option_values(self) -> Dict[str, OptionValue]:
        """A value for each of `options`."""
        return values_of(self.options(), self.settings.options.get(self.settings.engine))

    def diagnostics(self) -> str:
        """The report for a bug thread."""
        return report(self.canvas.krita_version(), self.settings, self.session, self.log_file)

    def _look_at_documents(self) -> None:
        self.active = self.canvas.active_document()
        self.open_count = len(self.canvas.open_documents())

    def _refuse(self, why_not: str) -> None:
        self._show_error(why_not)
        if self.session.state is not State.READY:
            self.attention.emit()

    def _submit(self, documents: List[Any], scope: Scope) -> None:
        self.error = self.notice = self.summary = ""
        self._conversation.submit([self._request(document, scope) for document in documents])

    def _request(self, document: Any, scope: Scope) -> Request:
        """To decompose a document as the choices stand now."""
        chosen = self.settings
        return Request(
            document,
            document.title,
            scope.value,
            chosen.engine,
            chosen.composition,
            chosen.placement.value,
            self.replace,
            chosen.hide_originals,
            self.option_values(),
        )

    # ---- what happens

    @guarded
    def _on_faulted(self, error: Exception) -> None:
        self.show_fault(error)

    @guarded
    def _on_disconnected(self) -> None:
        ended = self.server.why_ended()
        if ended is not None:
            self._show_error(ended)

    @guarded
    def _on_placed(self, result: PlacedResult) -> None:
        self.last = result if result.nbytes <= KEPT_BYTES else None

    @guarded
    def _on_noticed(self, notice: str) -> None:
        if notice not in self.notice.split("\n"):
            self.notice = f"{self.notice}\n{notice}".strip()

    @guarded
    def _on_finished(self, run: Run) -> None:
        self.summary, self.error = wording.outcome(run)
        if not self.visible_dockers:
            self.canvas.show_message(f"Layer Bridge: {self.error or self.summary}")
        self._tell()

    @guarded
    def _on_refresh(self) -> None:
        self.changed.emit()

    def _show_error(self, text: str) -> None:
        self.error = text
        if text and not self.visible_dockers:
            self.canvas.show_message(f"Layer Bridge: {text}")
        self._tell()

    @guarded
    def _tell(self) -> None:
        if not self._refresh.isActive():
            self._refresh.start(REFRESH_MS)
