"""Attestations → an OCI image layout of manifests that refer to the image which they are about.

A registry lists such a manifest among the referrers of the image, by its property `subject` (manifest.md of the OCI
image specification 1.1, "Guidelines for Artifact Usage").
"""

from pathlib import Path
from typing import Any

import oci_layout
from descriptor import descriptor
from oci_layout import encode, put_blob, write_index

MANIFEST_TYPE = f"{oci_layout.MEDIA_TYPE}manifest.v1+json"
# What stands for the config of a manifest that has none.
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
EMPTY = b"{}"


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the layout to the folder `out`.

    images  [{"metadata", "attestations"}]
    metadata      the folder of an image's metadata (oci_layout.py), with layers as a registry has them
    attestations  [{"file", "title", "mediaType", "annotations"}]
    """
    (out / "blobs" / "sha256").mkdir(parents=True)
    write_index(out, [entry for image in spec["images"] for entry in _entries(image, out)])


def _entries(image: dict[str, Any], out: Path) -> list[dict[str, Any]]:
    metadata = Path(image["metadata"])
    subject = oci_layout.entries_of(metadata)[0]
    subject = descriptor(subject["mediaType"], subject["digest"], subject["size"])
    created = oci_layout.Image.load(metadata).parsed_config["created"]
    return [_put(out, attestation, subject, created) for attestation in image["attestations"]]


def _put(layout: Path, attestation: dict[str, Any], subject: dict[str, Any], created: str) -> dict[str, Any]:
    """Store an attestation with its manifest, and return the manifest's descriptor for an index."""
    media_type = attestation["mediaType"]
    # Programs that download the blob call it so.
    title = {"org.opencontainers.image.title": attestation["title"]}
    blob = put_blob(layout, media_type, Path(attestation["file"]).read_bytes()) | {"annotations": title}
    annotations = {"org.opencontainers.image.created": created} | title | attestation["annotations"]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "artifactType": media_type,
        "config": put_blob(layout, EMPTY_TYPE, EMPTY),
        "layers": [blob],
        "subject": subject,
        "annotations": annotations,
    }
    return put_blob(layout, MANIFEST_TYPE, encode(manifest)) | {
        "artifactType": media_type,
        "annotations": annotations,
    }


if __name__ == "__main__":
    from builder import run

    run("attestations", build)
