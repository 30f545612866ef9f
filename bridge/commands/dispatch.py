"""What each command does with its arguments.

A function imports what takes long to import, so that `--help` is quick and a server loads nothing
that it does not need.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridge import __version__
from bridge.commands.option_flags import chosen_options
from bridge.errors import UserError
from bridge.interrupts import end_tidily
from bridge.log import start_logging

if TYPE_CHECKING:
    from bridge.commands.batch import Decomposer
    from bridge.commands.pieces import Piece


def decompose(arguments: argparse.Namespace) -> int:
    from bridge.commands.outputs import plan_decompose

    pieces = plan_decompose(arguments.sources, arguments.out, arguments.format)
    return _run(arguments, pieces, summary=len(pieces) > 1)


def batch(arguments: argparse.Namespace) -> int:
    from bridge.commands.outputs import pictures_left_out, plan_batch

    pieces = plan_batch(arguments.folders, arguments.out, arguments.format)
    if not pieces:
        raise UserError("There is no picture in these folders; nothing was done.")
    if left_out := pictures_left_out(arguments.folders, pieces, arguments.out):
        print(
            f"{arguments.out} holds {len(left_out)} pictures of yours, {left_out[0].name} among "
            "them; they are left alone, as results go there.",
            file=sys.stderr,
        )
    return _run(arguments, pieces, summary=True)


def _run(arguments: argparse.Namespace, pieces: Sequence[Piece], summary: bool) -> int:
    from bridge.commands.batch import Batch
    from bridge.commands.terminal import display

    shown = display(arguments.quiet, arguments.json)
    batch = Batch(
        _decomposer(arguments), arguments.composition, shown, arguments.resume, arguments.force
    )
    end_tidily()
    report = batch.run(pieces)
    if summary or report.interrupted:
        shown.tell(report)
    if arguments.json:
        print(json.dumps(report.as_json()))
    return report.exit_code


def _decomposer(arguments: argparse.Namespace) -> Decomposer:
    options = chosen_options(arguments)
    if arguments.server is None:
        import engine

        name = arguments.engine or engine.DEFAULT_ENGINE
        if arguments.device is None:
            return engine.load(name, **options)
        try:
            return engine.load(name, device=arguments.device, **options)
        except engine.UnsupportedOption:
            engine.load(name, **options)  # without a device all is well
            raise UserError(
                f"The engine {name!r} has no choice of device; leave out --device."
            ) from None
    from bridge.client.remote import RemoteEngine

    if arguments.device is not None:
        raise UserError("The server's own device is used; leave out --device or --server.")
    return RemoteEngine(arguments.server, arguments.engine, arguments.token, options)


def serve(arguments: argparse.Namespace) -> int:
    from bridge.server import Server, ServerSettings
    from bridge.server import serve as serve_clients

    settings = ServerSettings(
        host=arguments.host,
        port=arguments.port,
        engine=arguments.engine,
        token=arguments.token,
        tls_cert=arguments.tls_cert,
        tls_key=arguments.tls_key,
        unload_after_s=arguments.unload_after * 60 or None,
    )

    def started(server: Server) -> None:
        where = f"{server.url} (port {server.port})"
        print(f"Layer Bridge {__version__} serves at {where}; Ctrl-C stops it.", flush=True)

    start_logging()
    end_tidily()
    asyncio.run(serve_clients(settings, started=started))
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    from bridge.commands.doctor import as_report, as_text, examine

    findings = examine(arguments.port)
    print(as_report(findings) if arguments.report else as_text(findings))
    return 0
