"""Images → a registry, with what they tell of themselves.

Run as `push_image.py --shipment=FILE… REGISTRY/NAME[:TAG] [TAG…]`, see `arguments`. A shipment is a file of
attestations.shipmentOf. For each, REGISTRY/NAME@sha256:… goes to the output, once all of it has arrived. With --all, it
is REGISTRY/NAME:TAG@sha256:….

An image arrives under its digest first, then its attestations and signatures, and its tags last. So a tag leads to
nothing that is half there, and what a push that was cut off has sent need not be sent again.
"""

import argparse
import json
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from registry import Reference, Registry, check_tag
from ship_error import ShipError


@dataclass(frozen=True)
class Shipment:
    """What attestations.shipmentOf describes."""

    name: str
    tag: str
    date: str
    layout: Path
    referrers: Path

    @classmethod
    def load(cls, file: Path) -> "Shipment":
        fields = json.loads(file.read_bytes())
        return cls(**(fields | {key: Path(fields[key]) for key in ("layout", "referrers")}))

    @property
    def digest(self) -> str:
        """That of the image or index, as the registry will show it."""
        return _digests(self.layout)[0]

    @property
    def attestations(self) -> list[str]:
        """The digests of the manifests that refer to the image."""
        return _digests(self.referrers)


def _digests(layout: Path) -> list[str]:
    return [entry["digest"] for entry in json.loads((layout / "index.json").read_bytes())["manifests"]]


def push(shipment: Shipment, target: Reference, tags: list[str], registry: Registry, key: str | None) -> Reference:
    """Send an image with its attestations, sign it if there is a key, and give it its tags. Raises ShipError.

    The result names it by its digest.
    """
    image = target.at(shipment.digest)
    attestations = [target.at(digest) for digest in shipment.attestations]
    registry.copy_image(shipment.layout, shipment.tag, image)
    for attestation in attestations:
        registry.copy_referrer(shipment.referrers, attestation)
    if key:
        registry.sign(key, [image, *attestations])
    registry.tag(image, tags)
    return image


def tags_of(options: argparse.Namespace, shipment: Shipment, target: Reference, of_latest: str | None) -> list[str]:
    """The tags that an image gets, each once."""
    if options.all:
        more = [f"{shipment.tag}-{shipment.date}", *(["latest"] if shipment.digest == of_latest else [])]
    else:
        more = options.tags
    return list(dict.fromkeys([target.tag or shipment.tag, *more]))


def check_distinct(tags: list[str]) -> None:
    """Raise ShipError if two images would have the same tag."""
    if twice := sorted({tag for tag in tags if tags.count(tag) > 1}):
        raise ShipError(f"{twice[0]} is the tag of two images; push them one by one, by other names or tags")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="push", allow_abbrev=False)
    parser.add_argument("--all", action="store_true", help="all of them, each with its own tags")
    parser.add_argument("--latest", type=Path, help="with --all: the shipment that gets the tag `latest`, too")
    parser.add_argument("--key", help="of cosign, a file or what else cosign takes: sign the images")
    parser.add_argument("--plain-http", action="store_true", help="the registry has no TLS")
    parser.add_argument("--shipment", type=Path, action="append", required=True)
    parser.add_argument("target")
    parser.add_argument("tags", nargs="*")
    return parser.parse_args()


def main() -> None:
    """Runs the program."""
    # Ctrl-C ends it without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    options = arguments()
    label = options.target
    try:
        target = Reference.parse(options.target)
        if target.digest or (options.all and (target.tag or options.tags)):
            raise ShipError("the digest and, with --all, the tags follow from the image; leave them out")
        for tag in options.tags:
            check_tag(tag)
        shipments = [Shipment.load(file) for file in options.shipment]
        of_latest = Shipment.load(options.latest).digest if options.latest else None
        registry = Registry(target, options.plain_http)
        tags_of_each = [tags_of(options, shipment, target, of_latest) for shipment in shipments]
        check_distinct([tag for tags in tags_of_each for tag in tags])
        for shipment, tags in zip(shipments, tags_of_each, strict=True):
            label = str(target) if target.tag else f"{target}:{tags[0]}"
            pushed = push(shipment, target, tags, registry, options.key)
            print(replace(pushed, tag=tags[0]) if options.all else pushed, flush=True)
    except ShipError as error:
        sys.exit(f"push: {label}: {error}")


if __name__ == "__main__":
    main()
