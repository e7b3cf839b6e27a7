"""The metadata of one image for several platforms → those of an image index, as oci_layout.py describes them.

Its index.json names one image index (image-index.md of the OCI image specification), in which each engine finds the
image for its own platform. It has no config.json of its own: that of the first image stands in.
"""

import json
from pathlib import Path
from typing import Any

import oci_layout
from oci_layout import Image


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the metadata of an index of the images whose metadata the folders `spec["images"]` hold.

    The reference is that of the first image. Raises ValueError if there are none, or two are for the same platform.
    """
    folders = [Path(image) for image in spec["images"]]
    if not folders:
        raise ValueError("no images; name at least one")
    entries = [_entry(folder) for folder in folders]
    annotations = entries[0]["annotations"]
    platforms = ["/".join(filter(None, map(entry["platform"].get, oci_layout.PLATFORM))) for entry in entries]
    if twice := sorted({platform for platform in platforms if platforms.count(platform) > 1}):
        raise ValueError(f"{twice[0]}: is the platform of two images; leave one of them out")
    images = [Image.load(folder) for folder in folders]
    Image(images[0].config, [layer for image in images for layer in image.layers]).save(out)
    layout = out / oci_layout.LAYOUT
    for folder in folders:
        oci_layout.copy_blobs(folder, layout)
    manifests = [{key: value for key, value in entry.items() if key != "annotations"} for entry in entries]
    index = oci_layout.put_blob(layout, oci_layout.INDEX_TYPE, oci_layout.encode(oci_layout.index_of(manifests)))
    oci_layout.write_entry(layout, index | {"annotations": annotations})


def _entry(metadata: Path) -> Any:
    """How index.json names the image of these metadata."""
    return json.loads((metadata / oci_layout.LAYOUT / oci_layout.INDEX).read_bytes())["manifests"][0]


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
