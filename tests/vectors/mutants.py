"""Damage the reader of messages in small ways, and see that the framing vectors notice each.

python tests/vectors/mutants.py
"""

import json
import sys
import types
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "bridge" / "wire" / "framing.py").read_text(encoding="utf-8")
VECTORS = json.loads((ROOT / "tests" / "vectors" / "framing.json").read_text())

MUTANTS = (
    ("big-endian when read", 'unpack_from("<I"', 'unpack_from(">I"'),
    ("big-endian when written", 'pack("<I"', 'pack(">I"'),
    ("signed length", 'unpack_from("<I"', 'unpack_from("<i"'),
    ("16-bit length", 'unpack_from("<I"', 'unpack_from("<H"'),
    ("length counts the prefix", "return PREFIX_BYTES + int(length)", "return int(length)"),
    ("no check of the prefix", "if len(start) < PREFIX_BYTES:", "if not start:"),
    ("no limit", "if length > MAX_HEADER_BYTES:", "if False:"),
    ("limit one less", "if length > MAX_HEADER_BYTES:", "if length >= MAX_HEADER_BYTES:"),
    ("limit one more", "if length > MAX_HEADER_BYTES:", "if length > MAX_HEADER_BYTES + 1:"),
    ("no check of the end", "if len(message) < end:", "if False:"),
    ("end one off", "if len(message) < end:", "if len(message) < end - 1:"),
    ("payload one late", "view[end:]", "view[end + 1 :]"),
    ("payload with the header", "view[end:]", "view[PREFIX_BYTES:]"),
    ("lenient UTF-8", '.decode("utf-8")', '.decode("utf-8", "replace")'),
    ("Latin-1", '.decode("utf-8")', '.decode("latin-1")'),
    ("guessed encoding", 'bytes(body).decode("utf-8")', "bytes(body)"),
    ("byte order mark dropped", '.decode("utf-8")', '.decode("utf-8-sig")'),
    ("NaN taken", ", parse_constant=_refuse_constant", ""),
    ("any JSON", "if not isinstance(header, dict):", "if False:"),
    ("null is JSON enough", "isinstance(header, dict)", "isinstance(header, (dict, type(None)))"),
    ("arrays are JSON enough", "isinstance(header, dict)", "isinstance(header, (dict, list))"),
    ("spaces in what is written", 'separators=(",", ":"), ', ""),
    ("raw UTF-8 written", "allow_nan=False", "allow_nan=False, ensure_ascii=False"),
)


def notices(source: str) -> bool:
    """Whether a vector fails with this source."""
    module = types.ModuleType("framing")
    exec(compile(source, "framing.py", "exec"), module.__dict__)
    return any(not holds(module, vector) for vector in VECTORS)


def holds(module: types.ModuleType, vector: dict) -> bool:
    frame = bytes.fromhex(vector["frame"]) + b" " * vector.get("padding", 0)
    try:
        header, payload = module.unpack(frame)
    except module.FrameError:
        return not vector["valid"]
    except Exception:
        return False
    if not vector["valid"] or header != vector["header"] or payload.hex() != vector["payload"]:
        return False
    try:
        return not vector["packed"] or module.pack_header(header) + payload == frame
    except Exception:
        return False


def main() -> int:
    if notices(SOURCE):
        sys.stdout.write("the vectors fail with the source as it is\n")
        return 1
    survivors = 0
    for name, old, new in MUTANTS:
        if old not in SOURCE:
            raise SystemExit(f"the mutant {name!r} finds nothing to change")
        noticed = notices(SOURCE.replace(old, new))
        survivors += not noticed
        sys.stdout.write(f"{'noticed ' if noticed else 'SURVIVED'}  {name}\n")
    sys.stdout.write(f"{len(MUTANTS) - survivors} of {len(MUTANTS)} noticed\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
