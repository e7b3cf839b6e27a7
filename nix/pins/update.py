"""Resolve a pins file into its lock: apt chooses the packages and verifies the archives' signatures.

A pins file (`nix/pins/<name>.toml`) says by hand which packages each layer asks for; the lock beside it
(`<name>.lock.json`) says which files these are. apt works in a private root made for the purpose, so that neither the
machine's sources nor its installed packages have a say.
"""

import argparse
import email.utils
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

ARCHITECTURES = ["amd64"]
KEYRINGS = Path("/usr/share/keyrings")

Package = dict[str, Any]


class UpdateError(Exception):
    """One line for the user: what is wrong and the fix."""


class PrivateApt:
    """apt for one architecture in a root of its own, with the archives of one pins file.

    Raises UpdateError where apt is missing, or an archive can't be read or its signature does not hold.
    """

    def __init__(self, root: Path, architecture: str, archives: dict[str, list[str]], mirrors: dict[str, str]) -> None:
        self.root = root
        # As apt writes the URLs of files.
        self.mirrors = {archive: re.sub("^file:/+", "file:/", url.rstrip("/")) for archive, url in mirrors.items()}
        for folder in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d"):
            (root / folder).mkdir(parents=True)
        (root / "status").touch()
        keyring = next((k for k in sorted(KEYRINGS.glob("debian-archive-keyring.*"))), None)
        if keyring is None:
            raise UpdateError("the package debian-archive-keyring is not installed; install it")
        (root / "etc/sources.list").write_text(
            "".join(
                f"deb [signed-by={keyring}] {self.mirrors[archive]} {suite} main\n"
                for archive, suites in archives.items()
                for suite in suites
            )
        )
        (root / "apt.conf").write_text(
            f'''Dir "{root}/";
Dir::State "{root}"; Dir::State::status "{root}/status"; Dir::Cache "{root}/cache"; Dir::Etc "{root}/etc";
Dir::Etc::sourceparts "-"; Dir::Etc::trusted "-"; Dir::Etc::trustedparts "-";
APT::Architecture "{architecture}"; APT::Architectures "{architecture}";
APT::Install-Recommends "false"; APT::Sandbox::User "root"; APT::Get::Assume-Yes "true";
Acquire::Languages "none"; Acquire::ForceHash "SHA256"; Acquire::Check-Valid-Until "false";
APT::Update::Error-Mode "any";
#clear Acquire::IndexTargets::deb::DEP-11;
'''
        )
        self.run("apt-get", "-q", "update", fix="check the mirror, or give another by --debian-mirror URL")

    def run(self, *command: str, fix: str) -> str:
        environment = os.environ | {"APT_CONFIG": str(self.root / "apt.conf"), "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(command, env=environment, text=True, capture_output=True)
        except FileNotFoundError:
            raise UpdateError("apt is not installed; run this on a Debian machine") from None
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("E:")]
            reason = (errors or done.stderr.splitlines() or ["failed"])[0].removeprefix("E: ")
            raise UpdateError(f"apt: {reason.rstrip('. ')}; {fix}")
        return done.stdout

    def install(self, packages: Iterable[str]) -> list[Package]:
        """The files that installing these packages on an empty system takes, dependencies included."""
        return self.uris("install", packages)

    def download(self, packages: Iterable[str]) -> list[Package]:
        """The files of exactly these packages."""
        return self.uris("download", packages)

    def uris(self, command: str, packages: Iterable[str]) -> list[Package]:
        """Read the lines 'URI' NAME_VERSION_ARCHITECTURE.deb SIZE SHA256:HASH of --print-uris."""
        output = self.run("apt-get", command, "--print-uris", "-qq", *packages, fix="mend the pins")
        found = []
        for uri, file, size, sha256 in re.findall(r"^'(\S+)' (\S+)\.deb (\d+) SHA256:(\w{64})$", output, re.MULTILINE):
            name, version, architecture = (unquote(part) for part in file.split("_"))
            archive = next(a for a, mirror in self.mirrors.items() if uri.startswith(f"{mirror}/pool/"))
            found.append(
                {
                    "name": name,
                    "version": version,
                    "architecture": architecture,
                    "archive": archive,
                    "path": unquote(uri.removeprefix(self.mirrors[archive] + "/")),
                    "sha256": sha256,
                    "size": int(size),
                }
            )
        return sorted(found, key=lambda package: package["name"])

    def released(self) -> int:
        """The newest date of the archives' Release files, in seconds since 1970."""
        dates = [
            line.removeprefix("Date: ")
            for release in self.root.glob("lists/*Release")
            for line in release.read_text().splitlines()
            if line.startswith("Date: ")
        ]
        return max(int(email.utils.parsedate_to_datetime(date).timestamp()) for date in dates)


def resolve(apt: PrivateApt, layers: dict[str, dict[str, Any]]) -> dict[str, list[Package]]:
    """The packages that each layer adds to the layers below it.

    A layer is resolved together with all that stands below it, so that apt sees the one system that comes out.
    """
    asked: dict[str, list[str]] = {}
    held: dict[str, set[str]] = {}
    resolved: dict[str, list[Package]] = {}
    for name, layer in layers.items():
        below = layer.get("over", "")
        if below and below not in asked:
            raise UpdateError(f"layer {name}: over: no layer {below} stands before it; mend the pins")
        essential = ["?essential"] if layer.get("essential") else []
        asked[name] = asked.get(below, []) + essential + layer["packages"]
        packages = apt.download(asked[name]) if layer.get("exact") else apt.install(asked[name])
        resolved[name] = [package for package in packages if package["name"] not in held.get(below, set())]
        held[name] = {package["name"] for package in packages}
        missing = {package for package in layer["packages"]} - held[name]
        if missing:
            raise UpdateError(f"layer {name}: apt chose other packages for {', '.join(sorted(missing))}; name those")
    return resolved


def content_hash(value: Any) -> str:
    """The sha256 of a JSON value however it is laid out, as nix/pins/default.nix computes it too."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def render(lock: dict[str, Any]) -> str:
    """The lock as JSON with one package a line, and the checksum that tells an edit by hand."""
    lines = ["{", f'  "checksum": "{content_hash(lock)}",']
    lines += [f'  "{key}": {json.dumps(lock[key])},' for key in ("created", "input")]
    lines.append('  "layers": {')
    for architecture, layers in lock["layers"].items():
        lines.append(f'    "{architecture}": {{')
        for layer, packages in layers.items():
            rows = ",\n".join(f"        {json.dumps(package)}" for package in packages)
            lines.append(f'      "{layer}": [\n{rows}\n      ],')
        lines[-1] = lines[-1].removesuffix(",")
        lines.append("    },")
    lines[-1] = lines[-1].removesuffix(",")
    return "\n".join([*lines, "  }", "}", ""])


def parse(text: bytes, archives: Iterable[str]) -> dict[str, Any]:
    """A pins file that has what is needed, and names none but the known archives. Raises UpdateError."""
    try:
        pins = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UpdateError(f"not valid TOML: {error}; mend the pins") from None
    missing = [key for key in ("suite", "archives", "layers") if key not in pins]
    missing += [f"layers.{name}.packages" for name, layer in pins.get("layers", {}).items() if "packages" not in layer]
    if missing:
        raise UpdateError(f"{missing[0]}: missing; mend the pins")
    for archive in pins["archives"]:
        if archive not in archives:
            raise UpdateError(f"archives: {archive}: not one of {', '.join(archives)}; mend the pins")
    return pins


def update(pins: Path, mirrors: dict[str, str]) -> Path:
    """Write the lock of one pins file beside it and return its path. Raises UpdateError, OSError."""
    text = pins.read_bytes()
    wanted = parse(text, mirrors)
    with tempfile.TemporaryDirectory() as folder:
        apts = {
            architecture: PrivateApt(Path(folder) / architecture, architecture, wanted["archives"], mirrors)
            for architecture in ARCHITECTURES
        }
        lock = {
            "created": max(apt.released() for apt in apts.values()),
            "input": content_hash({key: wanted[key] for key in ("archives", "layers")}),
            "layers": {architecture: resolve(apt, wanted["layers"]) for architecture, apt in apts.items()},
        }
    target = pins.with_suffix(".lock.json")
    unfinished = target.with_suffix(".new")
    try:
        unfinished.write_text(render(lock))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(prog="update", description="Resolve pins into their locks.")
    parser.add_argument("names", nargs="+", metavar="NAME", help="a pins file: nix/pins/NAME.toml")
    parser.add_argument("--mirror", nargs=2, action="append", required=True, metavar=("ARCHIVE", "URL"))
    arguments = parser.parse_args()
    mirrors = dict(arguments.mirror)
    for name in arguments.names:
        pins = Path("nix/pins") / f"{name}.toml"
        try:
            if not pins.is_file():
                raise UpdateError(f"there is no {pins} here; run it in the flake's folder with the name of a pins file")
            print(f"update: wrote {update(pins, mirrors)}")
        except UpdateError as error:
            sys.exit(f"update: {name}: {error}")
        except OSError as error:
            sys.exit(f"update: {name}: {error.filename}: {error.strerror}; make it writable")


if __name__ == "__main__":
    main()
