"""A layer's tar → the blob that registries have, compressed."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import compress
from oci_layout import Layer, encode

BLOB = "blob"
DESCRIPTION = "layer.json"


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the blob of the layer in the folder `spec["layer"]` to `out`, and what describes it (oci_layout.Layer).

    spec["compressor"] is a key of compress.COMPRESSORS.
    """
    out.mkdir()
    described = compress_layer(Layer.of_folder(spec["layer"]), spec["compressor"], out / BLOB)
    (out / DESCRIPTION).write_bytes(encode(asdict(described)))


def load(folder: Path) -> Layer:
    """The layer whose blob `build` wrote."""
    return Layer(**json.loads((folder / DESCRIPTION).read_bytes()))


def compress_layer(layer: Layer, compressor: str, target: Path) -> Layer:
    """Write an uncompressed layer to the file `target`, compressed; what describes that."""
    digest = hashlib.sha256()
    with open(layer.path, "rb") as tar, target.open("wb") as blob:
        for piece in compress.compressed(compressor, tar):
            digest.update(piece)
            blob.write(piece)
    return Layer(layer.diff_id, f"sha256:{digest.hexdigest()}", target.stat().st_size, str(target), compressor)


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
