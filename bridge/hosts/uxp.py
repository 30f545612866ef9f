"""What a UXP plugin must be so that Adobe's packager, its installer and Photoshop take it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

MANIFEST = "manifest.json"
ANYWHERE = "all"
"""In place of a list of addresses: every address."""

Contents: TypeAlias = Mapping[str, bytes]
"""A plugin's files, by their names relative to its folder."""
LocalAddress: TypeAlias = Annotated[str, Field(pattern=r"^ws://localhost(/|:\d+)$")]
"""Photoshop knows localhost by its name only, refuses numbers such as 127.0.0.1, and heeds the
scheme."""


class Unfit(Exception):
    """Adobe would not take the plugin; says why, as the end of a sentence."""


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)


class Icon(_Part):
    """A picture in several scales; `a.png` stands for `a@1x.png` and `a@2x.png`."""

    width: int
    height: int
    path: str = Field(pattern=r"\.png$")
    scale: list[Literal[1, 2]] = Field(min_length=2)
    theme: list[Literal["lightest", "light", "dark", "darkest"]]
    species: list[Literal["generic"]] = ["generic"]

    def files(self) -> list[str]:
        """The names of its files."""
        return [f"{self.path.removesuffix('.png')}@{scale}x.png" for scale in self.scale]


Icons: TypeAlias = Annotated[list[Icon], Field(min_length=1)]


class HostData(_Part):
    """What only Photoshop reads of a host."""

    api_version: Literal[2]
    load_event: Literal["use", "startup"]


class Host(_Part):
    """The program; one, as a package with a list of them is refused."""

    app: Literal["PS"]
    min_version: str = Field(pattern=r"^\d{2}\.\d+\.\d+$")
    data: HostData


class Size(_Part):
    """Pixels."""

    width: int
    height: int


class Label(_Part):
    """What the menu says."""

    default: str


class PanelEntry(_Part):
    """A panel; the packager wants icons here, too."""

    type: Literal["panel"]
    id: str
    label: Label
    minimum_size: Size
    maximum_size: Size
    preferred_docked_size: Size
    preferred_floating_size: Size
    icons: Icons


class Network(_Part):
    """Where the plugin may connect to."""

    domains: list[LocalAddress] | Literal["all"]


class Permissions(_Part):
    """All that the plugin may do; what is not named here, Photoshop refuses."""

    network: Network
    clipboard: Literal["readAndWrite"]


class Manifest(_Part):
    """manifest.json."""

    manifest_version: Literal[5]
    id: str = Field(pattern=r"^[a-z0-9]+(\.[a-z0-9]+)+$")
    name: str = Field(min_length=3, max_length=45)
    version: str = Field(pattern=r"^\d{1,2}\.\d{1,2}\.\d{1,2}$")
    main: str
    host: Host
    entrypoints: list[PanelEntry] = Field(min_length=1)
    icons: Icons
    required_permissions: Permissions


def check(contents: Contents) -> Manifest:
    """The manifest of a plugin that is fit to be packed.

    Raises:
        Unfit: the manifest is not valid, or a file is missing.
    """
    try:
        manifest = Manifest.model_validate_json(contents.get(MANIFEST, b""))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise Unfit(f"{MANIFEST} is not valid ({where}: {first['msg']})") from error
    missing = sorted(named_files(manifest, contents) - contents.keys())
    if missing:
        raise Unfit(f"it lacks {', '.join(missing)}")
    return manifest


def named_files(manifest: Manifest, contents: Contents) -> set[str]:
    """Every file that the manifest, its page and the scripts name, whether it is there or not."""
    icons = [*manifest.icons, *(icon for entry in manifest.entrypoints for icon in entry.icons)]
    found = {MANIFEST}
    waiting = [manifest.main, *(name for icon in icons for name in icon.files())]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _named_in(name, contents.get(name, b"").decode("utf-8", "replace"))
    return found


def _named_in(name: str, text: str) -> Iterator[str]:
    """The files that a page or a script names."""
    if name.endswith(".html"):
        yield from re.findall(r'(?:src|href)="([^"#:]+)"', text)
    elif name.endswith(".js"):
        for module in re.findall(r'require\("\./([^"]+)"\)', text):
            yield module if module.endswith(".js") else f"{module}.js"


def with_all_addresses(contents: Contents) -> Contents:
    """The same plugin, with leave to connect to any address."""
    manifest = json.loads(contents[MANIFEST])
    manifest["requiredPermissions"]["network"]["domains"] = ANYWHERE
    return {**contents, MANIFEST: json.dumps(manifest, indent=2).encode()}


def has_all_addresses(contents: Contents) -> bool:
    """Whether a plugin, perhaps not one of ours, has leave to connect to any address."""
    try:
        manifest = json.loads(contents[MANIFEST])
        return bool(manifest["requiredPermissions"]["network"]["domains"] == ANYWHERE)
    except (KeyError, TypeError, ValueError):
        return False
