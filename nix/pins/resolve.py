"""From a pins file to its lock: apt chooses the packages, and verifies the archives' signatures."""

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from lock import Lock, Package
from pins_file import Layer, Pins
from private_apt import PrivateApt
from update_error import UpdateError


def resolve(pins: Pins, architectures: Collection[str], mirrors: Mapping[str, str], keyring: Path) -> Lock:
    """The lock of these pins for these Debian architectures.

    `mirrors` holds the URL of each archive, `keyring` the keys that sign them. Raises UpdateError, OSError.
    """
    with tempfile.TemporaryDirectory() as folder:
        apts = {
            architecture: PrivateApt(Path(folder) / architecture, architecture, pins.archives, mirrors, keyring)
            for architecture in architectures
        }
        return Lock(
            created=max(apt.released() for apt in apts.values()),
            input=pins.input,
            layers={
                architecture: _resolve_layers(apt, architecture, pins.layers) for architecture, apt in apts.items()
            },
        )


def _resolve_layers(apt: PrivateApt, architecture: str, layers: Mapping[str, Layer]) -> dict[str, list[Package]]:
    """The packages that each layer adds to the layers below it.

    A layer is resolved together with all that stands below it, so that apt sees the one system that comes out.
    """
    asked: dict[str, list[str]] = {}
    held: dict[str, set[str]] = {}
    resolved: dict[str, list[Package]] = {}
    for name, layer in layers.items():
        essential = ["?essential"] if layer.essential else []
        below_asked, below_held = (asked[layer.over], held[layer.over]) if layer.over else ([], set())
        wanted = layer.packages_for(architecture)
        asked[name] = [*below_asked, *essential, *wanted]
        choose = apt.download if layer.exact else apt.install
        packages = choose(asked[name], fix=f"mend layers.{name} of the pins file")
        resolved[name] = [package for package in packages if package["name"] not in below_held]
        held[name] = {package["name"] for package in packages}
        missing = sorted(set(wanted) - held[name])
        if missing:
            raise UpdateError(f"layers.{name}: apt chose other packages for {', '.join(missing)}; name those")
    return resolved
