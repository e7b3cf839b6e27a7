"""The metadata of several images → those of one archive that has them all, as oci_layout.py describes them.

It has no config.json of its own: that of the first image, which no reader of an archive asks for, stands in.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from oci_layout import DOCKER_MANIFEST, INDEX, LAYOUT, Image, copy_blobs, encode


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the metadata of the images whose metadata the folders `spec["images"]` hold.

    Raises ValueError if there are none, or two have the same name and tag.
    """
    folders = [Path(image) for image in spec["images"]]
    if not folders:
        raise ValueError("no images; name at least one")
    images = [Image.load(folder) for folder in folders]
    Image(images[0].config, [layer for image in images for layer in image.layers]).save(out)
    for folder in folders:
        copy_blobs(folder, out / LAYOUT)
        shutil.copyfile(folder / LAYOUT / "oci-layout", out / LAYOUT / "oci-layout")
    manifests = [image for folder in folders for image in _read(folder, DOCKER_MANIFEST)]
    names = [name for image in manifests for name in image["RepoTags"]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{twice[0]}: is the name of two images; give one another tag")
    index = _read(folders[0], INDEX)
    index["manifests"] = [entry for folder in folders for entry in _read(folder, INDEX)["manifests"]]
    (out / LAYOUT / DOCKER_MANIFEST).write_bytes(encode(manifests))
    (out / LAYOUT / INDEX).write_bytes(encode(index))


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / LAYOUT / name).read_bytes())


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
