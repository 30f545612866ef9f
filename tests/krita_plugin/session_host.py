"""A host that does what the session wants, and the messages of a server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from layer_bridge.commands import Finish, Place, Read, Send
from layer_bridge.framing import pack_header
from layer_bridge.jobs import Job, Request, Run
from layer_bridge.protocol import PROTOCOL_VERSION, VERSION
from layer_bridge.session import Session


def message(header: dict[str, Any], payload: bytes = b"") -> bytes:
    return pack_header(header) + payload


def request(title: str = "Mio", document: Any = None, **choices: Any) -> Request:
    defaults = {
        "scope": "document",
        "engine": "builtin",
        "composition": "production",
        "placement": "top",
        "replace": False,
    }
    return Request(document=document or title, title=title, **{**defaults, **choices})


OPTIONS = [
    {
        "kind": "number",
        "name": "pencil",
        "title": "Pencil",
        "help": "How thick a line may be, in <pixels>.",
        "default": 0,
        "least": 0,
        "most": 64,
        "step": 1,
        "unit": "px",
        "least_title": "Automatic",
    },
    {
        "kind": "number",
        "name": "grain",
        "title": "Grain",
        "help": "How rough the paper is.",
        "default": 0.5,
        "least": 0,
        "most": 1,
        "step": 0.25,
        "unit": "",
        "least_title": "",
    },
    {
        "kind": "choice",
        "name": "paper",
        "title": "Paper",
        "help": "What is drawn on.",
        "default": "white",
        "choices": [{"value": "white", "title": "White"}, {"value": "toned", "title": "Toned"}],
    },
    {"kind": "switch", "name": "tidy", "title": "Tidy", "help": "No speckles.", "default": False},
]
"""One of each kind, and a whole number beside a fraction, as a welcome describes them."""

WELCOME = {
    "type": "welcome",
    "protocol": PROTOCOL_VERSION,
    "server_version": VERSION,
    "engines": [{"name": "builtin", "ready": True, "detail": ""}],
    "compositions": ["production", "normal"],
    "limits": {"max_pixels": 1000, "max_jobs": 4},
}


def progress(job: str = "job-1", **fields: Any) -> dict[str, Any]:
    common = {"fraction": 0.5, "queue_position": 0, "remaining_s": 3.0, "stage": "finding lines"}
    return {"type": "progress", "job": job, **common, **fields}


def failure(job: str | None = "job-1", code: str = "engine_failed") -> dict[str, Any]:
    return {"type": "failure", "job": job, "code": code, "detail": "The engine failed."}


def result(job: str = "job-1", **fields: Any) -> dict[str, Any]:
    layers = [
        {
            "role": role,
            "name": role,
            "blend_mode": "normal",
            "opacity": 1,
            "image": {"x": 0, "y": 0, "width": 1, "height": 1, "offset": 4 * at, "length": 4},
        }
        for at, role in enumerate(("flat_color", "shadow", "highlight", "line_art"))
    ]
    common = {"engine": "builtin", "composition": "production", "width": 2, "height": 1, "depth": 8}
    quality = {"psnr_db": 60.0, "max_error": 1.0}
    header = {"type": "result", "job": job, **common, "layers": layers, "reconstruction": quality}
    return {**header, **fields}


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Host:
    """A host that does what the session wants: its canvas gives pictures and takes layers."""

    pictures: Callable[[Job], tuple[int, int, int, bytes] | str] = lambda job: (2, 1, 8, bytes(8))
    takes: Callable[[Job], str] = lambda job: ""
    """Why the canvas does not take a job's layers; empty when it does"""
    clock: Clock = field(default_factory=Clock)
    sent: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    placed: list[tuple[str, list[bytes]]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    others: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.session = Session(self.clock)

    def do(self, commands: list[Any]) -> None:
        todo = list(commands)
        while todo:
            command = todo.pop(0)
            if isinstance(command, Send):
                payload = b"" if command.payload is None else bytes(command.payload)
                self.sent.append((command.header, payload))
            elif isinstance(command, Read):
                todo += self._read(command.job)
            elif isinstance(command, Place):
                todo += self._place(command)
            elif isinstance(command, Finish):
                self.runs.append(command.run)
            else:
                self.others.append(command)

    def _read(self, job: Job) -> list[Any]:
        picture = self.pictures(job)
        if isinstance(picture, str):
            return self.session.refused(job, picture)
        return self.session.picture_read(job, *picture)

    def _place(self, command: Place) -> list[Any]:
        problem = self.takes(command.job)
        if problem:
            return self.session.refused(command.job, problem)
        self.placed.append((command.job.id, [bytes(layer.pixels) for layer in command.layers]))
        return self.session.placed(command.job)

    def hear(self, header: dict[str, Any], payload: bytes = b"") -> None:
        self.do(self.session.received(message(header, payload)))

    def connect(self) -> None:
        self.do(self.session.connect())
        self.do(self.session.opened())
        self.hear(WELCOME)
        self.sent.clear()
        self.others.clear()

    def submit(self, *requests: Request) -> None:
        self.do(self.session.submit(requests or [request()]))
