"""Layers and a config → the metadata of an image, without a copy of its layers.

The output holds
  layout/      the OCI image layout (image-layout.md), but for the layers' blobs, and Docker's manifest.json beside it
  layers.json  where these blobs are: [{"diff_id": "sha256:…", "size": bytes, "path": file}], lowest first
  config.json  the OCI image config, the blob whose digest is the image ID
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import oci_config

OCI = "application/vnd.oci.image."
REPOSITORY = re.compile(r"([a-zA-Z0-9.-]+(:\d+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class Layer:
    """An uncompressed layer tar, the file `path`: `diff_id` is "sha256:…", `size` in bytes."""

    diff_id: str
    size: int
    path: str


@dataclass(frozen=True)
class Base:
    """What an image inherits: the base's OCI image config and its layers."""

    config: dict[str, Any]
    layers: list[Layer]


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the metadata of the image `spec` to `out`.

    name, tag         the image reference is name:tag
    os, architecture  as in GOOS and GOARCH
    created           RFC 3339, in UTC
    config            see oci_config
    layers            [{"name": for the history, "path": layer directory}], lowest first
    fromImage         a directory with config.json and layers.json, or null

    Raises ValueError for what the specification or an engine would refuse.
    """
    _check(spec)
    base = _read_base(spec)
    layers = base.layers + [_read_layer(layer["path"]) for layer in spec["layers"]]
    config = _encode(_image_config(spec, base, layers))
    write(out, spec["name"], spec["tag"], config, layers)


def write(out: Path, name: str, tag: str, config: bytes, layers: list[Layer]) -> None:
    """Write layout/, layers.json and config.json of the image name:tag, whose encoded OCI image config is `config`."""
    blobs = out / "layout" / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    platform = {key: json.loads(config)[key] for key in ("architecture", "os")}
    manifest = _encode(
        {
            "schemaVersion": 2,
            "mediaType": f"{OCI}manifest.v1+json",
            "config": _put(blobs, f"{OCI}config.v1+json", config),
            "layers": [
                {"mediaType": f"{OCI}layer.v1.tar", "digest": layer.diff_id, "size": layer.size} for layer in layers
            ],
        }
    )
    annotations = {"io.containerd.image.name": f"{_full_name(name)}:{tag}", "org.opencontainers.image.ref.name": tag}
    entry = _put(blobs, f"{OCI}manifest.v1+json", manifest) | {"platform": platform, "annotations": annotations}
    docker = {
        "Config": _blob(_digest(config)),
        "RepoTags": [f"{name}:{tag}"],
        "Layers": [_blob(layer.diff_id) for layer in layers],
    }
    files: dict[str, Any] = {
        "layout/oci-layout": {"imageLayoutVersion": "1.0.0"},
        "layout/index.json": {"schemaVersion": 2, "mediaType": f"{OCI}index.v1+json", "manifests": [entry]},
        "layout/manifest.json": [docker],
        "layers.json": [asdict(layer) for layer in layers],
    }
    for path, value in files.items():
        (out / path).write_bytes(_encode(value))
    (out / "config.json").write_bytes(config)


def _check(spec: dict[str, Any]) -> None:
    for value, pattern, wanted in (
        (spec["name"], REPOSITORY, "an image name, such as example/app in lower case"),
        (spec["tag"], TAG, "a tag: at most 128 of A-Z a-z 0-9 _ . -, not . or - first"),
        (spec["created"], CREATED, "a UTC time such as 1970-01-01T00:00:01Z"),
    ):
        if not pattern.fullmatch(value):
            raise ValueError(f"{value!r} is not {wanted}")
    oci_config.check(spec["config"])


def _read_base(spec: dict[str, Any]) -> Base:
    if spec["fromImage"] is None:
        return Base({}, [])
    path = Path(spec["fromImage"])
    base = Base(
        json.loads((path / "config.json").read_bytes()),
        [Layer(**layer) for layer in json.loads((path / "layers.json").read_bytes())],
    )
    for key in ("os", "architecture"):
        if base.config[key] != spec[key]:
            raise ValueError(f"fromImage is for {base.config[key]}, the image for {spec[key]}; make {key} the same")
    return base


def _read_layer(directory: str) -> Layer:
    layer = json.loads(Path(directory, "layer.json").read_bytes())
    return Layer(layer["diff_id"], layer["size"], f"{directory}/layer.tar")


def _image_config(spec: dict[str, Any], base: Base, layers: list[Layer]) -> dict[str, Any]:
    history = [{"created": spec["created"], "created_by": layer["name"]} for layer in spec["layers"]]
    return {
        "architecture": spec["architecture"],
        "os": spec["os"],
        "created": spec["created"],
        "config": oci_config.merge(base.config.get("config") or {}, spec["config"]),
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": _base_history(base) + history,
    }


def _base_history(base: Base) -> list[dict[str, Any]]:
    """The base's history, if it has its one entry for each layer: without, ours would describe the wrong layers."""
    history: list[dict[str, Any]] = base.config.get("history") or []
    described = [entry for entry in history if not entry.get("empty_layer")]
    return history if len(described) == len(base.layers) else [{"created_by": "fromImage"} for _ in base.layers]


def _full_name(name: str) -> str:
    """A name as containerd stores it: with the registry that Docker means by a short name."""
    registry, slash, _ = name.partition("/")
    if slash and (re.search("[.:]", registry) or registry == "localhost"):
        return name
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"


def _put(blobs: Path, media_type: str, blob: bytes) -> dict[str, Any]:
    """Store a blob under its digest; its descriptor (descriptor.md)."""
    digest = _digest(blob)
    (blobs / digest.removeprefix("sha256:")).write_bytes(blob)
    return {"mediaType": media_type, "digest": digest, "size": len(blob)}


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
