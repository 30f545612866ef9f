"""What the panel says, all sentences in one place; no widgets."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .jobs import Job, Run, Stage
from .protocol import VERSION
from .server_process import ServerProcess
from .session import Session, State

ENGINES = {"builtin": "Built in", "diffusion": "Diffusion model"}
COMPOSITIONS = {
    "production": "Multiply, lighten",
    "screen": "Multiply, screen",
    "glow": "Multiply, add",
    "normal": "Normal only",
}
SCOPES = {
    "document": "Whole picture",
    "layer": "Active layer, group",
    "selection": "Selection",
}
PLACEMENTS = {
    "top": "On top",
    "above_active": "Above active layer",
    "new_document": "New document",
}
ACTIONS = {
    "layer_bridge_decompose": "Decompose into Layers",
    "layer_bridge_decompose_all": "Decompose All Open Documents",
    "layer_bridge_cancel": "Cancel Decomposing",
    "layer_bridge_docker": "Show Layer Bridge",
}
WELCOME = (
    "Layer Bridge turns a finished picture into flat color, shadow, highlight and line art. "
    "Its server does the work, and none answers yet."
)
UNFIT = "This plugin and the server do not speak the same protocol."
DECOMPOSE_TIP = "Decompose this picture; its layers come in one group, in one undo step"
ALL_TIP = "Decompose every open document, one after another, each as its whole picture"
HIDE_TIP = (
    "Hide the layers that were decomposed as the new ones come; undo does not show them again. "
    "A selection hides nothing."
)
NOTHING_TO_HIDE = "Layers in a new document have nothing under them to hide"
NO_PROGRAM = "layer-bridge was not found here; name it in the settings, or start it in a terminal."
UPDATE_PLUGIN = "layer-bridge install krita"
UPDATE_SERVER = "pipx upgrade layer-bridge"


def status(session: Session, address: str, server: ServerProcess) -> str:
    """The status line."""
    if session.state is State.READY:
        return f"Connected to {address}"
    if session.state is State.REFUSED:
        return "Plugin and server do not fit"
    if server.is_running:
        return "Stopping the server …" if server.is_stopped else "Starting the server …"
    return "No connection, trying again …" if session.reason else "Connecting …"


def start_advice(refused: bool, can_start: bool) -> str:
    """What to do about a missing connection; the command stands under it."""
    if refused:
        return f"Update both: “{UPDATE_SERVER}”, then run this in a terminal and restart Krita:"
    return "Start it here, or in a terminal:" if can_start else "Start it in a terminal:"


def version_notice(session: Session) -> str:
    """What to do when plugin and server are of different versions; empty when they are not."""
    if session.welcome is None:
        return ""
    server = session.welcome["server_version"]
    if server == VERSION:
        return ""
    if _numbers(server) > _numbers(VERSION):
        todo = f"Run “{UPDATE_PLUGIN}” and restart Krita."
    else:
        todo = f"Run “{UPDATE_SERVER}” and restart the server."
    return f"The plugin is {VERSION}, the server {server}. {todo}"


def _numbers(version: str) -> List[int]:
    """The numbers of a version that starts with them: "0.2.0rc1" gives [0, 2]."""
    return [int(part) for part in version.split(".") if part.isdigit()]


def why_not(session: Session, has_document: bool, engine: str, document: Any = None) -> str:
    """Why a click on Decompose would come to nothing; empty when it would not."""
    if session.welcome is None:
        return "There is no connection to the server."
    if not has_document:
        return "Open a picture first."
    if session.run is not None and session.run.holds(document):
        return "This picture is being decomposed already."
    return engine_problem(session, engine)


def engine_problem(session: Session, engine: str) -> str:
    """Why the server cannot use an engine; empty when it can."""
    for info in session.welcome["engines"] if session.welcome else []:
        if info["name"] == engine:
            return "" if info["ready"] else str(info["detail"])
    return f"The server has no engine “{engine}”; choose another one."


def options_title(changed: int) -> str:
    """The line above an engine's options; it tells of changes even while they are folded."""
    return f"Options ({changed} changed)" if changed else "Options"


def options_tip(unfolded: bool) -> str:
    """What a click on that line does."""
    return "Hide the engine's options" if unfolded else "Show the engine's options"


def stage(job: Job) -> str:
    """What happens to a job just now, with the time left."""
    if job.stage is Stage.QUEUED:
        text = f"waiting, {job.ahead} ahead"
    elif job.stage is Stage.RUNNING:
        text = job.work or "working"
    elif job.stage is Stage.WAITING:
        text = "waiting for the server"
    else:
        text = job.stage.value
    left = time_left(job.remaining_s)
    return _capitalized(f"{text}, {left}" if left else text)


def time_left(seconds: Optional[float]) -> str:
    """ "about 40 s left", rounded as estimates deserve; empty while unknown."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 55:
        return f"about {round(seconds / 10) * 10} s left"
    return f"about {max(1, round(seconds / 60))} min left"


def place_in_run(run: Run) -> str:
    """Which document it is, and which of how many."""
    job = run.current
    title = job.request.title if job else ""
    return f"{run.number} of {len(run.jobs)}: {title}" if len(run.jobs) > 1 else title


def outcome(run: Run) -> Tuple[str, str]:
    """What came of a run: a summary, empty if there is no good news, and the bad news."""
    done, failed = run.ended(Stage.DONE), run.ended(Stage.FAILED)
    cancelled = len(run.ended(Stage.CANCELLED))
    if len(run.jobs) == 1:
        if done:
            return f"“{done[0].request.title}” is decomposed. {done[0].detail}".strip(), ""
        return ("Cancelled.", "") if cancelled else ("", failed[0].detail)
    summary = f"{len(done)} of {len(run.jobs)} documents are decomposed"
    summary += f", {cancelled} cancelled." if cancelled else "."
    return summary, "\n".join(f"{job.request.title}: {job.detail}" for job in failed)


def quality(psnr_db: float, max_error: float) -> str:
    """How well the layers restack."""
    if max_error == 0:
        return "The layers restack exactly."
    return f"The layers restack to within {max_error:.3g}/255 ({psnr_db:.0f} dB)."


def fault(error: Exception) -> str:
    """A fault of ours, as the artist sees it."""
    return (
        f"Something went wrong inside the plugin ({type(error).__name__}: {error}). "
        "Copy the diagnostics from the menu and send them to us."
    )


def titled(names: List[str], titles: Dict[str, str]) -> List[Tuple[str, str]]:
    """Names with how the panel shows them; a name that it does not know stands for itself."""
    return [(name, titles.get(name, name)) for name in names]


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
