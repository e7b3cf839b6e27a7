"""The metadata of one image for several platforms → those of an image index, as oci_layout.py describes them.

Its index.json names one image index (image-index.md of the OCI image specification), in which each engine finds the
image for its own platform.
"""

from pathlib import Path
from typing import Any

from oci_layout import (
    INDEX_TYPE,
    LAYOUT,
    PLATFORM,
    Image,
    encode,
    entries_of,
    index_of,
    put_blob,
    save_several,
    write_index,
)

# By this, Podman and skopeo know an image whose layers are compressed by Zstandard. Without it, skopeo refuses to send
# the index as it is.
ZSTD = {"annotations": {"io.github.containers.compression.zstd": "true"}}


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the metadata of an index of the images whose metadata the folders `spec["images"]` hold.

    The reference is that of the first image. Raises ValueError if there are none, or two are for the same platform.
    """
    folders = [Path(image) for image in spec["images"]]
    entries = [entry for folder in folders for entry in entries_of(folder)]
    platforms = ["/".join(filter(None, map(entry["platform"].get, PLATFORM))) for entry in entries]
    if twice := sorted({platform for platform in platforms if platforms.count(platform) > 1}):
        raise ValueError(f"{twice[0]}: is the platform of two images; leave one of them out")
    save_several(folders, out)
    manifests = [_of_platform(entry, folder) for entry, folder in zip(entries, folders, strict=True)]
    index = put_blob(out / LAYOUT, INDEX_TYPE, encode(index_of(manifests)))
    write_index(out / LAYOUT, [index | {"annotations": entries[0]["annotations"]}])


def _of_platform(entry: dict[str, Any], metadata: Path) -> dict[str, Any]:
    """The entry of an image, without what names it."""
    has_zstd = any(layer.compressor == "zstd" for layer in Image.load(metadata).layers)
    return {key: value for key, value in entry.items() if key != "annotations"} | (ZSTD if has_zstd else {})


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
