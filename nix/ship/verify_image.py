"""Whether a registry has the image that this source makes: every byte of each layer is compared.

Run as `verify_image.py --shipment=FILE REGISTRY/NAME@sha256:…`, see `arguments`. The shipment is a file of
attestations.shipmentOf. What is not the same is told in a line each, and the exit status is 1.
"""

import argparse
import hashlib
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from descriptor import blob_path, digest_of
from fetch_error import printable
from layer_difference import differences
from push_image import Shipment
from registry import Reference, Registry
from ship_error import ShipError

# The most files of a layer that are named one by one.
MOST = 10

Json = dict[str, Any]


class Comparison:
    """Of the image in the layout `ours` with the one that a registry has under `reference`.

    `folder` is for what is downloaded.
    """

    def __init__(self, ours: Path, reference: Reference, registry: Registry, folder: Path) -> None:
        self._ours, self._reference, self._registry, self._folder = ours, reference, registry, folder

    def lines(self) -> Iterator[str]:
        """What is not the same. Raises ShipError."""
        try:
            yield from self._lines()
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ShipError("what the registry has is no image as OCI specifies it; push it again") from None

    def _lines(self) -> Iterator[str]:
        (entry,) = json.loads((self._ours / "index.json").read_bytes())["manifests"]
        manifest = self._registry.manifest(self._reference)
        here, there = self._images_here(entry), self._images_there(json.loads(manifest))
        if "manifests" not in json.loads(manifest):
            # It is for one platform, and so that one alone is compared.
            here = {platform: image for platform, image in here.items() if platform in there}
        elif digest_of(manifest) != entry["digest"]:
            yield f"its index is {digest_of(manifest)}, not {entry['digest']}"
        for platform in sorted(here.keys() | there.keys()):
            if platform not in there:
                yield f"{platform}: is missing there"
            elif platform not in here:
                yield f"{platform}: is only there"
            else:
                yield from (f"{platform}: {line}" for line in self._image(here[platform], there[platform]))

    def _images_here(self, entry: Json) -> dict[str, Json]:
        """The manifest for each platform."""
        document = json.loads((self._ours / blob_path(entry["digest"])).read_bytes())
        entries = document.get("manifests", [entry])
        return {_platform(each["platform"]): json.loads(self._blob_here(each).read_bytes()) for each in entries}

    def _images_there(self, document: Json) -> dict[str, Json]:
        if "manifests" not in document:
            return {_platform(json.loads(self._blob_there(document["config"]).read_bytes())): document}
        return {
            _platform(each["platform"]): json.loads(self._registry.manifest(self._reference.at(each["digest"])))
            for each in document["manifests"]
        }

    def _image(self, here: Json, there: Json) -> Iterator[str]:
        """What is not the same in two images, by their manifests."""
        config, other = (json.loads(path.read_bytes()) for path in self._pair(here["config"], there["config"]))
        yield from _config_differences(config, other)
        names = [entry["created_by"] for entry in config["history"] if not entry.get("empty_layer")]
        for number, (ours, theirs) in enumerate(zip_longest(here["layers"], there["layers"])):
            if ours is None or theirs is None:
                yield f"it has {len(there['layers'])} layers, not {len(here['layers'])}"
                return
            lines = self._layer(ours, theirs)
            yield from (f"layer {names[number]}: {line}" for line in lines[:MOST])
            if len(lines) > MOST:
                yield f"layer {names[number]}: and {len(lines) - MOST} more files"

    def _layer(self, ours: Json, theirs: Json) -> list[str]:
        here, there = self._pair(ours, theirs)
        with there.open("rb") as file:
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        if digest == ours["digest"]:
            return []
        return differences(here, there) or [f"the same files, in another blob: {digest}, not {ours['digest']}"]

    def _pair(self, ours: Json, theirs: Json) -> tuple[Path, Path]:
        return self._blob_here(ours), self._blob_there(theirs)

    def _blob_here(self, entry: Json) -> Path:
        return self._ours / blob_path(entry["digest"])

    def _blob_there(self, entry: Json) -> Path:
        """The blob as the registry has it, whatever its digest is."""
        file = self._folder / blob_path(entry["digest"])
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._registry.blob(self._reference.at(entry["digest"]), file)
        return file


def _platform(described: Json) -> str:
    return "/".join(filter(None, map(described.get, ("os", "architecture", "variant"))))


def _config_differences(ours: Json, theirs: Json) -> Iterator[str]:
    """In which properties two configs differ. What they say of the layers is told with these."""
    here, there = (dict(_flat({**config, "rootfs": None, "history": None})) for config in (ours, theirs))
    for name in sorted(here.keys() | there.keys()):
        if here.get(name) != there.get(name):
            yield f"config: {name}: {json.dumps(there.get(name))}, not {json.dumps(here.get(name))}"


def _flat(value: Json, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The properties of an object and of those in it: {"config": {"User": "1"}} has config.User."""
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{prefix}{name}.")
        else:
            yield prefix + name, inner


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="verify", allow_abbrev=False)
    parser.add_argument("--key", help="the public key of cosign with which the image must be signed")
    parser.add_argument("--plain-http", action="store_true", help="the registry has no TLS")
    parser.add_argument("--shipment", type=Path, required=True)
    parser.add_argument("image")
    return parser.parse_args()


def signature_of(registry: Registry, image: Reference) -> Reference:
    """Where cosign keeps the signatures of an image: under a tag made of its digest."""
    digest = image.digest or digest_of(registry.manifest(image))
    return replace(image, digest=None, tag=f"{digest.replace(':', '-')}.sig")


def verify(options: argparse.Namespace) -> int:
    """Say how the image compares; gives the exit status. Raises ShipError."""
    reference = Reference.parse(options.image)
    registry = Registry(reference, options.plain_http)
    if options.key:
        registry.verify_signature(options.key, reference)
    shipment = Shipment.load(options.shipment)
    with tempfile.TemporaryDirectory() as folder:
        same = True
        for line in Comparison(shipment.layout, reference, registry, Path(folder)).lines():
            same = False
            print(printable(f"{reference}: {line}"), flush=True)
    if same:
        if options.key:
            more = ", and signed with that key"
        elif registry.has(signature_of(registry, reference)):
            more = "; it is signed, and --key=FILE would check by whom"
        else:
            more = ""
        print(f"{reference}: the same as {shipment.name}:{shipment.tag} of this source{more}")
    return 0 if same else 1


def main() -> int:
    """Runs the program; gives its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    options = arguments()
    try:
        return verify(options)
    except ShipError as error:
        sys.exit(f"verify: {options.image}: {error}")


if __name__ == "__main__":
    sys.exit(main())
