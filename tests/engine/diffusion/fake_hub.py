"""A hub on this machine: the endpoints of the Hugging Face hub that its library calls."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

REVISION = "0123456789abcdef0123456789abcdef01234567"
LARGE = 1000
"""Files of this many bytes and more have a SHA-256, and lie behind a redirect."""


@dataclass
class FakeHub:
    """Repositories, and everything that can go wrong with them."""

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """OWNER/NAME -> path -> content"""
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Part of an address -> status and the hub's own error code"""
    cuts: dict[str, int] = field(default_factory=dict)
    """Path -> after how many bytes the connection breaks; each only once"""
    pauses: dict[str, int] = field(default_factory=dict)
    """Path -> after how many bytes nothing more comes until `resumed` is set"""
    resumed: Event = field(default_factory=Event)
    page: bytes | None = None
    """What answers every question in the hub's place"""
    corrupt: set[str] = field(default_factory=set)
    """Paths whose content comes with a byte changed"""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Each request's path, range and authorization"""
    url: str = ""
    storage: str = ""
    """The same server by another name: another host to whoever is redirected"""

    @property
    def downloads(self) -> list[tuple[str, str]]:
        """Path in the repository and range of each file that was sent, in order."""
        found = (
            (re.match(r"/[^/]+/[^/]+/resolve/[^/]+/(.+)", one[0]), one[1]) for one in self.asked
        )
        return [(match[1], span) for match, span in found if match]

    @contextmanager
    def running(self, monkeypatch: pytest.MonkeyPatch, mirror: bool = False) -> Iterator["FakeHub"]:
        """Serve, and let the hub's library ask here: as the hub itself, or in its place."""
        hub = self

        class Handler(Asked):
            served = hub

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.storage = f"http://localhost:{server.server_port}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", self.url)
        if not mirror:
            monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_HOME", self.url)
        template = self.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            self.resumed.set()
            server.shutdown()
            server.server_close()


class Asked(BaseHTTPRequestHandler):
    """One connection to a fake hub."""

    served: FakeHub

    def do_GET(self) -> None:
        path, _, _ = self.path.partition("?")
        self.served.asked.append(
            (path, self.headers.get("Range", ""), self.headers.get("Authorization", ""))
        )
        if self.served.page is not None:
            return self.answer(200, self.served.page, {"Content-Type": "application/json"})
        for part, (status, code) in list(self.served.refusals.items()):
            if part in path:
                return self.refuse(status, code)
        described = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path)
        if described:
            return self.describe(described[1], described[2])
        wanted = re.fullmatch(r"/(cdn/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        content = wanted and self.served.repositories.get(wanted[2], {}).get(wanted[4])
        if content is None:
            return self.refuse(404, "EntryNotFound")
        if len(content) >= LARGE and not wanted[1]:
            self.answer(302, b"", {"Location": f"{self.served.storage}/cdn{path}"})
        else:
            self.deliver(wanted[4], content)

    def describe(self, repository: str, revision: str | None) -> None:
        files = self.served.repositories.get(repository)
        if files is None:
            return self.refuse(404, "RepoNotFound")
        if revision not in (None, "main", REVISION):
            return self.refuse(404, "RevisionNotFound")
        siblings = [sibling(name, content) for name, content in files.items()]
        body = {"id": repository, "sha": REVISION, "siblings": siblings}
        self.answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def deliver(self, name: str, content: bytes) -> None:
        if name in self.served.corrupt:
            content = bytes([content[0] ^ 1]) + content[1:]
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(span[1]) if span else 0
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        cut = self.served.cuts.pop(name, None)
        pause = self.served.pauses.pop(name, None)
        self.answer(206 if span else 200, content[start:], headers if span else {}, cut, pause)

    def refuse(self, status: int, code: str) -> None:
        self.answer(status, b"", {"X-Error-Code": code} if code else {})

    def answer(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str],
        cut: int | None = None,
        pause: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if pause is not None:
            self.wfile.write(body[:pause])
            self.served.resumed.wait(60)
            return
        self.wfile.write(body[:cut])

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def sibling(name: str, content: bytes) -> dict[str, object]:
    """A file as the hub describes it."""
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    told = {"rfilename": name, "size": len(content), "blobId": blob}
    if len(content) >= LARGE:
        digest = hashlib.sha256(content).hexdigest()
        told["lfs"] = {"size": len(content), "sha256": digest, "pointerSize": 130}
    return told
