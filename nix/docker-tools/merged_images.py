"""The metadata of several images → those of one archive that has them all, as oci_layout.py describes them."""

import json
from pathlib import Path
from typing import Any

from oci_layout import DOCKER_MANIFEST, LAYOUT, encode, entries_of, save_several, write_index


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the metadata of the images whose metadata the folders `spec["images"]` hold.

    Raises ValueError if there are none, or two have the same name and tag.
    """
    folders = [Path(image) for image in spec["images"]]
    save_several(folders, out)
    manifests = [image for folder in folders for image in json.loads((folder / LAYOUT / DOCKER_MANIFEST).read_bytes())]
    names = [name for image in manifests for name in image["RepoTags"]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{twice[0]}: is the name of two images; give one another tag")
    (out / LAYOUT / DOCKER_MANIFEST).write_bytes(encode(manifests))
    write_index(out / LAYOUT, [entry for folder in folders for entry in entries_of(folder)])


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
