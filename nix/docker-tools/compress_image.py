"""The metadata of an image → those of the same image with compressed layers, as oci_layout.py describes them."""

from pathlib import Path
from typing import Any

import compress_layer
import oci_layout
from oci_layout import Image


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the metadata to `out`.

    image       the metadata of the image, whose layers are not compressed
    compressor  a key of compress.COMPRESSORS
    layers      the folders of layers that compress_layer.py has compressed; the others are compressed here
    """
    image = Image.load(Path(spec["image"]))
    ready = {layer.diff_id: layer for layer in map(compress_layer.load, map(Path, spec["layers"]))}
    out.mkdir()
    for number, layer in enumerate(image.layers):
        if layer.diff_id not in ready:
            blob = out / f"layer-{number}"
            ready[layer.diff_id] = compress_layer.compress_layer(layer, spec["compressor"], blob)
    compressed = Image(image.config, [ready[layer.diff_id] for layer in image.layers])
    compressed.save(out)
    name, _, tag = oci_layout.reference(Path(spec["image"])).rpartition(":")
    oci_layout.write_layout(out, name, tag, compressed)


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
