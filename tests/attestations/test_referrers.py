"""The layout of what refers to an image, read as a registry client reads it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import oci_layout
import referrers


def test_each_attestation_refers_to_the_image(spec: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "sbom").write_text("{}")
    attestation = {
        "file": str(tmp_path / "sbom"),
        "title": "app.spdx.json",
        "mediaType": "application/spdx+json",
        "annotations": {"key": "value"},
    }
    referrers.build({"images": [{"metadata": spec["metadata"], "attestations": [attestation]}]}, tmp_path / "layout")
    (entry,) = json.loads((tmp_path / "layout/index.json").read_text())["manifests"]
    blobs = {path.name: path.read_bytes() for path in (tmp_path / "layout/blobs/sha256").iterdir()}
    assert all(hashlib.sha256(blob).hexdigest() == name for name, blob in blobs.items())
    manifest = json.loads(blobs[entry["digest"].removeprefix("sha256:")])
    assert manifest["artifactType"] == entry["artifactType"] == "application/spdx+json"
    assert manifest["annotations"]["key"] == "value"
    (layer,) = manifest["layers"]
    assert (blobs[layer["digest"].removeprefix("sha256:")], layer["annotations"]) == (
        b"{}",
        {"org.opencontainers.image.title": "app.spdx.json"},
    )
    subject = oci_layout.entries_of(Path(spec["metadata"]))[0]
    assert manifest["subject"] == {key: subject[key] for key in ("mediaType", "digest", "size")}
