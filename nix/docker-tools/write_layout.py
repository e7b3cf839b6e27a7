"""The metadata of an image, or of an image index → its OCI image layout, as a folder."""

import shutil
from pathlib import Path
from typing import Any

import oci_layout
from descriptor import blob_path


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the layout of the metadata in the folder `spec["metadata"]` to `out`.

    With `links`, which may be missing, the blobs of layers are links to the files that the metadata name.
    """
    metadata = Path(spec["metadata"])
    oci_layout.copy_blobs(metadata, out)
    for file in (metadata / oci_layout.LAYOUT).iterdir():
        if file.is_file():
            shutil.copyfile(file, out / file.name)
    for layer in oci_layout.Image.load(metadata).layers:
        # Layers of several platforms, or of one image, may be equal.
        blob = out / blob_path(layer.digest)
        if blob.exists():
            continue
        if spec.get("links"):
            blob.symlink_to(layer.path)
        else:
            shutil.copyfile(layer.path, blob)


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
