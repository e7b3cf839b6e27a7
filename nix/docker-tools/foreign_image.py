"""Which files of an archive or a folder from elsewhere make up its image.

Takes what `docker save` and `podman save` write, old and new, and an OCI image layout (image-layout.md of the OCI image
specification). Nothing that these say is believed: each document has the form that is read from it, and each file that
is named by its digest has that digest.
"""

import re
from dataclasses import dataclass
from typing import Any

import references
from descriptor import blob_path, is_digest
from image_files import Blob, ImageFiles, parse_json
from oci_config import check_inherited
from oci_layout import DOCKER_MANIFEST, INDEX
from references import Reference
from value_checks import boolean, list_of, map_of, optional, properties, require, text, whole_number


@dataclass(frozen=True)
class ForeignImage:
    """The encoded OCI image config, the diff_ids that it names, and the layers' files; lowest first."""

    config: bytes
    diff_ids: list[str]
    layers: list[Blob]


def find_image(files: ImageFiles, os: str, architecture: str, wanted: Reference) -> ForeignImage:
    """The one image for this platform (GOOS, GOARCH) that has the wanted name.

    Raises ValueError if there is none or more than one, or a document is not what it is said to be.
    """
    if DOCKER_MANIFEST in files:
        images = files.read_json(Blob(DOCKER_MANIFEST), _DOCKER_MANIFEST)
        image = references.choose([(image, references.of_docker(image)) for image in images], wanted)
        config, *layers = (_named_by_digest(name) for name in (image["Config"], *image["Layers"]))
    else:
        manifest = _manifest(files, {"os": os, "architecture": architecture}, wanted)
        config, *layers = (_described(blob) for blob in (manifest["config"], *manifest["layers"]))
    encoded = files.read(config)
    diff_ids = parse_json(encoded, config.name, _CONFIG)["rootfs"]["diff_ids"]
    if len(diff_ids) != len(layers):
        raise ValueError(f"holds {len(layers)} layers, but its config names {len(diff_ids)}; save it again")
    return ForeignImage(encoded, diff_ids, layers)


def _manifest(files: ImageFiles, platform: dict[str, str], wanted: Reference) -> Any:
    """The manifest to which the index leads.

    An index may name another, but none that leads back to it: each is found by its digest, which is checked. Only the
    first one names images.
    """
    blob = Blob(INDEX)
    while True:
        document = files.read_json(blob, _index_or_manifest)
        if "manifests" not in document:
            return document
        # One image may be there under several names.
        images: dict[str, tuple[Any, list[Reference]]] = {}
        for entry in document["manifests"]:
            if _fits(entry, platform):
                images.setdefault(entry["digest"], (entry, []))[1].extend(references.of_index(entry))
        blob = _described(references.choose(list(images.values()), wanted))
        wanted = Reference(None, None)


def _fits(entry: dict[str, Any], platform: dict[str, str]) -> bool:
    """Whether an index's entry is for this platform; one that names none may be."""
    named = entry.get("platform") or platform
    return all(named.get(key) == value for key, value in platform.items())


def _described(descriptor: dict[str, Any]) -> Blob:
    return Blob(blob_path(descriptor["digest"]), descriptor["digest"], descriptor["size"])


def _named_by_digest(name: str) -> Blob:
    """A file of Docker's manifest, by the names that docker save and others give it: their digests."""
    match = re.fullmatch(r"(?:blobs/sha256/|sha256:)?([0-9a-f]{64})(?:\.json)?", name)
    return Blob(name, f"sha256:{match[1]}" if match else None)


def _digest(where: str, value: Any) -> None:
    require(is_digest(value), where, value, "a digest: sha256: and 64 hexadecimal digits")


_DESCRIPTOR = {"digest": _digest, "size": whole_number}
_PLATFORM = properties({"os": text, "architecture": text}, others=True)
_INDEX = properties(
    {
        "manifests": list_of(
            properties(
                _DESCRIPTOR | {"platform": optional(_PLATFORM), "annotations": optional(map_of(text, text))},
                required=_DESCRIPTOR,
                others=True,
            )
        )
    },
    others=True,
)
_MANIFEST = properties(
    {
        "config": properties(_DESCRIPTOR, required=_DESCRIPTOR, others=True),
        "layers": list_of(properties(_DESCRIPTOR, required=_DESCRIPTOR, others=True)),
    },
    required=("config", "layers"),
    others=True,
)


def _index_or_manifest(where: str, value: Any) -> None:
    properties({}, others=True)(where, value)
    (_INDEX if "manifests" in value else _MANIFEST)(where, value)


_DOCKER_MANIFEST = list_of(
    properties(
        {"Config": text, "Layers": list_of(text), "RepoTags": optional(list_of(text))},
        required=("Config", "Layers"),
        others=True,
    )
)
_CONFIG = properties(
    {
        "os": text,
        "architecture": text,
        "config": optional(check_inherited),
        "history": optional(
            list_of(
                properties(
                    dict.fromkeys(("created", "created_by", "author", "comment"), optional(text))
                    | {"empty_layer": optional(boolean)},
                    others=True,
                )
            )
        ),
        "rootfs": properties({"diff_ids": list_of(_digest)}, required=("diff_ids",), others=True),
    },
    required=("os", "architecture", "rootfs"),
    others=True,
)
