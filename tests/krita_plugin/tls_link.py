"""The panel and a server with TLS and a token, as on another computer.

`test_pyqt6.py` runs this: PyQt5's wheel wants an OpenSSL that today's systems have no more.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from layer_bridge.plugin import Plugin
from layer_bridge.qt import QtNetwork
from layer_bridge.session import State

from tests.bridge.fakes import SwatchEngine
from tests.krita_plugin.event_loop import wait_until
from tests.krita_plugin.fake_canvas import FakeCanvas
from tests.krita_plugin.server_thread import ServerThread, server_thread

CERTIFICATES = Path(__file__).parents[1] / "bridge"
CERTIFICATE = CERTIFICATES / "certificate.pem"
pytestmark = pytest.mark.usefixtures("application")


@pytest.fixture
def server() -> Iterator[ServerThread]:
    with server_thread(
        SwatchEngine(),
        host="0.0.0.0",
        token="secret",
        tls_cert=CERTIFICATE,
        tls_key=CERTIFICATES / "certificate_key.pem",
    ) as server:
        yield server


@pytest.fixture
def canvas(tmp_path: Path) -> FakeCanvas:
    return FakeCanvas(tmp_path, "Mio")


@pytest.fixture
def plugin(canvas: FakeCanvas) -> Iterator[Plugin]:
    plugin = Plugin(canvas)
    yield plugin
    plugin.close()


@pytest.fixture
def trust() -> Iterator[None]:
    """Qt trusts the server's certificate, as if the system's store had it."""
    usual = QtNetwork.QSslConfiguration.defaultConfiguration()
    trusting = QtNetwork.QSslConfiguration.defaultConfiguration()
    trusting.addCaCertificates(QtNetwork.QSslCertificate.fromPath(str(CERTIFICATE)))
    QtNetwork.QSslConfiguration.setDefaultConfiguration(trusting)
    yield
    QtNetwork.QSslConfiguration.setDefaultConfiguration(usual)


@pytest.mark.usefixtures("trust")
def test_a_large_picture_goes_through_tls(
    plugin: Plugin, canvas: FakeCanvas, server: ServerThread
) -> None:
    canvas.documents[0].size = (2000, 1500)
    plugin.choose(address=f"wss://localhost:{server.port}", token="secret")
    wait_until(lambda: plugin.session.state is State.READY)
    plugin.decompose()
    wait_until(lambda: plugin.session.run is None)
    assert plugin.error == ""
    assert len(canvas.documents[0].groups) == 1


@pytest.mark.usefixtures("trust")
def test_a_wrong_token_is_explained(plugin: Plugin, server: ServerThread) -> None:
    plugin.choose(address=f"wss://localhost:{server.port}", token="guessed")
    wait_until(lambda: plugin.session.reason)
    assert "wants a token" in plugin.session.reason


def test_a_certificate_that_nobody_vouches_for_is_refused(
    plugin: Plugin, server: ServerThread
) -> None:
    plugin.choose(address=f"wss://localhost:{server.port}", token="secret")
    wait_until(lambda: plugin.session.reason)
    assert "self-signed" in plugin.session.reason
