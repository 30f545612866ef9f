"""The command line's words, and what becomes of errors.

Exit codes: 0 done, 1 a fault of ours, 2 bad input or usage, 3 interrupted.
"""

from __future__ import annotations

import argparse
import errno
import io
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from bridge import __version__
from bridge.commands import dispatch, install
from bridge.commands.dataset import add_dataset
from bridge.commands.edit import add_edit
from bridge.commands.evaluate import add_evaluate
from bridge.commands.models import add_models
from bridge.commands.option_flags import add_option_flags
from bridge.commands.places import place
from bridge.commands.train import add_train
from bridge.errors import Trouble, trouble
from bridge.interrupts import INTERRUPTED
from bridge.wire.address import DEFAULT_PORT
from engine import COMPOSITIONS, DEFAULT_COMPOSITION, DEFAULT_ENGINE, ENGINES, Cancelled

FORMATS = ("psd", "kra", "ora", "png")


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parse(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file may have a name that the terminal cannot show.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except (KeyboardInterrupt, Cancelled):
        if getattr(arguments, "json", False):
            _print_json(interrupted=True)
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()  # whoever read it has enough
        return 0
    except Exception as error:
        told = trouble(error)
        print(told.sentence, file=sys.stderr)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _drop_output()
        elif getattr(arguments, "json", False):
            _print_json(told)
        return told.exit_code
    return code


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """As `parse_args`; what goes in may stand behind the options, too, and Krita is krita."""
    top = parser()
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["install"]:
        words[1:2] = map(str.lower, words[1:2])
    arguments, more = top.parse_known_args(words)
    inputs = getattr(arguments, "sources", None) or getattr(arguments, "folders", None)
    if more and (inputs is None or any(word.startswith("-") for word in more)):
        top.error(f"unrecognized arguments: {' '.join(more)}")
    if inputs:
        inputs += map(Path, more)
    return arguments


def _drop_output() -> None:
    """Keep Python from complaining, at its end, that the output cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_json(*told: Trouble, interrupted: bool = False) -> None:
    from bridge.commands.report import Failure, Report

    failures = [Failure(None, one) for one in told]
    print(json.dumps(Report(failures=failures, interrupted=interrupted).as_json()), flush=True)


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="layer-bridge",
        description="Decompose a finished illustration into flat color, shadow, highlight and line "
        "art. Everything happens on this computer.",
        epilog="Exit codes: 0 done, 1 a fault of layer-bridge, 2 bad input or usage, "
        "3 interrupted.",
    )
    top.add_argument("--version", action="version", version=f"layer-bridge {__version__}")
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_decompose(subparsers)
    _add_batch(subparsers)
    add_evaluate(subparsers)
    add_edit(subparsers)
    _add_serve(subparsers)
    add_dataset(subparsers)
    add_models(subparsers)
    add_train(subparsers)
    _add_install(subparsers)
    _add_doctor(subparsers)
    return top


Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"


def _add_decompose(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "decompose",
        help="decompose pictures",
        description="Decompose pictures into layers that give them back exactly.",
    )
    command.add_argument(
        "sources",
        nargs="+",
        type=Path,
        metavar="IN",
        help="a PNG, JPEG, WebP, TIFF, PSD, KRA or ORA; of a layered file its merged picture",
    )
    _add_out(
        command,
        "a name that ends in .psd, .kra or .ora, or a folder for PNGs, a manifest and a preview; "
        "for several pictures the folder that gets a result for each",
    )
    command.add_argument(
        "--format",
        choices=FORMATS,
        help="what to write for each picture into the folder OUT (png: a folder of PNGs)",
    )
    _add_how(command)
    command.set_defaults(run=dispatch.decompose, resume=False)


def _add_batch(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "batch",
        help="decompose every picture in folders",
        description="Decompose every picture in folders and the folders in them. OUT gets the same "
        "folders. A picture that fails does not stop the rest.",
    )
    command.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    _add_out(command, "the folder for the results")
    command.add_argument(
        "--format",
        choices=FORMATS,
        default="png",
        help="what to write for each picture (png, the default: a folder of PNGs)",
    )
    command.add_argument(
        "--resume", action="store_true", help="leave alone the results that are there already"
    )
    _add_how(command)
    command.set_defaults(run=dispatch.batch)


def _add_out(command: Parser, help: str) -> None:
    command.add_argument("-o", "--out", required=True, type=place, metavar="OUT", help=help)


def _add_how(command: Parser) -> None:
    """What `decompose` and `batch` share."""
    command.add_argument(
        "--engine",
        choices=list(ENGINES),
        help=f"what finds the layers (default: {DEFAULT_ENGINE}; with --server the server's own)",
    )
    command.add_argument(
        "--composition",
        choices=list(COMPOSITIONS),
        default=DEFAULT_COMPOSITION,
        help="the layers' blend modes (default: %(default)s)",
    )
    add_option_flags(command)
    command.add_argument(
        "--device",
        choices=["cuda", "mps", "cpu"],
        help="where the diffusion engine computes: cuda (NVIDIA), mps (Apple) or cpu (default: the "
        "best that is here)",
    )
    command.add_argument(
        "--server", metavar="URL", help="let a running server do it: ws://127.0.0.1:7347"
    )
    command.add_argument("--token", help="what a server on another computer asks for")
    command.add_argument("--force", action="store_true", help="replace what is in OUT's place")
    command.add_argument(
        "--json", action="store_true", help="print one JSON object about all results at the end"
    )
    command.add_argument("--quiet", action="store_true", help="show no progress")


def _add_serve(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "serve",
        help="let Krita, Photoshop and other clients decompose",
        description="Serve Krita, Photoshop and other clients until Ctrl-C. Only programs on this "
        "computer can connect, unless another host, a token and a certificate are given.",
    )
    command.add_argument("--host", default="127.0.0.1", help="(default: %(default)s)")
    command.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="0 takes a free one (default: %(default)s)"
    )
    command.add_argument(
        "--engine",
        choices=list(ENGINES),
        default=DEFAULT_ENGINE,
        help="the one that clients are offered first (default: %(default)s)",
    )
    command.add_argument("--token", help="what clients must show; needed with another host")
    command.add_argument(
        "--tls-cert", type=Path, metavar="PEM", help="certificate; needed with another host"
    )
    command.add_argument(
        "--tls-key",
        type=Path,
        metavar="PEM",
        help="the certificate's key; needed with another host",
    )
    command.add_argument(
        "--unload-after",
        type=_minutes,
        default=10,
        metavar="MINUTES",
        help="give back the memory of an engine that had nothing to do for so long; 0 keeps it "
        "(default: %(default)s)",
    )
    command.set_defaults(run=dispatch.serve)


def _add_install(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "install",
        help="put the plugin into Krita or Photoshop",
        description="Put the plugin of this version into a program.",
    )
    hosts = command.add_subparsers(title="programs", metavar="PROGRAM")
    command.set_defaults(run=lambda _: command.error("say krita or photoshop"))
    _add_install_krita(hosts)
    _add_install_photoshop(hosts)


def _add_install_krita(hosts: Subparsers) -> None:
    command = hosts.add_parser(
        "krita",
        help="into every Krita of yours",
        description="Put the plugin of this version into every Krita of yours and enable it.",
    )
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--zip",
        type=place,
        metavar="FILE",
        help="write the zip for Krita's own importer (Tools > Scripts) and install nothing",
    )
    what.add_argument("--uninstall", action="store_true", help="take the plugin away")
    what.add_argument(
        "--link", action="store_true", help="link to this checkout, for work on the plugin"
    )
    command.set_defaults(run=install.install_krita)


def _add_install_photoshop(hosts: Subparsers) -> None:
    command = hosts.add_parser(
        "photoshop",
        help="into Photoshop, by Creative Cloud",
        description="Write the panel of this version as the file that Creative Cloud installs, and "
        "say what to click.",
    )
    what = command.add_mutually_exclusive_group()
    what.add_argument(
        "--ccx",
        type=place,
        metavar="FILE",
        help="where to write it (default: layer-bridge.ccx among your downloads, or here where you "
        "have no such folder)",
    )
    what.add_argument("--uninstall", action="store_true", help="say how to take the panel away")
    command.add_argument(
        "--any-address",
        action="store_true",
        help="ask Photoshop for leave to connect anywhere; only for a Photoshop that does not let "
        "the panel connect to this computer otherwise; say it at every update, too",
    )
    command.set_defaults(run=install.install_photoshop)


def _add_doctor(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "doctor",
        help="say what is wrong",
        description="Look at everything that layer-bridge needs and say what to put right.",
    )
    command.add_argument(
        "--report", action="store_true", help="print all of it for a bug report, without your name"
    )
    command.add_argument("--port", type=_port, default=DEFAULT_PORT, help=argparse.SUPPRESS)
    command.set_defaults(run=dispatch.doctor)


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"a port is a number up to 65535, not {text!r}")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 <= minutes < math.inf:
        raise argparse.ArgumentTypeError(f"a time in minutes is wanted, not {text!r}")
    return minutes
