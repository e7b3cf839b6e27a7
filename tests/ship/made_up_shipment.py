"""A small image for two platforms, with something that refers to it, as attestations.shipmentOf describes it."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import compress_image
import image
import image_index
import referrers
import write_layout
from image_spec import SPEC

MakeLayer = Callable[..., Path]
MakeTree = Callable[..., Path]

PLATFORMS = ("amd64", "arm64")
# It does not get smaller when it is compressed.
LIBRARY = random.Random(1).randbytes(300_000)


class Shipper:
    """Makes shipments in a folder. Those whose files are the same have the same layers."""

    def __init__(self, folder: Path, make_tree: MakeTree, make_layer: MakeLayer) -> None:
        self._folder, self._make_tree, self._make_layer = folder, make_tree, make_layer
        self._count = 0

    def layer(self, name: str, files: dict[str, bytes]) -> Path:
        self._count += 1
        tree = self._make_tree(files, f"tree-{self._count}")
        return self._make_layer((tree, ""), name=f"{name}-{self._count}")

    def ship(
        self,
        app: bytes = b"print()\n",
        library: bytes = LIBRARY,
        tag: str = "1.0",
        user: str = "0",
        compressor: str = "gz",
        more: dict[str, bytes] | None = None,
    ) -> Path:
        """The shipment of an image with a library, and more files, in its lowest layer and an app in its highest."""
        layers = {
            "base": self.layer("base", {"lib/library.so": library} | (more or {})),
            "app": self.layer("app", {"app/main.py": app}),
        }
        described = [{"name": name, "path": str(layer)} for name, layer in layers.items()]
        out = self._folder / f"shipment-{self._count}"
        for platform in PLATFORMS:
            own = {
                "name": "made-up",
                "tag": tag,
                "architecture": platform,
                "config": {"User": user},
                "layers": described,
            }
            plain = out / (platform if compressor == "none" else f"{platform}-plain")
            image.build(SPEC | own, plain)
            if compressor != "none":
                compressed = {"image": str(plain), "compressor": compressor, "layers": []}
                compress_image.build(compressed, out / platform)
        image_index.build({"images": [str(out / platform) for platform in PLATFORMS]}, out / "index")
        write_layout.build({"metadata": str(out / "index"), "links": True}, out / "layout")
        (out / "sbom").write_text(json.dumps({"of": tag}))
        sbom = {
            "file": str(out / "sbom"),
            "title": "sbom.json",
            "mediaType": "application/spdx+json",
            "annotations": {},
        }
        subjects = [{"metadata": str(out / name), "attestations": [sbom]} for name in ("index", *PLATFORMS)]
        referrers.build({"images": subjects}, out / "referrers")
        shipment = {"name": "made-up", "tag": tag, "date": "2026-11-20"}
        folders = {name: str(out / name) for name in ("layout", "referrers")}
        (out / "shipment.json").write_text(json.dumps(shipment | folders))
        return out / "shipment.json"
